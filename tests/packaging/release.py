"""`make release`: wheels and sdists in dist/, with checksums and bills of materials, and a tag. No upload.

`--ready` only asks whether a release can be made of what is committed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.metadata import Metadata

from tests.conftest import ROOT
from tests.packaging.build import DISTRIBUTIONS, build, changelog_version, project, run

DIST = ROOT / "dist"
_SUMS = "SHA256SUMS"
_BILLS = "cyclonedx-bom>=7,<8"


def main(arguments: Sequence[str]) -> int:
    """1, with the reasons, where there can be no release."""
    reasons = list(obstacles(ROOT))
    sys.stderr.writelines(f"error: {reason}\n" for reason in reasons)
    if reasons or "--ready" in arguments:
        return int(bool(reasons))
    made(DIST)
    _bills(DIST)
    (DIST / _SUMS).write_text(sums(DIST), encoding="utf-8")
    tag = f"v{project(ROOT)['version']}"
    run("git", "tag", "--annotate", tag, "--message", f"publisher {project(ROOT)['version']}", cwd=ROOT)
    sys.stdout.write(f"{sums(DIST)}\ntagged {tag}. To publish:\n")
    sys.stdout.write(f"  git push origin {tag}\n  uvx twine upload dist/*.whl dist/*.tar.gz\n")
    return 0


def obstacles(root: Path) -> Iterator[str]:
    """Why no release can be made of a work tree."""
    if changed := run("git", "status", "--porcelain", "--untracked-files=all", cwd=root).splitlines():
        yield f"{len(changed)} files are not committed, e.g. {changed[0][3:]}"
    for source in (root / path.relative_to(ROOT) for path in DISTRIBUTIONS):
        version, entry = project(source)["version"], changelog_version(source)
        if version != entry:
            yield f"{source / 'CHANGELOG.md'} begins with '{entry}', not with version {version}"
    tag = f"v{project(root)['version']}"
    if run("git", "tag", "--list", tag, cwd=root):
        yield f"version {project(root)['version']} is released: the tag {tag} exists"


def made(into: Path) -> list[Path]:
    """Builds all files twice, and keeps them if both are the same bytes and their metadata are valid."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    with tempfile.TemporaryDirectory() as name:
        again = Path(name)
        for source in DISTRIBUTIONS:
            build(source, into, "wheel", "sdist")
            build(source, again, "wheel", "sdist")
        if sums(into) != sums(again):
            raise AssertionError(f"two builds differ:\n{sums(into)}\n{sums(again)}")
    for wheel in into.glob("*.whl"):
        check(wheel)
    return sorted(into.iterdir())


def check(wheel: Path) -> None:
    """Raises where the metadata are not valid, or the long description is missing."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (it for it in archive.namelist() if it.endswith(".dist-info/METADATA"))
        found = Metadata.from_email(archive.read(name), validate=True)
    assert found.description and found.description_content_type == "text/markdown", wheel
    assert (found.license_expression, found.license_files) == ("Apache-2.0", ["LICENSE"]), wheel


def sums(folder: Path) -> str:
    """What `sha256sum --check` reads, without itself."""
    files = sorted(path for path in folder.iterdir() if path.name != _SUMS)
    return "".join(f"{hashlib.sha256(it.read_bytes()).hexdigest()}  {it.name}\n" for it in files)


def _bills(into: Path) -> None:
    """What an installation of each wheel consists of today, as CycloneDX. The tool is not part of it."""
    with tempfile.TemporaryDirectory() as name:
        tool, clean = Path(name) / "tool", Path(name) / "clean"
        venv.create(tool, with_pip=True)
        pip = (tool / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
        run(*pip, "install", _BILLS, cwd=into)
        for wheel in sorted(into.glob("*.whl")):
            venv.create(clean, clear=True)
            run(*pip, "--python", clean / "bin" / "python", "install", wheel, cwd=into)
            bill = into / f"{wheel.stem.partition('-py3')[0]}.cdx.json"
            program = (tool / "bin" / "cyclonedx-py", "environment", clean / "bin" / "python")
            run(*program, "--output-reproducible", "-o", bill, cwd=into)
            # It has where the wheel was on this machine.
            text = bill.read_text(encoding="utf-8").replace(wheel.as_uri(), wheel.name)
            assert json.loads(text)["components"] and "file:" not in text
            bill.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: {error}")
