"""The changes of a plan: create, update or delete a resource. Pure: no I/O, no ids."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal, assert_never

from publisher.model import Constraint, ExecutionRolePolicy, Key, Portfolio, Resource, StudioDomain

AccessExpansion = Literal[
    "delete",
    "execution-role",
    "launch-role",
    "principal-pattern",
    "share",
    "studio-domain",
    "tag-option",
]
# Of what belongs to somebody else, who does it where it is not allowed: a run leaves it out.
LEFT_TO_OTHERS = frozenset({"execution-role", "studio-domain"})
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

    `unseen_in` lists the recipients of its shares: their launches are not visible from here. `includes` is
    deleted with it: the versions of a product, the service actions' associations of a version, and the last
    association of a TagOption, as nothing else shows that it is managed.
    """

    observed: Resource
    needs: AccessExpansion | None = "delete"
    used_by: tuple[str, ...] = ()
    unseen_in: tuple[str, ...] = ()
    includes: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class Finish:
    """Marks a new portfolio as finished: everything in it is done."""

    portfolio: Portfolio
    needs: AccessExpansion | None = None


Change = Create | Update | Delete | Finish


def subject(change: Change) -> Resource:
    """The resource that a change is about: the desired one, or the deleted one."""
    match change:
        case Create(desired) | Update(_, desired):
            return desired
        case Delete(observed):
            return observed
        case Finish(portfolio):
            return portfolio
        case _:
            assert_never(change)


def subjects(change: Change) -> tuple[Resource, ...]:
    """The resource that a change is about, and those that it includes."""
    includes = change.includes if isinstance(change, Create | Delete) else ()
    return (subject(change), *includes)


def action(change: Change) -> Literal["create", "update", "delete"]:
    """What a change does to its resource."""
    match change:
        case Create():
            return "create"
        case Update() | Finish():
            return "update"
        case Delete():
            return "delete"
        case _:
            assert_never(change)


def phase(change: Change) -> Phase:
    """Changes of one phase run in parallel; a phase starts when the one before it has finished."""
    match change:
        case Create(desired) | Update(_, desired):
            return (0, desired.step)
        case Finish():
            return (1, 0)
        case Delete(observed):
            return (2, -observed.step)
        case _:
            assert_never(change)


def lane(change: Change) -> Key:
    """Changes of one phase and lane run serially."""
    match change:
        case Delete(includes=[last, *_]):
            # Meanwhile the owner carries a tag, and has room for one.
            return last.owners[0]
        case _:
            return subject(change).lane


def order(change: Change) -> tuple[Phase, Key, tuple[object, ...], Key]:
    """The sort key of a change in a plan."""
    resource = subject(change)
    return phase(change), lane(change), resource.within, resource.key


def left_command(change: Change) -> str:
    """What somebody else can run in the place of a change; "" where it is publisher's alone."""
    resource = subject(change)
    return shlex.join(resource.command) if isinstance(resource, ExecutionRolePolicy | StudioDomain) else ""


def differences(change: Update) -> Iterator[tuple[str, object, object]]:
    """(field, observed value, desired value) of every field that an update changes."""
    for name in resource_document(change.desired):
        before, after = getattr(change.observed, name, ""), getattr(change.desired, name)
        if before != after:
            yield name, before, after


def change_document(change: Change) -> dict[str, Any]:
    """The JSON shape of one change."""
    nothing: dict[str, Any] = {}
    match change:
        case Create(desired, includes=includes):
            states = [(it, nothing, resource_document(it)) for it in (desired, *includes)]
        case Update(observed, desired):
            states = [(desired, resource_document(observed), resource_document(desired))]
        case Delete(observed, includes=includes):
            states = [(it, resource_document(it), nothing) for it in (observed, *includes)]
        case Finish(portfolio):
            states = [(portfolio, {"unfinished": True}, {"unfinished": False})]
        case _:
            assert_never(change)
    documents: list[dict[str, Any]] = [
        {"resource": it.kind, "key": list(it.key), "before": before, "after": after}
        for it, before, after in states
    ]
    document = documents[0] | {
        "action": action(change),
        "needs": change.needs,
        "includes": documents[1:],
    }
    if command := left_command(change):
        document["command"] = command
    if isinstance(change, Delete):
        document |= {"used_by": list(change.used_by), "unseen_in": list(change.unseen_in)}
    return document


def resource_document(resource: Resource) -> dict[str, Any]:
    """The JSON shape of a resource."""
    values = {field.name: getattr(resource, field.name) for field in fields(resource)}
    typed = {"type": resource.type} if isinstance(resource, Constraint) else {}
    return typed | values | ({"tags": dict(values["tags"])} if "tags" in values else {})
