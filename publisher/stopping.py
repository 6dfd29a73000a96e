"""How a run is stopped: it starts nothing more, and only waits for what it is writing. Knows no signals."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TypeVar

from typing_extensions import override

T = TypeVar("T")
R = TypeVar("R")
# How many templates or targets at a time, where nothing else limits them.
AT_ONCE = 8
# How many threads read one target, or write to it: who stops a run waits for these writes. How many of their
# calls are under way is up to aws/pacing.py.
READERS, WRITERS = 16, 16


class Stop:
    """Asks a run to start nothing more; what is under way is finished. Threads share it.

    `results` are of what has ended, by the id of what was done.
    """

    def __init__(self) -> None:
        self.requested = False
        self.results: dict[int, Any] = {}
        self._under_way: dict[int, str] = {}

    @property
    def under_way(self) -> list[str]:
        """The names of what was begun and has not ended, in the order of their begin."""
        return list(self._under_way.values())

    def is_under_way(self, what: object) -> bool:
        """Whether this was begun and has not ended."""
        return id(what) in self._under_way

    @contextmanager
    def doing(self, what: object, name: str) -> Iterator[None]:
        """For as long as the block takes; what an interrupt ends within it stays under way."""
        self._under_way[id(what)] = name
        try:
            yield
        except Exception:
            del self._under_way[id(what)]
            raise
        del self._under_way[id(what)]


class Pool(ThreadPoolExecutor):
    """Threads that an interrupt does not wait for: those who end the process end them."""

    def __init__(self, workers: int = AT_ONCE) -> None:
        super().__init__(workers)

    def ahead(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, Future[R]]]:
        """The results in order; only a few are made before they are taken, and kept in memory."""
        begun: deque[tuple[T, Future[R]]] = deque()
        for item in items:
            begun.append((item, self.submit(work, item)))
            if len(begun) > AT_ONCE:
                yield begun.popleft()
        while begun:
            yield begun.popleft()

    @override
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A caller that is interrupted between two results of a generator leaves it.
        interrupted = kind is not None and issubclass(kind, KeyboardInterrupt | GeneratorExit)
        self.shutdown(wait=not interrupted, cancel_futures=kind is not None)
