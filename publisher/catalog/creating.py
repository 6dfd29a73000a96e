"""Creates without duplicates: idempotency tokens from the identity of a resource, not its content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from publisher.aws.calls import ClientError, error_code, token
from publisher.aws.waiting import Clock, poll
from publisher.catalog import attachment_shapes, shapes
from publisher.catalog.confirmation import CONFIRM_SECONDS, RETRY_SECONDS, Confirmer
from publisher.catalog.constraint_shapes import constraint_slot
from publisher.catalog.observe import found_or_none, list_all
from publisher.documents import canonical_json
from publisher.errors import AwsError
from publisher.model import (
    AnyConstraint,
    Constraint,
    NamedConstraint,
    Portfolio,
    Product,
    ProvisioningArtifact,
    Resource,
    ServiceAction,
)

_OTHER_PARAMETERS = frozenset({"InvalidParametersException"})
_TOKENS = 10
_TOKENS_WITHOUT_CONTENT = 3
_REPLAY_SECONDS = 10
_LOOK_SECONDS = 20
_OLD_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Made:
    """The answer to a create call: an id, and its age in seconds where the service reports CreatedTime."""

    id: str
    age: float | None = None

    @classmethod
    def of(cls, id_: str, answer: Mapping[str, Any], detail: Mapping[str, Any]) -> Made:
        """The age by the server's clock; 0 without a Date header."""
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        if date is None:
            return cls(id=id_, age=0)
        return cls(id=id_, age=(parsedate_to_datetime(date) - detail["CreatedTime"]).total_seconds())

    @property
    def is_old(self) -> bool:
        """Whether this call cannot have created it."""
        return self.age is not None and self.age > _OLD_SECONDS

    @property
    def is_young(self) -> bool:
        """Whether this call can have created it."""
        return self.age is not None and not self.is_old


class Creator:
    """The creates of one target that take an idempotency token."""

    def __init__(self, client: Any, confirmer: Confirmer, clock: Clock) -> None:
        self._client, self._confirmer, self._clock = client, confirmer, clock

    def create(self, desired: Resource, request: Mapping[str, Any], create: Callable[[str], Made]) -> None:
        """Creates under a token of the identity: neither retries nor runs with other files make duplicates.

        AWS refuses a token that is reused with another request. Then another run is creating the same
        resource (a look by key shows that), or created one that was deleted since, or the request is wrong
        (a token that includes the request shows that). A token can also return the id of a deleted resource,
        which no read will ever show. Each used token counts in the next one.
        """
        times = 2 if isinstance(desired, Portfolio | Product) else 1
        patience = 2
        for used in range(_TOKENS):
            with_content = used >= _TOKENS_WITHOUT_CONTENT or _is_once(desired)
            content = [canonical_json(request)] if with_content else []
            made = self._made(create, token(desired.kind, *self._identity(desired), str(used), *content))
            if isinstance(made, ClientError):
                if with_content:
                    raise made
                self._refuse_others(desired)
                continue
            self._confirmer.ids[desired.key] = made.id
            seconds = _REPLAY_SECONDS if made.is_old else RETRY_SECONDS if used else CONFIRM_SECONDS
            if poll(lambda: self._owned(desired), clock=self._clock, seconds=seconds, times=times):
                return
            patience -= made.is_young
            if not patience:
                break
        raise self._confirmer.unconfirmed(desired)

    def slot_holder(self, desired: AnyConstraint) -> str:
        """The id of the constraint of its type in its slot; empty when there is none."""
        place = self._confirmer.place(desired)
        for detail in list_all(self._client, "list_constraints_for_portfolio", "ConstraintDetails", **place):
            if constraint_slot(detail) == desired.slot and detail["Type"] == desired.type:
                return str(detail["ConstraintId"])
        return ""

    def _identity(self, desired: Resource) -> Iterable[str]:
        """Its key, and the ids of its parents."""
        match desired:
            case ProvisioningArtifact():
                return (*desired.key, self._confirmer.id_of("product", desired.product))
            case Constraint():
                return (*desired.key, *self._confirmer.place(desired).values())
            case _:
                return desired.key

    def _made(self, create: Callable[[str], Made], idempotency_token: str) -> Made | ClientError:
        try:
            return self._confirmer.retry_until(lambda: create(idempotency_token))
        except ClientError as error:
            if error_code(error) not in _OTHER_PARAMETERS:
                raise
            return error

    def _owned(self, desired: Resource) -> Resource | None:
        """What a read shows, ready for use; None when its ownership tag was removed."""
        found = self._confirmer.ready(desired)
        return found if found is not None and found.key == desired.key else None

    def _refuse_others(self, desired: Resource) -> None:
        """Raises AwsError when another run has created this key: the plan is stale."""
        foreign: set[str] = set()
        if poll(lambda: self._appeared(desired, foreign), clock=self._clock, seconds=_LOOK_SECONDS):
            raise AwsError(
                f"another run is publishing {desired.kind} '{desired.label}' with other files",
                hint="run sync again: it continues from what exists",
            )

    def _appeared(self, desired: Resource, foreign: set[str]) -> bool | None:
        """Whether a look by key finds one; `foreign` ids are not described again."""
        client = self._client
        match desired:
            case Portfolio():
                ids = [it["Id"] for it in list_all(client, "list_portfolios", "PortfolioDetails")]
                keys = self._keys(ids, foreign, client.describe_portfolio, shapes.portfolio_key)
            case Product():
                views = list_all(client, "search_products_as_admin", "ProductViewDetails")
                ids = [it["ProductViewSummary"]["ProductId"] for it in views]
                keys = self._keys(ids, foreign, client.describe_product_as_admin, shapes.product_key)
            case ProvisioningArtifact():
                product = self._confirmer.id_of("product", desired.product)
                listed = found_or_none(lambda: client.list_provisioning_artifacts(ProductId=product)) or {}
                details = listed.get("ProvisioningArtifactDetails", ())
                return any(it["Name"] == desired.version for it in details) or None
            case Constraint():
                return bool(self.slot_holder(desired)) or None
            case ServiceAction():
                actions = list_all(client, "list_service_actions", "ServiceActionSummaries")
                keys = map(attachment_shapes.action_name, actions)
            case _:
                return None
        return desired.name in keys or None

    def _keys(
        self,
        ids: Iterable[str],
        foreign: set[str],
        describe: Callable[..., Any],
        key: Callable[[Any], str | None],
    ) -> Iterable[str | None]:
        known = {*self._confirmer.ids.values(), *foreign}
        for id_ in ids:
            if id_ in known:
                continue
            answer = found_or_none(partial(describe, Id=id_))
            if answer is not None:
                foreign.add(id_)
                yield key(answer)


def _is_once(desired: Resource) -> bool:
    """Whether AWS itself refuses a duplicate."""
    return isinstance(desired, Constraint) and not isinstance(desired, NamedConstraint)
