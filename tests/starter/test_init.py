"""`init`: what it writes is right, clean, and launched, updated and terminated as it is."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.documents import UnfitFileError, fill_folder
from publisher.starter.files import Names, installable, repository_files
from tests.cli.test_proposed_commands import parse
from tests.conftest import ROOT, Local, Run, cases, connected, raising
from tests.documents_run import Session, steps

NAMES = Names(portfolio="shop", family="file-store")
CONFIG = "configs/file-store-reports.yaml"


def test_readme_from_nothing_to_a_launch(
    local: Local, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The commands of README: a launch is no more than five away. Then the life of what they launched."""
    shop = connected(local.endpoint, tmp_path / "shop", monkeypatch)
    start = steps("README.md")
    assert any(" launch " in it.command for it in start[:5])
    session = Session(shop, run, monkeypatch, tmp_path / "programs", above=True)
    for step in start:
        session.check(step)
    for command in ("validate", "docs --check", "--local plan --check"):
        assert run("-C", shop.project, *command.split()).code == 0, command
    assert run("-C", shop.project, "--json", "lint").document == {"problems": []}
    found = run("-C", shop.project, "--local", "--json", "outputs", CONFIG).document
    assert found["version"] == "1.1.0"
    bucket = found["outputs"]["BucketName"]
    rules = shop.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [it["NoncurrentVersionExpiration"] for it in rules if it["ID"] == "earlier-versions"] == [
        {"NoncurrentDays": 730}
    ]
    shop.client("s3").put_object(Bucket=bucket, Key="a", Body=b"a")
    refused = run("-C", shop.project, "--local", "terminate", CONFIG, "--force")
    assert (refused.code, bucket in refused.err) == (3, True)
    ended = run("-C", shop.project, "--local", "terminate", CONFIG, "--force", "--empty")
    assert ended.code == 0, ended.err
    assert bucket not in str(shop.client("s3").list_buckets()["Buckets"])
    parameters = shop.client("ssm").get_parameters_by_path(Path="/file-store", Recursive=True)["Parameters"]
    assert parameters == []


def test_second_product_is_launched_and_terminated(
    local: Local, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another family in the repository, with other names, and a key of its own."""
    shop = connected(local.endpoint, tmp_path / "shop", monkeypatch)
    assert run("init", shop.project, "--family", "x").code == 0
    monkeypatch.chdir(shop.project)
    added = run("--json", "new", "product", "archive")
    assert (added.code, added.document["problems"]) == (0, [])
    config = Path("configs/archive-reports.yaml")
    config.write_text(config.read_text().replace("archive-s3", "archive-kms"))
    for command in added.document["next"]:
        ran = run(*command.split()[1:])
        assert ran.code == 0, ran.err
    for path in ("archive/reports/BucketName", "archive/reports/KeyArn"):
        assert shop.client("ssm").get_parameter(Name=f"/{path}")["Parameter"]["Value"]
    assert run("--local", "terminate", config, "--force").code == 0


def test_same_options_write_the_same_bytes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = [run("--json", "init", name, "--portfolio", "shop") for name in ("one", "two")]
    assert [it.code for it in made] == [0, 0]
    trees = [{it: Path(name, it).read_bytes() for it in repository_files(NAMES)} for name in ("one", "two")]
    assert trees == [repository_files(NAMES)] * 2
    assert made[0].document["written"] == sorted(trees[0])
    assert Path("one").stat().st_mode == Path("two").stat().st_mode
    assert names_in(tmp_path) == ["one", "two"]
    json.loads(trees[0][".vscode/settings.json"])


def test_no_placeholder_is_left() -> None:
    names = Names(portfolio="p", family="f", account="123456789012", region="eu-west-1")
    for path, text in repository_files(names).items():
        assert not re.search(r"[Ss]tarter", path + text.decode()), path


def test_commands_in_its_pages_exist() -> None:
    pages = [text.decode() for path, text in repository_files(NAMES).items() if path.endswith(".md")]
    pages.append((ROOT / "docs/starting.md").read_text())
    lines = [line.removeprefix("$ ").partition("  #")[0] for page in pages for line in page.splitlines()]
    commands = [it for it in lines if it.startswith("publisher ")]
    assert len(commands) > 5
    for line in commands:
        parse(shlex.split(line)[1:])


def test_settings_are_of_the_account(run: Run, tmp_path: Path) -> None:
    words = ("--account-id", "123456789012", "--region", "eu-west-1")
    assert run("-C", tmp_path, "init", "x", *words).code == 0
    assert "regions: [eu-west-1]" in (tmp_path / "x/portfolio/x.yaml").read_text()
    targets = (tmp_path / "x/configs/targets.yaml.example").read_text()
    (tmp_path / "x/configs/targets.yaml").write_text(targets)
    for command in (("validate",), ("pipeline", "-o", tmp_path / "pipeline.json")):
        assert run("-C", tmp_path / "x", *command).code == 0, command
    assert 'account_id: "123456789012"\n    regions: [eu-west-1]' in targets


def test_empty_folder_and_repository_of_git(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop/.git").mkdir(parents=True)
    (tmp_path / "shop/.publisher-killed/new").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "shop")
    ran = run("--json", "init", ".")
    assert ran.code == 0
    assert ran.document["next"][0] == "publisher --local sync --bootstrap --yes"
    assert Path.cwd() == tmp_path / "shop" and Path("portfolio/shop.yaml").is_file()
    assert names_in(tmp_path) == ["shop"]
    again = run("init", ".")
    assert again.code == 2
    assert again.err.startswith("error: '.': not empty: '.gitattributes', ")


@cases(
    ("origin", "requirement"),
    {
        "an index": (None, "service-catalog-publisher==1.2.3"),
        "Git": (
            '{"url": "https://example.com/p.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
            "service-catalog-publisher @ git+https://example.com/p.git@abc",
        ),
        "a URL": (
            '{"url": "https://example.com/p.whl", "archive_info": {}}',
            "service-catalog-publisher @ https://example.com/p.whl",
        ),
        "a clone": (
            '{"url": "file:///me/p", "dir_info": {"editable": true}}',
            "./service_catalog_publisher-1.2.3-py3-none-any.whl",
        ),
    },
)
def test_builds_install_the_same_publisher(origin: str | None, requirement: str) -> None:
    assert installable("1.2.3", origin) == requirement


def names_in(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir())


# A stop after so many files, none of which are in the folder yet.
STOP = """
import os, sys
from publisher.cli import main
number, signal = map(int, sys.argv[1:])
def watch(event, values):
    global number
    if event == "open" and "/.publisher-" in str(values[0]) and values[2] & os.O_CREAT:
        number -= 1
        if not number:
            os.kill(os.getpid(), signal)
sys.addaudithook(watch)
sys.exit(main(["init", "shop"]))
"""


@cases("kill", {"killed": signal.SIGKILL, "interrupted": signal.SIGINT})
@pytest.mark.slow
def test_stopped_init_leaves_nothing_half(kill: int, tmp_path: Path) -> None:
    """At its last file."""
    command = [sys.executable, "-c", STOP, str(len(repository_files(NAMES))), str(int(kill))]
    ran = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)
    left = [it[:11] for it in names_in(tmp_path)]
    expected = {signal.SIGKILL: (-signal.SIGKILL, [".publisher-"]), signal.SIGINT: (130, [])}
    assert (ran.returncode, left) == expected[signal.Signals(kill)]


@cases("there", {"a new folder": (), "an empty folder": ("x",), "a repository": ("x", "x/.git")})
def test_failed_init_leaves_nothing(there: tuple[str, ...], tmp_path: Path) -> None:
    for name in there:
        (tmp_path / name).mkdir()
    with raising(UnfitFileError, f"'{tmp_path}/x': cannot be written: File name too long"):
        fill_folder(tmp_path / "x", {"a": b"", "b" * 300: b""}, beside=(".git",))
    assert sorted(it.relative_to(tmp_path).as_posix() for it in tmp_path.rglob("*")) == sorted(there)


def test_files_that_cannot_be_moved_are_taken_back(tmp_path: Path) -> None:
    (tmp_path / "x" / "m" / "old").mkdir(parents=True)
    with raising(UnfitFileError, f"'{tmp_path}/x': cannot be written: Directory not empty"):
        fill_folder(tmp_path / "x", {"a": b"", "m/new": b"", "z": b""}, beside=("m",))
    found = sorted(it.relative_to(tmp_path).as_posix() for it in tmp_path.rglob("*"))
    assert found == ["x", "x/m", "x/m/old"]
