"""Service Catalog actions that do not get on with others at the same time: portfolio shares, versions."""

import json
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any

from catalog_emulator.faults.called_operation import Call
from catalog_emulator.faults.replies import Reply, refused

_SHARE_ACTIONS = ("CreatePortfolioShare", "DeletePortfolioShare", "UpdatePortfolioShare")


class Shares:
    """One share action at a time in an account and Region."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], float] = {}

    def refusal(self, seconds: float | None, call: Call) -> Reply | None:
        if not seconds or call.service != "servicecatalog" or call.operation not in _SHARE_ACTIONS:
            return None
        account, now = (call.account_id, call.region), self._clock()
        if self._until.get(account, now) > now:
            message = "Another portfolio share action is in progress. Try again later."
            return refused(call, "InvalidStateException", message)
        self._until[account] = now + seconds
        return None

    def clear(self) -> None:
        self._until.clear()


class Versions:
    """Versions of a product that are created at the same time: all are answered, one is kept."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._lock = Lock()
        self._running: Counter[str] = Counter()

    def apply(self, seconds: float | None, call: Call, process: Callable[[], Reply]) -> tuple[Reply, bool]:
        """The reply, and whether the version is lost. Creating one takes so many seconds."""
        product = str(call.params.get("ProductId"))
        if seconds is None or call.name != "servicecatalog.CreateProvisioningArtifact":
            return process(), False
        with self._lock:
            others = self._running[product] > 0
            self._running[product] += 1
        try:
            reply = process()
            lost = others and reply.ok
            if lost:
                _remove(call, product, reply)
            self._sleep(seconds)
        finally:
            with self._lock:
                self._running[product] -= 1
        return reply, lost


def _remove(call: Call, product: str, reply: Reply) -> None:
    from moto.servicecatalog.models import servicecatalog_backends

    identifier = json.loads(reply.get_data())["ProvisioningArtifactDetail"]["Id"]
    backend: Any = servicecatalog_backends[call.account_id][call.region]
    backend.state.products[product].artifacts.pop(identifier, None)
