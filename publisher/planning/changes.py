"""The changes of a plan: create, update or delete a resource. Pure: no I/O, no ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal, assert_never

from publisher.model import (
    BudgetAssociation,
    Constraint,
    Key,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    ServiceAction,
    ServiceActionAssociation,
    TagOption,
    TagOptionAssociation,
    precedence,
)

AccessExpansion = Literal["delete", "launch-role", "principal-pattern", "share", "tag-option"]
Phase = tuple[int, int]


@dataclass(frozen=True)
class Create:
    """Desired and not observed. `needs` is the --allow kind that permits it."""

    desired: Resource
    needs: AccessExpansion | None = None


@dataclass(frozen=True)
class Update:
    """Desired and observed, with different contents."""

    observed: Resource
    desired: Resource
    needs: AccessExpansion | None = None


@dataclass(frozen=True)
class Delete:
    """Managed, observed and not desired. Refused when `used_by` is not empty.

    `unseen_in` lists the recipients of its shares: their launches are not visible from here.
    """

    observed: Resource
    needs: AccessExpansion | None = "delete"
    used_by: tuple[str, ...] = ()
    unseen_in: tuple[str, ...] = ()


Change = Create | Update | Delete


def subject(change: Change) -> Resource:
    """The resource that a change is about: the desired one, or the deleted one."""
    match change:
        case Create(desired) | Update(_, desired):
            return desired
        case Delete(observed):
            return observed
        case _:
            assert_never(change)


def phase(change: Change) -> Phase:
    """Changes of one phase run in parallel; a phase starts when the one before it has finished."""
    match change:
        case Update(Portfolio(unfinished=True), _):
            return (1, 0)
        case Create(desired) | Update(_, desired):
            return (0, _step(desired))
        case Delete(TagOption()):
            # Right after its associations, before their owners, which carry the tag of its pending deletion.
            return (2, -4)
        case Delete(observed):
            return (2, -_step(observed))
        case _:
            assert_never(change)


def _step(resource: Resource) -> int:
    """Principals and shares come last: nobody can launch a product before its constraints exist."""
    match resource:
        case TagOption() | ServiceAction():
            return 0
        case Portfolio():
            return 1
        case Product() | ProvisioningArtifact():
            return 2
        case ProductAssociation() | ServiceActionAssociation():
            return 3
        case TagOptionAssociation() | BudgetAssociation():
            return 5
        case Constraint():
            return 6
        case Principal():
            return 7
        case PortfolioShare():
            return 8
        case _:
            assert_never(resource)


def lane(change: Change) -> Key:
    """Changes of one lane run serially.

    Service Catalog loses versions of one product that are created in parallel, and an account accepts one
    action on shares at a time.
    """
    match subject(change):
        case ProvisioningArtifact() as version:
            return ("product", version.product)
        case PortfolioShare():
            return ("portfolio-share",)
        case resource:
            return resource.key


def order(change: Change) -> tuple[Phase, Key, tuple[object, ...]]:
    """The sort key of a change in a plan."""
    match subject(change):
        case ProvisioningArtifact() as version:
            # Launchable versions first, then those that they replace.
            within = (not version.launchable, *precedence(version.version))
        case PortfolioShare() as share:
            within = share.key
        case _:
            within = ()
    return phase(change), lane(change), within


def differences(change: Update) -> Iterator[tuple[str, object, object]]:
    """(field, observed value, desired value) of every field that an update changes."""
    for name in resource_document(change.desired):
        before, after = getattr(change.observed, name, ""), getattr(change.desired, name)
        if before != after:
            yield name, before, after


def change_document(change: Change) -> dict[str, Any]:
    """The JSON shape of one change."""
    match change:
        case Create(desired):
            action, before, after = "create", {}, resource_document(desired)
        case Update(observed, desired):
            action, before, after = "update", resource_document(observed), resource_document(desired)
        case Delete(observed):
            action, before, after = "delete", resource_document(observed), {}
        case _:
            assert_never(change)
    about = subject(change)
    document: dict[str, Any] = {"action": action, "resource": about.kind, "key": list(about.key)}
    document |= {"before": before, "after": after, "needs": change.needs}
    if isinstance(change, Delete):
        document |= {"used_by": list(change.used_by), "unseen_in": list(change.unseen_in)}
    return document


def resource_document(resource: Resource) -> dict[str, Any]:
    """The JSON shape of a resource."""
    values = {field.name: getattr(resource, field.name) for field in fields(resource)}
    typed = {"type": resource.type} if isinstance(resource, Constraint) else {}
    return typed | values | ({"tags": dict(values["tags"])} if "tags" in values else {})
