"""Which process an endpoint is, and that only this one is ever signalled."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from catalog_emulator.errors import EmulatorError
from catalog_emulator.server import endpoint_record, process
from catalog_emulator.server.endpoint_record import Endpoint, NotAnsweringError
from catalog_emulator.server.folder_lock import FolderLock, holder
from catalog_emulator.server.local_server import LocalServer
from catalog_emulator.server.private_files import FolderError
from tests.conftest import cases


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder; an endpoint that a test leaves running is stopped."""
    yield tmp_path / "endpoint"
    process.stop(tmp_path / "endpoint")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with endpoints."""
    with subprocess.Popen(["sleep", "600"]) as running:
        yield running
        assert running.poll() is None, "it was signalled"
        running.kill()


def test_a_folder_without_an_endpoint(folder: Path) -> None:
    assert (holder(folder), endpoint_record.running(folder), process.stop(folder)) == (0, None, 0)
    assert not folder.exists()


@pytest.mark.slow
def test_the_kernel_names_the_endpoint(folder: Path, tmp_path: Path) -> None:
    endpoint, started = process.start(folder)
    assert (started, holder(folder)) == (True, endpoint.pid)
    assert process.start(folder) == (endpoint, False)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}
    files = ("running", "starting", "endpoint.json", "config", "log", "port")
    assert modes == {"endpoint": 0o700, **dict.fromkeys(files, 0o600)}
    with pytest.raises(EmulatorError, match="runs already"):
        FolderLock(folder)
    os.kill(endpoint.pid, signal.SIGSTOP)
    for ask in (endpoint_record.running, process.start):
        with pytest.raises(
            NotAnsweringError, match=f"the endpoint \\(process {endpoint.pid}\\) does not answer"
        ):
            ask(folder)
    assert process.stop(folder) == endpoint.pid
    assert (holder(folder), endpoint_record.running(folder)) == (0, None)
    again, _ = process.start(folder)
    assert again.url == endpoint.url


@pytest.mark.slow
def test_an_endpoint_that_ignores_signals_is_ended(folder: Path) -> None:
    code = (
        "import pathlib, signal, sys, time; from catalog_emulator.server.folder_lock import FolderLock;"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); lock = FolderLock(pathlib.Path(sys.argv[1]));"
        "print('locked', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE) as hung:
        assert hung.stdout is not None and hung.stdout.readline() == b"locked\n"
        assert process.stop(folder) == hung.pid
        assert hung.wait() == -signal.SIGKILL


def test_a_record_alone_is_not_believed(folder: Path, other: subprocess.Popen[bytes]) -> None:
    """Its process may have got the number of one that has ended."""
    folder.mkdir(mode=0o700)
    Endpoint(url="http://127.0.0.1:1", pid=other.pid, folder=folder).write()
    assert (endpoint_record.running(folder), process.stop(folder)) == (None, 0)


@cases(
    "changes",
    {
        "another process": {"pid": 1},
        "another host": {"url": "http://127.0.0.1:1@evil.example"},
        "an unknown key": {"command": "id"},
    },
)
def test_a_record_that_the_endpoint_did_not_write(folder: Path, changes: dict[str, object]) -> None:
    lock = FolderLock(folder)
    Endpoint(url="http://127.0.0.1:1", pid=lock.pid, folder=folder).write()
    file = folder / "endpoint.json"
    assert endpoint_record.recorded(folder, lock.pid) is not None
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
    assert endpoint_record.recorded(folder, lock.pid) is None
    lock.release()


def test_one_endpoint_of_a_folder(folder: Path) -> None:
    lock = FolderLock(folder)
    with pytest.raises(EmulatorError, match="runs in this process"):
        LocalServer(folder)
    with pytest.raises(EmulatorError, match="runs in this process"):
        process.stop(folder)
    lock.release()
    assert holder(folder) == 0


@cases("kind", {"a link": "a symlink", "a file": "not a folder", "open to others": "open to other users"})
def test_folders_that_are_not_private(folder: Path, tmp_path: Path, kind: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    match kind:
        case "a symlink":
            folder.symlink_to(elsewhere)
        case "not a folder":
            folder.touch()
        case _:
            folder.mkdir(mode=0o755)
    for use in (holder, process.start, process.stop, LocalServer):
        with pytest.raises(
            FolderError, match=kind if kind != "not a folder" else "not a folder|cannot create"
        ):
            use(folder)
    assert list(elsewhere.iterdir()) == []
    if folder.is_dir() and not folder.is_symlink():
        folder.rmdir()
    else:
        folder.unlink()


@pytest.mark.slow
def test_an_endpoint_whose_folder_is_removed_ends(folder: Path) -> None:
    """It leaves the record of the next one alone."""
    first, _ = process.start(folder)
    shutil.rmtree(folder)
    second, started = process.start(folder)
    assert started
    with suppress(ChildProcessError):
        os.waitpid(first.pid, 0)
    assert endpoint_record.running(folder) == second


@pytest.mark.slow
def test_modules_of_the_working_folder_are_not_imported(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "moto", "yaml", "catalog_emulator"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    process.start(folder)
    assert not (tmp_path / "ran").exists()
