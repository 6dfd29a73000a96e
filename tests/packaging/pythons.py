"""`make pythons`: the quick tests, and those of what is installed, on each supported Python that is here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.packaging.build import project

_FOLDER = ROOT / ".publisher" / "pythons"
_FAST = ("-n", "2", "-q", "-m", "not account and not slow", "--hypothesis-profile=fast")


def main() -> int:
    """1 where tests fail on one of them."""
    found = {version: interpreter(version) for version in supported()}
    failed = []
    for version, python in found.items():
        if python is None:
            sys.stdout.write(f"{version}: not on this machine\n")
        elif not passes(version, python):
            failed.append(version)
    sys.stdout.write(f"failed: {', '.join(failed)}\n" if failed else "no failures\n")
    return int(bool(failed))


def supported() -> list[str]:
    """The versions of the classifiers, e.g. 3.11."""
    return [it.rpartition(" ")[2] for it in project(ROOT)["classifiers"] if ":: 3." in it]


def interpreter(version: str) -> Path | None:
    """One on the path, or the newest one that pyenv or uv installed."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    installed = sorted(home.glob(f"versions/{version}.*/bin/python"), key=_patch)
    on_path = shutil.which(f"python{version}")
    # Those of pyenv's shims answer for the version that is chosen alone.
    usable = [Path(on_path)] if on_path and "shims" not in on_path else []
    return next(iter([*usable, *reversed(installed)]), None)


def _patch(python: Path) -> int:
    return int(python.parent.parent.name.rpartition(".")[2])


def passes(version: str, python: Path) -> bool:
    """Installs into an environment that is kept, and runs the tests there."""
    folder = _FOLDER / version
    sys.stdout.write(f"{version}: {python}\n")
    sys.stdout.flush()
    if not (folder / "bin" / "python").exists():
        subprocess.run([python, "-m", "venv", folder], check=True)
    program = str(folder / "bin" / "python")
    pip = [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--editable", str(ROOT / "emulator")], check=True)
    subprocess.run([*pip, "--editable", f"{ROOT}[local,dev]"], check=True)
    pytest = [program, "-m", "pytest", "-p", "no:cacheprovider"]
    runs = (
        ([*pytest, *_FAST], ROOT),
        ([*pytest, "-q", "tests/packaging"], ROOT),
        ([*pytest, *_FAST], ROOT / "emulator"),
    )
    return not any([subprocess.run(words, cwd=where, check=False).returncode for words, where in runs])


if __name__ == "__main__":
    sys.exit(main())
