"""A folder of pages: what the command wrote is replaced or removed, and nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from publisher.documents import MANIFEST, UnfitFileError, replace_all
from tests.conftest import cases, raising


def contents_of(folder: Path) -> dict[str, str]:
    """The files below by path, the manifest aside."""
    paths = [it for it in sorted(folder.rglob("*")) if it.is_file() and it.name != MANIFEST]
    return {it.relative_to(folder).as_posix(): it.read_text() for it in paths}


def test_the_next_report_replaces_what_the_last_one_wrote(tmp_path: Path) -> None:
    replace_all(
        tmp_path / "r", {"index.html": b"1", "products/a.html": b"1", "a/b/c.html": b"1"}, part="catalog"
    )
    (tmp_path / "r/notes.txt").write_text("mine")
    replace_all(tmp_path / "r", {"x.html": b"x"}, part="review x")
    replace_all(tmp_path / "r", {"index.html": b"2", "products/b.html": b"2"}, part="catalog")
    assert contents_of(tmp_path / "r") == {
        "index.html": "2",
        "notes.txt": "mine",
        "products/b.html": "2",
        "x.html": "x",
    }
    assert not (tmp_path / "r/a").exists()
    assert json.loads((tmp_path / "r" / MANIFEST).read_text()) == {
        "parts": {"catalog": ["index.html", "products/b.html"], "review x": ["x.html"]}
    }


def test_a_run_that_was_stopped_is_finished_by_the_next(tmp_path: Path) -> None:
    replace_all(tmp_path, {"index.html": b"1", "old.html": b"1"}, part="catalog")
    manifest = tmp_path / MANIFEST
    # What a run had written before it was killed: the manifest names its files and those of the run before.
    manifest.write_text(json.dumps({"parts": {"catalog": ["index.html", "new.html", "old.html"]}}))
    (tmp_path / "new.html").write_text("half")
    replace_all(tmp_path, {"index.html": b"2", "new.html": b"2"}, part="catalog")
    assert contents_of(tmp_path) == {"index.html": "2", "new.html": "2"}


@cases(
    ("kind", "name", "reason"),
    {
        "a file of others": ("file", "index.html", "not written by this command"),
        "a folder": ("folder", "index.html", "a folder"),
        "a symlink": ("link", "index.html", "a symlink"),
        "a folder that is a symlink": ("link", "products", "a symlink"),
        "a file where a folder must be": ("file", "products", "not a folder"),
        "a manifest that is a symlink": ("link", MANIFEST, "a symlink"),
        "a manifest of others": ("file", MANIFEST, "not the manifest of a report"),
    },
)
def test_nothing_of_others_is_overwritten(tmp_path: Path, kind: str, name: str, reason: str) -> None:
    folder, outside = tmp_path / "r", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    match kind:
        case "file":
            (folder / name).write_text("theirs")
        case "folder":
            (folder / name).mkdir()
        case "link":
            (folder / name).symlink_to(outside)
    before = sorted(tmp_path.rglob("*"))
    with raising(UnfitFileError, f"'{folder / name}': {reason}"):
        replace_all(
            folder, {"a.html": b"new", "index.html": b"new", "products/x.html": b"new"}, part="catalog"
        )
    assert sorted(tmp_path.rglob("*")) == before


@cases(
    "parts",
    {
        "a path out of the folder": {"catalog": ["../outside.html", "/outside.html"]},
        "another kind of file": {"catalog": ["notes.txt"]},
        "through a symlink": {"catalog": ["link/outside.html"]},
        "a symlink itself": {"catalog": ["link.html"]},
        "a name that no file can have": {"catalog": [f"{'x' * 300}.html", "\0.html", "\ud800.html"]},
        "a path that no file can have": {"catalog": [f"{'x/' * 3000}y.html"]},
    },
)
def test_a_manifest_that_others_wrote_removes_nothing(tmp_path: Path, parts: Mapping[str, list[str]]) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    (tmp_path / "outside.html").write_text("theirs")
    (folder / "notes.txt").write_text("theirs")
    (folder / "link").symlink_to(tmp_path)
    (folder / "link.html").symlink_to(tmp_path / "outside.html")
    (folder / MANIFEST).write_text(json.dumps({"parts": parts}))
    before = {*tmp_path.rglob("*")}
    replace_all(folder, {"index.html": b"new"}, part="catalog")
    assert {*tmp_path.rglob("*")} == before | {folder / "index.html"}


def test_a_file_that_has_another_name_elsewhere_is_not_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    folder.mkdir()
    theirs = {"index.html": "theirs", MANIFEST: json.dumps({"parts": {"catalog": ["index.html"]}})}
    for name, text in theirs.items():
        (tmp_path / name).write_text(text)
        (folder / name).hardlink_to(tmp_path / name)
    replace_all(folder, {"index.html": b"new", "more.html": b"new"}, part="catalog")
    assert {name: (tmp_path / name).read_text() for name in theirs} == theirs
    assert contents_of(folder) == {"index.html": "new", "more.html": "new"}
