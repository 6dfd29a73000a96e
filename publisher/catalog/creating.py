"""Creates without duplicates: idempotency tokens from the identity of a resource, not its content."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from publisher.aws.answers import server_time
from publisher.aws.calls import ClientError, error_code, token
from publisher.aws.waiting import poll
from publisher.catalog.engine import CONFIRM_SECONDS, RETRY_SECONDS, R, unconfirmed
from publisher.catalog.kind import Kind
from publisher.documents import canonical_json
from publisher.errors import AwsError, command

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
    def of(
        cls,
        id_: str,
        answer: Mapping[str, Any],
        detail: Mapping[str, Any],
        *,
        now: Callable[[], float] = time.time,
    ) -> Made:
        """The age by the server's clock, which is about right; 0 when nobody can say."""
        date, created = server_time(answer, now=now), detail.get("CreatedTime")
        return cls(id=id_, age=(date - created).total_seconds() if date and created else 0)


class Creating(Kind[R], Protocol[R]):
    """A kind whose create call takes an idempotency token."""

    # How many reads in a row must show a new one.
    reads: ClassVar[int] = 1

    def parents(self, desired: R) -> tuple[str, ...]:
        """The ids of its parents, which are part of its identity."""
        return ()

    def is_once(self, desired: R) -> bool:
        """Whether AWS itself refuses a duplicate."""
        return False

    def appeared(self, desired: R, foreign: set[str]) -> bool:
        """Whether a look by key finds one; `foreign` ids, which it adds to, are not described again."""
        ...

    def create_once(self, desired: R, request: Mapping[str, Any], create: Callable[[str], Made]) -> None:
        """Creates under a token of the identity: neither retries nor runs with other files make duplicates.

        AWS refuses a token that is reused with another request. Then another run is creating the same
        resource (a look by key shows that), or created one that was deleted since, or the request is wrong
        (a token that includes the request shows that). A token can also return the id of a deleted resource,
        which no read will ever show. Each used token counts in the next one.
        """
        identity, patience = (*desired.key, *self.parents(desired)), 2
        for used in range(_TOKENS):
            with_content = used >= _TOKENS_WITHOUT_CONTENT or self.is_once(desired)
            content = [canonical_json(request)] if with_content else []
            made = self._made(create, token(desired.kind, *identity, str(used), *content))
            if isinstance(made, ClientError):
                if with_content:
                    raise made
                self._refuse_others(desired)
                continue
            self.engine.ids[desired.key] = made.id
            # Older than this call: another one created it.
            is_old = made.age is not None and made.age > _OLD_SECONDS
            seconds = _REPLAY_SECONDS if is_old else RETRY_SECONDS if used else CONFIRM_SECONDS
            if poll(lambda: self._owned(desired), clock=self.engine.clock, seconds=seconds, times=self.reads):
                return
            patience -= made.age is not None and not is_old
            if not patience:
                break
        raise unconfirmed(desired)

    def _made(self, create: Callable[[str], Made], idempotency_token: str) -> Made | ClientError:
        try:
            return self.engine.retry_until(lambda: create(idempotency_token))
        except ClientError as error:
            if error_code(error) not in _OTHER_PARAMETERS:
                raise
            return error

    def _owned(self, desired: R) -> R | None:
        """What a read shows, ready for use; None when its ownership tag was removed."""
        found = self.ready(desired)
        return found if found is not None and found.key == desired.key else None

    def _refuse_others(self, desired: R) -> None:
        """Raises AwsError when another run has created this key: the plan is stale."""
        foreign: set[str] = set()
        if poll(
            lambda: self.appeared(desired, foreign) or None, clock=self.engine.clock, seconds=_LOOK_SECONDS
        ):
            raise AwsError(
                f"another run is publishing {desired.kind} '{desired.label}' with other files",
                hint=f"run {command('sync')} again: it continues from what exists",
            )
