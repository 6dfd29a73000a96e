"""Which process serves a folder: the kernel knows, by a lock that ends with the process.

A file could name any process, also one that got the number of an endpoint that has ended.
"""

import fcntl
import os
import struct
import sys
from pathlib import Path
from weakref import WeakValueDictionary

from catalog_emulator.errors import EmulatorError
from catalog_emulator.server.private_files import check_private, make_private, open_private

_FILE = "running"
# `struct flock` of fcntl(2): the layout of its five members, and where it has the kind of lock and process.
# https://man7.org/linux/man-pages/man2/fcntl.2.html
# https://developer.apple.com/library/archive/documentation/System/Conceptual/ManPages_iPhoneOS/man2/fcntl.2.html
_LAYOUT, _KIND, _PID = {"darwin": ("qqihh", 3, 2)}.get(sys.platform, ("hhqqi0q", 0, 4))


class FolderLock:
    """Held by this process until `release`. Raises EmulatorError when another one holds it."""

    def __init__(self, folder: Path) -> None:
        make_private(folder)
        self._path = folder.resolve() / _FILE
        if self._path in _own:
            raise EmulatorError(f"an endpoint of '{folder}' runs in this process")
        self._file = os.fdopen(open_private(self._path), "r+b")
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise EmulatorError(f"an endpoint of '{folder}' runs already") from error
        self.pid = os.getpid()
        _own[self._path] = self

    def lost(self) -> bool:
        """Whether the folder is not there any more, or is another one: nobody finds this process by it."""
        try:
            return not os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:
            return True

    def release(self) -> None:
        _own.pop(self._path, None)
        self._file.close()


# The kernel does not report a process its own locks, and drops them when it closes the file once more.
_own: WeakValueDictionary[Path, FolderLock] = WeakValueDictionary()


def holder(folder: Path) -> int:
    """The process that holds the lock of a folder; 0 for none. Raises EmulatorError."""
    if not check_private(folder):
        return 0
    path = folder.resolve() / _FILE
    own = _own.get(path)
    if own is not None and own.pid == os.getpid():
        return own.pid
    try:
        with os.fdopen(
            os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb"
        ) as file:
            asked = [0] * 5
            asked[_KIND] = fcntl.F_WRLCK
            answer = struct.unpack(_LAYOUT, fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(_LAYOUT, *asked)))
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise EmulatorError(f"cannot read '{path}': {error.strerror}") from error
    if answer[_KIND] == fcntl.F_UNLCK:
        return 0
    if answer[_PID] <= 0:
        raise EmulatorError(f"an endpoint of '{folder}' runs on another machine, or in another container")
    pid: int = answer[_PID]
    return pid
