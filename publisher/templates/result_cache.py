"""What rendering and checks made of equal input before, on disk: results by the content they were made of.

Only text that the reader checks, and never a result of other input: a key covers all that was read, and what
read it. A folder that cannot be used, or an entry that is not as it was written, is no error, but no result.
"""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

# Of an entry, and of all together.
_LARGEST = 8 << 20
_MOST = 256 << 20
_SOURCE_LIMIT = 1 << 20
# At how many of 256 entries that are written the size of all is looked at.
_LOOKS = 4


class ResultCache:
    """Results in a folder of the user's, which is made when it is needed; without a folder none are kept."""

    def __init__(self, *, most: int = _MOST) -> None:
        self.folder: Path | None = None
        self._most = most

    def get(self, kind: str, key: str) -> bytes | None:
        """The result of a kind, e.g. `cfn-lint`, under a key of `key_of`; None where there is none."""
        if self.folder is None:
            return None
        from publisher.documents.private_folder import PrivateFolder

        try:
            entry = PrivateFolder(self.folder).read(kind, key, limit=_LARGEST)
        except OSError:
            return None
        payload = entry[hashlib.sha256().digest_size :]
        return payload if entry == _entry(kind, key, payload) else None

    def put(self, kind: str, key: str, payload: bytes) -> None:
        """Keeps a result; the oldest ones make room."""
        if self.folder is None or len(payload) > _LARGEST // 2:
            return
        from publisher.documents.private_folder import PrivateFolder

        folder = PrivateFolder(self.folder)
        with suppress(OSError):
            folder.write(kind, key, _entry(kind, key, payload))
            if int(key[:2], 16) < _LOOKS:
                folder.shrink(self._most)


def _entry(kind: str, key: str, payload: bytes) -> bytes:
    """What is written: a digest, which no other name has, and the payload."""
    return hashlib.sha256(f"{kind}/{key}\n".encode() + payload).digest() + payload


# Of this process: the command line says where its folder is.
results = ResultCache()


def key_of(*parts: Any, code: tuple[str, ...] = ()) -> str:
    """64 hex digits over plain values, our own code, and the versions of Python and what is installed.

    `code` are packages that make the result, besides this one.
    """
    from publisher.documents import sha256_of

    return sha256_of([_installed(), _sources("documents", "templates", *code), parts])


@cache
def _sources(*packages: str) -> str:
    from publisher.documents import contents

    root = Path(__file__).parent.parent
    found = (path for it in packages for kind in ("py", "yaml") for path in root.glob(f"{it}/**/*.{kind}"))
    digest = hashlib.sha256()
    for path in sorted({root / "errors.py", *found}):
        digest.update(f"{path.relative_to(root)}\n".encode() + contents(path, limit=_SOURCE_LIMIT))
    return digest.hexdigest()


@cache
def _installed() -> list[str]:
    """Python, and what is installed, by name and version: many distributions have a say."""
    found: set[str] = set()
    for entry in sys.path:
        with suppress(OSError):
            found.update(it.name for it in Path(entry).glob("*.dist-info"))
    return [sys.version, *sorted(found)]
