"""Runs the commands of a build, where publisher is this process: to import it would take most of a build."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from publisher.aws.clients import Aws
from publisher.cli import main

# Asks for a run in its folder and environment, and prints and ends as that did.
_PROGRAM = """\
#!{python} -IS
import json, os, socket, sys
with socket.create_connection(("127.0.0.1", {port})) as asked:
    asked.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode())
    asked.shutdown(socket.SHUT_WR)
    code, out, err = json.load(asked.makefile())
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""


def run_shell(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], connect: Callable[..., Aws]
) -> subprocess.CompletedProcess[str]:
    """Runs it in the folder, whose .venv/bin/publisher connects so."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = folder / ".venv/bin/publisher"
        program.parent.mkdir(parents=True)
        program.write_text(_PROGRAM.format(python=sys.executable, port=server.getsockname()[1]))
        program.chmod(0o755)
        out, err = folder.with_suffix(".out"), folder.with_suffix(".err")
        with out.open("w") as stdout, err.open("w") as stderr:
            shell = subprocess.Popen(command, cwd=folder, env=environment, stdout=stdout, stderr=stderr)
        server.settimeout(0.02)
        while shell.poll() is None:
            try:
                asked, _ = server.accept()
            except TimeoutError:
                continue
            with asked, asked.makefile("rw") as stream:
                json.dump(_run(connect, *json.load(stream)), stream)
    return subprocess.CompletedProcess(command, shell.returncode, out.read_text(), err.read_text())


def _run(
    connect: Callable[..., Aws], argv: list[str], folder: str, environment: dict[str, str]
) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        for name in {*os.environ} - {*environment}:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        code = main(argv, connect=connect)
    return code, out.getvalue(), err.getvalue()
