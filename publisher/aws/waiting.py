"""Bounded waiting on a clock that is passed in, and what a run waits for, as those who wait report it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TypeVar

T = TypeVar("T")
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 2.0


class Activities:
    """What the threads of a run wait for. `finished` is called with each AWS call that has ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.finished: Callable[[Mapping[str, object]], None] | None = None
        self._current: dict[Hashable, str] = {}

    def begin(self, key: Hashable, text: str) -> None:
        """Until `end` with the same key; another text replaces the first."""
        with self._lock:
            self._current[key] = text

    def end(self, key: Hashable) -> None:
        """Ends what began under the key, if anything did."""
        with self._lock:
            self._current.pop(key, None)

    def __str__(self) -> str:
        """What most wait for comes first: `AWS throttles s3 reads (8 at once); iam GetRole`."""
        with self._lock:
            counts = Counter(self._current.values())
        return "; ".join(text if n == 1 else f"{text} ({n} at once)" for text, n in counts.most_common())


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The time in seconds and as a date, and sleeping; tests inject their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    date: Callable[[], datetime] = lambda: datetime.now(UTC)
    activities: Activities = field(default_factory=Activities)


def poll(
    read: Callable[[], T | None],
    *,
    clock: Clock,
    seconds: float,
    times: int = 1,
    longest_pause: float = _LONGEST_PAUSE,
) -> T | None:
    """The value of `read` once `times` reads in a row returned one; None after `seconds`.

    The first read is immediate, the last begins when the time is over; the pause between them doubles from a
    quarter of a second to `longest_pause` seconds.
    """
    end = clock.now() + seconds
    pause, good = _FIRST_PAUSE, 0
    while True:
        last = clock.now() >= end
        value = read()
        good = good + 1 if value is not None else 0
        if value is not None and good >= times:
            return value
        if last:
            return None
        clock.sleep(min(pause, max(end - clock.now(), 0)))
        pause = min(pause * 2, longest_pause)
