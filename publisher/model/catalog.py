"""A whole catalog: everything a target holds, or should hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from publisher.model.access import PortfolioShare, Principal
from publisher.model.attachments import (
    BudgetAssociation,
    ServiceAction,
    ServiceActionAssociation,
    TagOption,
    TagOptionAssociation,
)
from publisher.model.constraints import AnyConstraint
from publisher.model.retention import Retention
from publisher.model.unmanaged import Stranger
from publisher.model.values import Key, Portfolio, Product, ProductAssociation, ProvisioningArtifact

Resource = (
    Portfolio
    | Product
    | ProvisioningArtifact
    | ProductAssociation
    | Principal
    | PortfolioShare
    | TagOption
    | TagOptionAssociation
    | BudgetAssociation
    | ServiceAction
    | ServiceActionAssociation
    | AnyConstraint
)


@dataclass(frozen=True)
class Catalog:
    """Resources by key; of what is desired also how long products keep their versions, by product.

    `strangers` are only ever observed.
    """

    resources: Mapping[Key, Resource] = field(default_factory=dict)
    retention: Mapping[str, Retention] = field(default_factory=dict)
    unmanaged: tuple[Stranger, ...] = ()

    @classmethod
    def of(
        cls, resources: Iterable[Resource], *, retention: Mapping[str, Retention] | None = None
    ) -> Catalog:
        """A catalog of these resources; the last one of a key counts."""
        return cls({resource.key: resource for resource in resources}, retention or {})

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources.values())

    def __contains__(self, key: object) -> bool:
        return key in self.resources
