"""Reads of single resources by id, which confirm that a write is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, assert_never

from publisher.aws.calls import ClientError, error_code
from publisher.aws.waiting import Clock, poll
from publisher.catalog import attachment_shapes, shapes
from publisher.catalog.constraint_shapes import constraint
from publisher.catalog.observe import found_or_none, list_all, principal, shares, with_action
from publisher.errors import AwsError
from publisher.model import (
    AnyConstraint,
    BudgetAssociation,
    Constraint,
    Key,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    ServiceAction,
    ServiceActionAssociation,
    TagOption,
    TagOptionAssociation,
)

T = TypeVar("T")
CONFIRM_SECONDS = 240
RETRY_SECONDS = 60
NOT_YET = frozenset({"ResourceNotFoundException"})


class Confirmer:
    """The ids of one target, and reads that confirm writes."""

    def __init__(self, client: Any, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self.ids: dict[Key, str] = {}

    def id_of(self, *key: str) -> str:
        """The id of the resource with this key. Raises AwsError when there is none."""
        try:
            return self.ids[key]
        except KeyError:
            raise AwsError(f"{' '.join(key)} not found at this target", hint="run sync again") from None

    def retry_until(
        self,
        call: Callable[[], T],
        *,
        codes: Collection[str] = NOT_YET,
        seconds: float = RETRY_SECONDS,
    ) -> T:
        """The call's answer, retried while it fails with one of these codes, for a minute."""
        refused: list[ClientError] = []

        def attempt() -> tuple[T] | None:
            try:
                return (call(),)
            except ClientError as error:
                if error_code(error) not in codes:
                    raise
                refused.append(error)
                return None

        answer = poll(attempt, clock=self._clock, seconds=seconds)
        if answer is None:
            raise refused[-1]
        return answer[0]

    def shown(self, desired: Resource, read: Callable[[], T | None]) -> T:
        """The first result of a read that is not None."""
        found = poll(read, clock=self._clock, seconds=CONFIRM_SECONDS)
        if found is None:
            raise self.unconfirmed(desired)
        return found

    def exists(self, desired: Resource) -> None:
        """Waits until a read shows it."""
        if not poll(lambda: self.ready(desired), clock=self._clock, seconds=CONFIRM_SECONDS):
            raise self.unconfirmed(desired)

    def equals(self, desired: Resource) -> None:
        """Waits until a read shows exactly this."""

        def same() -> bool | None:
            return self.ready(desired) == desired or None

        if not poll(same, clock=self._clock, seconds=CONFIRM_SECONDS):
            raise self.unconfirmed(desired)

    def shows(self, desired: Resource) -> bool:
        """Whether a read shows exactly this now."""
        return self.ready(desired) == desired

    def gone(self, observed: Resource) -> None:
        """Waits until no read shows it."""

        def absent() -> bool | None:
            return self._read(observed) is None or None

        if not poll(absent, clock=self._clock, seconds=CONFIRM_SECONDS):
            raise AwsError(f"{observed.kind} {observed.label} was deleted, but still exists")

    def unconfirmed(self, desired: Resource) -> AwsError:
        """The error when no read shows a write."""
        return AwsError(
            f"{desired.kind} {desired.label} was written, but no read showed it within {CONFIRM_SECONDS} s",
            hint="run sync again: it continues from there",
        )

    def ready(self, desired: Resource) -> Resource | None:
        """What a read shows, once it is ready for use. Raises AwsError when it has failed."""
        found = self._read(desired)
        if isinstance(found, Constraint):
            if found.status == "FAILED":
                raise AwsError(f"{found.kind} {found.label} has the status FAILED")
            return found if found.status == "AVAILABLE" else None
        return found

    def _read(self, resource: Resource) -> Resource | None:
        match resource:
            case Portfolio():
                answer = self._describe(resource.key)
                return shapes.portfolio(answer) if answer else None
            case Product():
                answer = self._describe(resource.key)
                return shapes.product(answer) if answer else None
            case ProvisioningArtifact():
                return self._read_artifact(resource)
            case ProductAssociation():
                return self._read_association(resource)
            case Principal():
                return self._read_principal(resource)
            case Constraint():
                return self._read_constraint(resource)
            case TagOption():
                id_ = self.id_of(*resource.key)
                answer = found_or_none(lambda: self._client.describe_tag_option(Id=id_))
                return attachment_shapes.tag_option(answer["TagOptionDetail"]) if answer else None
            case TagOptionAssociation() | BudgetAssociation():
                answer = self._describe(resource.owner) or {}
                there = (it for it, _ in attachment_shapes.attached(resource.owner, answer))
                return next((it for it in there if it.key == resource.key), None)
            case PortfolioShare():
                id_ = self.id_of("portfolio", resource.portfolio)
                found = found_or_none(
                    lambda: shares(self._client, resource.portfolio, id_, resource.share_type)
                )
                return next((it for it in found or () if it.key == resource.key), None)
            case ServiceAction():
                id_ = self.id_of(*resource.key)
                answer = found_or_none(lambda: self._client.describe_service_action(Id=id_))
                return attachment_shapes.service_action(answer) if answer else None
            case ServiceActionAssociation():
                return self._read_action_association(resource)
            case _:
                assert_never(resource)

    def _read_action_association(self, resource: ServiceActionAssociation) -> Resource | None:
        id_ = self.id_of("service-action", resource.action)
        version_id = self.id_of("provisioning-artifact", resource.product, resource.version)
        found = found_or_none(lambda: with_action(self._client, id_))
        return resource if version_id in (found or ()) else None

    def _describe(self, owner: Key) -> Mapping[str, Any] | None:
        """A described portfolio or product."""
        id_ = self.id_of(*owner)
        if owner[0] == "portfolio":
            return found_or_none(lambda: self._client.describe_portfolio(Id=id_))
        return found_or_none(lambda: self._client.describe_product_as_admin(Id=id_))

    def _read_artifact(self, resource: ProvisioningArtifact) -> ProvisioningArtifact | None:
        id_, product_id = self.id_of(*resource.key), self.id_of("product", resource.product)
        answer = found_or_none(lambda: self._client.list_provisioning_artifacts(ProductId=product_id)) or {}
        for detail in answer.get("ProvisioningArtifactDetails", ()):
            if detail["Id"] == id_:
                return shapes.artifact(resource.product, detail)
        return None

    def _read_association(self, resource: ProductAssociation) -> ProductAssociation | None:
        portfolio_id, product_id = self.place(resource).values()
        answers = found_or_none(
            lambda: list_all(
                self._client, "list_portfolios_for_product", "PortfolioDetails", ProductId=product_id
            )
        )
        return resource if any(it["Id"] == portfolio_id for it in answers or ()) else None

    def _read_principal(self, resource: Principal) -> Principal | None:
        id_ = self.id_of("portfolio", resource.portfolio)
        answers = found_or_none(
            lambda: list_all(self._client, "list_principals_for_portfolio", "Principals", PortfolioId=id_)
        )
        return (
            resource if any(principal(resource.portfolio, it) == resource for it in answers or ()) else None
        )

    def _read_constraint(self, resource: AnyConstraint) -> AnyConstraint | None:
        id_ = self.id_of(*resource.key)
        answer = found_or_none(lambda: self._client.describe_constraint(Id=id_))
        return constraint(resource.portfolio, resource.product, answer) if answer else None

    def place(self, resource: ProductAssociation | Constraint) -> dict[str, str]:
        """The ids of an association's or constraint's portfolio and product in a request."""
        return {
            "PortfolioId": self.id_of("portfolio", resource.portfolio),
            "ProductId": self.id_of("product", resource.product),
        }
