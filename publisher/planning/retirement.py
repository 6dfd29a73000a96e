"""Retired products: what each step deletes, and who still uses it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from publisher.model import (
    Catalog,
    Constraint,
    Launch,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    RetirementStep,
)
from publisher.planning.pruning import PruneCandidate, tag_option_holders, unmanaged_uses


def without_absent(desired: Catalog, observed: Catalog) -> Catalog:
    """The desired catalog without retired products that the target lacks: they are not created again."""
    kept = {
        key: resource
        for key, resource in desired.resources.items()
        if _step(desired, resource) is None or ("product", _product(resource)) in observed
    }
    return replace(desired, resources=kept)


def retired(
    desired: Catalog, observed: Catalog, launches: Collection[Launch] = ()
) -> Iterator[PruneCandidate]:
    """What to delete of disassociated or deleted products. Versions are deleted with their product."""
    for resource in observed:
        step = _step(desired, resource)
        if step in (None, "deprecate") or isinstance(resource, ProvisioningArtifact):
            continue
        if step == "delete" or isinstance(resource, ProductAssociation | Constraint):
            used_by: tuple[str, ...] = ()
            if isinstance(resource, Product | ProductAssociation):
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
