"""The wheels of both distributions, installed together where no source tree is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT

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
    """The executables of a new environment with both wheels; dependencies are those of this one."""
    folder = tmp_path_factory.mktemp("wheels")
    wheels, environment = folder / "dist", folder / "venv"
    run(
        *_PIP, "wheel", "--no-deps", "--no-build-isolation", "-w", wheels, ROOT, ROOT / "emulator", cwd=folder
    )
    venv.create(environment, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    python = environment / "bin" / "python"
    packages = ("publisher[local]", "service-catalog-emulator")
    run(
        *_PIP,
        "--python",
        python,
        "install",
        "--no-deps",
        "--no-index",
        "--find-links",
        wheels,
        *packages,
        cwd=folder,
    )
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
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
