"""Starts and stops the endpoint's process; one per project folder."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from catalog_emulator.errors import EmulatorError
from catalog_emulator.server import record as state
from catalog_emulator.server.record import Endpoint

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_PAUSE = 0.05


def start(
    folder: Path, *, port: int = 0, faults: str = "", state_file: Path | None = None
) -> tuple[Endpoint, bool]:
    """The endpoint of this folder, and whether it had to be started. Two callers at once start one.

    The options are for one that has to be started.
    """
    options = ["--port", str(port), "--faults", faults]
    if state_file is not None:
        options += ["--state", str(state_file.absolute())]
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        found = state.running(folder)
        if found is not None:
            return found, False
        state.forget(folder)
        return _started(folder, options), True


def stop(folder: Path) -> Endpoint | None:
    """Ends the endpoint of this folder; None when there is none. What it held is gone with it."""
    found = state.running(folder)
    if found is None:
        return None
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while _there(found):
        if time.monotonic() > deadline:
            os.kill(found.pid, signal.SIGKILL)
            break
        time.sleep(_PAUSE)
    state.forget(folder)
    return found


def _there(endpoint: Endpoint) -> bool:
    """Whether it still runs and listens. One that has ended stays a process until its parent takes note."""
    with suppress(ChildProcessError):
        os.waitpid(endpoint.pid, os.WNOHANG)
    if not state.alive(endpoint.pid):
        return False
    address = urlsplit(endpoint.url)
    with socket.socket() as caller:
        return caller.connect_ex((address.hostname, address.port)) == 0


def _started(folder: Path, options: Sequence[str]) -> Endpoint:
    log = folder / "log"
    # The AWS settings of the caller are meant for another AWS.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "catalog_emulator.server.local_server", str(folder), *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        found = state.running(folder)
        if found is not None:
            return found
        if process.poll() is not None:
            raise EmulatorError(
                f"the local endpoint did not start: {_last_line(log)}", hint=f"its whole log is {log}"
            )
        time.sleep(_PAUSE)
    process.kill()
    raise EmulatorError(
        f"the local endpoint did not answer within {_START_SECONDS:.0f} s", hint=f"its log is {log}"
    )


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if any("No module named 'moto'" in line for line in lines):
        return "moto is not installed; the extra 'local' brings it (make install)"
    return lines[-1] if lines else "it said nothing"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
