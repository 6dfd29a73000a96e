"""Which properties a change differs in, and whether it needs a new resource."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from catalog_emulator.cloudformation.resources.schema import Schema

Replacement = Literal["True", "False", "Conditional"]

_ABSENT = object()


def changed_names(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the top-level properties whose values differ."""
    names = sorted({*before, *after})
    return tuple(name for name in names if before.get(name, _ABSENT) != after.get(name, _ABSENT))


def replacement(schema: Schema | None, before: Mapping[str, Any], after: Mapping[str, Any]) -> Replacement:
    """Whether the change needs a new resource."""
    if schema is None:
        return "False"
    if _differs(schema.create_only, before, after):
        return "True"
    return "Conditional" if _differs(schema.conditional_create_only, before, after) else "False"


def keeps_custom_name(schema: Schema | None, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a replacement would collide with what it replaces: the template keeps its custom name."""
    if schema is None or not schema.primary_identifier:
        return False
    names = schema.primary_identifier
    return not set(names) & schema.read_only and all(
        name in after and before.get(name) == after.get(name) for name in names
    )


def _differs(paths: Iterable[tuple[str, ...]], before: Any, after: Any) -> bool:
    return any(list(_values(before, path)) != list(_values(after, path)) for path in paths)


def _values(node: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path:
        yield node
    elif path[0] == "*":
        items = node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ()
        for item in items:
            yield from _values(item, path[1:])
    elif isinstance(node, Mapping):
        if path[0] in node:
            yield from _values(node[path[0]], path[1:])
    elif isinstance(node, list):
        for item in node:
            yield from _values(item, path)
