"""The changes of a plan: create, update or delete a resource. Pure: no I/O, no ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal, assert_never

from publisher.model import Constraint, Key, Portfolio, Resource

AccessExpansion = Literal["delete", "launch-role", "principal-pattern", "share", "tag-option"]
Phase = tuple[int, int]


@dataclass(frozen=True)
class Create:
    """Desired and not observed. `needs` is the --allow kind that permits it.

    `includes` is created in the same call: a product is created with its first version.
    """

    desired: Resource
    needs: AccessExpansion | None = None
    includes: tuple[Resource, ...] = ()


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


def subjects(change: Change) -> tuple[Resource, ...]:
    """The resource that a change is about, and those that it includes."""
    includes = change.includes if isinstance(change, Create) else ()
    return (subject(change), *includes)


def phase(change: Change) -> Phase:
    """Changes of one phase run in parallel; a phase starts when the one before it has finished."""
    match change:
        case Update(Portfolio(unfinished=True), _):
            return (1, 0)
        case Create(desired) | Update(_, desired):
            return (0, desired.step)
        case Delete(observed):
            return (2, -observed.step)
        case _:
            assert_never(change)


def order(change: Change) -> tuple[Phase, Key, tuple[object, ...], Key]:
    """The sort key of a change in a plan. Changes of one phase and lane run serially."""
    resource = subject(change)
    return phase(change), resource.lane, resource.within, resource.key


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
    if isinstance(change, Create):
        document["includes"] = [
            {"resource": it.kind, "key": list(it.key), "after": resource_document(it)}
            for it in change.includes
        ]
    if isinstance(change, Delete):
        document |= {"used_by": list(change.used_by), "unseen_in": list(change.unseen_in)}
    return document


def resource_document(resource: Resource) -> dict[str, Any]:
    """The JSON shape of a resource."""
    values = {field.name: getattr(resource, field.name) for field in fields(resource)}
    typed = {"type": resource.type} if isinstance(resource, Constraint) else {}
    return typed | values | ({"tags": dict(values["tags"])} if "tags" in values else {})
