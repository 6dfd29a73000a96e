"""Members of API shapes and properties of a resource type, matched by their names alone.

Names differ in case, in the kind's own name (`WorkGroupName`, `Name`), and in number (`VpcIds`, `VpcId`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from catalog_emulator.cloudformation.types import shapes

# How far into an answer the resource may be: DescribeInstances has it at Reservations[].Instances[].
_DEEP = 4
# Letters of names that many structures have: Name, Type, Status.
_USUAL = 6


@cache
def folded(name: str) -> str:
    """Without case and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def short(name: str, kind: str) -> str:
    """Without the kind's own name: "id" for `TopicId` and `TopicIdentifier`, "" for `Topic`."""
    bare = re.sub("identifier$", "id", folded(name))
    # A UserPool has a PoolName, too.
    words = re.findall("[A-Z][a-z0-9]+|[A-Z0-9]+(?![a-z])", kind)
    for start in range(len(words)):
        own = folded("".join(words[start:]))
        if bare.startswith(own):
            return bare.removeprefix(own)
    return bare


class Values:
    """Values under the names of properties; of those in several layers the first counts.

    The identity is for a member with the kind's own name, and for a required id or name that is unknown.
    """

    def __init__(self, kind: str, *layers: Mapping[str, Any], identity: str | None = None) -> None:
        self._kind = kind
        self._identity = identity
        self._exact: dict[str, Any] = {}
        self._short: dict[str, Any] = {}
        for layer in layers:
            for name, value in layer.items():
                if value is not None:
                    self._exact.setdefault(folded(name), value)
        for layer in layers:
            for name, value in layer.items():
                if value is not None:
                    self._short.setdefault(short(name, kind), value)

    def find(self, member: str, shape: Any) -> Any:
        """The value for a member of a request; None where there is none of its form."""
        # One of several, and the only one of a list.
        names = [member, member[:-1] if member.endswith("s") else f"{member}s"]
        for name in names:
            for found in (self._exact.get(folded(name)), self._short.get(short(name, self._kind))):
                value = _fitted(shape, found, whole=name == member)
                if value is not None:
                    return value
        if short(member, self._kind) in ("", "s") and _text(shape):
            return self._identity
        return None

    def has(self, member: str) -> bool:
        """Whether there is a value of exactly this name, which is no usual one."""
        return folded(member) in self._exact and len(member) > _USUAL

    def required(self, member: str, shape: Any) -> Any:
        """The value for a member that a request must have."""
        if shape.type_name == "boolean":
            return False
        named = short(member, self._kind) in ("id", "ids", "name", "names", "arn", "arns")
        return self._identity if named and _text(shape) else None


def _text(shape: Any) -> bool:
    one = shape.member if shape.type_name == "list" else shape
    return bool(one.type_name == "string")


def _fitted(shape: Any, value: Any, *, whole: bool) -> Any:
    """The value if it has the form of a shape; lists of texts may be one text (`subnet-a,subnet-b`)."""
    fits = not isinstance(value, Mapping | list)
    match shape.type_name:
        case "structure":
            fits = isinstance(value, Mapping)
        case "list":
            fits = not isinstance(value, Mapping) or shape.member.type_name == "structure"
        case "map":
            fits = isinstance(value, Mapping | list)
        case "string" if isinstance(value, list):
            texts = all(isinstance(item, str) for item in value) and (whole or len(value) == 1)
            return ",".join(value) if texts else None
        case "string":
            fits = True
    return value if fits else None


def filled(shape: Any, values: Values, needed_only: Values | None = None) -> dict[str, Any]:
    """A request of the values; required structures that none of them is are filled with the same values.

    Members that a request must have may also be of `needed_only`.
    """
    request: dict[str, Any] = {}
    for member, inner in (shape.members if shape is not None else {}).items():
        needed = member in shape.required_members
        value = values.find(member, inner)
        if value is None and needed:
            value = needed_only.find(member, inner) if needed_only is not None else None
            value = values.required(member, inner) if value is None else value
        if value is not None:
            request[member] = shapes.sent(inner, value)
        elif needed:
            wrapped = inner.member if inner.type_name == "list" else inner
            nested = filled(wrapped, values, needed_only) if wrapped.type_name == "structure" else {}
            if nested:
                request[member] = [nested] if inner.type_name == "list" else nested
        elif inner.type_name == "structure":
            # A TransitGateway's AmazonSideAsn is one of the Options.
            names = [name for name in inner.members if name not in shape.members and values.has(name)]
            if names:
                request[member] = {
                    name: shapes.sent(inner.members[name], values.find(name, inner.members[name]))
                    for name in names
                }
    return request


@dataclass(frozen=True)
class Place:
    """Where an answer has the resource: the steps to it (None into a list), and its shape there."""

    steps: tuple[str | None, ...]
    shape: Any
    score: int


@cache
def place_of(shape: Any, kind: str, properties: frozenset[str]) -> Place:
    """The structure in an answer that has the most of the type's properties, the outermost of equals."""
    if shape is None:
        return Place((), None, 0)
    return max(_places(shape, kind, properties, ()), key=lambda place: (place.score, -len(place.steps)))


def _places(
    shape: Any, kind: str, properties: frozenset[str], steps: tuple[str | None, ...]
) -> Iterator[Place]:
    score = sum(1 for member in shape.members if short(member, kind) in properties)
    yield Place(steps, shape, score)
    if len(steps) < _DEEP:
        for member, inner in shape.members.items():
            if inner.type_name == "structure":
                yield from _places(inner, kind, properties, (*steps, member))
            elif inner.type_name == "list" and inner.member.type_name == "structure":
                yield from _places(inner.member, kind, properties, (*steps, member, None))


def rows(answer: Any, steps: tuple[str | None, ...]) -> Iterator[Mapping[str, Any]]:
    """What is at a place of an answer, each with what stands beside it on the way."""
    if not steps:
        if isinstance(answer, Mapping):
            yield {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    elif steps[0] is None:
        for item in answer or ():
            yield from rows(item, steps[1:])
    elif isinstance(answer, Mapping):
        beside = {name: value for name, value in answer.items() if name != steps[0]}
        for row in rows(answer.get(steps[0]), steps[1:]):
            yield {**beside, **row}
