from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from publisher.cli.cache_folder import cache_folder
from publisher.declarations import Variant
from publisher.documents.private_folder import PrivateFolder
from publisher.templates.jobs import Body, Handle, TemplateJob, digest_of
from publisher.templates.kept_bodies import KeptBodies
from publisher.templates.lint import lint
from publisher.templates.render import Rendered, render_all
from publisher.templates.result_cache import ResultCache, key_of, results
from publisher.templates.workers import Workers
from tests.conftest import ROOT, Run, cases, copy_family

KEY = "1f" * 32
TOPIC = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {TopicName: {{ name }}}\n"


class NoWorkers(Workers):
    """Every result must be a kept one."""

    def _free(self) -> NoReturn:
        raise AssertionError("nothing was kept")


NOBODY = NoWorkers(count=1)


def test_a_result_is_kept_for_this_user_only(folder: Path) -> None:
    assert results.get("kind", KEY) is None
    results.put("kind", KEY, b"payload")
    assert results.get("kind", KEY) == b"payload"
    assert results.get("kind", KEY[::-1]) is results.get("other", KEY) is None
    modes = [(folder / it).stat().st_mode & 0o777 for it in ("", "kind", f"kind/{KEY}")]
    assert modes == [0o700, 0o700, 0o600]
    assert [it.name for it in (folder / "kind").iterdir()] == [KEY]


def _other(folder: Path, path: Path, kind: str, key: str) -> None:
    """Puts the entry of another key or kind in the place of this one."""
    results.put(kind, key, b"another")
    shutil.copy(folder / kind / key, path)


def _linked(folder: Path, path: Path) -> None:
    path.rename(folder.parent / "elsewhere")
    path.symlink_to(folder.parent / "elsewhere")


def _pipe(_: Path, path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@cases(
    "spoil",
    {
        "truncated": lambda _, path: path.write_bytes(path.read_bytes()[:-1]),
        "changed": lambda _, path: path.write_bytes(path.read_bytes().replace(b"payload", b"pay1oad")),
        "empty": lambda _, path: path.write_bytes(b""),
        "of another key": lambda folder, path: _other(folder, path, "kind", "2e" * 32),
        "of another kind": lambda folder, path: _other(folder, path, "other", KEY),
        "a link": lambda folder, path: _linked(folder, path),
        "a linked kind": lambda folder, path: _linked(folder, path.parent),
        "a linked folder": lambda folder, _: _linked(folder, folder),
        "a pipe": _pipe,
        "a folder": lambda _, path: path.unlink() or path.mkdir(),
        "open to others": lambda folder, _: folder.chmod(0o777),
    },
)
def test_an_entry_that_is_not_as_it_was_written_is_none(
    folder: Path, spoil: Callable[[Path, Path], None]
) -> None:
    results.put("kind", KEY, b"payload")
    spoil(folder, folder / "kind" / KEY)
    assert results.get("kind", KEY) is None
    results.put("kind", KEY, b"payload")  # no error, whatever is there


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's files")
@pytest.mark.parametrize("what", ["", "kind", f"kind/{KEY}"])
def test_what_another_user_owns_is_not_believed(folder: Path, what: str) -> None:
    results.put("kind", KEY, b"payload")
    os.chown(folder / what, 12345, 12345)
    assert results.get("kind", KEY) is None


def test_the_oldest_results_make_room(folder: Path) -> None:
    small = ResultCache(most=3000)
    small.folder = folder
    keys = [f"{number:02x}" * 32 for number in range(0x10, 0x15)]
    for age, key in enumerate(keys):
        small.put("kind", key, b"x" * 900)
        os.utime(folder / "kind" / key, (1000 + age, 1000 + age))
    others = folder.parent / "others"
    others.mkdir(mode=0o777)
    (others / "old").write_bytes(b"x" * 4000)
    (folder / "link").symlink_to(others)
    shutil.copytree(others, folder / "open").chmod(0o777)
    small.put("kind", "00" * 32, b"x" * 900)  # one of those that look
    assert (others / "old").exists() and (folder / "open" / "old").exists()
    assert [key for key in keys if small.get("kind", key)] == keys[-2:]
    small.put("kind", KEY, b"x" * (8 << 20))
    assert small.get("kind", KEY) is None


@cases(
    ("environment", "platform", "expected"),
    {
        "XDG": ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "linux", Path("/x/publisher")),
        "home": ({"HOME": "/h"}, "linux", Path("/h/.cache/publisher")),
        "macOS": ({"HOME": "/h"}, "darwin", Path("/h/Library/Caches/publisher")),
        "relative": ({"XDG_CACHE_HOME": "x", "HOME": "/h"}, "linux", Path("/h/.cache/publisher")),
        "no home": ({}, "linux", None),
        "a relative home": ({"HOME": "h"}, "linux", None),
    },
)
def test_where_results_are_kept(environment: dict[str, str], platform: str, expected: Path | None) -> None:
    assert cache_folder(environment, platform=platform) == expected


@pytest.fixture
def job(tmp_path: Path) -> TemplateJob:
    template = tmp_path / "products" / "fam" / "template"
    for name in ("main.yaml.j2", "parts/part.yaml.j2"):
        (template / name).parent.mkdir(parents=True, exist_ok=True)
        (template / name).write_text(name, encoding="utf-8")
    return TemplateJob(
        batch=1,
        product="fam-a",
        entry=template / "main.yaml.j2",
        shown="products/fam/template/main.yaml.j2",
        variables={"tier": "a", "content": {"code": Handle(key="content/1.zip", digest="sha256:1")}},
    )


def _with(job: TemplateJob, **variables: object) -> TemplateJob:
    return replace(job, variables={**job.variables, **variables})


def _written(job: TemplateJob, name: str, text: str = "new") -> TemplateJob:
    (job.entry.parent / name).write_text(text, encoding="utf-8")
    return job


@cases(
    "change",
    {
        "a variable": lambda job: _with(job, tier="b"),
        "one more variable": lambda job: _with(job, more=""),
        "content": lambda job: _with(job, content={"code": Handle(key="content/2.zip", digest="sha256:2")}),
        "the entry": lambda job: _written(job, "main.yaml.j2"),
        "an included file": lambda job: _written(job, "parts/part.yaml.j2"),
        "another file": lambda job: _written(job, "new.j2"),
        "a name": lambda job: (job.entry.parent / "parts").rename(job.entry.parent / "other") and job,
        "another entry": lambda job: replace(job, entry=job.entry.parent / "parts/part.yaml.j2"),
        "a symlink": lambda job: (job.entry.parent / "l").symlink_to("/etc/passwd") or job,
        "an unreadable file": lambda job: _written(job, "large.j2", "x" * 1_000_001),
    },
)
def test_the_key_of_a_body_covers_all_that_is_read(
    folder: Path, job: TemplateJob, change: Callable[[TemplateJob], TemplateJob]
) -> None:
    read = {"main.yaml.j2": digest_of(b"main.yaml.j2")}
    kept, body = KeptBodies(), Body(json="{}", text="Resources: {}\n", digest="sha256:0", read=read)
    assert kept.body(job) is None
    kept.keep(job, body)
    assert KeptBodies().body(job) == replace(body, read={})
    assert KeptBodies().body(change(job)) is None


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_a_file_that_changed_while_it_was_rendered_keeps_nothing(
    folder: Path, job: TemplateJob, digest: str
) -> None:
    kept = KeptBodies()
    assert kept.body(job) is None
    kept.keep(job, Body(json="{}", text="", digest="sha256:0", read={"main.yaml.j2": digest}))
    assert KeptBodies().body(job) is None
    assert not folder.exists()


def test_keys_cover_what_makes_results() -> None:
    assert key_of("a") == key_of("a") != key_of("b")
    assert key_of(["a", "b"]) != key_of("a", "b") != key_of("ab")


def test_kept_results_are_those_of_the_first_run(
    folder: Path, project: Callable[..., tuple[Variant, ...]]
) -> None:
    variants = project(
        {"main.yaml.j2": TOPIC.replace("}}\n", "}, Nope: {{ tier }}}\n"), "other.j2": ""},
        axes={"tier": ["a", "b"], "name": ["x"]},
    )
    first = render_all(variants)
    assert render_all(variants, pool=NOBODY) == first
    regions = ["us-east-1", "eu-west-1"]
    found = lint(first, regions)
    assert found and lint(first, regions[::-1], pool=NOBODY) == found
    for other in ([first[0]], ["us-east-1"]), (_relined(first), regions):
        with pytest.raises(AssertionError, match="nothing was kept"):
            lint(*other, pool=NOBODY)


def _relined(rendered: tuple[Rendered, ...]) -> tuple[Rendered, ...]:
    return tuple(replace(it, body=f"\n{it.body}") for it in rendered)


def test_findings_that_cannot_be_read_are_found_again(
    folder: Path, project: Callable[..., tuple[Variant, ...]]
) -> None:
    rendered = render_all(project({"main.yaml.j2": TOPIC}, axes={"name": ["x"]}))
    found = lint(rendered, ["us-east-1"])
    (entry,) = (folder / "cfn-lint").iterdir()
    for wrong in (b"", b"{", b"[1]", b"5", b'[["x"]]', b"\xff"):
        results.put("cfn-lint", entry.name, wrong)
        assert lint(rendered, ["us-east-1"]) == found
    results.put("rendering", next((folder / "rendering").iterdir()).name, b"\xff")
    assert render_all([rendered[0].variant]) == rendered


def test_the_command_line_prints_the_same_from_kept_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    copy_family(tmp_path / "project", "sagemaker-deploy-role", "none", "none")
    command = ("-C", tmp_path / "project", "--json", "lint")
    without = run("--no-cache", *command)
    assert not cache.exists()
    assert run(*command) == without == run(*command)
    assert {it.name for it in (cache / "publisher").iterdir()} == {"cfn-lint", "launch-role", "rendering"}
    # A folder that cannot be made is no error.
    monkeypatch.setenv("XDG_CACHE_HOME", str(ROOT / "README.md"))
    assert run(*command) == without


def test_a_folder_is_written_as_a_whole(tmp_path: Path) -> None:
    private = PrivateFolder(tmp_path / "private")
    private.write("a", "b", b"1")
    (tmp_path / "private" / "a" / f".c.{os.getpid()}").write_bytes(b"")
    with pytest.raises(FileExistsError):
        private.write("a", "c", b"2")
    private.write("a", "c", b"3")  # what an ended run left is gone
    assert private.read("a", "c", limit=9) == b"3"
