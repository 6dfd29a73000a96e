"""Starts and stops an endpoint in a process of its own; one per folder."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from catalog_emulator.errors import EmulatorError
from catalog_emulator.server import endpoint_record
from catalog_emulator.server.endpoint_record import Endpoint

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_PAUSE = 0.05


def start(
    folder: Path,
    *,
    port: int = 0,
    faults: str = "",
    state_file: Path | None = None,
    admin_profile: str = Endpoint.admin_profile,
    launcher_profile: str = Endpoint.launcher_profile,
    account: Mapping[str, Any] | None = None,
) -> tuple[Endpoint, bool]:
    """The endpoint of this folder, and whether it had to be started. Two concurrent callers start one.

    The options are for one that has to be started; `account` is what `StartingAccount.parse` reads.
    Raises EmulatorError.
    """
    options = ["--port", str(port), "--faults", faults]
    options += ["--admin-profile", admin_profile, "--launcher-profile", launcher_profile]
    if state_file is not None:
        options += ["--state", str(state_file.absolute())]
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        found = endpoint_record.running(folder)
        if found is not None:
            return found, False
        endpoint_record.remove(folder)
        if account:
            file = folder / "account.json"
            file.write_text(json.dumps(account), encoding="utf-8")
            options += ["--account", str(file)]
        return _started(folder, options), True


def stop(folder: Path) -> Endpoint | None:
    """Ends the endpoint of this folder, and what it held; None when there is none."""
    found = endpoint_record.running(folder)
    if found is None:
        return None
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_running(found):
        if time.monotonic() > deadline:
            os.kill(found.pid, signal.SIGKILL)
            break
        time.sleep(_PAUSE)
    endpoint_record.remove(folder)
    return found


def _is_running(endpoint: Endpoint) -> bool:
    """Whether it still runs and listens. A child that has ended stays a process until it is waited for."""
    with suppress(ChildProcessError):
        os.waitpid(endpoint.pid, os.WNOHANG)
    try:
        os.kill(endpoint.pid, 0)
    except ProcessLookupError:
        return False
    address = urlsplit(endpoint.url)
    with socket.socket() as caller:
        return caller.connect_ex((address.hostname, address.port)) == 0


def _started(folder: Path, options: Sequence[str]) -> Endpoint:
    log = folder / "log"
    # The caller's AWS settings are for another AWS.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "catalog_emulator.server", str(folder), *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        found = endpoint_record.running(folder)
        if found is not None:
            return found
        if process.poll() is not None:
            lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            reason = lines[-1].removeprefix("error: ") if lines else f"exit code {process.returncode}"
            raise EmulatorError(f"the endpoint did not start: {reason}", hint=f"see {log}")
        time.sleep(_PAUSE)
    process.kill()
    raise EmulatorError(f"the endpoint did not answer within {_START_SECONDS:.0f} s", hint=f"see {log}")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
