"""Folders that only this user can open, and files that are written beside what they replace."""

import os
import stat
import tempfile
from pathlib import Path

from catalog_emulator.errors import EmulatorError, InvalidInputError

_HINT = "name a file"


class FolderError(EmulatorError):
    """A folder that cannot be used, or that others can change."""


def make_private(folder: Path) -> None:
    """Makes the folder, for this user only. Raises FolderError, also for one that others can change."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise FolderError(
            f"cannot create folder '{folder}': {error.strerror}",
            hint="make it a folder that you can write to",
        ) from error
    check_private(folder)


def check_private(folder: Path) -> bool:
    """Whether the folder exists. Raises FolderError for a link, and for a folder that others can change."""
    try:
        found, parent = folder.lstat(), folder.parent.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise FolderError(
            f"cannot read folder '{folder}': {error.strerror}", hint="make it a folder that you can write to"
        ) from error
    wrong = ""
    if not stat.S_ISDIR(found.st_mode):
        wrong = "a symlink" if stat.S_ISLNK(found.st_mode) else "not a folder"
    elif found.st_uid != os.geteuid() or parent.st_uid not in (0, os.geteuid()):
        wrong = "another user's"
    elif found.st_mode & 0o077 or (parent.st_mode & 0o002 and not parent.st_mode & stat.S_ISVTX):
        wrong = "open to other users"
    if wrong:
        raise FolderError(
            f"folder '{folder}' is {wrong}", hint="remove it, or make it a folder that only you can open"
        )
    return True


def write_private(file: Path, content: bytes) -> None:
    """Replaces the file, never what a link leads to. Only its owner can read it. Raises OSError."""
    descriptor, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as output:
            output.write(content)
        Path(part).replace(file)
    except BaseException:
        Path(part).unlink()
        raise


def open_private(file: Path) -> int:
    """A descriptor of a file in a private folder, which is made if it does not exist. Raises OSError."""
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)


def check_regular(file: Path) -> bool:
    """Whether the file exists. Raises InvalidInputError for what is no file, such as a folder or a pipe."""
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidInputError(f"{file}: {reason}", hint=_HINT) from error
    if not stat.S_ISREG(mode):
        raise InvalidInputError(f"{file} is not a regular file", hint=_HINT)
    return True


def read_regular(file: Path, most: int) -> bytes:
    """The content of a file of at most `most` bytes. Raises InvalidInputError; never waits for a pipe."""
    check_regular(file)
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
            if os.fstat(opened.fileno()).st_size > most:
                raise InvalidInputError(f"{file} is longer than {most} bytes", hint="name a smaller file")
            return opened.read(most)
    except OSError as error:
        raise InvalidInputError(f"{file}: {error.strerror}", hint=_HINT) from error
