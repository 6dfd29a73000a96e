"""What all resources of a catalog have in common: a key, a label, and what they require."""

from __future__ import annotations

from typing import ClassVar, Protocol

Key = tuple[str, ...]


class CatalogResource(Protocol):
    """A frozen value. What Service Catalog allows once has one key, so replacing it is an update."""

    kind: ClassVar[str]

    @property
    def key(self) -> Key:
        """Its identity: a word for the kind, then names. Never an id."""
        ...

    @property
    def label(self) -> str:
        """How plans and messages name it, after its kind."""
        return " ".join(self.key[1:])

    @property
    def requires(self) -> tuple[Key, ...]:
        """The keys of what it needs: created before it, deleted after it."""
        return ()
