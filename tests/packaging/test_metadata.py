"""What the distributions say of themselves: versions, dependencies and their licences."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT, cases
from tests.packaging.build import DISTRIBUTIONS, changelog_version, project

SOURCES = cases("source", {package: source for source, package in DISTRIBUTIONS.items()})
# Licences of Apache's categories A and B: https://www.apache.org/legal/resolved.html
LICENCE = re.compile(r"Apache|ASL 2|\bMIT\b|BSD|ISC|PSF|Python Software Foundation|MPL|Mozilla")
# Imported, and required in fitting versions by one that is declared.
BROUGHT = {
    "botocore": "boto3",
    "markupsafe": "jinja2",
    "pydantic-core": "pydantic",
    "cryptography": "moto",
    "flask": "moto",
    "requests": "moto",
}
# Of a choice the licence that is taken.
CHOSEN = {"dulwich": "Apache-2.0", "python-dateutil": "Apache-2.0 (Dual License)"}


@SOURCES
def test_the_changelog_begins_with_the_version(source: Path) -> None:
    assert changelog_version(source) == project(source)["version"]


def test_no_other_file_has_the_version() -> None:
    """A program reads it from the metadata of what is installed."""
    versions = {project(source)["version"] for source in DISTRIBUTIONS}
    found = subprocess.run(
        ["git", "grep", "-lwFI", *(word for it in sorted(versions) for word in ("-e", it)), "--",
         "publisher", "emulator/catalog_emulator", ":(glob)*", ":(glob)emulator/*"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(found.stdout.splitlines()) == {
        *("pyproject.toml", "CHANGELOG.md", "emulator/pyproject.toml", "emulator/CHANGELOG.md")
    }


def test_the_extra_takes_this_emulator() -> None:
    (local,) = project(ROOT)["optional-dependencies"]["local"]
    emulator = project(ROOT / "emulator")
    assert Requirement(local).name == emulator["name"]
    assert Requirement(local).specifier.contains(emulator["version"])


@SOURCES
def test_the_classifiers_are_the_supported_pythons(source: Path) -> None:
    named = [it.rpartition(" ")[2] for it in project(source)["classifiers"] if ":: 3." in it]
    assert named == ["3.11", "3.12", "3.13"]
    assert project(source)["requires-python"] == f">={named[0]}"


def imported(folder: Path) -> set[str]:
    """The packages of others that modules below import."""
    nodes = (it for path in folder.rglob("*.py") for it in ast.walk(ast.parse(path.read_bytes())))
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {it.name for it in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    ours = {"publisher", "catalog_emulator", *sys.stdlib_module_names}
    return {name.partition(".")[0] for name in names} - ours


@SOURCES
def test_what_is_imported_is_declared(source: Path) -> None:
    providers = packages_distributions()
    declared = {canonicalize_name(Requirement(it).name) for it in project(source)["dependencies"]}
    declared |= {canonicalize_name(name) for name, other in BROUGHT.items() if other in declared}
    wrong = {
        name
        for name in imported(source / DISTRIBUTIONS[source])
        if not declared & {canonicalize_name(it) for it in providers.get(name, [])}
    }
    assert wrong == set()


def test_what_is_brought_is_needed() -> None:
    for name, other in BROUGHT.items():
        requirements = [Requirement(it) for it in distribution(other).requires or ()]
        assert name in {canonicalize_name(it.name) for it in requirements}


def needed(*requirements: str) -> Iterator[str]:
    """The distributions that are installed for these, and for what they need."""
    waiting, seen = [Requirement(it) for it in requirements], set()
    while waiting:
        requirement = waiting.pop()
        key = canonicalize_name(requirement.name), *sorted(requirement.extras)
        if key in seen or (
            requirement.marker
            and not any(requirement.marker.evaluate({"extra": it}) for it in ("", *requirement.extras))
        ):
            continue
        seen.add(key)
        yield key[0]
        for text in distribution(requirement.name).requires or ():
            found = Requirement(text)
            extras = requirement.extras or {""}
            if not found.marker or any(found.marker.evaluate({"extra": it}) for it in extras):
                found.marker = None
                waiting.append(found)


def licence(name: str) -> str:
    found = distribution(name).metadata
    if "License-Expression" in found:
        return found["License-Expression"]
    classified = [it for it in found.get_all("Classifier") or [] if it.startswith("License ::")]
    # Some have the whole text here.
    return " ".join([*(found.get_all("License") or [])[:1], *classified])


def test_licences_of_dependencies_go_with_ours() -> None:
    """Nothing that a user installs with us has only a licence that Apache-2.0 programs may not depend on."""
    names = set(needed(*(it for source in DISTRIBUTIONS for it in project(source)["dependencies"])))
    assert len(names) > len(project(ROOT)["dependencies"])
    found = {name: CHOSEN.get(name) or licence(name) for name in names}
    assert {
        name: text for name, text in found.items() if not LICENCE.search(text[:200]) or "GPL" in text
    } == {}
