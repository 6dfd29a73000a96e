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
    PortfolioShare,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    TagOption,
    TagOptionAssociation,
    Unmanaged,
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
    options = {it.requires[1] for it in observed if isinstance(it, TagOptionAssociation)}
    held = {it.product for it in desired if isinstance(it, ProductAssociation)}
    found = []
    for resource in observed:
        if resource.key in desired or isinstance(resource, ProvisioningArtifact):
            continue
        match resource:
            case TagOption() if resource.used_elsewhere or not (
                resource.pending_deletion or resource.key in options
            ):
                continue
            case Product():
                used_by = users.get(resource.key, ())
            case ProductAssociation():
                # Out of its last portfolio, what is launched from a product cannot be updated any more.
                used_by = () if resource.product in held else users.get(("product", resource.product), ())
                used_by += held_by_strangers(resource, observed)
            case _:
                used_by = held_by_strangers(resource, observed)
        found.append(Surplus(resource=resource, used_by=used_by))
    return found


def held_by_strangers(resource: Resource, observed: Catalog) -> tuple[str, ...]:
    """What is not ours and keeps a portfolio, or a product in a portfolio, from being deleted."""
    match resource:
        case Portfolio(name=name):
            return tuple(
                _words(it) for it in observed.unmanaged if it.portfolio == name and it.kind != "constraint"
            )
        case ProductAssociation(portfolio=portfolio, product=product):
            return tuple(
                _words(it)
                for it in observed.unmanaged
                if (it.portfolio, it.kind, it.name) == (portfolio, "constraint", product)
            )
        case _:
            return ()


def _words(stranger: Unmanaged) -> str:
    if stranger.kind == "deleted principal":
        return f"the principal {stranger.id}, whose role or user is gone"
    return f"the {stranger.kind} {stranger.id} of somebody else"


def recipients(observed: Catalog) -> Mapping[Key, tuple[str, ...]]:
    """With whom a portfolio, and thereby a product, is shared; their launches are not seen from here."""
    shared: defaultdict[Key, set[str]] = defaultdict(set)
    for share in observed:
        if isinstance(share, PortfolioShare):
            shared["portfolio", share.portfolio].add(f"{share.share_type} {share.principal_id}")
    for held in observed:
        if isinstance(held, ProductAssociation):
            shared["product", held.product] |= shared["portfolio", held.portfolio]
    return {key: tuple(sorted(names)) for key, names in shared.items()}


def unseen(resource: Resource, shared: Mapping[Key, tuple[str, ...]]) -> tuple[str, ...]:
    """With whom something is shared that launches hold on to."""
    match resource:
        case Portfolio() | Product():
            return shared.get(resource.key, ())
        case ProvisioningArtifact(product=product):
            return shared.get(("product", product), ())
        case ProductAssociation(portfolio=portfolio):
            return shared.get(("portfolio", portfolio), ())
        case PortfolioShare():
            return (f"{resource.share_type} {resource.principal_id}",)
        case _:
            return ()


def past_retention(
    desired: Catalog, observed: Catalog, kept: Collection[Key], launches: Collection[Launch] = ()
) -> Iterator[Surplus]:
    """Versions that their product's retention has made inactive; never the last one, nor one `kept`."""
    users = _users(launches)
    for resource in observed:
        if not isinstance(resource, ProvisioningArtifact) or resource.active or not resource.digest:
            continue
        retention = desired.retention.get(resource.product)
        wanted = (
            resource.key in desired or resource.key in kept or ("product", resource.product) not in desired
        )
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
