"""What all resources of a catalog have in common: a key, a label, what they require, their turn in a plan."""

from __future__ import annotations

from typing import ClassVar, Protocol

from typing_extensions import override

Key = tuple[str, ...]


class CatalogResource(Protocol):
    """A frozen value. What Service Catalog allows once has one key, so replacing it is an update."""

    kind: ClassVar[str]
    # Creates and updates go up the steps, deletes go down; the resources of one step run in parallel.
    step: ClassVar[int]

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

    @property
    def owners(self) -> tuple[Key, ...]:
        """The portfolio and the product that it belongs to; each belongs to itself."""
        return tuple(key for key in (self.key, *self.requires) if key[0] in ("portfolio", "product"))

    @property
    def lane(self) -> Key:
        """What must not be changed in parallel has one lane."""
        return self.key

    @property
    def within(self) -> tuple[object, ...]:
        """The sort key inside its lane."""
        return ()


class OfPortfolio(CatalogResource, Protocol):
    """What a portfolio has, and needs nothing else."""

    portfolio: str

    @property
    @override
    def requires(self) -> tuple[Key, ...]:
        return (("portfolio", self.portfolio),)
