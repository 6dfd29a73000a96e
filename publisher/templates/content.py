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

from publisher.documents import UnfitFileError, contents, walk
from publisher.errors import InputError, Problem, Where

# What tools and desktops leave behind; never part of a project.
IGNORED = frozenset({
    "__pycache__", ".DS_Store", "Thumbs.db", "desktop.ini", ".git", ".ipynb_checkpoints", ".pytest_cache",
    ".mypy_cache", ".ruff_cache", ".hypothesis", ".venv", ".idea", ".vscode",
})  # fmt: skip
IGNORED_SUFFIXES = (".pyc", ".pyo", ".swp", "~")

# https://docs.aws.amazon.com/codecommit/latest/userguide/creating-resources-with-cloudformation.html
SIZE_LIMIT = 20 * 1024 * 1024
# https://docs.aws.amazon.com/codecommit/latest/APIReference/API_CreateCommit.html
# https://docs.aws.amazon.com/codecommit/latest/userguide/limits.html
# Whether they hold for a first commit by CloudFormation is not documented: the stricter.
_FILE_LIMIT = 6 * 1024 * 1024
_PATH_LIMIT = 4096
# The earliest time a zip can hold.
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_TOO_LARGE = ("the content is larger than 20 MB", "remove files: CodeCommit allows no more")


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
    body = _zip(_checked(folder, shown))
    if len(body) > SIZE_LIMIT:
        raise InputError.of([_problem("T024", shown, *_TOO_LARGE)])
    digest = hashlib.sha256(body).hexdigest()
    return Content(name=name, digest=f"sha256:{digest}", key=f"content/{digest}.zip", body=body)


def unfit_for_first_commit(archive: bytes) -> Iterator[str]:
    """Why CodeCommit does not commit a zip into a new repository. Each: what is wrong with the content.

    Empty files: https://github.com/aws/aws-cdk/issues/19012
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        files = {it.filename: it.file_size for it in opened.infolist()}
    for name, size in files.items():
        if not size:
            yield f"has an empty file: '{name}'"
        elif size > _FILE_LIMIT:
            yield f"has a file of more than 6 MB: '{name}'"
        if len(name.encode()) > _PATH_LIMIT or ".git" in name.split("/"):
            yield f"has a file whose path CodeCommit refuses: '{name[:80]}'"


def archived(path: Path, *, shown: str) -> bytes:
    """An archive as it is, or a folder as a .tar.gz. Raises InputError: T020 to T024.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/getstarted-external-engine.html
    """
    if not path.is_dir():
        if path.stat().st_size > SIZE_LIMIT:
            hint = "include only what the engine needs"
            raise InputError.of([_problem("T024", shown, "the archive is larger than 20 MB", hint)])
        return _body(path, shown)
    files = _checked(path, shown)
    buffer = io.BytesIO()
    # Level 0: the output of zlib differs between its versions.
    with (
        gzip.GzipFile(filename="", fileobj=buffer, mode="wb", compresslevel=0, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for member in sorted(files):
            body = files[member]
            entry = tarfile.TarInfo(member)
            entry.size, entry.mode = len(body), 0o755 if body.startswith(b"#!") else 0o644
            archive.addfile(entry, io.BytesIO(body))
    return buffer.getvalue()


def _checked(folder: Path, shown: str) -> dict[str, bytes]:
    """The files of a folder that is packed, by their names in the package."""
    files, problems = _files(folder, shown)
    if not problems and not files:
        problems.append(_problem("T020", shown, "the content folder is empty or missing", "add files"))
    if sum(path.stat().st_size for path in files.values()) > SIZE_LIMIT:
        problems.append(_problem("T024", shown, *_TOO_LARGE))
    if problems:
        raise InputError.of(problems)
    return {member: _body(path, f"{shown}/{member}") for member, path in files.items()}


def _body(path: Path, shown: str) -> bytes:
    try:
        return contents(path, limit=SIZE_LIMIT)
    except UnfitFileError as error:
        raise InputError.of([_problem("T022", shown, error.reason, error.hint)]) from error


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
    for path in walk(folder, skip=is_ignored) if folder.exists() or folder.is_symlink() else ():
        # macOS may hand out decomposed names for the same files.
        member = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        where = f"{shown}/{member}" if path != folder else shown
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


def is_ignored(name: str) -> bool:
    """Whether what systems and editors leave in folders has such a name."""
    return name in IGNORED or name.endswith(IGNORED_SUFFIXES)


def _problem(rule: str, path: str, message: str, hint: str) -> Problem:
    return Problem(rule=rule, where=Where(path=path), message=message, hint=hint)
