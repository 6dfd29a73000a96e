"""The wheels of both distributions, installed together in an empty environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.whole

_PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")


def run(*command: object, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The executables of an empty environment with the publisher's wheel, its extra, and all they need."""
    folder = tmp_path_factory.mktemp("wheels")
    wheels = folder / "dist"
    build = (*_PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", wheels)
    run(*build, ROOT, ROOT / "emulator", cwd=folder)
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = wheels.glob("publisher-*.whl")
    run(*_PIP, "--python", python, "install", "--find-links", wheels, f"{wheel}[local]", cwd=folder)
    run(*_PIP, "--python", python, "check", cwd=folder)
    return python.parent


def test_both_packages_come_from_the_wheels(installed: Path, tmp_path: Path) -> None:
    code = "import publisher, catalog_emulator as emulator; print(publisher.__file__, emulator.__file__)"
    for file in run(installed / "python", "-c", code, cwd=tmp_path).split():
        assert Path(file).is_relative_to(installed.parent)


def test_the_endpoint_starts_and_stops(installed: Path, tmp_path: Path) -> None:
    publisher = installed / "publisher"
    assert "Usage: publisher" in run(publisher, "--help", cwd=tmp_path)
    started = json.loads(run(publisher, "--json", "local", "start", cwd=tmp_path))
    try:
        assert json.loads(run(publisher, "--json", "local", "status", cwd=tmp_path)) == started
    finally:
        stopped = json.loads(run(publisher, "--json", "local", "stop", cwd=tmp_path))
    assert stopped == {**started, "running": False}
    assert run(publisher, "local", "status", cwd=tmp_path).startswith("not running")
