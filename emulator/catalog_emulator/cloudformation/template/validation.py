"""Properties and the schema of their resource type: scalars converted to its types, and its problems."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from catalog_emulator.cloudformation.resources.schema import Node, Schema
from catalog_emulator.cloudformation.template.scope import text_of
from catalog_emulator.regular_expressions import matches

# Policies are objects in the schema and may also be JSON text.
_FITTING: Final[Mapping[str, Any]] = {
    "object": (dict, str),
    "array": list,
    "string": (str, int, float),
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
_FOUND: Final = {dict: "JSONObject", list: "JSONArray", bool: "Boolean", int: "Number", float: "Number"}
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")


def coerced(schema: Schema, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties with scalars of the schema's types: "90" becomes 90 for an integer."""
    return {
        name: _coerced(schema, schema.properties[name], value) if name in schema.properties else value
        for name, value in properties.items()
    }


class Problem(NamedTuple):
    """What AWS refuses in properties, in AWS's words; the path starts with `#`."""

    path: str
    text: str
    value: Any = None

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


def problems(schema: Schema, properties: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What AWS refuses in the properties."""
    return tuple(_problems(schema, schema.document, properties, "#"))


def _coerced(schema: Schema, node: Node, value: Any) -> Any:
    node = schema.resolve(node)
    kind = node.get("type")
    if isinstance(value, dict):
        inner = node.get("properties", {})
        return {
            key: _coerced(schema, inner[key], item) if key in inner else item for key, item in value.items()
        }
    if isinstance(value, list):
        items = node.get("items")
        return [_coerced(schema, items, item) for item in value] if isinstance(items, dict) else value
    return _scalar(kind, value)


def _scalar(kind: Any, value: Any) -> Any:
    match kind:
        case "string" if isinstance(value, (bool, int, float)):
            return text_of(value)
        case "boolean" if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        case "integer" if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            return int(value)
        case "number" if isinstance(value, str) and _NUMBER.fullmatch(value):
            return float(value) if re.search(r"[.eE]", value) else int(value)
    return value


def _problems(schema: Schema, node: Node, value: Any, place: str) -> Iterator[Problem]:
    node = schema.resolve(node)
    expected = node.get("type")
    if isinstance(expected, str) and not _fits(expected, value):
        text = f"expected type: {expected.capitalize()}, found: {_FOUND.get(type(value), 'String')}"
        yield Problem(place, text, value)
        return
    if isinstance(value, dict):
        yield from _object_problems(schema, node, value, place)
    elif isinstance(value, list) and isinstance(node.get("items"), dict):
        for index, item in enumerate(value):
            yield from _problems(schema, node["items"], item, f"{place}/{index}")
    elif isinstance(value, str) and node.get("enum") and value not in node["enum"]:
        yield Problem(place, f"{value} is not a valid enum value", value)


def _object_problems(schema: Schema, node: Node, value: Mapping[str, Any], place: str) -> Iterator[Problem]:
    known = node.get("properties", {})
    read_only = schema.read_only if place == "#" else frozenset[str]()
    for name in node.get("required", ()):
        if name not in value and name not in read_only:
            yield Problem(place, f"required key [{name}] not found")
    for name, item in value.items():
        if name in read_only and name not in schema.primary_identifier:
            yield Problem(place, f"extraneous key [{name}] is not permitted")
        elif name in known:
            yield from _problems(schema, known[name], item, f"{place}/{name}")
        elif node.get("additionalProperties") is False and not _patterned(node, name):
            yield Problem(place, f"extraneous key [{name}] is not permitted")


def _patterned(node: Node, name: str) -> bool:
    return any(matches(pattern, name, whole=False) for pattern in node.get("patternProperties", {}))


def _fits(expected: str, value: Any) -> bool:
    if isinstance(value, bool):
        return expected in ("boolean", "string")
    return isinstance(value, _FITTING.get(expected, object))
