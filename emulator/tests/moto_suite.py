"""Runs moto's own tests on the emulator: `python tests/moto_suite.py` in this distribution's folder.

Exactly the tests that docs/moto-differences.md names may fail. The tests are in moto's sdist, which pip
downloads unless --sdist names it. Exits with 1 when other tests fail, or fewer.
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

# The suites, each with the section that lists its differences.
SUITES = {
    "servicecatalog": "servicecatalog",
    "servicecatalogappregistry": "servicecatalog",
    "cloudformation": "cloudformation",
    "sns": "sns",
    "ssm": "ssm",
}
EMULATOR = Path(__file__).parents[1]
DIFFERENCES = EMULATOR / "docs" / "moto-differences.md"
_PLUGIN = "from catalog_emulator import install\n\ninstall()\n"
# Without Docker the function of a custom resource cannot run, and the stack fails immediately.
_NEEDS_DOCKER = (
    "tests/test_cloudformation/test_cloudformation_custom_resources.py::"
    "test_create_custom_lambda_resource__verify_manual_request"
)
_FAILED = re.compile(r"^(?:FAILED|ERROR) tests/test_(\S+?)( - .*)?$", re.MULTILINE)


def documented(text: str) -> dict[str, set[str]]:
    """The names of tests in the first columns of the tables, by section; with or without parameters."""
    found: dict[str, set[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").strip()
        elif line.startswith("| test_"):
            names = line.removeprefix("| ").split(" | ")[0].split(", ")
            found.setdefault(section, set()).update(names)
    return found


def download(folder: Path) -> Path:
    """The sdist of the installed moto, from the package index that pip uses."""
    requirement = f"moto=={version('moto')}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, "--dest", str(folder), requirement], check=True)
    return next(folder.glob("moto-*.tar.gz"))


def unpack(sdist: Path, folder: Path) -> None:
    """Unpack the sdist's tests, but not its moto: the tests run on the installed one."""
    with tarfile.open(sdist) as archive:
        for member in archive.getmembers():
            _, _, member.name = member.name.partition("/")
            if member.name.startswith("tests/") or member.name == "pyproject.toml":
                archive.extract(member, folder, filter="data")


def failed_tests(folder: Path, suites: Sequence[str], workers: int) -> set[str]:
    """Run the suites; the ids of the tests that fail."""
    (folder / "install_emulator.py").write_text(_PLUGIN)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join(map(str, (folder, EMULATOR))),
        "TESTS_SKIP_REQUIRES_DOCKER": "true",
    }
    options = ["-p", "install_emulator", "-p", "no:cacheprovider", "-W", "ignore", "--color=no"]
    options += ["--deselect", _NEEDS_DOCKER]
    parallel = ["-n", str(workers), "--dist", "loadfile"] if workers > 1 else []
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfE", *options, *parallel]
        + [f"tests/test_{suite}" for suite in suites],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    if run.returncode not in (0, 1):
        sys.exit(run.stdout)
    print(run.stdout.splitlines()[-1])  # noqa: T201
    return {found[1] for found in _FAILED.finditer(run.stdout)}


def main() -> int:
    """Run the suites and compare; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", default=list(SUITES), help="suites to run (default: all)")
    parser.add_argument("--sdist", type=Path, help="moto's sdist (default: downloaded by pip)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default: 2)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(chosen.sdist or download(folder), folder)
        failed = failed_tests(folder, chosen.suites, chosen.workers)
    sections = {SUITES[suite] for suite in chosen.suites}
    named = {(section, name) for section in sections for name in documented(DIFFERENCES.read_text())[section]}
    explained, unexplained = set(), False
    for test in sorted(failed):
        suite, _, name = test.partition("/")
        name = name.rpartition("::")[2]
        matching = named & {(SUITES[suite], name), (SUITES[suite], name.partition("[")[0])}
        explained |= matching
        unexplained |= not matching
        if not matching:
            print(f"{test}: fails, but is not listed")  # noqa: T201
    for section, name in sorted(named - explained):
        print(f"{section}: {name} is listed, but passes")  # noqa: T201
    return int(unexplained or named != explained)


if __name__ == "__main__":
    sys.exit(main())
