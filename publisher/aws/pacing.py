"""How fast calls of one class are sent, how many at once, and which are retried. Knows no AWS client."""

from __future__ import annotations

import re
from threading import Condition, Lock, get_ident

from publisher.aws.waiting import Clock

ATTEMPTS = 12
_THROTTLED = frozenset(
    {
        "EC2ThrottledException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_TRANSIENT = frozenset({"InternalError", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable"})
_TRANSIENT_STATUS = frozenset({500, 502, 503, 504})
_READ = re.compile(r"Assume|Describe|Get|Head|List|Scan|Search")

_FEWER, _MORE, _LEAST, _FREE = 0.7, 0.1, 0.5, 50.0
# Calls under way: at first, at most, at least.
_FIRST, MOST, _FEWEST = 8, 16, 2
_FIRST_PAUSE = {True: 0.5, False: 0.05}
_LONGEST_PAUSE = 10.0
_GOLDEN = 0.618034


def operation_class(service: str, operation: str) -> str:
    """Operations that share a rate limit, as far as AWS documents it: reads, shares and other writes."""
    if _READ.match(operation):
        return f"{service} read"
    return f"{service} share" if "PortfolioShare" in operation else f"{service} write"


def is_throttled(code: str) -> bool:
    """Whether calls come too fast. LimitExceededException is not throttling: a quota is full."""
    return code in _THROTTLED


def is_transient(code: str, status: int) -> bool:
    """Whether a retry may succeed."""
    return code in _TRANSIENT or status in _TRANSIENT_STATUS


class Pace:
    """The rate of one class of calls: unlimited until the service throttles one, then as fast as it allows.

    The rate falls when a call is throttled, at most once a second, and grows with every call that is not.
    Threads share it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._rate = _FREE
        self._next = self._settled = self._since = clock.now()
        self._sent = 0
        self._drawn = 0

    @property
    def rate(self) -> float | None:
        """Calls per second; None while unlimited."""
        return None if self._rate >= _FREE else self._rate

    def wait(self) -> None:
        """Returns when the next call may be sent."""
        with self._lock:
            now = self._clock.now()
            if now - self._since >= 1:
                self._since, self._sent = now, 0
            self._sent += 1
            if self._rate >= _FREE:
                return
            at = max(now, self._next)
            self._next = at + 1 / self._rate
        if at > now:
            self._clock.sleep(at - now)

    def throttled(self) -> None:
        """Lowers the rate."""
        with self._lock:
            now = self._clock.now()
            if now < self._settled and self._rate < _FREE:
                return
            # What is sent at a rate was counted when it began to wait.
            before = self._rate if self._rate < _FREE else self._sent / max(now - self._since, 1)
            self._rate = max(_LEAST, min(self._rate, before) * _FEWER)
            # Calls that wait already keep their times, which are those of the former rate.
            self._settled = max(now + 1, self._next)

    def answered(self) -> None:
        """Raises the rate."""
        with self._lock:
            self._rate = min(_FREE, self._rate + _MORE)

    def pause(self, attempt: int, *, throttled: bool) -> float:
        """Seconds before the next attempt; spread, so that calls throttled together retry apart."""
        with self._lock:
            self._drawn += 1
            share = (self._drawn * _GOLDEN) % 1
        longest: float = min(_FIRST_PAUSE[throttled] * 2 ** (attempt - 1), _LONGEST_PAUSE)
        return longest * (0.5 + share / 2)


class Window:
    """How many calls of one class are under way at once, each of its own thread.

    AWS documents no rates for Service Catalog. Each answer makes room for one more until a call is throttled,
    which halves the room, at most once a second; after that it grows by one with all that fits in it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free = Condition()
        self._under_way: set[int] = set()
        self._size = float(_FIRST)
        self._halved: float | None = None

    @property
    def size(self) -> int:
        """How many calls have room."""
        return int(self._size)

    def enter(self) -> None:
        """Returns when this thread may send a call; its last one has ended."""
        thread = get_ident()
        with self._free:
            self._under_way.discard(thread)
            self._free.wait_for(lambda: len(self._under_way) < self.size)
            self._under_way.add(thread)

    def leave(self) -> None:
        """Ends the call of this thread, if it has one."""
        with self._free:
            self._under_way.discard(get_ident())
            self._free.notify()

    def answered(self) -> None:
        """Makes room."""
        with self._free:
            self._size = min(MOST, self._size + (1 if self._halved is None else 1 / self._size))
            self._free.notify()

    def throttled(self) -> None:
        """Halves the room."""
        with self._free:
            now = self._clock.now()
            if self._halved is None or now - self._halved >= 1:
                self._size, self._halved = max(_FEWEST, self._size / 2), now
