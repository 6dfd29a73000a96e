"""A whole catalog: everything that a target contains, or should contain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from publisher.model.access import PortfolioShare, Principal
from publisher.model.constraints import AnyConstraint
from publisher.model.products import Portfolio, Product, ProductAssociation, ProvisioningArtifact
from publisher.model.protocol import Key
from publisher.model.retention import Retention
from publisher.model.sagemaker_projects import ProjectResource
from publisher.model.service_actions import ServiceAction, ServiceActionAssociation
from publisher.model.stored_objects import StoredContent, StoredTemplate
from publisher.model.tag_options import BudgetAssociation, Owner, TagOption, TagOptionAssociation

Resource = (
    StoredContent
    | StoredTemplate
    | Portfolio
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
    | ProjectResource
    | AnyConstraint
)


@dataclass(frozen=True, kw_only=True, order=True)
class Unmanaged:
    """Something in a managed portfolio that publisher does not manage.

    A product or constraint made by others, or a principal whose role or user was deleted. The `name` of a
    constraint is the key of its product.
    """

    portfolio: str
    kind: Literal["constraint", "deleted principal", "product"]
    id: str
    name: str = ""

    @property
    def label(self) -> str:
        """How plans name it, after its kind."""
        return f"{self.portfolio} / {self.id}" + (f" '{self.name}'" if self.name else "")


@dataclass(frozen=True)
class Catalog:
    """Resources by key. A desired catalog has the `retention` of products, an observed one the rest.

    `unfinished`: portfolios whose contents no run has completed yet. `used_elsewhere`: TagOptions that
    unmanaged portfolios or products use too. `interrupted`: TagOptions that a stopped run was deleting, with
    the owner of the last association and the tag that says so. `others`: how many portfolios and products
    of the account are not managed, by quota.
    """

    resources: Mapping[Key, Resource] = field(default_factory=dict)
    retention: Mapping[str, Retention] = field(default_factory=dict)
    unmanaged: tuple[Unmanaged, ...] = ()
    unfinished: frozenset[Key] = frozenset()
    used_elsewhere: frozenset[Key] = frozenset()
    interrupted: Mapping[Key, tuple[Owner, str]] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls, resources: Iterable[Resource], *, retention: Mapping[str, Retention] | None = None
    ) -> Catalog:
        """A catalog of these resources; the last one of a key wins."""
        return cls({resource.key: resource for resource in resources}, retention or {})

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.resources.values())

    def __contains__(self, key: object) -> bool:
        return key in self.resources
