"""Ctrl-C, SIGTERM and SIGHUP: they end a run, but let it finish what it writes, unless they come again."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from types import FrameType

from publisher.stopping import Stop

_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
# Ignored unless somebody asks for it, so that nothing else uses it.
_NUDGE = getattr(signal, "SIGURG", None)
_NUDGES = (0.05, 0.5)


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
            with _noticed(taken):
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


@contextmanager
def _noticed(numbers: Collection[int]) -> Iterator[None]:
    """Wakes the main thread for signals that it had no time to see before it began to wait for others.

    Python runs handlers between two steps of the main thread. A signal that comes when it gives up the
    interpreter's lock to wait on another lock is seen when that wait ends.
    https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers
    """
    if _NUDGE is None:
        yield
        return
    main = threading.get_ident()
    received, sent = os.pipe()
    os.set_blocking(sent, False)

    def nudge() -> None:
        while number := os.read(received, 1):
            for pause in _NUDGES if number[0] in numbers else ():
                time.sleep(pause)
                signal.pthread_kill(main, _NUDGE)
        os.close(received)

    before = signal.signal(_NUDGE, lambda *_: None)
    descriptor = signal.set_wakeup_fd(sent, warn_on_full_buffer=False)
    threading.Thread(target=nudge, daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(descriptor)
        os.close(sent)
        signal.signal(_NUDGE, before)
