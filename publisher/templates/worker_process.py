"""What a worker process runs: one task after the other, each within its limits. Started by workers.py.

It ends when the stream of tasks does, hence with the process that started it, however that ended.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

from publisher.errors import InputError, PublisherError

# The exit code of a worker that has no memory left to answer with.
EXHAUSTED = 75
_AGAIN_SECONDS = 0.5
_GRACE_SECONDS = 1
_END_SECONDS = 1
# Looking for garbage takes cfn-lint's process as long as half a template of 30 resources.
_TASKS_OF_GARBAGE = 8


class TimeLimitError(Exception):
    """The task has had its time. Raised wherever the task is, so that the place in a template is known."""


class LimitError(InputError):
    """A task exceeded its limits; only the caller knows the file."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one task may use: seconds of CPU time, bytes of address space.

    `share` of them are done sooner by one process than by starting another. With `resident`, a worker looks
    for garbage now and then; one that then still has more bytes in memory is not used again.
    """

    seconds: float
    memory: int
    share: int = 4
    resident: int | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """A function of a module and its argument."""

    function: Callable[[Any], Any]
    argument: Any
    limits: Limits


@dataclass(frozen=True, kw_only=True)
class Reply:
    """The result of a task, or its error; a worker that met a limit is not used again."""

    result: Any = None
    error: Exception | None = None
    limited: bool = False


def serve(stream: BinaryIO) -> None:
    """Runs the tasks that arrive, and writes each reply to what was the process's output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Trees of nodes that live as long as their task: looking for cycles in them takes a quarter of the time.
    gc.set_threshold(50_000, 20, 100)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    Thread(target=_read, args=(stream, tasks), daemon=True).start()
    done = 0
    while (task := tasks.get()) is not None:
        try:
            answer, done = _reply(task), done + 1
            if task.limits.resident is not None and done % _TASKS_OF_GARBAGE == 0:
                gc.collect()
                answer = replace(answer, limited=answer.limited or _resident() > task.limits.resident)
            reply = pickle.dumps(answer)
        except (MemoryError, RecursionError):
            os._exit(EXHAUSTED)
        replies.write(reply)
        replies.flush()


def _read(stream: BinaryIO, tasks: SimpleQueue[Task | None]) -> None:
    """Hands tasks over; at the end of the stream ends the process, busy or not."""
    try:
        while True:
            tasks.put(pickle.load(stream))
    except EOFError:
        tasks.put(None)
        time.sleep(_END_SECONDS)
    finally:
        os._exit(EXHAUSTED)


def _reply(task: Task) -> Reply:
    try:
        _limit(task.limits)
        try:
            return Reply(result=task.function(task.argument))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except (TimeLimitError, MemoryError) as error:
        return Reply(error=LimitError(exceeded(error)), limited=True)
    except PublisherError as error:
        return Reply(error=error, limited=isinstance(error.__cause__, TimeLimitError | MemoryError))
    except Exception as error:
        failure = RuntimeError(f"{type(error).__name__}: {error}")
        failure.add_note(traceback.format_exc())
        return Reply(error=failure)


def _limit(limits: Limits) -> None:
    """The timer interrupts Python. What Python cannot interrupt is ended by the system a little later."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(usage.ru_utime + usage.ru_stime + limits.seconds) + _GRACE_SECONDS
    for kind, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, limits.memory)):
        _, hard = resource.getrlimit(kind)
        # macOS knows the limit of memory, and may refuse to set it.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))

    def expired(*_: object) -> None:
        raise TimeLimitError(too_long(limits))

    signal.signal(signal.SIGPROF, expired)
    # It comes again where the first was swallowed.
    signal.setitimer(signal.ITIMER_PROF, limits.seconds, _AGAIN_SECONDS)


def _resident() -> int:
    """Bytes of this process in memory; where the system does not say, the most that there were."""
    try:
        statm = os.open("/proc/self/statm", os.O_RDONLY)
        try:
            return int(os.read(statm, 200).split()[1]) * resource.getpagesize()
        finally:
            os.close(statm)
    except OSError:
        # Not for Linux, where it begins with that of the process that started this one. macOS: bytes.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak << 10


def exceeded(error: Exception) -> str:
    """What a message says of a task that met a limit."""
    if isinstance(error, MemoryError):
        return too_much(resource.getrlimit(resource.RLIMIT_AS)[0])
    return str(error)


def too_long(limits: Limits) -> str:
    """The message of a task that takes more time."""
    return f"takes more than {limits.seconds:g} seconds"


def too_much(memory: int) -> str:
    """The message of a task that needs more bytes than this."""
    return f"needs more than {memory >> 20:,} MB of memory"
