"""Template properties to a service's request, by the service's own model; live values in the template's form.

Member names differ in case only (`LogGroupName`, `logGroupName`); templates may write numbers and booleans as
text.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Members that identify the items of a list.
_SHORT = 4
IDENTITIES = ("Id", "Name", "Key", "PolicyName")


@dataclass(frozen=True)
class Exact:
    """A live value that is compared whole: a document or a map, where one key more is a difference."""

    value: Any


def request(client: Any, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The request for an operation (boto3's name); what the operation does not know is left out."""
    name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(name).input_shape
    return sent(shape, properties) if shape is not None else {}


def call(client: Any, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Calls the operation with what it understands of the properties."""
    answer: dict[str, Any] = getattr(client, operation)(**request(client, operation, properties))
    return answer


def part_of_answer(client: Any, operation: str, answer: Any, *path: str) -> Any:
    """The part of an answer at `path`, with the names of templates."""
    name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(name).output_shape
    for step in path:
        shape, answer = shape.members[step], answer.get(step)
        if answer is None:
            return None
    return received(shape, answer)


def sent(shape: Any, value: Any) -> Any:
    """A value of the template as a shape takes it; what the shape does not know is left out."""
    match shape.type_name:
        case "structure":
            return _structure(shape, value) if isinstance(value, Mapping) else value
        case "list" if isinstance(value, Mapping):
            return [_pair(shape.member, key, text) for key, text in value.items()]
        case "list":
            items = value if isinstance(value, list | tuple) else [value]
            return [sent(shape.member, item) for item in items if item is not None]
        case "map" if isinstance(value, list | tuple):
            return {item["Key"]: item["Value"] for item in value}
        case "map":
            return {str(key): sent(shape.value, item) for key, item in value.items() if item is not None}
        case "boolean":
            return truth(value)
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
        case "string":
            return text(value)
    return value


def _structure(shape: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    members = {name.lower(): name for name in shape.members}
    known = {members[key.lower()]: item for key, item in value.items() if key.lower() in members}
    request = {name: sent(shape.members[name], item) for name, item in known.items() if item is not None}
    # A structure that is there is meant: templates have no `StreamEnabled` beside a StreamViewType.
    switches = (name for name in shape.required_members if name.endswith("Enabled"))
    return {**{name: True for name in switches if request}, **request}


def understood(shape: Any, value: Any) -> bool:
    """Whether a shape knows every member of a value of the template."""
    match shape.type_name:
        case "structure" if isinstance(value, Mapping):
            members = {name.lower(): inner for name, inner in shape.members.items()}
            return all(
                key.lower() in members and understood(members[key.lower()], item)
                for key, item in value.items()
            )
        case "list" if isinstance(value, list):
            return all(understood(shape.member, item) for item in value)
    return True


def _pair(member: Any, key: str, value: Any) -> dict[str, Any]:
    """A tag as the service spells it: Key/Value, key/value or TagKey/TagValue."""
    names = {name.lower().removeprefix("tag"): name for name in member.members}
    return {names["key"]: key, names["value"]: text(value)}


def received(shape: Any, value: Any) -> Any:
    """A value of an answer with the names of templates."""
    if value is None:
        return None
    match shape.type_name:
        case "structure":
            named = {name[:1].upper() + name[1:]: name for name in shape.members}
            return {
                upper: received(shape.members[name], value[name])
                for upper, name in named.items()
                if value.get(name) is not None
            }
        case "list":
            return [received(shape.member, item) for item in value]
        case "map":
            return Exact(dict(value))
        case "string" if not isinstance(value, str):
            return Exact(value)
    return value


def text(value: Any) -> str:
    """A scalar or a document as AWS's string-typed members take it."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict() | list():
            return json.dumps(value)
    return str(value)


def truth(value: Any) -> bool:
    """A boolean, which a template may also write as text."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def aligned(declared: Any, live: Any) -> Any:
    """The live value in the template's form: its spelling where nothing differs, only its keys."""
    match declared, live:
        case _, Exact(value=value):
            live = _parsed(value) if isinstance(value, str) and isinstance(declared, Mapping) else value
            return declared if _same(declared, value) else live
        case Mapping(), str():
            return aligned(declared, Exact(_parsed(live)))
        case Mapping(), Mapping():
            names = {key: _same_name(key, live) for key in declared}
            return {key: aligned(item, live[names[key]]) for key, item in declared.items() if names[key]}
        case list(), list() | tuple():
            return _list_aligned(declared, list(live))
        case list(), str() if live[:1] not in ("[", "{"):
            return aligned(declared, live.split(","))
        case str(), Mapping():
            # A template names what the service describes.
            return declared if declared in live.values() else live
        case str(), str() if declared.startswith("arn:") and re.split("[/:]", declared)[-1] == live:
            return declared
        case (str() | int() | float(), str() | int() | float()):
            return declared if _same(declared, live) else live
    return live


def _same_name(key: str, live: Mapping[str, Any]) -> str:
    """The live name of a declared one: in another case, or the end of it (`HttpMethod`); "" for none."""
    names = {name.lower(): name for name in live}
    ends = (name for name in names if len(name) > _SHORT and key.lower().endswith(name))
    return names.get(key.lower()) or names.get(next(ends, ""), "")


def _list_aligned(declared: list[Any], live: list[Any]) -> list[Any]:
    """The order of plain names and tags does not matter; that of other items does."""
    if all(not isinstance(item, Mapping) or "Key" in item for item in declared):
        order = {_canonical(item): place for place, item in reversed(list(enumerate(declared)))}
        live = sorted(live, key=lambda item: order.get(_canonical(item), len(order)))
    names = [name for name in IDENTITIES if all(isinstance(d, Mapping) and name in d for d in declared)]
    if names and declared:
        by_name = {_canonical(item[names[0]]): item for item in declared}
        partners = [by_name.get(_canonical(_member(item, names[0]))) for item in live]
    else:
        partners = [*declared[: len(live)], *[None] * (len(live) - len(declared))]
    return [
        _bare(there) if here is None else aligned(here, there)
        for here, there in zip(partners, live, strict=True)
    ]


def _member(item: Any, name: str) -> Any:
    found = {key.lower(): value for key, value in item.items()} if isinstance(item, Mapping) else {}
    return found.get(name.lower())


def _bare(live: Any) -> Any:
    match live:
        case Exact(value=value):
            return value
        case Mapping():
            return {key: _bare(value) for key, value in live.items()}
        case list() | tuple():
            return [_bare(item) for item in live]
    return live


def _same(one: Any, other: Any) -> bool:
    # A host's name may end in a dot.
    return (
        _canonical(one).rstrip(".") == _canonical(other).rstrip(".")
        or _number(one) == _number(other) is not None
    )


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _canonical(value: Any) -> str:
    match value:
        case Mapping() | list() | tuple():
            return json.dumps(_leaves(value), sort_keys=True)
        case str() if value[:1] in "{[" and value:
            return json.dumps(_leaves(_parsed(value)), sort_keys=True)
    return text(value)


def _leaves(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(key): _leaves(item) for key, item in value.items()}
        case list() | tuple():
            return [_leaves(item) for item in value]
    return text(value)


def _parsed(document: str) -> Any:
    try:
        return json.loads(document)
    except ValueError:
        return document
