"""What happens to each call under a fault profile, drawn from a seed, and what has happened."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

from catalog_emulator.faults.called_operation import Call
from catalog_emulator.faults.conflicts import Shares, Versions
from catalog_emulator.faults.late_visibility import Unseen
from catalog_emulator.faults.profile import FaultProfile
from catalog_emulator.faults.replies import Dropped, Reply, throttled

_NONE = FaultProfile()


class Faults:
    """Stands between clients and the emulator.

    Chances are drawn from the seed, the kind, the operation and the number of its earlier calls: the same
    calls meet the same faults, in whatever order threads make them.
    """

    def __init__(
        self,
        profile: FaultProfile = _NONE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = Lock()
        self._calls: Counter[str] = Counter()
        self._unseen, self._shares, self._versions = Unseen(clock), Shares(clock), Versions(sleep)
        self.change(profile)

    @property
    def profile(self) -> FaultProfile:
        return self._profile

    def change(self, profile: FaultProfile) -> None:
        with self._lock:
            self._profile = profile
            self._drawn: Counter[str] = Counter()
            self._happened: Counter[str] = Counter()
            self._tokens: dict[tuple[str, str, str], tuple[float, float]] = {}
            self._written = 0
            self._stopped = False
            self._unseen.clear()
            self._shares.clear()

    def calls(self) -> dict[str, int]:
        """The number of calls by `service.Operation`, sorted."""
        with self._lock:
            return dict(sorted(self._calls.items()))

    def happened(self) -> dict[str, int]:
        """How often each kind of fault happened since the profile changed, sorted."""
        with self._lock:
            return dict(sorted(self._happened.items()))

    def reset_calls(self) -> None:
        with self._lock:
            self._calls.clear()

    def count(self, call: Call) -> None:
        with self._lock:
            self._calls[call.name] += 1

    def apply(self, call: Call, process: Callable[[], Reply]) -> Reply:
        """The reply to a call. Raises Dropped when there is none."""
        with self._lock:
            self._calls[call.name] += 1
            number = self._drawn[call.name]
            self._drawn[call.name] += 1
            profile = self._profile
            refusal = self._refusal(profile, call, number)
        self._sleep(profile.value("latency", call.service, call.operation) or 0)
        if refusal is not None:
            return refusal
        seconds = profile.value("lost-versions", call.service, call.operation)
        reply, lost = self._versions.apply(seconds, call, process)
        with self._lock:
            if lost:
                self._happened["lost-versions"] += 1
            if profile.has("unseen", "unseen-seconds"):
                reply = self._unseen.filtered(profile, call, reply)
            if self._happens(profile, "lost-reply", call, number):
                raise Dropped(reset=False)
        return reply

    def _refusal(self, profile: FaultProfile, call: Call, number: int) -> Reply | None:
        if self._stops(profile, call) or self._happens(profile, "reset", call, number):
            raise Dropped(reset=True)
        if self._happens(profile, "throttle", call, number) or self._too_many(profile, call):
            return throttled(call)
        busy = self._shares.refusal(profile.value("busy-shares", call.service, call.operation), call)
        if busy is not None:
            self._happened["busy-shares"] += 1
            return busy
        unseen = self._unseen.refusal(profile, call)
        if unseen is not None:
            self._happened["unseen"] += 1
        return unseen

    def _happens(self, profile: FaultProfile, kind: str, call: Call, number: int) -> bool:
        share = profile.value(kind, call.service, call.operation)
        if share is None or _chance(f"{profile.seed}|{kind}|{call.name}|{number}") >= share:
            return False
        self._happened[kind] += 1
        return True

    def _stops(self, profile: FaultProfile, call: Call) -> bool:
        at = profile.value("stop", call.service, call.operation)
        if at is not None and call.writes:
            self._written += 1
            self._stopped = self._stopped or self._written >= at
        if self._stopped:
            self._happened["stop"] += 1
        return self._stopped

    def _too_many(self, profile: FaultProfile, call: Call) -> bool:
        """A token bucket for each account, Region and operation; its size is the rate of a second."""
        rate = profile.value("rate", call.service, call.operation)
        if rate is None:
            return False
        key, now, size = (call.account_id, call.region, call.name), self._clock(), max(rate, 1.0)
        tokens, since = self._tokens.get(key, (size, now))
        tokens = min(size, tokens + (now - since) * rate)
        self._tokens[key] = (tokens - 1 if tokens >= 1 else tokens, now)
        if tokens >= 1:
            return False
        self._happened["rate"] += 1
        return True


def _chance(of: str) -> float:
    return int.from_bytes(hashlib.sha256(of.encode()).digest()[:7], "big") / 2**56
