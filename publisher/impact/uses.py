"""Where an entry of a template uses what: references to parameters, resources, mappings and conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from publisher.templates.expression_parts import VARIABLE

Steps = tuple[str, ...]
Kind = Literal["name", "mapping", "condition"]


@dataclass(frozen=True, kw_only=True)
class Use:
    """The value at `steps` uses a parameter or resource (with its attribute), a mapping or a condition.

    `sometimes` if it does so only under a condition.
    """

    kind: Kind
    name: str
    steps: Steps
    attribute: str = ""
    sometimes: bool = False


def uses(value: Any, steps: Steps = (), *, sometimes: bool = False) -> Iterator[Use]:
    """What a value uses, with the names on the way to it, without places in lists."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((name, argument),) = value.items()
        yield from _called(str(name), argument, steps, sometimes)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from uses(inner, (*steps, str(key)), sometimes=sometimes)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from uses(inner, steps, sometimes=sometimes)


def _called(function: str, argument: Any, steps: Steps, sometimes: bool) -> Iterator[Use]:
    match function, argument:
        case "Ref", str(name):
            yield Use(kind="name", name=name, steps=steps, sometimes=sometimes)
        case "Condition", str(name):
            yield Use(kind="condition", name=name, steps=steps, sometimes=sometimes)
        case "Fn::GetAtt", [str(name), attribute]:
            yield Use(kind="name", name=name, attribute=str(attribute), steps=steps, sometimes=sometimes)
            yield from uses(attribute, steps, sometimes=sometimes)
        case "Fn::Sub", source:
            yield from _substituted(source, steps, sometimes)
        case "Fn::If", [condition, *sides]:
            yield Use(kind="condition", name=str(condition), steps=steps, sometimes=sometimes)
            yield from uses(sides, steps, sometimes=True)
        case "Fn::FindInMap", [str(name), *keys]:
            yield Use(kind="mapping", name=name, steps=steps, sometimes=sometimes)
            yield from uses(keys, steps, sometimes=sometimes)
        case _:
            below = steps if function.startswith("Fn::") else (*steps, function)
            yield from uses(argument, below, sometimes=sometimes)


def _substituted(source: Any, steps: Steps, sometimes: bool) -> Iterator[Use]:
    match source:
        case [str(text), Mapping() as variables]:
            yield from uses(list(variables.values()), steps, sometimes=sometimes)
        case str(text) | [str(text)]:
            variables = {}
        case _:
            return
    for literal, written in VARIABLE.findall(text):
        name, _, attribute = written.strip().partition(".")
        if not literal and written.strip() not in variables:
            yield Use(kind="name", name=name, attribute=attribute, steps=steps, sometimes=sometimes)
