"""A folder of this user's own: nothing in it is believed that somebody else, or a symlink, put there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


@dataclass(frozen=True)
class PrivateFolder:
    """Files by name in folders by name; each call raises OSError where there is none that is this user's."""

    path: Path

    def read(self, folder: str, name: str, *, limit: int) -> bytes:
        """The bytes of a file, at most so many of them."""
        with _opened(self.path) as top, _opened(folder, top) as place:
            descriptor = os.open(name, os.O_RDONLY | _FILE, dir_fd=place)
            with os.fdopen(descriptor, "rb") as stream:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
                    raise PermissionError(name)
                return stream.read(limit)

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Replaces a file as a whole. Makes the folders, for this user only."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _opened(self.path, make=True) as top, _opened(folder, top, make=True) as place:
            part = f".{name}.{os.getpid()}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE
            try:
                with os.fdopen(os.open(part, flags, 0o600, dir_fd=place), "wb") as stream:
                    stream.write(content)
                os.replace(part, name, src_dir_fd=place, dst_dir_fd=place)
            except OSError:
                with suppress(OSError):
                    os.unlink(part, dir_fd=place)
                raise

    def shrink(self, most: int) -> None:
        """Removes the oldest files, until the others have at most so many bytes."""
        with _opened(self.path) as top:
            size = 0
            for _, bytes_, folder, name in sorted(_files(top), reverse=True):
                size += bytes_
                if size > most:
                    with _opened(folder, top) as place, suppress(FileNotFoundError):
                        os.unlink(name, dir_fd=place)


def _files(top: int) -> Iterator[tuple[int, int, str, str]]:
    """When each was written, its bytes, its folder and name."""
    for folder in os.scandir(top):
        with suppress(OSError), _opened(folder.name, top) as place:
            for file in os.scandir(place):
                found = file.stat(follow_symlinks=False)
                if stat.S_ISREG(found.st_mode):
                    yield found.st_mtime_ns, found.st_size, folder.name, file.name


@contextmanager
def _opened(path: Path | str, within: int | None = None, *, make: bool = False) -> Iterator[int]:
    """A descriptor of a folder that is this user's, and that nobody else can change."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(path, 0o700, dir_fd=within)
    descriptor = os.open(path, _FOLDER, dir_fd=within)
    try:
        found = os.fstat(descriptor)
        if found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise PermissionError(str(path))
        yield descriptor
    finally:
        os.close(descriptor)
