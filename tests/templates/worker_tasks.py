"""What workers do in tests. The functions must be those of a module that a worker can import."""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any
from weakref import WeakSet

from publisher.errors import InputError

# A worker that runs holds its locks.
_LOCKS: list[Any] = []
_GARBAGE: WeakSet[Any] = WeakSet()


def double(number: int) -> int:
    return 2 * number


def process(_: object) -> int:
    return os.getpid()


def litter(_: object) -> tuple[int, int]:
    """Leaves a cycle behind: the process, and how many of them it still has."""
    cycle = type("Cycle", (), {})()
    cycle.itself = cycle
    _GARBAGE.add(cycle)
    return os.getpid(), len(_GARBAGE)


def refuse(name: str) -> None:
    raise InputError(f"'{name}' is wrong", hint="fix it")


def fail(name: str) -> None:
    raise KeyError(name)


def run(what: str) -> str:
    """Ends badly, in one of many ways."""
    match what:
        case "spins":
            while True:
                pass
        case "spins in C":
            re.match(r"(a+)+b", "a" * 60)
        case "grows":
            what = what * 10**9
        case "crashes":
            ctypes.string_at(0)
        case "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exits":
            os._exit(3)
        case _:
            sys.stdout.write("noise")
    return what


def swallow(_: object) -> None:
    """Ignores the first error of any kind, as Jinja's compiler does in constants."""
    try:
        run("spins")
    except Exception:
        run("spins")


def hold(path: Path) -> None:
    """Locks a file until the process ends."""
    lock = path.open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    _LOCKS.append(lock)


def hold_and_spin(path: Path) -> None:
    hold(path)
    run("spins")


def is_held(path: Path) -> bool:
    """Whether a process still holds the lock."""
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
