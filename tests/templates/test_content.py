from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from publisher.errors import InputError
from publisher.templates import content
from publisher.templates.content import Content, pack


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, body in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(body)
    return folder


PLAIN = {"run.sh": b"#!/bin/sh\necho hi\n", "sub/a.txt": b"one\r\ntwo\n", "sub.txt": b""}


def test_packed(tmp_path: Path) -> None:
    packed = pack("build", write(tmp_path, PLAIN), shown="content/build")
    hex_digest = hashlib.sha256(packed.body).hexdigest()
    assert packed == Content(
        name="build", digest=f"sha256:{hex_digest}", key=f"content/{hex_digest}.zip", body=packed.body
    )
    with zipfile.ZipFile(io.BytesIO(packed.body)) as archive:
        assert archive.testzip() is None
        assert [
            (each.filename, archive.read(each), oct(each.external_attr >> 16), each.date_time, each.extra)
            for each in archive.infolist()
        ] == [
            ("run.sh", PLAIN["run.sh"], "0o100755", (1980, 1, 1, 0, 0, 0), b""),
            ("sub.txt", b"", "0o100644", (1980, 1, 1, 0, 0, 0), b""),
            ("sub/a.txt", PLAIN["sub/a.txt"], "0o100644", (1980, 1, 1, 0, 0, 0), b""),
        ]


def test_the_same_bytes_everywhere(tmp_path: Path) -> None:
    """The digest is that of every machine: it may change only with the files."""
    one = write(tmp_path / "one", PLAIN)
    other = write(tmp_path / "other", dict(reversed(PLAIN.items())))
    (other / "run.sh").chmod(0o600)
    (other / "sub" / "a.txt").chmod(0o777)
    os.utime(other / "sub.txt", (0, 0))
    first, second = pack("n", one, shown="one"), pack("n", other, shown="other")
    assert first == second
    assert first.digest == "sha256:e401617b4d633e699c653211b15b7ac360304edd540d2bfe1fcdbad02c487040"


def test_names_are_composed(tmp_path: Path) -> None:
    composed, decomposed = "\u00e9.txt", "e\u0301.txt"
    one = pack("n", write(tmp_path / "one", {composed: b""}), shown="one")
    other = pack("n", write(tmp_path / "other", {decomposed: b""}), shown="other")
    assert one == other


def test_files_of_tools_are_not_packed(tmp_path: Path) -> None:
    litter = [
        "__pycache__/a.pyc",
        "sub/__pycache__/b.pyc",
        ".DS_Store",
        ".git/HEAD",
        "a.pyc",
        "a.py~",
        ".a.swp",
    ]
    clean = pack("n", write(tmp_path / "clean", PLAIN), shown="clean")
    littered = pack("n", write(tmp_path / "littered", PLAIN | dict.fromkeys(litter, b"x")), shown="littered")
    assert clean == littered


def test_hidden_files_of_a_project_are_packed(tmp_path: Path) -> None:
    packed = pack("n", write(tmp_path, {".gitignore": b"x", ".config/a": b"y"}), shown="n")
    assert zipfile.ZipFile(io.BytesIO(packed.body)).namelist() == [".config/a", ".gitignore"]


def problems(folder: Path) -> list[str]:
    with pytest.raises(InputError) as raised:
        pack("n", folder, shown="content/n")
    return [f"{problem} | {problem.hint}" for problem in raised.value.problems]


def test_an_empty_folder(tmp_path: Path) -> None:
    message = "content/n:1:1: T020 the content folder is empty or missing | add files"
    assert problems(tmp_path) == [message]
    assert problems(tmp_path / "missing") == [message]


def test_links_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", {"sub/a": b""})
    (folder / "file").symlink_to("/etc/hostname")
    (folder / "loop").symlink_to(folder)
    (folder / "sub" / "gone").symlink_to("nowhere")
    (tmp_path / "link").symlink_to(folder)
    rest = "1:1: T021 a symlink | replace it with the file itself"
    assert problems(folder) == [f"content/n/{name}:{rest}" for name in ("file", "loop", "sub/gone")]
    assert problems(tmp_path / "link") == [f"content/n:{rest}"]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert problems(tmp_path) == ["content/n/pipe:1:1: T022 not a regular file or folder | remove it"]


def test_names_that_not_every_system_takes(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a\\b": b"", "a\nb": b"", "\u00e9": b"", "e\u0301": b""})
    assert problems(folder) == [
        "content/n/a\\nb:1:1: T023 a file name that some systems reject: 'a\\nb' | rename it",
        "content/n/a\\b:1:1: T023 a file name that some systems reject: 'a\\\\b' | rename it",
        "content/n/é:1:1: T023 two files whose names look the same: 'é' | rename one of them",
    ]


def test_a_large_archive(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(content.SIZE_LIMIT + 1)
    with pytest.raises(InputError, match="large:1:1: T024 the archive is larger than 20 MB"):
        content.archived(tmp_path / "large", shown="large")


def test_too_large(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(content.SIZE_LIMIT + 1)
    assert problems(tmp_path) == [
        "content/n:1:1: T024 the content is larger than 20 MB | remove files: CodeCommit allows no more"
    ]
