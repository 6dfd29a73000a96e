"""Checks a request against the model of its service, with the messages of the AWS front end.

botocore checks only types, required members and minimum lengths before it sends.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.exceptions import ServiceException


class InvalidRequest(ServiceException):
    """The request does not fit the service model."""

    code = "ValidationException"


class UnreadableRequest(ServiceException):
    """The request's body cannot be read, or a value has the wrong type."""

    code = "SerializationException"


_PYTHON_TYPES: Mapping[str, Any] = {
    **{"structure": dict, "map": dict, "list": list, "boolean": bool},
    **dict.fromkeys(("string", "blob"), str),
    **dict.fromkeys(("integer", "long"), int),
    **dict.fromkeys(("float", "double", "timestamp"), (int, float, str)),
}


def validate(shape: Shape | None, params: Any, *, limits: bool = True) -> None:
    """Raises ValidationException with every finding, SerializationException for a value of the wrong type.

    Without `limits`, only types and required members are checked.
    """
    refuse(list(_findings(shape, params, "", limits)) if shape is not None else [])


def missing(shape: Shape, value: Any, path: str = "", *, structures: bool = True) -> Iterator[str]:
    """The required members that a request lacks which moto has parsed, as findings of `validate`.

    Not `structures` for protocols that do not send empty ones.
    """
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            where = _join(path, name)
            if value.get(name) is not None:
                yield from missing(member, value[name], where, structures=structures)
            elif name in shape.required_members and _is_sent(member, structures):
                yield _finding("null", where, "Member must not be null")
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value, 1):
            yield from missing(shape.member, item, f"{path}.{number}.member", structures=structures)
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from missing(shape.value, item, f"{path}.{key}.member", structures=structures)


def _is_sent(member: Shape, structures: bool) -> bool:
    inner = member.member if isinstance(member, ListShape) else member
    return "location" not in member.serialization and (structures or not isinstance(inner, StructureShape))


def refuse(findings: Sequence[str]) -> None:
    """Raises ValidationException if there are findings."""
    if findings:
        plural = "" if len(findings) == 1 else "s"
        found = "; ".join(findings)
        raise InvalidRequest(f"{len(findings)} validation error{plural} detected: {found}")


def _findings(shape: Shape, value: Any, path: str, limits: bool) -> Iterator[str]:
    if getattr(shape, "is_document_type", False):
        return
    expected = _PYTHON_TYPES.get(shape.type_name, object)
    if not isinstance(value, expected) or (isinstance(value, bool) and shape.type_name != "boolean"):
        raise UnreadableRequest(f"{path or 'the request'} is not of type {shape.type_name}")
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path, limits)
    elif isinstance(shape, (ListShape, MapShape)):
        if limits:
            yield from _limits(shape, len(value), value, path, "length")
        if isinstance(shape, ListShape):
            for number, item in enumerate(value, 1):
                yield from _findings(shape.member, item, f"{path}.{number}.member", limits)
        else:
            for key, item in value.items():
                yield from _findings(shape.key, key, path, limits)
                yield from _findings(shape.value, item, f"{path}.{key}.member", limits)
    elif limits and shape.type_name == "string":
        yield from _string(shape, value, path)
    elif limits and shape.type_name in ("integer", "long", "float", "double") and not isinstance(value, str):
        yield from _limits(shape, value, value, path, "value")


def _structure(shape: StructureShape, value: Mapping[str, Any], path: str, limits: bool) -> Iterator[str]:
    held = {
        name: value.get(member.serialization.get("name", name))
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }
    for name in shape.required_members:
        if name in held and held[name] is None:
            yield _finding("null", _join(path, name), "Member must not be null")
    for name, inner in held.items():
        if inner is not None:
            yield from _findings(shape.members[name], inner, _join(path, name), limits)


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
    yield from _limits(shape, len(value), value, path, "length")
    pattern, enum = shape.metadata.get("pattern"), shape.metadata.get("enum")
    # `re` does not know Java's Unicode classes.
    if pattern and not regex.fullmatch(pattern, value):
        shown = pattern.replace("\\\\", "\\")
        yield _finding(f"'{value}'", path, f"Member must satisfy regular expression pattern: {shown}")
    if enum and value not in enum:
        yield _finding(f"'{value}'", path, f"Member must satisfy enum value set: [{', '.join(enum)}]")


def _limits(shape: Shape, number: int, value: Any, path: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and number < least:
        yield _finding(f"'{value}'", path, f"Member must have {what} greater than or equal to {least}")
    if most is not None and number > most:
        yield _finding(f"'{value}'", path, f"Member must have {what} less than or equal to {most}")


def _finding(value: str, path: str, constraint: str) -> str:
    return f"Value {value} at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    lowered = name[0].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered
