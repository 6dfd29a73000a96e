"""Starting content: a folder as a zip that is the same bytes on any machine."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import tarfile
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from publisher.errors import InputError, Problem, Where

# What tools and desktops leave behind; never part of a project.
IGNORED = frozenset({
    "__pycache__", ".DS_Store", "Thumbs.db", "desktop.ini", ".git", ".ipynb_checkpoints", ".pytest_cache",
    ".mypy_cache", ".ruff_cache", ".hypothesis", ".venv", ".idea", ".vscode",
})  # fmt: skip
IGNORED_SUFFIXES = (".pyc", ".pyo", ".swp", "~")

# https://docs.aws.amazon.com/codecommit/latest/userguide/creating-resources-with-cloudformation.html
SIZE_LIMIT = 20 * 1024 * 1024
# The earliest time a zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


@dataclass(frozen=True, kw_only=True)
class Content:
    """A packed folder. `key` is its object key in the template bucket, `digest` is `sha256:<64 hex>`."""

    name: str
    digest: str
    key: str
    body: bytes = field(repr=False)


def pack(name: str, folder: Path, *, shown: str) -> Content:
    """Packs a folder; `shown` is how messages name it. Raises InputError: T020 to T024.

    A file that begins with `#!` is executable, any other is not: file modes differ between file systems.
    """
    files = _checked(folder, shown)
    body = _zip({member: path.read_bytes() for member, path in files.items()})
    digest = hashlib.sha256(body).hexdigest()
    return Content(name=name, digest=f"sha256:{digest}", key=f"content/{digest}.zip", body=body)


def archived(path: Path, *, shown: str) -> bytes:
    """An archive as it is, or a folder as a .tar.gz. Raises InputError: T020 to T024.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/getstarted-external-engine.html
    """
    if not path.is_dir():
        if path.stat().st_size > SIZE_LIMIT:
            hint = "include only what the engine needs"
            raise InputError.of([_problem("T024", shown, "the archive is larger than 20 MB", hint)])
        return path.read_bytes()
    files = _checked(path, shown)
    buffer = io.BytesIO()
    # Level 0: the output of zlib differs between its versions.
    with (
        gzip.GzipFile(filename="", fileobj=buffer, mode="wb", compresslevel=0, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for member in sorted(files):
            body = files[member].read_bytes()
            entry = tarfile.TarInfo(member)
            entry.size, entry.mode = len(body), 0o755 if body.startswith(b"#!") else 0o644
            archive.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


def _checked(folder: Path, shown: str) -> dict[str, Path]:
    """The files of a folder that is packed, by their names in the package."""
    files, problems = _files(folder, shown)
    if not problems and not files:
        problems.append(_problem("T020", shown, "the content folder is empty or missing", "add files"))
    if sum(path.stat().st_size for path in files.values()) > SIZE_LIMIT:
        problems.append(
            _problem(
                "T024",
                shown,
                "the content is larger than 20 MB",
                "remove files: CodeCommit allows no more",
            )
        )
    if problems:
        raise InputError.of(problems)
    return files


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    # Stored, not deflated: zlib's output differs between its versions.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for member in sorted(files):
            entry = zipfile.ZipInfo(member, date_time=_TIME)
            entry.create_system = _UNIX
            mode = 0o755 if files[member].startswith(b"#!") else 0o644
            entry.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(entry, files[member])
    return buffer.getvalue()


def _files(folder: Path, shown: str) -> tuple[dict[str, Path], list[Problem]]:
    files: dict[str, Path] = {}
    problems: list[Problem] = []
    for path, member in _walk(folder, ""):
        where = f"{shown}/{member}" if member else shown
        if path.is_symlink():
            problems.append(_problem("T021", where, "a symlink", "replace it with the file itself"))
        elif not path.is_file():
            problems.append(_problem("T022", where, "not a regular file or folder", "remove it"))
        elif "\\" in member or any(ord(character) < 32 for character in member):
            problems.append(
                _problem("T023", where, f"a file name that some systems reject: {member!r}", "rename it")
            )
        elif member in files:
            problems.append(
                _problem(
                    "T023", where, f"two files whose names look the same: {member!r}", "rename one of them"
                )
            )
        else:
            files[member] = path
    return files, problems


def _walk(folder: Path, prefix: str) -> Iterator[tuple[Path, str]]:
    """Every entry that is no folder, with its name in the zip; links are not followed."""
    if folder.is_symlink():
        yield folder, prefix.rstrip("/")
        return
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path.name in IGNORED or path.name.endswith(IGNORED_SUFFIXES):
            continue
        # macOS may hand out decomposed names for the same files.
        member = prefix + unicodedata.normalize("NFC", path.name)
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path, f"{member}/")
        else:
            yield path, member


def _problem(rule: str, path: str, message: str, hint: str) -> Problem:
    return Problem(rule=rule, where=Where(path=path), message=message, hint=hint)
