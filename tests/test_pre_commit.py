"""The hooks for pre-commit: run as it runs them, for what is staged, in a repository of Git."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.cli.conftest import FAMILY, PORTFOLIO, TEMPLATE
from tests.conftest import ROOT, Ran, Run, write_files

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "README.md": "",
        "portfolio/ml.yaml": PORTFOLIO,
        "products/studio/product.yaml": FAMILY,
        "products/studio/template/main.yaml.j2": TEMPLATE,
        "products/studio/content/seed/README.md": "hello\n",
    }
    write_files(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    git("add", ".")
    git("-c", "user.name=me", "-c", "user.email=me@example.com", "commit", "--quiet", "-m", "begin")
    return tmp_path


def git(*words: str) -> str:
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout


def committed(run: Run, *args: str) -> dict[str, Ran]:
    """What the hooks say of the index, by id: those whose pattern a staged file matches."""
    staged = git("diff", "--cached", "--name-only").splitlines()
    patch = git("diff", "--binary")
    if patch:
        git("checkout", "--", ".")
    called = [it for it in HOOKS if any(re.search(it["files"], name) for name in staged)]
    found = {it["id"]: run(*shlex.split(it["entry"])[1:], *args) for it in called}
    if patch:
        subprocess.run(["git", "apply"], input=patch, text=True, check=True)
    return found


def test_they_are_hooks() -> None:
    schema = json.loads((ROOT / "tests/schemas/pre-commit-hooks.json").read_text(encoding="utf-8"))
    assert [*Draft7Validator(schema).iter_errors(HOOKS)] == []
    # What is not passed by name must not be run for several parts of the names at once.
    assert {(it["pass_filenames"], it["require_serial"]) for it in HOOKS} == {(False, True)}


def test_they_stop_a_commit_for_what_is_staged(repository: Path, run: Run) -> None:
    write_files(repository, {"README.md": "more\n"})
    git("add", ".")
    assert committed(run) == {}

    wrong = PORTFOLIO.replace("provider_name", "provider_nam")
    write_files(repository, {"portfolio/ml.yaml": wrong})
    git("add", ".")
    # Corrected, but not in what would be committed.
    write_files(repository, {"portfolio/ml.yaml": PORTFOLIO})
    found = committed(run)
    assert {name: ran.code for name, ran in found.items()} == {"publisher-validate": 2, "publisher-lint": 2}
    assert "portfolio/ml.yaml:3:1: P101 unknown key 'provider_nam'" in found["publisher-validate"].out

    git("add", ".")
    write_files(repository, {"products/studio/template/main.yaml.j2": TEMPLATE + "Nope: 1\n"})
    assert committed(run) == {}
    git("add", ".")
    found = committed(run)
    assert {name: ran.err for name, ran in found.items()} == {"publisher-validate": "", "publisher-lint": ""}
    assert "Nope" in found["publisher-lint"].out


def test_a_project_in_a_folder(repository: Path, run: Run) -> None:
    for name in ("portfolio", "products"):
        (repository / "catalog").mkdir(exist_ok=True)
        (repository / name).rename(repository / "catalog" / name)
    git("add", ".")
    assert [ran.code for ran in committed(run, "-C", "catalog").values()] == [0, 0]
