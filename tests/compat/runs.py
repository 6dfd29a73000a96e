"""Runs a client's scenarios against a local AWS of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from tests.compat.clients import FILES, Client, Scenario, find_mirror

_SECONDS = 600.0
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one script; `problem` is empty if it was as its file says."""

    of: Scenario
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of one client. One that could not be run has a reason, and no results."""

    client: Client
    version: str = ""
    left_out: str = ""
    results: tuple[Result, ...] = ()


REPORT = TypeAdapter(Report)


def run_client(client: Client, bins: Sequence[Path], folder: Path) -> Iterator[Result | str]:
    """Runs a client's scripts in a new folder, one after the other; first comes its version.

    What each printed is in `<number>.log` there.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shell = _Shell(client, bins, folder)
    with _endpoint(shell):
        yield shell.run(client.version)[1].strip().partition("\n")[0]
        for number, scenario in enumerate(client.scenarios, 1):
            code, output = shell.run(scenario.run)
            (folder / f"{number}.log").write_text(output, encoding="utf-8")
            yield Result(of=scenario, problem=problem(scenario, code, output))


def problem(scenario: Scenario, code: int | None, output: str) -> str:
    """What is not as the file says; empty if nothing."""
    if code is None:
        return f"no end within {_SECONDS:.0f} seconds"
    if scenario.unsupported and code == 0:
        return "succeeds; it is no longer unsupported"
    if code != 0 and not scenario.unsupported:
        return f"exit code {code}"
    expected = scenario.unsupported or scenario.prints
    return "" if expected in output else f"does not print {expected!r}"


class _Shell:
    """Runs scripts in a client's folder, with nothing of the user's settings and files."""

    def __init__(self, client: Client, bins: Sequence[Path], folder: Path) -> None:
        self.settings = ""
        self._work = folder / "work"
        shutil.copytree(FILES / client.key, self._work)
        if client.npm:
            (self._work / "node_modules").symlink_to(bins[-1].parent)
        tools = folder / "tools"
        tools.mkdir()
        own = shlex.quote(os.pathsep.join([str(_ROOT), str(_ROOT / "emulator")]))
        for name, module in {"publisher": "publisher", "aws": "awscli"}.items():
            command = f'PYTHONPATH={own} exec {shlex.quote(sys.executable)} -m {module} "$@"'
            (tools / name).write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
            (tools / name).chmod(0o755)
        kept = {name: os.environ[name] for name in ("LANG", "SSL_CERT_FILE") if name in os.environ}
        mirror = find_mirror(client.provider) if client.provider else None
        self._environment = {
            **kept,
            "CI": "true",
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder / "state"),
            "MIRROR": str(mirror or ""),
            "PATH": os.pathsep.join([*map(str, bins), str(tools), os.environ["PATH"]]),
            **client.environment,
        }

    def run(self, script: str) -> tuple[int | None, str]:
        """The exit code, or None if it took too long, and what both streams got."""
        with subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", f"{self.settings}\n{script}"],
            cwd=self._work,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return None, process.communicate()[0]
        return process.returncode, output


@contextmanager
def _endpoint(shell: _Shell) -> Iterator[None]:
    """A local AWS for the scripts of a shell, until the end of the block."""
    code, output = shell.run("publisher --quiet local start >/dev/null && publisher local env")
    if code != 0:
        raise RuntimeError(output)
    shell.settings = output
    try:
        yield
    finally:
        shell.run("publisher --quiet local stop")
