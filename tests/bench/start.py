"""How long it takes to begin: help, and README from an empty folder to a launch, each command a process."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.rows import row, seconds
from tests.conftest import ROOT
from tests.documents_run import steps

SECONDS = 120
_TIMES = 7
_TYPER = "import typer; app = typer.Typer(); app.command()(lambda: None); app()"


def readme() -> None:
    """From an empty folder to a launch."""
    commands = [shlex.split(step.command) for step in steps("README.md")]
    launch = next(n for n, words in enumerate(commands) if "launch" in words)
    with TemporaryDirectory() as top:
        folders = {f"XDG_{name}_HOME": f"{top}/{name}" for name in ("STATE", "CACHE")}
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), *sys.path)), **folders}
        here = Path(top)

        def run(words: Sequence[str]) -> None:
            command = [sys.executable, "-m", *words]
            subprocess.run(command, cwd=here, env=environment, check=True, capture_output=True)

        began = time.perf_counter()
        try:
            for words in commands[: launch + 1]:
                if words[0] == "cd":
                    here /= words[1]
                else:
                    run(words)
            took = time.perf_counter() - began
        finally:
            run(["publisher", "local", "stop"])
    row("from an empty folder to a launch", took, "s", limit=SECONDS)


def help_text() -> None:
    """`publisher --help` beside that of a program which is nothing but typer."""

    def least(*words: str) -> float:
        command = [sys.executable, *words, "--help"]
        return min(
            seconds(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(_TIMES)
        )

    own, bare = least("-m", "publisher"), least("-c", _TYPER)
    row("publisher --help", own, "s", reference="bare typer", ratio=own / bare, limit=2)


def main() -> None:
    """Everything."""
    help_text()
    readme()


if __name__ == "__main__":
    main()
