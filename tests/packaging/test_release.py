"""When a release can be made, and what its pages promise."""

from __future__ import annotations

import ast
import html
import re
import subprocess
from pathlib import Path

import pytest

from publisher.cli import run as console_script
from tests.conftest import ROOT, cases, write_files
from tests.packaging import pythons
from tests.packaging.build import run
from tests.packaging.release import obstacles

PYPROJECT = '[project]\nname = "x"\nversion = "1.2.0"\n'
COMMIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-a", "-m", "x")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    files = {"pyproject.toml": PYPROJECT, "CHANGELOG.md": "# Changelog\n\n## 1.2.0\n- New.\n"}
    write_files(tmp_path, files | {f"emulator/{name}": text for name, text in files.items()})
    run("git", "init", "--quiet", cwd=tmp_path)
    run("git", "add", ".", cwd=tmp_path)
    run(*COMMIT, cwd=tmp_path)
    return tmp_path


def test_a_clean_tree_whose_changelogs_have_the_versions(tree: Path) -> None:
    assert list(obstacles(tree)) == []


def test_what_is_not_committed_is_not_released(tree: Path) -> None:
    run("git", "config", "status.showUntrackedFiles", "no", cwd=tree)
    write_files(tree, {"new": ""})
    assert list(obstacles(tree)) == ["1 files are not committed, e.g. new"]


def test_a_changelog_of_another_version(tree: Path) -> None:
    write_files(tree, {"emulator/CHANGELOG.md": "## 1.1.0\n"})
    run(*COMMIT, cwd=tree)
    message = f"{tree / 'emulator/CHANGELOG.md'} begins with '1.1.0', not with version 1.2.0"
    assert list(obstacles(tree)) == [message]


def test_a_version_is_released_once(tree: Path) -> None:
    run("git", "tag", "v1.2.0", cwd=tree)
    assert list(obstacles(tree)) == ["version 1.2.0 is released: the tag v1.2.0 exists"]


def test_pythons_are_those_of_the_classifiers() -> None:
    assert pythons.supported() == ["3.11", "3.12", "3.13"]
    assert any(pythons.interpreter(it) for it in pythons.supported()) or not Path.home().exists()


def test_every_test_that_the_threat_model_names_exists() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:emulator/)?tests/[\w/]+\.py)::(\w+)`", text)
    table = text.partition("| input |")[2].splitlines()[2:]
    assert len(named) >= len(table) > 20
    assert [row for row in table if "::" not in row] == []
    for path, name in named:
        tree = ast.parse((ROOT / path).read_bytes())
        assert name in {it.name for it in tree.body if isinstance(it, ast.FunctionDef)}, f"{path}::{name}"


def test_every_link_between_pages_leads_to_a_heading() -> None:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    pages = [ROOT / it for it in listed.stdout.split() if "starter/" not in it]
    for page in pages:
        for path, heading in re.findall(
            r"\]\(([^):#\s]*)(?:#([^)\s]*))?\)", page.read_text(encoding="utf-8")
        ):
            there = page.parent / path if path else page
            assert there.exists(), f"{page}: {path}"
            if heading:
                titles = re.findall(
                    r"^#+ (.*)$", html.unescape(there.read_text(encoding="utf-8")), re.MULTILINE
                )
                slugs = {re.sub(r"[^\w -]", "", it.lower()).replace(" ", "-") for it in titles}
                assert heading in slugs, f"{page}: {path}#{heading}"


def test_nothing_says_to_install_us_by_a_bare_name() -> None:
    """None is on PyPI: `publisher` there is another program, and anybody could register the others."""
    bare = r"\b(pip|pipx|uvx|uv)( [[:alnum:]-]+)* ['\"]?(publisher|service-catalog-(publisher|emulator))\b"
    said = subprocess.run(["git", "grep", "-nE", bare, "--", ":!tests"], cwd=ROOT, capture_output=True)
    assert (said.returncode, said.stdout.decode()) == (1, "")


def test_windows_is_refused_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    with pytest.raises(SystemExit) as ended:
        console_script()
    assert (ended.value.code, capsys.readouterr().err) == (
        *(2, "error: Windows is not supported\nhint: run publisher in WSL\n"),
    )


# What only Linux has, by the file that may use it, and what it does elsewhere.
LINUX_ONLY = re.compile(
    r"""/proc\b|/dev/(?:fd|shm|full)|\bsched_\w+|\bprlimit\b|RLIMIT_(?:AS|RTPRIO|NICE|MSGQUEUE|OFILE)"""
    r"""|\b(?:epoll|inotify|memfd_create|pidfd_\w+|eventfd|splice|pipe2|posix_fadvise|posix_fallocate)\b"""
    r"""|\bsig(?:timedwait|waitinfo)\b|SIG(?:RTMIN|PWR|STKFLT)\b|\bsetres[ug]id\b|AF_(?:NETLINK|PACKET)\b"""
)
REASONS = {
    "publisher/templates/workers.py": "sched_getaffinity, else all processors",
    "publisher/templates/worker_process.py": "RLIMIT_AS: macOS may refuse it, and the time limit holds",
}
# GNU's own, in recipes and scripts that run on a developer's machine.
GNU_ONLY = re.compile(
    r"\b(?:sha256sum|timeout|nproc)\b|\bsed -i |\breadlink -f|\bdate -d|grep -\w*P|xargs -r"
)


@cases("folder", {"publisher": "publisher", "emulator": "emulator/catalog_emulator"})
def test_what_only_linux_has_is_used_where_it_is_said(folder: str) -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*.py")
        if LINUX_ONLY.search(path.read_text(encoding="utf-8"))
    }
    assert found == {path for path in REASONS if path.startswith(f"{folder}/")}


@cases("path", {path: path for path in ("Makefile", ".ci/run")})
def test_recipes_need_only_posix(path: str) -> None:
    assert GNU_ONLY.findall((ROOT / path).read_text(encoding="utf-8")) == []
