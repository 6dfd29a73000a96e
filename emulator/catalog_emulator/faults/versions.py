"""Versions of one product that are created at the same time: all are answered, one stays."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Any

from catalog_emulator.faults.calls import Call
from catalog_emulator.faults.replies import Reply


class Versions:
    """Which products have a version under creation. A creation lasts a while, so that two can meet."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._lock = Lock()
        self._running: Counter[str] = Counter()

    def around(self, seconds: float | None, call: Call, work: Callable[[], Reply]) -> tuple[Reply, bool]:
        """The answer of the work, and whether what it made is lost: another one was under way."""
        product = str(call.params.get("ProductId"))
        if seconds is None or call.name != "servicecatalog.CreateProvisioningArtifact":
            return work(), False
        with self._lock:
            beside = self._running[product] > 0
            self._running[product] += 1
        try:
            reply = work()
            if beside and reply.fine:
                _lose(call, product, reply)
            self._sleep(seconds)
        finally:
            with self._lock:
                self._running[product] -= 1
        return reply, beside and reply.fine


def _lose(call: Call, product: str, reply: Reply) -> None:
    from moto.servicecatalog.models import servicecatalog_backends

    identifier = json.loads(reply.body)["ProvisioningArtifactDetail"]["Id"]
    backend: Any = servicecatalog_backends[call.account_id][call.region]
    backend.state.products[product].artifacts.pop(identifier, None)
