"""The wire between publishers and moto: calls are counted, and the process that makes them can be stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from catalog_emulator.faults.called_operation import read_sent
from moto.core.models import botocore_stubber


class Killed(BaseException):
    """The process is gone: nothing can catch it, and none of its threads gets another answer."""


class Wire:
    """Counts the calls of a process. After the `stop`-th of them has been worked on, the process is gone.

    A stop at a call that only reads is a stop after the last writing call before it, seen from the account,
    so `writing` counts only those that write.
    """

    def __init__(self, *, stop: int = 0, writing: bool = False) -> None:
        self.calls = 0
        self._stop, self._writing = stop, writing
        self._killed = False
        self._lock = Lock()

    def around(self, request: Any, work: Callable[[], Any]) -> Any:
        """The answer to a request, if anybody is left to get it."""
        call = read_sent(request)
        with self._lock:
            if self._killed:
                raise Killed
            self.calls += call.writes or not self._writing
            last = self.calls == self._stop and (call.writes or not self._writing)
            answer = work()
            if last:
                self._killed = True
                raise Killed
        return answer


@contextmanager
def stretched(wire: Wire) -> Iterator[Wire]:
    """Every boto3 client of this process that moto answers goes over the wire, while it lasts."""
    stubber: Any = botocore_stubber
    process = stubber.process_request
    stubber.process_request = lambda request: wire.around(request, lambda: process(request))
    try:
        yield wire
    finally:
        stubber.process_request = process
