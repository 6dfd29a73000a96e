"""Progress: a bar on a terminal, and what a run waits for when it has been silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Thread

from publisher.cli.columns import shortened, width_of

# Calls a function again and again while the block runs.
Ticker = Callable[[Callable[[], None]], AbstractContextManager[None]]
_BAR = 20
_FIRST, _SECOND = 2, 5
_LONGEST = 60
_PAUSE = 0.5


def step_line(text: str, done: int, total: int) -> str:
    """`[3/12] what was done`."""
    return f"[{done}/{total}] {text}"


def bar(text: str, done: int, total: int, width: int) -> str:
    """A bar with the count, and as much of the text as fits: the count is always there."""
    size = max(1, min(_BAR, width // 5))
    filled = size * done // max(total, 1)
    counted = f"{'#' * filled}{'.' * (size - filled)} {done:>{len(str(total))}}/{total}"
    return shortened(f"{counted} {shortened(text, width - width_of(counted) - 1)}", width)


class Silence:
    """Measures for how long nothing was printed. Says so after two seconds, and then ever more rarely."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.end()

    def end(self) -> None:
        """Something was printed."""
        self._since, self._due = self._now(), _FIRST

    def seconds(self) -> int:
        """For how long, from two seconds on; else 0."""
        seconds = int(self._now() - self._since)
        return seconds if seconds >= _FIRST else 0

    def due(self) -> bool:
        """Whether it is time for another line: after 2, 5, 10, 20 and 40 seconds, then every minute."""
        if self._now() - self._since < self._due:
            return False
        while self._due <= self._now() - self._since:
            self._due = _SECOND if self._due == _FIRST else min(self._due * 2, self._due + _LONGEST)
        return True


@contextmanager
def ticking(tick: Callable[[], None]) -> Iterator[None]:
    """Calls the function twice a second, in a thread."""
    stop = Event()

    def run() -> None:
        while not stop.wait(_PAUSE):
            tick()

    thread = Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def silent(tick: Callable[[], None]) -> Iterator[None]:
    """Never calls the function."""
    yield
