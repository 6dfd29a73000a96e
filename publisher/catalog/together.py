"""Creates that wait for their confirmation together, as one read shows many of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Generic, Protocol

from publisher.aws.calls import aws_errors
from publisher.aws.waiting import poll
from publisher.catalog.engine import CONFIRM_SECONDS, Engine, R, unconfirmed
from publisher.errors import AwsError, PublisherError
from publisher.model import Key
from publisher.stopping import READERS, Pool

# Whether a read showed a resource.
Shows = Callable[[R], bool]
# Waits until reads show what was created; the errors of what none showed, by key.
Confirmation = Callable[[], Mapping[Key, PublisherError]]


class Shared(Protocol[R]):
    """A kind of which one read shows many."""

    engine: Engine

    def read(self, resource: R) -> R | None:
        """What a read of this one shows."""
        ...

    def look(self, some: Sequence[R]) -> Shows[R] | None:
        """What a read of all of these shows; None when single reads make fewer calls."""
        ...


class Together(Generic[R]):
    """Created resources of one kind and place. Called, it confirms those that were added until then.

    A listing may show them later than a read of each does: it is read once, then those that are missing.
    """

    def __init__(self, kind: Shared[R]) -> None:
        self._kind, self._lock = kind, Lock()
        self._added: list[R] = []

    def add(self, created: R) -> None:
        """Adds one that is written."""
        with self._lock:
            self._added.append(created)

    def __call__(self) -> Mapping[Key, PublisherError]:
        """The errors of those that no read showed, by key."""
        with self._lock:
            left, self._added = self._added, []
        try:
            with aws_errors("cannot confirm what was written"):
                left = self._unseen(left)
        except AwsError as error:
            return {it.key: error for it in left}
        return {it.key: unconfirmed(it) for it in left}

    def _unseen(self, created: Sequence[R]) -> list[R]:
        shows = self._kind.look(created)
        left = [it for it in created if not (shows and shows(it))]

        def read() -> bool | None:
            left[:] = [
                it for it, found in zip(left, pool.map(self._kind.read, left), strict=True) if not found
            ]
            return None if left else True

        if left:
            with Pool(min(READERS, len(left))) as pool:
                poll(read, clock=self._kind.engine.clock, seconds=CONFIRM_SECONDS)
        return left
