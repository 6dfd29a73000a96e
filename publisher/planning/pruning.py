"""Managed resources that the files do not declare, and who uses them. Pure: the caller decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from publisher.model import (
    Catalog,
    Key,
    Launch,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProjectTemplate,
    ProvisioningArtifact,
    Resource,
    TagOption,
    TagOptionAssociation,
    Unmanaged,
    plain_name,
)


@dataclass(frozen=True, kw_only=True)
class PruneCandidate:
    """A managed resource that --prune would delete; `used_by` names what uses it."""

    resource: Resource
    used_by: tuple[str, ...] = ()


def prune_candidates(
    desired: Catalog, observed: Catalog, launches: Collection[Launch] = ()
) -> list[PruneCandidate]:
    """All managed resources that are not desired. Versions are deleted with their product.

    TagOptions carry no ownership tag: managed are those that only managed portfolios and products use.
    """
    users = _users(launches)
    options = tag_option_holders(observed)
    held = {it.product for it in desired if isinstance(it, ProductAssociation)}
    found = []
    for resource in observed:
        if resource.key in desired or isinstance(resource, ProvisioningArtifact):
            continue
        match resource:
            case TagOption() if resource.key in observed.used_elsewhere or resource.key not in options:
                continue
            case Product():
                used_by = users.get(resource.key, ())
            case ProductAssociation():
                # Launches of a product in no portfolio cannot be updated.
                used_by = () if resource.product in held else users.get(("product", resource.product), ())
                used_by += unmanaged_uses(resource, observed)
            case ProjectTemplate():
                used_by = users.get(("provisioning-artifact", resource.product, resource.version), ())
            case _:
                used_by = unmanaged_uses(resource, observed)
        found.append(PruneCandidate(resource=resource, used_by=used_by))
    return found


def with_dead_principals(observed: Catalog, dead: Collection[str]) -> Catalog:
    """The observed catalog in which these principals of deleted roles and users are managed, to be pruned."""
    found = [it for it in observed.unmanaged if it.kind == "deleted principal" and it.id in dead]
    principals = [
        Principal(portfolio=it.portfolio, principal_arn=it.id, principal_type="IAM") for it in found
    ]
    return replace(
        observed,
        resources={**observed.resources, **{it.key: it for it in principals}},
        unmanaged=tuple(it for it in observed.unmanaged if it not in found),
    )


def tag_option_holders(observed: Catalog) -> Mapping[Key, list[TagOptionAssociation]]:
    """The associations of each TagOption, at the end the last one of an interrupted deletion."""
    found: defaultdict[Key, list[TagOptionAssociation]] = defaultdict(list)
    associations = (it for it in observed if isinstance(it, TagOptionAssociation))
    for it in sorted(associations, key=lambda it: it.key):
        found[it.requires[1]].append(it)
    for option, (owner, _) in observed.interrupted.items():
        _, key, value = option
        found[option].append(TagOptionAssociation(owner=owner, tag_key=key, value=value))
    return found


def unmanaged_uses(resource: Resource, observed: Catalog) -> tuple[str, ...]:
    """Unmanaged resources that prevent deleting a portfolio or a product's association."""
    match resource:
        case Portfolio(name=name):
            found = [it for it in observed.unmanaged if it.portfolio == name and it.kind != "constraint"]
        case ProductAssociation(portfolio=portfolio, product=product):
            constraint = (portfolio, "constraint", product)
            found = [it for it in observed.unmanaged if (it.portfolio, it.kind, it.name) == constraint]
        case _:
            found = []
    return tuple(_described(it) for it in found)


def _described(it: Unmanaged) -> str:
    if it.kind == "deleted principal":
        return f"the principal {it.id} of a deleted role or user"
    return f"the unmanaged {it.kind} {it.id}"


def recipients(observed: Catalog) -> Mapping[Key, tuple[str, ...]]:
    """The recipients of each shared portfolio, and of the products in it."""
    shared: defaultdict[Key, set[str]] = defaultdict(set)
    for share in observed:
        if isinstance(share, PortfolioShare):
            shared["portfolio", share.portfolio].add(f"{share.share_type} {share.principal_id}")
    for held in observed:
        if isinstance(held, ProductAssociation):
            shared["product", held.product] |= shared["portfolio", held.portfolio]
    return {key: tuple(sorted(names)) for key, names in shared.items()}


def unseen(resource: Resource, shared: Mapping[Key, tuple[str, ...]]) -> tuple[str, ...]:
    """The recipients whose launches may use a resource."""
    match resource:
        case Portfolio() | Product() | ProvisioningArtifact() | ProductAssociation():
            return shared.get(resource.owners[0], ())
        case PortfolioShare():
            return (f"{resource.share_type} {resource.principal_id}",)
        case _:
            return ()


def past_retention(
    desired: Catalog, observed: Catalog, changed: Collection[Key], launches: Collection[Launch] = ()
) -> Iterator[PruneCandidate]:
    """Versions that retention made inactive; never a desired one, nor one that is `changed`."""
    users = _users(launches)
    for resource in observed:
        if not isinstance(resource, ProvisioningArtifact) or resource.active or not resource.digest:
            continue
        retention = desired.retention.get(resource.product)
        if retention is None or retention.deprecated is None or ("product", resource.product) not in desired:
            continue
        if resource.key in desired or resource.key in changed:
            continue
        if plain_name(resource.version) not in retention.states:
            used_by = users.get(resource.key, ())
            yield PruneCandidate(resource=resource, used_by=used_by)
            placed = (
                it for it in observed if isinstance(it, ProjectTemplate) and resource.key in it.requires
            )
            yield from (PruneCandidate(resource=it, used_by=used_by) for it in placed)


def _users(launches: Collection[Launch]) -> Mapping[Key, tuple[str, ...]]:
    users: defaultdict[Key, tuple[str, ...]] = defaultdict(tuple)
    for launch in sorted(launches, key=lambda it: it.name):
        users["product", launch.product] += (launch.name,)
        users["provisioning-artifact", launch.product, launch.version] += (launch.name,)
    return users
