"""Processes for what a hostile text could make endless: to render, lint, compare. Knows nothing of templates.

Each task has limits of time and memory. Written on `subprocess`: the pools of the standard library cannot end
a single task, they and others import the main program again in every process (0.1 s and more), and their
processes keep the caller's output open.
"""

from __future__ import annotations

import atexit
import itertools
import os
import pickle
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from publisher.errors import PublisherError
from publisher.templates.worker_process import EXHAUSTED, LimitError, Limits, Reply, Task, too_long, too_much

T = TypeVar("T")
R = TypeVar("R")

RENDERING = Limits(seconds=10, memory=1 << 30, share=8)
LINTING = Limits(seconds=120, memory=3 << 30, resident=190 << 20)

# -P: nothing is imported from the folder that we are in, which anybody may have written.
_COMMAND = (
    "import pickle, sys; tasks = open(0, 'rb'); sys.path[:] = pickle.load(tasks);"
    "from publisher.templates.worker_process import serve;"
)
_START = "import publisher.templates.evaluation"
_END_SECONDS = 2
# For what takes no CPU time: a worker that is stopped, a file system that does not answer.
_WAITING_SECONDS = 60
_CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})


class Workers:
    """A pool that starts its processes when there is work, and keeps them. Not for several threads.

    `limits` replace those of every task; `start` is what a process does first.
    """

    def __init__(
        self, *, count: int | None = None, limits: Limits | None = None, start: str = _START
    ) -> None:
        self._count = count or _processors()
        self._start = start
        self._limits = limits
        self._idle: list[_Worker] = []

    def prepare(self) -> None:
        """Starts a process in the background, for work that comes."""
        if not self._idle:
            self._idle.append(_Worker(self._start))

    def run(
        self, function: Callable[[T], R], arguments: Iterable[T], limits: Limits, *, expected: int = 1
    ) -> Iterator[tuple[T, R | PublisherError]]:
        """Each argument with the function's result or error, as they come; of about `expected` tasks.

        The function is one of a module's; arguments are taken as workers become free. Errors of the input and
        LimitError are results; raises PublisherError when a worker is ended from outside.
        """
        limits = self._limits or limits
        most = min(self._count, 1 + (expected - 1) // limits.share)
        waiting = iter(arguments)
        busy: dict[_Worker, T] = {}
        try:
            while True:
                for argument in itertools.islice(waiting, most - len(busy)):
                    worker = self._free()
                    busy[worker] = argument
                    worker.send(Task(function=function, argument=argument, limits=limits))
                if not busy:
                    return
                for worker in _ready(busy, limits):
                    reply = worker.reply(limits)
                    argument = busy.pop(worker)
                    if reply.limited:
                        worker.kill()
                    else:
                        self._idle.append(worker)
                    yield argument, _outcome(reply)
        finally:
            for worker in busy:
                worker.kill()

    def _free(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            worker.kill()
        return _Worker(self._start)

    def close(self) -> None:
        """Ends the processes."""
        for worker in self._idle:
            worker.end()
        self._idle.clear()

    def kill(self) -> None:
        """Ends the processes at once: what is idle has nothing to lose."""
        while self._idle:
            self._idle.pop().kill()


@cache
def workers() -> Workers:
    """The pool of this process, which ends with it."""
    pool = Workers()
    atexit.register(pool.kill)
    return pool


class _Worker:
    def __init__(self, start: str) -> None:
        # Only the two pipes: whoever reads our own output must not wait for this process.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", f"{_COMMAND}{start}; serve(tasks)"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._tasks, self.replies = self._process.stdin, self._process.stdout
        self._write([str(Path(entry).absolute()) for entry in sys.path])

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, task: Task) -> None:
        self._write(task)

    def _write(self, value: Any) -> None:
        # That the process has ended is seen where its reply is read.
        with suppress(BrokenPipeError):
            pickle.dump(value, self._tasks)
            self._tasks.flush()

    def reply(self, limits: Limits) -> Reply:
        """The reply, once there is something to read; what its end means. Raises PublisherError."""
        try:
            reply: Reply = pickle.load(self.replies)
            return reply
        except (EOFError, pickle.UnpicklingError):
            return self._died(self._process.wait(), limits)

    def _died(self, code: int, limits: Limits) -> Reply:
        if code == EXHAUSTED:
            return Reply(error=LimitError(too_much(limits.memory)), limited=True)
        if code == -signal.SIGXCPU:
            return Reply(error=LimitError(too_long(limits)), limited=True)
        if -code in _CRASHES:
            return Reply(error=LimitError("crashes Python, e.g. by deep nesting"), limited=True)
        how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        raise PublisherError(
            f"a worker process was ended {how}", hint="check that there is enough memory, then run it again"
        )

    def kill(self) -> None:
        self._process.kill()
        self._closed()

    def end(self) -> None:
        self._tasks.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._closed()

    def _closed(self) -> None:
        self._process.wait()
        self.replies.close()
        with suppress(BrokenPipeError):
            self._tasks.close()


def _ready(busy: Iterable[_Worker], limits: Limits) -> list[_Worker]:
    """The workers that have something to read. Raises PublisherError when none has for a long time."""
    with selectors.DefaultSelector() as selector:
        for worker in busy:
            selector.register(worker.replies, selectors.EVENT_READ, worker)
        found = [key.data for key, _ in selector.select(limits.seconds + _WAITING_SECONDS)]
    if not found:
        raise PublisherError("a worker process does not answer", hint="run it again")
    return found


def _outcome(reply: Reply) -> Any:
    if reply.error is None or isinstance(reply.error, PublisherError):
        return reply.error or reply.result
    raise reply.error


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
