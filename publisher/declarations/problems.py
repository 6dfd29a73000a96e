"""From a document to a typed declaration: pydantic's errors in our words, each at its key or value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from publisher.declarations.fields import Declaration, Steps
from publisher.documents import Document
from publisher.errors import Problem, closest, did_you_mean, quoted

D = TypeVar("D", bound=Declaration)


def shaped(model: type[D], document: Document) -> tuple[D | None, Document, list[Problem]]:
    """The declaration, or None with the problems of its shape.

    In the document that comes back mistyped keys are called what was meant, so that one typo is one problem,
    and checks that follow see what was meant.
    """
    value, errors = _validated(model, document)
    renames = list(_renames(model, document, errors))
    problems = [_unknown_key(model, document, steps) for steps, _ in renames]
    for steps, name in renames:
        document = document.renamed(steps, name)
    if renames:
        _, errors = _validated(model, document)
    problems.extend(_problem(model, document, error) for error in errors)
    if value is not None:
        value._document = document
    return value, document, problems


def _validated(model: type[D], document: Document) -> tuple[D | None, list[ErrorDetails]]:
    try:
        return model.model_validate(document.value), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _renames(
    model: type[BaseModel], document: Document, errors: Sequence[ErrorDetails]
) -> Iterator[tuple[Steps, str]]:
    taken: set[Steps] = set()
    for error in errors:
        steps = _steps(document, error["loc"])
        name: str | None = None
        if error["type"] == "extra_forbidden":
            name = closest(str(steps[-1]), _keys_at(model, document, steps[:-1]))
        elif error["type"] == "union_tag_not_found" and isinstance(error["input"], dict):
            tag = closest("type", error["input"])
            steps, name = ((*steps, tag), "type") if tag else (steps, None)
        if name is None or document.has(*steps[:-1], name) or (*steps[:-1], name) in taken:
            continue
        taken.add((*steps[:-1], name))
        yield steps, name


def _unknown_key(model: type[BaseModel], document: Document, steps: Steps) -> Problem:
    name = str(steps[-1])
    known = _keys_at(model, document, steps[:-1])
    return Problem(
        rule="P101",
        where=document.where(*steps, key=True),
        message=f"unknown key {quoted(name)}",
        hint=did_you_mean(name, known, what="valid keys are"),
    )


def _problem(model: type[BaseModel], document: Document, error: ErrorDetails) -> Problem:
    loc, kind = error["loc"], error["type"]
    on_key = bool(loc) and loc[-1] == "[key]"
    steps = _steps(document, loc[:-1] if on_key else loc)
    if kind == "extra_forbidden":
        return _unknown_key(model, document, steps)
    if kind == "missing":
        description = _schema_at(model, document, steps).get("description", "")
        return Problem(
            rule="P102",
            where=document.where(*steps[:-1], key=True),
            message=f"{quoted(steps[-1])} is required" + (f" in {_name(steps[:-1])}" if steps[:-1] else ""),
            hint=f"add it: {description}" if description else "add it",
        )
    rule, message, hint = _message(error, document.plain(*steps))
    name = f"a key of {_name(steps[:-1])}" if on_key else _name(steps)
    return Problem(
        rule=rule, where=document.where(*steps, key=on_key), message=f"{name} {message}", hint=hint
    )


_KINDS = {
    "string_type": ("text", "write text, in quotes if in doubt"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "int_type": ("an integer", "write an integer, without quotes"),
    "list_type": ("a list", "write each entry on a line that starts with '-', or [a, b]"),
    "dict_type": ("a mapping", "write 'key: value' lines below it"),
    "model_type": ("a mapping", "write 'key: value' lines below it"),
    "model_attributes_type": ("a mapping", "write 'key: value' lines below it"),
}


def _message(error: ErrorDetails, plain: bool) -> tuple[str, str, str]:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "publisher":
        return context["rule"], context["message"], context["hint"]
    if value is None:
        return "P103", "must not be empty", "set a value, or remove the key"
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", context["expected"]) or re.findall(r"-?\d+", context["expected"])
        return "P104", f"is invalid: {_shown(value)}", _choice(value, known)
    if kind == "union_tag_invalid":
        known = re.findall(r"'([^']*)'", context["expected_tags"])
        return (
            "P104",
            f"has unknown type {quoted(context['tag'])}",
            did_you_mean(str(context["tag"]), known),
        )
    if kind == "union_tag_not_found":
        return "P102", "requires 'type'", "add one, e.g. type: LAUNCH"
    expected, hint = _KINDS[kind]
    if kind == "string_type" and plain:
        text, found = _shown(value), "a boolean" if isinstance(value, bool) else "a number"
        return "P103", f"must be quoted: {text} without quotes is {found}, not text", f'write "{text}"'
    return "P103", f"must be {expected}, not {_shown(value)}", hint


def _choice(value: Any, known: Sequence[str]) -> str:
    if isinstance(value, str) and value in known:
        return f"write {value} without quotes"
    if isinstance(value, str):
        return did_you_mean(value, known)
    return f"valid values are {', '.join(known)}"


def _shown(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return quoted(value)


def _name(steps: Steps) -> str:
    """`'products' entry 2` for a list's entry, else the key in quotes."""
    if not steps:
        return "the file"
    if isinstance(steps[-1], int):
        return f"{_name(steps[:-1])} entry {steps[-1] + 1}"
    return quoted(steps[-1])


def _steps(document: Document, loc: tuple[int | str, ...]) -> Steps:
    """The path in the document: pydantic adds the tag of a union on the way."""
    steps: list[str | int] = []
    for n, step in enumerate(loc):
        here = document.get(*steps)
        last = n == len(loc) - 1
        if isinstance(here, dict) and step not in here and not last and here.get("type") == step:
            continue
        steps.append(step)
    return tuple(steps)


@lru_cache
def _json_schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _keys_at(model: type[BaseModel], document: Document, steps: Steps) -> list[str]:
    return list(_schema_at(model, document, steps).get("properties", {}))


def _schema_at(model: type[BaseModel], document: Document, steps: Steps) -> Mapping[str, Any]:
    """The JSON Schema of what stands, or should stand, at this path."""
    root = _json_schema(model)
    schema = root
    for n, step in enumerate(steps):
        if isinstance(step, int):
            schema = schema.get("items", {})
        else:
            schema = schema.get("properties", {}).get(step) or _value_schema(schema)
        schema = _resolved(root, schema, document.get(*steps[: n + 1]))
    return schema


def _value_schema(schema: Mapping[str, Any]) -> Any:
    """The schema of the values of a mapping with free keys."""
    return next(iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties"))


def _resolved(root: Mapping[str, Any], schema: Any, value: Any) -> dict[str, Any]:
    if not isinstance(schema, dict):
        return {}
    if "anyOf" in schema:
        some = next(each for each in schema["anyOf"] if each.get("type") != "null")
        return {**_resolved(root, some, value), **_description(schema)}
    if "discriminator" in schema:
        tag = value.get("type") if isinstance(value, dict) else None
        reference = schema["discriminator"]["mapping"].get(tag) if isinstance(tag, str) else None
        return _resolved(root, {"$ref": reference}, value) if reference else {"properties": {"type": {}}}
    if "$ref" in schema:
        return {**root["$defs"][schema["$ref"].rpartition("/")[2]], **_description(schema)}
    return schema


def _description(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": schema["description"]} if "description" in schema else {}
