"""Wheels and sdists of both distributions, as `make release` and the tests build them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

# Where each distribution is, and its package there.
DISTRIBUTIONS: Mapping[Path, str] = {ROOT: "publisher", ROOT / "emulator": "catalog_emulator"}


def run(*command: object, cwd: Path, **environment: str) -> str:
    """What a program prints, without the Python settings of this process; it has to succeed."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=ours | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@cache
def project(source: Path) -> dict[str, Any]:
    """The table `project` of a distribution's pyproject.toml."""
    found: dict[str, Any] = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def build(source: Path, into: Path, *kinds: str) -> list[Path]:
    """The files that hatchling makes of a folder, of these kinds (wheel, sdist), dated by the last commit."""
    epoch = run("git", "log", "-1", "--format=%ct", cwd=ROOT).strip()
    options = [word for kind in kinds for word in ("-t", kind)]
    program = (sys.executable, "-m", "hatchling", "build", *options, "-d", into)
    before = set(into.glob("*"))
    run(*program, cwd=source, SOURCE_DATE_EPOCH=epoch)
    return sorted(set(into.glob("*")) - before)


def changelog_version(source: Path) -> str:
    """The version of the topmost entry of a distribution's CHANGELOG.md."""
    for line in (source / "CHANGELOG.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            return line.removeprefix("## ").strip()
    return ""
