"""Wheels and sdists of both distributions: what is in them, and that they work where they are installed."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from publisher.errors import DISTRIBUTION
from tests.conftest import ROOT, cases
from tests.packaging.build import DISTRIBUTIONS, build, project, run
from tests.packaging.release import made

pytestmark = pytest.mark.slow

_PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
SOURCES = {package: source for source, package in DISTRIBUTIONS.items()}
PACKAGES = cases("package", {name: name for name in SOURCES})


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels and the sdists, of which two builds are the same bytes."""
    folder = tmp_path_factory.mktemp("dist")
    assert len(made(folder)) == 2 * len(DISTRIBUTIONS)
    return folder


def files(dist: Path, package: str) -> Mapping[str, Path]:
    """The wheel and the sdist of a package."""
    name = project(SOURCES[package])["name"].replace("-", "_")
    (wheel,) = dist.glob(f"{name}-*.whl")
    (sdist,) = dist.glob(f"{name}-*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


@PACKAGES
def test_the_wheel_holds_every_file_of_the_package(dist: Path, package: str) -> None:
    source = SOURCES[package]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", package],
        cwd=source, capture_output=True, text=True, check=True,
    )  # fmt: skip
    with zipfile.ZipFile(files(dist, package)["wheel"]) as wheel:
        names = set(wheel.namelist())
    packed = {name for name in names if not name.partition("/")[0].endswith(".dist-info")}
    assert packed == {name for name in listed.stdout.splitlines() if (source / name).is_file()}
    assert f"{package}/py.typed" in packed
    assert {"METADATA", "RECORD", "WHEEL", "licenses/LICENSE"} <= {
        name.partition("/")[2] for name in names - packed
    }


@PACKAGES
def test_the_sdist_makes_the_same_wheel_byte_for_byte(dist: Path, package: str, tmp_path: Path) -> None:
    built = files(dist, package)
    with tarfile.open(built["sdist"]) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    (again,) = build(unpacked, tmp_path, "wheel")
    assert again.name == built["wheel"].name
    assert again.read_bytes() == built["wheel"].read_bytes()


def environment(folder: Path, *install: object) -> Path:
    """The programs of a new environment in which pip installs."""
    venv.create(folder / "venv", symlinks=True)
    programs = folder / "venv" / "bin"
    run(*_PIP, "--python", programs / "python", "install", *install, cwd=folder)
    return programs


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with both wheels; what they need is that of this environment."""
    folder = tmp_path_factory.mktemp("installed")
    wheels = sorted(dist.glob("*.whl"))
    programs = environment(folder, "--no-index", "--no-deps", "--no-compile", *wheels)
    (packages,) = (folder / "venv" / "lib").glob("*/site-packages")
    # A line of a .pth file adds a folder, but not what the .pth files in that add: our own sources.
    (packages / "needs.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return programs


def test_both_packages_come_from_the_wheels(installed: Path, tmp_path: Path) -> None:
    code = "import publisher, catalog_emulator as emulator; print(publisher.__file__, emulator.__file__)"
    for file in run(installed / "python", "-c", code, cwd=tmp_path).split():
        assert Path(file).is_relative_to(installed.parent)


def test_the_program_and_the_module_print_the_versions_of_pyproject(installed: Path, tmp_path: Path) -> None:
    versions = {project(source)["name"]: project(source)["version"] for source in DISTRIBUTIONS}
    expected = {"publisher": versions.pop(DISTRIBUTION), **versions}
    printed = run(installed / "publisher", "--json", "--version", cwd=tmp_path)
    assert expected.items() <= json.loads(printed).items()
    assert run(installed / "python", "-m", "publisher", "--json", "--version", cwd=tmp_path) == printed


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


def test_mypy_reads_the_types_of_the_installed_packages(installed: Path, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "from catalog_emulator import settings\n"
        "from publisher.errors import PublisherError\n"
        "\n"
        "\n"
        "def code(error: PublisherError) -> int:\n"
        "    return error.exit_code\n"
        "\n"
        "\n"
        'reveal_type(code(PublisherError("failed", hint="")))\n'
        "reveal_type(settings)\n",
        encoding="utf-8",
    )
    options = ("--strict", "--no-error-summary", "--cache-dir", ROOT / ".mypy_cache" / "packaging")
    printed = run(
        *(sys.executable, "-m", "mypy", "--python-executable", installed / "python", *options, program),
        cwd=tmp_path,
    )
    assert printed.splitlines() == [
        'program.py:9: note: Revealed type is "int"',
        'program.py:10: note: Revealed type is "catalog_emulator.settings.Settings"',
    ]


@pytest.mark.whole
def test_all_that_the_wheels_need_is_declared(dist: Path, tmp_path: Path) -> None:
    """From the package registry, into an environment that has nothing else."""
    wheels = [files(dist, package)["wheel"] for package in SOURCES]
    programs = environment(tmp_path, *wheels)
    run(*_PIP, "--python", programs / "python", "check", cwd=tmp_path)
    test_the_endpoint_starts_and_stops(programs, tmp_path)
