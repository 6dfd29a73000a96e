"""The launches of many targets that move to one version, as a file. Reads and writes files, no AWS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from publisher.documents import contents, sha256_of, write
from publisher.errors import InputError, command

_FORMAT = "publisher updates 1"
_MAX_BYTES = 1 << 28


@dataclass(frozen=True, kw_only=True)
class PlannedUpdate:
    """A launch, by id, its version now, the id of the version that it moves to, and what that does to it."""

    id: str
    name: str
    product: str
    before: str
    version_id: str
    impact: str


@dataclass(frozen=True, kw_only=True)
class SavedUpdates:
    """The updates of each target, account/Region, of launches of `products`, a glob, to version `to`."""

    products: str
    to: str
    updates: Mapping[str, Sequence[PlannedUpdate]]

    @property
    def targets(self) -> list[str]:
        """The targets, account/Region."""
        return [*self.updates]

    @property
    def digest(self) -> str:
        """64 hex digits over all of it."""
        return sha256_of(self._content())

    def document(self) -> dict[str, Any]:
        """The JSON shape of docs/scale.md."""
        return self._content() | {"digest": self.digest}

    def save(self, path: Path) -> None:
        """Writes the document."""
        write(path, (json.dumps(self.document(), indent=2, sort_keys=True) + "\n").encode())

    def _content(self) -> dict[str, Any]:
        targets = [
            {"target": it, "launches": [asdict(one) for one in some]} for it, some in self.updates.items()
        ]
        return {"format": _FORMAT, "products": self.products, "to": self.to, "targets": targets}


def read_updates(path: Path, *, required: bool = False) -> SavedUpdates | None:
    """The updates in a file; None, unless `required`, if it has something else. Raises InputError."""
    try:
        document = json.loads(contents(path, limit=_MAX_BYTES))
        if document["format"] != _FORMAT:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        if required:
            raise _foreign(path) from None
        return None
    try:
        updates = {
            it["target"]: [PlannedUpdate(**one) for one in it["launches"]] for it in document["targets"]
        }
        saved = SavedUpdates(products=document["products"], to=document["to"], updates=updates)
        if not _is_whole(saved) or saved.document() != document:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _foreign(path) from None
    return saved


def _is_whole(saved: SavedUpdates) -> bool:
    every: Iterable[PlannedUpdate] = [one for some in saved.updates.values() for one in some]
    texts = [saved.products, saved.to, *saved.targets, *(text for it in every for text in vars(it).values())]
    return all(isinstance(it, str) for it in texts)


def _foreign(path: Path) -> InputError:
    return InputError(
        f"'{path}' is not a plan of updates, or was modified after it was saved",
        hint=f"run {command('update', '--all', 'PRODUCT', '--to', 'VERSION', '-o', 'FILE')}",
    )
