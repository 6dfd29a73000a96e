"""Retired products: what each step deletes, and who still uses it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from publisher.model import (
    Catalog,
    Constraint,
    Key,
    Launch,
    Product,
    ProductAssociation,
    ProjectTemplate,
    ProvisioningArtifact,
    Resource,
    RetirementStep,
)
from publisher.planning.pruning import PruneCandidate, tag_option_holders, unmanaged_uses


def without_absent(desired: Catalog, observed: Catalog) -> Catalog:
    """The desired catalog without retired products that the target lacks, and what only these need."""
    absent = {
        key
        for key, resource in desired.resources.items()
        if _step(desired, resource) is not None and ("product", _product(resource)) not in observed
    }
    return replace(desired, resources=_without(desired.resources, absent))


def _without(resources: Mapping[Key, Resource], absent: Collection[Key]) -> Mapping[Key, Resource]:
    kept = {key: it for key, it in resources.items() if key not in absent}
    needed = {key for it in kept.values() for key in it.requires}
    orphans = {
        key
        for it in absent
        for key in resources[it].requires
        if key in kept and key not in needed and not kept[key].owners
    }
    return _without(kept, orphans) if orphans else kept


def retired(
    desired: Catalog, observed: Catalog, launches: Collection[Launch] = ()
) -> Iterator[PruneCandidate]:
    """What to delete of disassociated or deleted products. Versions are deleted with their product."""
    for resource in observed:
        step = _step(desired, resource)
        if step in (None, "deprecate") or isinstance(resource, ProvisioningArtifact):
            continue
        if step == "delete" or isinstance(resource, ProductAssociation | Constraint | ProjectTemplate):
            used_by: tuple[str, ...] = ()
            if isinstance(resource, Product | ProductAssociation | ProjectTemplate):
                product = _product(resource)
                used_by = tuple(sorted(it.name for it in launches if it.product == product))
            yield PruneCandidate(resource=resource, used_by=used_by + unmanaged_uses(resource, observed))
    yield from _options(desired, observed)


def _options(desired: Catalog, observed: Catalog) -> Iterator[PruneCandidate]:
    """TagOptions that nothing else uses: without an association nothing shows that they are managed."""
    for key, some in tag_option_holders(observed).items():
        unused = all(_step(desired, it) == "delete" for it in some)
        if unused and key in observed and key not in observed.used_elsewhere and key not in desired:
            yield PruneCandidate(resource=observed.resources[key])


def _step(desired: Catalog, resource: Resource) -> RetirementStep | None:
    retention = desired.retention.get(_product(resource))
    return retention.retire if retention else None


def _product(resource: Resource) -> str:
    """The product that a resource belongs to; empty when none."""
    return next((name for kind, name in resource.owners if kind == "product"), "")
