"""How far a plan fills the quotas that AWS adjusts. Pure: no I/O, no ids, and no values of quotas."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from publisher.model import Catalog, Resource, quota_of
from publisher.planning.changes import Change, Create, subjects

_UNMANAGED = {"product": "products_per_portfolio", "deleted principal": "principals_per_portfolio"}


@dataclass(frozen=True, kw_only=True)
class QuotaUse:
    """What a plan adds to one quota, that of the Region or of a portfolio or product (`owner`).

    What it deletes counts too: deletions come last.
    """

    quota: str
    owner: str
    new: tuple[Resource, ...]
    managed: int = 0
    unmanaged: int = 0

    @property
    def total(self) -> int:
        """How many there are before anything is deleted."""
        return len(self.new) + self.managed + self.unmanaged


def quota_uses(observed: Catalog, changes: Iterable[Change]) -> Iterator[QuotaUse]:
    """Of each quota that the changes add to, in their order."""
    new: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
    for change in changes:
        for resource in subjects(change) if isinstance(change, Create) else ():
            if (quota := quota_of(resource)) is not None:
                new[quota].append(resource)
    managed = Counter(map(quota_of, observed))
    unmanaged = Counter((_UNMANAGED.get(it.kind, ""), it.portfolio) for it in observed.unmanaged)
    unmanaged.update({(name, ""): count for name, count in observed.others.items()})
    for key, some in new.items():
        name, owner = key
        yield QuotaUse(
            quota=name, owner=owner, new=tuple(some), managed=managed[key], unmanaged=unmanaged[key]
        )
