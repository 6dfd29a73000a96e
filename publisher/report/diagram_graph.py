"""What connects to what in a template: every reference, and which way and under which word it is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from importlib.resources import files
from operator import attrgetter
from typing import Any

import yaml

from publisher.errors import InputError
from publisher.impact.uses import uses
from publisher.templates.expression_parts import section
from publisher.templates.loops import written_out


@dataclass(frozen=True, kw_only=True)
class Line:
    """`source` does `word` to `target` (logical IDs); `sometimes` if only under a condition.

    The property is that of `owner`, one of the two; `by_policy` if a policy allows it.
    """

    source: str
    target: str
    word: str
    owner: str
    property: str
    by_policy: bool = False
    sometimes: bool = False


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The resources of a template with their types, and its references.

    `references` are all, in the direction in which they are written; `lines` are those that say more than a
    name, in the direction in which things flow.
    """

    types: Mapping[str, str]
    conditions: Mapping[str, str]
    references: Mapping[str, tuple[str, ...]]
    lines: tuple[Line, ...]


_ORDER = attrgetter(*(it.name for it in fields(Line)))


def ordered(lines: Iterable[Line]) -> list[Line]:
    """In an order that depends on nothing but the lines."""
    return sorted(lines, key=_ORDER)


@cache
def facts() -> Mapping[str, Any]:
    """diagram.yaml."""
    return dict(yaml.safe_load(files(__package__).joinpath("diagram.yaml").read_text(encoding="utf-8")))


@lru_cache(2048)
def first_of(rows: str, **texts: str) -> Mapping[str, Any]:
    """The first row of a table of diagram.yaml whose patterns are found in these texts; else an empty one."""
    found = (row for row in facts()[rows] if all(re.search(row[key], text) for key, text in texts.items()))
    return next(found, {})


def graph_of(template: Mapping[str, Any]) -> Graph:
    """Reads a template in the long form; of a loop over a parameter it has one element."""
    if "Transform" in template:  # without, there are no loops
        with suppress(InputError):  # lint tells what is wrong with them
            template = written_out(template, unknown=lambda name: f"{{{name}}}")
    resources = section(template, "Resources")
    types = {name: str(resources[name].get("Type", "")) for name in sorted(resources)}
    lines = {line for name in types for line in _lines(name, resources[name], types)}
    return Graph(
        types=types,
        conditions={n: str(resources[n]["Condition"]) for n in types if "Condition" in resources[n]},
        references={name: _references(name, resources[name], types) for name in types},
        lines=tuple(ordered(lines)),
    )


def _references(name: str, resource: Mapping[str, Any], types: Mapping[str, str]) -> tuple[str, ...]:
    depends = resource.get("DependsOn", ())
    listed = depends if isinstance(depends, list) else [depends]
    named = {it for it in listed if isinstance(it, str)} | {
        use.name for use in uses(resource) if use.kind == "name"
    }
    return tuple(sorted(named & types.keys() - {name}))


def _lines(name: str, resource: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[Line]:
    properties = resource.get("Properties")
    for key, value in properties.items() if isinstance(properties, Mapping) else ():
        if re.search(facts()["naming"], str(key)) or key == types[name].rpartition("::")[2] + "Name":
            continue
        for target, path, word, sometimes in _found(value, (str(key),), types):
            if target == name:
                continue
            row = {"word": word} if word else first_of("words", property=path, types=types[name])
            ends = (target, name) if row.get("back") else (name, target)
            yield Line(
                source=ends[0],
                target=ends[1],
                word=row.get("word", ""),
                owner=name,
                property=str(key),
                by_policy=bool(word),
                sometimes=sometimes,
            )


def _found(
    value: Any, steps: tuple[str, ...], types: Mapping[str, str], sometimes: bool = False
) -> Iterator[tuple[str, str, str, bool]]:
    """The resource, the property, the word if a policy says it, and whether it is under a condition."""
    word, inner = "", None
    match value:
        case {"Effect": "Allow", "Resource": resource, **rest}:
            word, inner = _allowed(rest.get("Action")), resource
        case {"Effect": _, **rest} if not rest.keys().isdisjoint(("Resource", "Principal")):
            return  # who may, or who may not: not what it is connected to
        case {"Fn::If": [_, *sides]}:
            yield from _found(sides, steps, types, True)
        case Mapping() if len(value) == 1 and _is_function(next(iter(value))):
            inner = value
        case Mapping():
            for key, each in value.items():
                yield from _found(each, (*steps, str(key)), types, sometimes)
        case list() | tuple():
            for each in value:
                yield from _found(each, steps, types, sometimes)
    for use in uses(inner, steps, sometimes=sometimes):
        if use.kind == "name" and use.name in types:
            yield use.name, ".".join(use.steps), word, use.sometimes


def _is_function(name: object) -> bool:
    return name in ("Ref", "Condition") or str(name).startswith("Fn::")


def _allowed(action: Any) -> str:
    """What the actions of a statement come to, in words."""
    actions = [action] if isinstance(action, str) else action if isinstance(action, list) else []
    words = {first_of("actions", action=it)["word"] for it in actions if isinstance(it, str)}
    return ", ".join(sorted({part for word in words for part in word.split(", ")}))
