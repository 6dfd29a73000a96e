"""What of ours the files no longer name, and who uses it. Pure: the caller decides what becomes of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from publisher.model import (
    Catalog,
    Key,
    Launch,
    Portfolio,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    Stranger,
    TagOption,
    TagOptionAssociation,
)


@dataclass(frozen=True, kw_only=True)
class Surplus:
    """Something of ours that is not in the files; `used_by` has the launches and products that need it."""

    resource: Resource
    used_by: tuple[str, ...] = ()


def surplus(desired: Catalog, observed: Catalog, launches: Collection[Launch] = ()) -> list[Surplus]:
    """All that is ours and not asked for; of the versions only those of products that are not asked for.

    TagOptions carry no mark of ours: ours are those that our portfolios and products have, alone.
    """
    users = _users(launches)
    strangers: defaultdict[str, list[Stranger]] = defaultdict(list)
    for stranger in observed.strangers:
        if stranger.kind == "product":
            strangers[stranger.portfolio].append(stranger)
    options = {it.requires[1] for it in observed if isinstance(it, TagOptionAssociation)}
    held = {it.product for it in desired if isinstance(it, ProductAssociation)}
    found = []
    for resource in observed:
        if resource.key in desired or isinstance(resource, ProvisioningArtifact):
            continue
        match resource:
            case TagOption() if resource.used_elsewhere or not (resource.leaving or resource.key in options):
                continue
            case Product():
                used_by = users.get(resource.key, ())
            case ProductAssociation():
                # Out of its last portfolio, what is launched from a product cannot be updated any more.
                used_by = () if resource.product in held else users.get(("product", resource.product), ())
            case Portfolio():
                used_by = tuple(f"the product {it.id} of somebody else" for it in strangers[resource.name])
            case _:
                used_by = ()
        found.append(Surplus(resource=resource, used_by=used_by))
    return found


def outlived(desired: Catalog, observed: Catalog, launches: Collection[Launch] = ()) -> Iterator[Surplus]:
    """Versions that their product's retention has made inactive; never the last one, nor one asked for."""
    users = _users(launches)
    for resource in observed:
        if not isinstance(resource, ProvisioningArtifact) or resource.active or not resource.digest:
            continue
        retention = desired.retention.get(resource.product)
        wanted = resource.key in desired or ("product", resource.product) not in desired
        if retention is None or retention.deprecated is None or wanted:
            continue
        if resource.version not in retention.states:
            yield Surplus(resource=resource, used_by=users.get(resource.key, ()))


def _users(launches: Collection[Launch]) -> Mapping[Key, tuple[str, ...]]:
    users: defaultdict[Key, tuple[str, ...]] = defaultdict(tuple)
    for launch in sorted(launches, key=lambda it: it.name):
        users["product", launch.product] += (launch.name,)
        users["provisioning-artifact", launch.product, launch.version] += (launch.name,)
    return users
