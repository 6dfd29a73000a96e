"""Creates that wait for their confirmation together, as one read shows many of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import compress, repeat
from threading import Lock
from typing import Generic

from publisher.aws.calls import aws_errors
from publisher.aws.waiting import Clock, poll
from publisher.catalog.engine import CONFIRM_SECONDS, R, unconfirmed
from publisher.errors import AwsError, PublisherError
from publisher.model import Key
from publisher.stopping import READERS, Pool

# Whether a read showed a resource; where another read may show it earlier, that is asked, too.
Shows = Callable[[R], bool]
_confirming = partial(aws_errors, "cannot confirm what was written")


class Together(Generic[R]):
    """Created resources of one place. Called, it confirms those that were added until then.

    `look` reads all that it is asked for.
    """

    def __init__(self, look: Callable[[Sequence[R]], Shows[R]], clock: Clock) -> None:
        self._look, self._clock, self._lock = look, clock, Lock()
        self._added: list[R] = []

    def add(self, created: R) -> None:
        """Adds one that is written."""
        with self._lock:
            self._added.append(created)

    def __call__(self) -> Mapping[Key, PublisherError]:
        """The errors of those that no read showed, by key."""
        with self._lock:
            left, self._added = self._added, []
        failed: dict[Key, PublisherError] = {}

        def missing(shows: Shows[R], created: R) -> bool:
            try:
                with _confirming():
                    return not shows(created)
            except AwsError as error:
                failed[created.key] = error
                return False

        def read() -> bool | None:
            shows = repeat(self._look(left))
            left[:] = compress(left, [*pool.map(missing, shows, left)])
            return None if left else True

        try:
            with _confirming(), Pool(min(READERS, len(left))) as pool:
                poll(read, clock=self._clock, seconds=CONFIRM_SECONDS)
        except AwsError as error:
            return failed | {it.key: error for it in left}
        return failed | {it.key: unconfirmed(it) for it in left}
