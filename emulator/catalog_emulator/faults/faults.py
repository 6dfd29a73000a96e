"""The weather over an endpoint: what happens to each call, drawn from a seed, and what happened."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

from catalog_emulator.faults.calls import Call
from catalog_emulator.faults.profile import FaultProfile
from catalog_emulator.faults.replies import Dropped, Reply, throttled
from catalog_emulator.faults.shares import Shares
from catalog_emulator.faults.unseen import Unseen
from catalog_emulator.faults.versions import Versions

_FINE = FaultProfile()


class Faults:
    """Stands between callers and the work.

    A chance is drawn from the seed, the kind, the operation and how many calls of that operation came
    before: the same calls meet the same weather, in whatever order threads make them.
    """

    def __init__(
        self,
        profile: FaultProfile = _FINE,
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
        """What it is now."""
        return self._profile

    @property
    def fine(self) -> bool:
        """Whether nothing can happen to a call."""
        return not self._profile.rules

    def change(self, profile: FaultProfile) -> None:
        """Other weather from now on; it starts from its beginning."""
        with self._lock:
            self._profile = profile
            self._drawn: Counter[str] = Counter()
            self._happened: Counter[str] = Counter()
            self._room: dict[tuple[str, str, str], tuple[float, float]] = {}
            self._written = 0
            self._stopped = False
            self._unseen.clear()
            self._shares.clear()

    def calls(self) -> dict[str, int]:
        """How many calls came, by `service.Operation`, sorted."""
        with self._lock:
            return dict(sorted(self._calls.items()))

    def happened(self) -> dict[str, int]:
        """How often each kind of weather struck since it changed, sorted."""
        with self._lock:
            return dict(sorted(self._happened.items()))

    def reset_calls(self) -> None:
        """Counts calls from zero."""
        with self._lock:
            self._calls.clear()

    def count(self, call: Call) -> None:
        """Counts a call that nothing can happen to."""
        with self._lock:
            self._calls[call.name] += 1

    def around(self, call: Call, work: Callable[[], Reply]) -> Reply:
        """The call's answer after the weather. Raises Dropped when there is none."""
        with self._lock:
            self._calls[call.name] += 1
            number = self._drawn[call.name]
            self._drawn[call.name] += 1
            profile = self._profile
            before = self._before(profile, call, number)
        self._sleep(profile.value("latency", call.service, call.operation) or 0)
        if before is not None:
            return before
        seconds = profile.value("lost-versions", call.service, call.operation)
        reply, lost = self._versions.around(seconds, call, work)
        with self._lock:
            if lost:
                self._happened["lost-versions"] += 1
            if profile.has("unseen", "unseen-seconds"):
                reply = self._unseen.filtered(profile, call, reply)
            if self._strikes(profile, "lost-reply", call, number):
                raise Dropped(reset=False)
        return reply

    def _before(self, profile: FaultProfile, call: Call, number: int) -> Reply | None:
        """What happens instead of the work."""
        if self._stops(profile, call) or self._strikes(profile, "reset", call, number):
            raise Dropped(reset=True)
        if self._strikes(profile, "throttle", call, number) or self._too_many(profile, call):
            return throttled(call)
        busy = self._shares.refusal(profile.value("busy-shares", call.service, call.operation), call)
        if busy is not None:
            self._happened["busy-shares"] += 1
            return busy
        unseen = self._unseen.refusal(profile, call)
        if unseen is not None:
            self._happened["unseen"] += 1
        return unseen

    def _strikes(self, profile: FaultProfile, kind: str, call: Call, number: int) -> bool:
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
        """A bucket for each account, Region and operation, as large as what it takes in a second."""
        rate = profile.value("rate", call.service, call.operation)
        if rate is None:
            return False
        key, now, size = (call.account_id, call.region, call.name), self._clock(), max(rate, 1.0)
        room, since = self._room.get(key, (size, now))
        room = min(size, room + (now - since) * rate)
        self._room[key] = (room - 1 if room >= 1 else room, now)
        if room >= 1:
            return False
        self._happened["rate"] += 1
        return True


def _chance(of: str) -> float:
    return int.from_bytes(hashlib.sha256(of.encode()).digest()[:7], "big") / 2**56
