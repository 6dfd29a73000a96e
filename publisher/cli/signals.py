"""Ctrl-C, SIGTERM and SIGHUP: they end a run, but let it finish what it writes, unless they come again."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from publisher.stopping import Stop

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Signals:
    """The signals of one run. `number` is of the last one: a shell expects it in the exit code."""

    def __init__(self) -> None:
        self.number: int = signal.SIGINT
        self._stop: Stop | None = None
        self._report: Callable[[list[str]], None] = lambda under_way: None
        self._leaving = False

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP."""
        return 128 + self.number

    @contextmanager
    def received(self) -> Iterator[None]:
        """They arrive here for as long as the block takes; those that the caller ignores are ignored."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in _ENDING}
        taken = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]
        for number in taken:
            signal.signal(number, self._received)
        try:
            yield
        finally:
            for number in taken:
                signal.signal(number, before[number])

    @contextmanager
    def stopping(self, report: Callable[[list[str]], None]) -> Iterator[Stop]:
        """The first signal in the block asks its Stop, and reports what is under way."""
        stop = self._stop = Stop()
        self._report = report
        try:
            yield stop
        finally:
            self._stop = None

    def _received(self, number: int, _: FrameType | None) -> None:
        self.number = number
        if self._stop is not None and not self._stop.requested:
            self._stop.requested = True
            self._report(self._stop.under_way)
            return
        if self._leaving:
            os._exit(self.exit_code)
        self._leaving = True
        raise KeyboardInterrupt
