"""How long README takes from an empty folder to a launch: each command a process, on a new endpoint."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.rows import row
from tests.conftest import ROOT
from tests.documents_run import steps

SECONDS = 120


def main() -> int:
    """0 if it takes no longer than it may."""
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
    return int(not row("from an empty folder to a launch", took, "s", limit=SECONDS))


if __name__ == "__main__":
    sys.exit(main())
