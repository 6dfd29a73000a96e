"""The weather over an endpoint: what happens to each call, drawn from a seed, and what happened."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable
from threading import Lock

from publisher.local.weather.calls import Call
from publisher.local.weather.forecast import Forecast
from publisher.local.weather.replies import Dropped, Reply, throttled
from publisher.local.weather.shares import Shares
from publisher.local.weather.unseen import Unseen
from publisher.local.weather.versions import Versions

_FINE = Forecast()


class Weather:
    """Stands between callers and the work.

    A chance is drawn from the seed, the kind, the operation and how many calls of that operation came
    before: the same calls meet the same weather, in whatever order threads make them.
    """

    def __init__(
        self,
        forecast: Forecast = _FINE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = Lock()
        self._calls: Counter[str] = Counter()
        self._unseen, self._shares, self._versions = Unseen(clock), Shares(clock), Versions(sleep)
        self.change(forecast)

    @property
    def forecast(self) -> Forecast:
        """What it is now."""
        return self._forecast

    @property
    def fine(self) -> bool:
        """Whether nothing can happen to a call."""
        return not self._forecast.rules

    def change(self, forecast: Forecast) -> None:
        """Other weather from now on; it starts from its beginning."""
        with self._lock:
            self._forecast = forecast
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
            forecast = self._forecast
            before = self._before(forecast, call, number)
        self._sleep(forecast.value("latency", call.service, call.operation) or 0)
        if before is not None:
            return before
        seconds = forecast.value("lost-versions", call.service, call.operation)
        reply, lost = self._versions.around(seconds, call, work)
        with self._lock:
            if lost:
                self._happened["lost-versions"] += 1
            if forecast.has("unseen", "unseen-seconds"):
                reply = self._unseen.filtered(forecast, call, reply)
            if self._strikes(forecast, "lost-reply", call, number):
                raise Dropped(reset=False)
        return reply

    def _before(self, forecast: Forecast, call: Call, number: int) -> Reply | None:
        """What happens instead of the work."""
        if self._stops(forecast, call) or self._strikes(forecast, "reset", call, number):
            raise Dropped(reset=True)
        if self._strikes(forecast, "throttle", call, number) or self._too_many(forecast, call):
            return throttled(call)
        busy = self._shares.refusal(forecast.value("busy-shares", call.service, call.operation), call)
        if busy is not None:
            self._happened["busy-shares"] += 1
            return busy
        unseen = self._unseen.refusal(forecast, call)
        if unseen is not None:
            self._happened["unseen"] += 1
        return unseen

    def _strikes(self, forecast: Forecast, kind: str, call: Call, number: int) -> bool:
        share = forecast.value(kind, call.service, call.operation)
        if share is None or _chance(f"{forecast.seed}|{kind}|{call.name}|{number}") >= share:
            return False
        self._happened[kind] += 1
        return True

    def _stops(self, forecast: Forecast, call: Call) -> bool:
        at = forecast.value("stop", call.service, call.operation)
        if at is not None and call.writes:
            self._written += 1
            self._stopped = self._stopped or self._written >= at
        if self._stopped:
            self._happened["stop"] += 1
        return self._stopped

    def _too_many(self, forecast: Forecast, call: Call) -> bool:
        """A bucket for each account, Region and operation, as large as what it takes in a second."""
        rate = forecast.value("rate", call.service, call.operation)
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
