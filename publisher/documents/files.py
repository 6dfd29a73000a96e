"""Every file that is read or written: plain, of a sane size, and not somewhere else through a symlink.

Whoever wrote a project may have put a pipe, a device or a link there: nothing here waits for one.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from io import FileIO
from pathlib import Path
from typing import NoReturn

from publisher.documents.parsing import parse
from publisher.documents.tree import Document, Place, place_at, problem
from publisher.errors import InputError, quoted

MAX_BYTES = 256 * 1024
_NO_FILE = "replace it with the file itself"
_WAITS_FOR_NOBODY = os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class UnfitFileError(InputError):
    """A path at which there is no such file as is needed; `reason` is the message without the path."""

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        super().__init__(f"{quoted(path)}: {reason}", hint=hint)
        self.reason = reason


class TooLargeError(UnfitFileError):
    """A file with more bytes than are allowed there."""


def contents(path: Path, *, limit: int) -> bytes:
    """The bytes of a regular file, at most `limit`. Raises UnfitFileError."""
    raw = beginning(path, limit + 1)
    if len(raw) > limit:
        raise TooLargeError(path, f"larger than {limit:,} bytes", "remove unneeded content")
    return raw


def beginning(path: Path, size: int) -> bytes:
    """The first bytes of a regular file. Raises UnfitFileError."""
    try:
        # To open a device may do something already.
        if stat.S_ISREG(path.stat().st_mode):
            with os.fdopen(os.open(path, os.O_RDONLY | _WAITS_FOR_NOBODY), "rb") as stream:
                if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    return stream.read(size)
    except OSError as error:
        raise UnfitFileError(path, *_unread(path, error)) from error
    raise UnfitFileError(path, "not a regular file", "use a regular file instead")


def _unread(path: Path, error: OSError) -> tuple[str, str]:
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
        if path.is_symlink():
            return "broken symlink", f"{_NO_FILE}, or remove it"
        return "file not found", "check the path, or set --directory to the project's folder"
    return f"cannot be read: {error.strerror}", "make the file readable"


def walk(folder: Path, *, skip: Callable[[str], bool] = lambda name: False) -> Iterator[Path]:
    """Every entry below a folder that is no folder, in order, but what has such a name; follows no links.

    Not by recursion: a clone may hold two thousand folders in each other.
    """
    left = [folder]
    while left:
        path = left.pop()
        if path.is_symlink() or not path.is_dir():
            yield path
        else:
            left += sorted((it for it in path.iterdir() if not skip(it.name)), reverse=True)


def write(path: Path, content: bytes) -> None:
    """Writes one file, also into a pipe that is read, or a device. Raises UnfitFileError."""
    check_place(path)
    with os.fdopen(_opened(path, os.O_TRUNC), "wb") as stream:
        stream.write(content)


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes files below a folder, which no symlink may leave. Raises UnfitFileError: nothing is written."""
    for name in files:
        check_place(folder / name, folder)
        if (folder / name).exists() and not (folder / name).is_file():
            raise UnfitFileError(folder / name, "not a regular file", "remove it, or write elsewhere")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write(folder / name, content)


def log_file(path: Path) -> FileIO:
    """A file to append to, a new one for its owner alone, or a pipe that is read, or a device.

    Each write is one of the system's, so that lines of several programs stay whole. Raises UnfitFileError.
    """
    check_place(path)
    link = path.is_symlink()
    if link and (path.is_file() or not path.exists()):
        raise UnfitFileError(path, "a symlink", _NO_FILE)
    flags = os.O_APPEND | (0 if link else os.O_NOFOLLOW)
    return FileIO(_opened(path, flags, mode=0o600), "a")


def check_place(path: Path, folder: Path | None = None) -> None:
    """Raises UnfitFileError where a symlink leads out of the folder, or a folder is, or cannot be made.

    Without `folder`, it is the file's own, which must be there.
    """
    real = Path(os.path.realpath(path))
    outside = not real.is_relative_to(os.path.realpath(folder or path.parent))
    if outside and (real.is_file() or not real.exists()):
        raise UnfitFileError(path, "a symlink pointing outside its folder", "remove it, or write elsewhere")
    if real.is_dir():
        raise UnfitFileError(path, "a folder", "choose the path of a file")
    above = next(it for it in path.parents if it.exists() or it.is_symlink())
    if not above.is_dir():
        raise UnfitFileError(above, "not a folder", "choose another place")
    if folder is None and above != path.parent:
        raise UnfitFileError(path.parent, "folder not found", "make it first, or choose another place")


def _opened(path: Path, flags: int, *, mode: int = 0o666) -> int:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | flags | _WAITS_FOR_NOBODY, mode)
    except OSError as error:
        nobody = error.errno == errno.ENXIO
        reason = "a pipe that nobody reads" if nobody else f"cannot be written: {error.strerror}"
        raise UnfitFileError(path, reason, "choose the path of a file that can be written") from error
    os.set_blocking(descriptor, True)
    return descriptor


def check_inside(path: Path, root: Path) -> None:
    """Raises UnfitFileError for a file of the project at `root` that a symlink puts outside of it."""
    if _inside(path, root) and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        raise UnfitFileError(path, "a symlink pointing outside the project", _NO_FILE)


def read(path: Path, *, root: Path) -> Document:
    """Reads a YAML file of the project at `root`. Raises InputError with every problem found."""
    name = relative(path, root)
    return parse(_text(path, name, root), path=name)


def relative(path: Path, root: Path) -> str:
    """The path as messages show it: relative to the project when inside it, with forward slashes."""
    inside = _inside(path, root)
    return path.as_posix() if inside is None else inside.as_posix()


def _inside(path: Path, root: Path) -> Path | None:
    absolute = Path(os.path.normpath(path.absolute()))
    for base in (Path(os.path.normpath(root.absolute())), root.resolve()):
        if absolute.is_relative_to(base):
            return absolute.relative_to(base)
    return None


def _text(path: Path, name: str, root: Path) -> str:
    def refuse(message: str, hint: str, place: Place = (1, 1)) -> NoReturn:
        raise InputError.of([problem("P001", name, place, message, hint)])

    try:
        check_inside(path, root)
        raw = contents(path, limit=MAX_BYTES)
    except UnfitFileError as error:
        refuse(error.reason, error.hint)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = place_at(raw[: error.start].decode("utf-8", errors="replace"))
        refuse(f"the byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8", place)
