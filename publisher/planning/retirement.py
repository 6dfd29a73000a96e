"""Products that are retired: what goes at each step, and who still uses it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace

from publisher.model import (
    BudgetAssociation,
    Catalog,
    Constraint,
    Launch,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    RetirementStep,
    ServiceActionAssociation,
    TagOption,
    TagOptionAssociation,
)
from publisher.planning.pruning import Surplus, held_by_strangers


def without_gone(desired: Catalog, observed: Catalog) -> Catalog:
    """The desired catalog without retired products that the target does not have: they are not made anew."""
    kept = {
        key: resource
        for key, resource in desired.resources.items()
        if _step(desired, resource) is None or ("product", _product(resource)) in observed
    }
    return replace(desired, resources=kept)


def retired(desired: Catalog, observed: Catalog, launches: Collection[Launch] = ()) -> Iterator[Surplus]:
    """What is to go of products that leave their portfolios or are deleted; versions go with them."""
    for resource in observed:
        step = _step(desired, resource)
        if step in (None, "deprecate") or isinstance(resource, ProvisioningArtifact):
            continue
        if step == "delete" or isinstance(resource, ProductAssociation | Constraint):
            used_by: tuple[str, ...] = ()
            if isinstance(resource, Product | ProductAssociation):
                product = _product(resource)
                used_by = tuple(sorted(it.name for it in launches if it.product == product))
            yield Surplus(resource=resource, used_by=used_by + held_by_strangers(resource, observed))
    yield from _options(desired, observed)


def _options(desired: Catalog, observed: Catalog) -> Iterator[Surplus]:
    """TagOptions that nothing else has: afterwards nothing would say that they are ours."""
    had = defaultdict(list)
    for it in observed:
        if isinstance(it, TagOptionAssociation):
            had[it.requires[1]].append(it)
    for key, associations in had.items():
        option = observed.resources.get(key)
        goes = all(_step(desired, it) == "delete" for it in associations)
        if goes and isinstance(option, TagOption) and not option.used_elsewhere and key not in desired:
            yield Surplus(resource=option)


def _step(desired: Catalog, resource: Resource) -> RetirementStep | None:
    retention = desired.retention.get(_product(resource))
    return retention.retire if retention else None


def _product(resource: Resource) -> str:
    """The product that something belongs to, or nothing."""
    match resource:
        case Product(name=name):
            return name
        case (
            ProvisioningArtifact(product=product)
            | ProductAssociation(product=product)
            | ServiceActionAssociation(product=product)
            | Constraint(product=product)
        ):
            return product
        case TagOptionAssociation(owner=("product", name)) | BudgetAssociation(owner=("product", name)):
            return name
        case _:
            return ""
