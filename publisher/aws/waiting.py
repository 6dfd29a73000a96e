"""Bounded waiting on a clock that is passed in. Knows nothing of what is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 2.0


@dataclass(frozen=True, kw_only=True)
class Clock:
    """The time in seconds, and sleeping; tests inject their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


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
