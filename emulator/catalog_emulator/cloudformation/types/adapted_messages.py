"""Requests and answers of an adapted type, in terms of its properties. Makes no calls."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import starmap
from typing import Any, Final

from catalog_emulator.cloudformation.resources.schema import Schema
from catalog_emulator.cloudformation.types import shapes
from catalog_emulator.cloudformation.types.adapted import Calls
from catalog_emulator.cloudformation.types.member_names import Values, filled, folded, place_of, rows, short

TAGS: Final = ("tags", "taglist", "tagset")
_STATES: Final = ("state", "status")
_DATES: Final = ("deletiondate", "deleteddate")
# An access key is Inactive, and there.
_DELETED: Final = re.compile("(?i:delet(ed|ing)|terminated|PendingDeletion|cancell?ed)|INACTIVE")

Row = Mapping[str, Any]


class Messages:
    """What a service's operations take and answer, by the model of its client."""

    def __init__(self, known: Schema, calls: Calls, client: Any) -> None:
        self._schema = known
        self._calls = calls
        self._client = client.meta
        self._kind = known.kind

    def required(self, operation: str) -> set[str]:
        """The members that a request must have, folded and short."""
        names = self._input(operation).required_members
        return {name for member in names for name in (folded(member), self.short(member))}

    def short(self, name: str) -> str:
        return short(name, self._kind)

    def tags(self, operation: str) -> bool:
        """Whether a call takes tags."""
        members = self._input(operation).members
        return any(folded(name) in TAGS for name in members) or bool(self.tagged_kinds(operation))

    def tagged_kinds(self, operation: str) -> list[str]:
        """The kind of resource in an EC2 call's TagSpecifications: "vpc-flow-log" of a FlowLog."""
        specification = self._input(operation).members.get("TagSpecifications")
        kinds = specification.member.members["ResourceType"].enum if specification is not None else ()
        own = folded(self._kind)
        return sorted((kind for kind in kinds if folded(kind).endswith(own)), key=len)[:1]

    def takes(self, operation: str, name: str, value: Any) -> bool:
        """Whether a call has members for all of a property."""
        shape = self._input(operation)
        if folded(operation) in (folded(name), folded(f"{name[:-1]}{self._kind}")):
            # EnableKey is for Enabled, EnableKeyRotation for EnableKeyRotation.
            return True
        parts = value.items() if _spread(operation, name, value) else ()
        if any(_takes(shape, Values(self._kind, {key: item}), item) for key, item in parts):
            return True
        other = self._calls.renamed.get(name)
        renamed = {} if other is None else {other: value}
        return _takes(shape, Values(self._kind, {name: value}, renamed), value)

    def request(self, operation: str, constants: Row, known: Row, *more: Row) -> dict[str, Any]:
        """The request of an operation for what is known of the resource."""
        constants = {**constants, **self._members(known, *more)}
        known = {name: _respelled(value, self._inner()) for name, value in known.items()}
        identifiers = {name: known[name] for name in self._schema.primary_identifier if name in known}
        own = [str(identifiers[name]) for name in self._schema.identifying if name in identifiers]
        identity = own[0] if len(own) == 1 and operation != self._calls.create else None
        inner = [value for name, value in known.items() if _spread(operation, name, value)]
        every = Values(self._kind, *inner, known, *more, constants, identity=identity)
        precise = (self._calls.read, *self._calls.details, *self._calls.delete, *self._calls.undoing.values())
        if operation not in precise or not identifiers:
            return filled(self._input(operation), every)
        # Further properties would be filters, or name the resource twice.
        named = Values(self._kind, identifiers, constants, identity=identity)
        return filled(self._input(operation), named, every)

    def rows(self, operation: str, *answers: Any) -> list[Row]:
        """What answers have that may be the resource."""
        return [row for answer in answers for row in rows(answer, self._place(operation).steps)]

    def chosen(self, found: list[Row], known: Row) -> Row | None:
        """The row that is the resource, unless the service is deleting it: of revisions the last."""
        for row in reversed(found):
            if self._is(row, known, sure=len(found) == 1) and not any(starmap(_deleted, row.items())):
                return row
        return None

    def identifiers(self, row: Row) -> dict[str, Any]:
        """What AWS made, in the answer to the creation, by property."""
        # FlowLogIds are those of one FlowLog.
        ones = {
            name[:-1]: value[0] for name, value in row.items() if isinstance(value, list) and len(value) == 1
        }
        named = {self.short(name): value for name, value in {**ones, **row}.items()}
        named |= {folded(name): value for name, value in row.items()}
        found = {}
        for name in (*self._schema.primary_identifier, *self._schema.read_only):
            value = named.get(folded(self._calls.renamed.get(name, name)), named.get(self.short(name)))
            if isinstance(value, str | int):
                # Route 53 has a path before its ids.
                path = str(value)[:1] == "/" and name in self._schema.read_only
                found[name] = str(value).rpartition("/")[2] if path else value
        return found

    def properties(self, operation: str, row: Row) -> dict[str, Any]:
        """A row of an answer under the names of properties: None for one that is not set."""
        shape = self._place(operation).shape
        exact = {folded(name): name for name in shape.members}
        brief = {self.short(name): name for name in reversed(shape.members)}
        found = {}
        for name in self._schema.properties:
            wanted = folded(self._calls.renamed.get(name, name))
            member = exact.get(wanted) or brief.get(self.short(name))
            if member is not None:
                found[name] = shapes.received(shape.members[member], row.get(member))
            elif operation in self._calls.details and folded(operation).endswith(folded(name)):
                found[name] = shapes.received(shape, row) or None
            else:
                found.update(_inside(shape, row, name))
        names = self._schema.properties
        inner = {folded(one): name for name, one in self._calls.renamed.items() if name not in names}
        return {name: _respelled(value, inner) for name, value in found.items()}

    def attributes(self, row: Row, properties: Row) -> dict[str, Any]:
        """The values of GetAtt that the service shows."""
        found = {name: _attribute(name, row, properties) for name, _ in self._schema.attributes()}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in found.items()
            if value is not None
        }

    def _is(self, row: Row, known: Row, *, sure: bool) -> bool:
        """Whether a row of an answer is the resource."""
        named = {self.short(name): value for name, value in row.items()}
        names = [name for name in self._schema.primary_identifier if name in known]
        pairs = [(named.get(self.short(name)), known[name]) for name in names]
        compared = [(one, other) for one, other in pairs if isinstance(one, str | int)]
        if not compared:
            return sure and bool(row)
        return all(f"/{one}".lower().endswith(f"/{other}".lower()) for one, other in compared)

    def _members(self, *layers: Row) -> dict[str, Any]:
        renamed = {
            member: next(
                (
                    value
                    for layer in layers
                    for key, value in layer.items()
                    if folded(key) == folded(name) and value is not None
                ),
                None,
            )
            for name, member in self._calls.renamed.items()
        }
        return {**self._calls.members, **renamed}

    def _inner(self) -> Mapping[str, str]:
        """Members inside properties that have other names in the API."""
        renamed = self._calls.renamed.items()
        return {folded(name): member for name, member in renamed if name not in self._schema.properties}

    def _place(self, operation: str) -> Any:
        named = (self._calls.renamed.get(name, name) for name in self._schema.properties)
        names = frozenset(map(self.short, (*self._schema.properties, *named)))
        return place_of(self._operation(operation).output_shape, self._kind, names)

    def _input(self, operation: str) -> Any:
        return self._operation(operation).input_shape

    def _operation(self, operation: str) -> Any:
        name = self._client.method_to_api_mapping[operation]
        return self._client.service_model.operation_model(name)


def _respelled(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case Mapping() if names:
            return {names.get(folded(name), name): _respelled(item, names) for name, item in value.items()}
        case list() if names:
            return [_respelled(item, names) for item in value]
    return value


def _takes(shape: Any, alone: Values, value: Any) -> bool:
    for member, inner in shape.members.items():
        if alone.find(member, inner) is not None:
            return shapes.understood(inner, value)
        wrapped = inner.member if inner.type_name == "list" else inner
        if wrapped.type_name == "structure":
            needed = member in shape.required_members and _takes(wrapped, alone, value)
            if needed or any(name not in shape.members and alone.has(name) for name in wrapped.members):
                return True
    return False


def _spread(operation: str, name: str, value: Any) -> bool:
    """Whether a call is for one property: PutIntegration has the members of Integration."""
    return isinstance(value, Mapping) and folded(operation).endswith(folded(name))


def _inside(shape: Any, row: Row, name: str) -> Iterator[tuple[str, Any]]:
    for outer, inner in shape.members.items():
        if inner.type_name == "structure":
            for member in inner.members:
                if folded(member) == folded(name):
                    yield name, shapes.received(inner.members[member], (row.get(outer) or {}).get(member))
                    return


def _attribute(name: str, row: Row, properties: Row) -> Any:
    beside = (value for value in row.values() if isinstance(value, Mapping) and name in value)
    node: Any = properties if name in properties else next(beside, properties)
    for part in name.split("."):
        node = node.get(part) if isinstance(node, Mapping) else None
    if node is not None:
        return node
    # An instance's PrivateIp is its PrivateIpAddress, a table's StreamArn its LatestStreamArn.
    own = folded(name)
    alike = [value for member, value in row.items() if _ends(folded(member), own)]
    return alike[0] if len(alike) == 1 else None


def _ends(member: str, name: str) -> bool:
    return member.startswith(name) or member.endswith(name)


def _deleted(name: str, value: Any) -> bool:
    if folded(name) in _DATES:
        return value is not None
    states = value.values() if isinstance(value, Mapping) else [value]
    return folded(name).endswith(_STATES) and any(_DELETED.fullmatch(str(state)) for state in states)
