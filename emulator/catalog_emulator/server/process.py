"""Starts and stops an endpoint in a process of its own; one per folder."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from catalog_emulator.errors import EmulatorError, InvalidInputError
from catalog_emulator.server import endpoint_record
from catalog_emulator.server.endpoint_record import (
    PAUSE,
    START_SECONDS,
    Endpoint,
    NotAnsweringError,
    SiteOptions,
)
from catalog_emulator.server.folder_lock import holder
from catalog_emulator.server.private_files import make_private, open_private, write_private

# The exit code of an endpoint whose input is wrong: a state file, or a port in use.
WRONG_INPUT = 2
_STOP_SECONDS = 10.0


def start(
    folder: Path,
    *,
    port: int = 0,
    faults: str = "",
    state_file: Path | None = None,
    admin_profile: str = Endpoint.admin_profile,
    launcher_profile: str = Endpoint.launcher_profile,
    account: Mapping[str, Any] | None = None,
    refuse_records: bool = False,
    site: SiteOptions | None = None,
) -> tuple[Endpoint, bool]:
    """The endpoint of this folder, and whether it had to be started. Two concurrent callers start one.

    The options are for one that has to be started; `account` is what `StartingAccount.parse` reads.
    Raises EmulatorError.
    """
    options = ["--port", str(port), "--faults", faults]
    options += ["--admin-profile", admin_profile, "--launcher-profile", launcher_profile]
    if refuse_records:
        options.append("--refuse-records")
    if site is not None:
        options += ["--site", site.factory, "--site-argument", site.argument, "--site-command", site.command]
    if state_file is not None:
        options += ["--state", str(state_file.absolute())]
    make_private(folder)
    with _locked(folder):
        found = endpoint_record.running(folder)
        if found is not None:
            return found, False
        endpoint_record.remove(folder)
        if account:
            file = folder / "account.json"
            write_private(file, json.dumps(account).encode())
            options += ["--account", str(file.absolute())]
        return _started(folder, options), True


def stop(folder: Path) -> int:
    """Ends the endpoint of this folder, whether it answers or not. Its process; 0 when there is none.

    Raises EmulatorError when it runs in this process.
    """
    pid = holder(folder)
    if not pid:
        return 0
    if pid == os.getpid():
        raise EmulatorError("the endpoint runs in this process", hint="call LocalServer.stop")
    # A process that is suspended gets a signal other than SIGKILL when it continues.
    for signals in ((signal.SIGTERM, signal.SIGCONT), (signal.SIGKILL,)):
        deadline = time.monotonic() + _STOP_SECONDS
        for one in signals:
            if holder(folder) == pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, one)
        while time.monotonic() < deadline:
            if holder(folder) != pid:
                return pid
            time.sleep(PAUSE)
    raise EmulatorError(f"the endpoint (process {pid}) did not end", hint=f"kill -9 {pid}")


def _started(folder: Path, options: Sequence[str]) -> Endpoint:
    log = folder / "log"
    # The caller's AWS settings are for another AWS.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with os.fdopen(open_private(log), "wb") as output:
        output.truncate()
        # Modules of the folder that the caller happens to be in are not imported: -P, and another folder.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "catalog_emulator.server", str(folder.absolute()), *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    # Also that it holds the folder, and does not answer for too long.
    with suppress(NotAnsweringError):
        while time.monotonic() < deadline:
            found = endpoint_record.running(folder)
            if found is not None:
                return found
            if process.poll() is not None:
                raise _failure(process.returncode, log)
            time.sleep(PAUSE)
    process.kill()
    raise EmulatorError(f"the endpoint did not answer within {START_SECONDS:.0f} s", hint=f"see {log}")


def _failure(code: int, log: Path) -> EmulatorError:
    """What a process that ended said last: `error: …`, for wrong input also `hint: …`."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    said = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    message = f"the endpoint did not start: {(said or lines or [f'exit code {code}'])[-1]}"
    hints = [line.removeprefix("hint: ") for line in lines if line.startswith("hint: ")]
    hint = (hints or [f"see {log}"])[-1]
    return InvalidInputError(message, hint=hint) if code == WRONG_INPUT else EmulatorError(message, hint=hint)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with os.fdopen(open_private(folder / "starting"), "wb") as lock:
        deadline = time.monotonic() + 2 * START_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmulatorError(
                        f"another process has been starting the endpoint of '{folder}' for too long",
                        hint="end that process, or wait for it",
                    ) from None
                time.sleep(PAUSE)
        yield
