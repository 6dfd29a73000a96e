"""The references inside a template, and an order in which its resources can be made."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from moto.cloudformation.exceptions import ValidationError

_SUBSTITUTION = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A Ref (no attribute) or GetAtt, also as `${…}` in Fn::Sub."""

    name: str
    attribute: str | None = None


def nodes(node: Any) -> Iterator[Any]:
    """Every value inside a value, and then itself."""
    if isinstance(node, (dict, list)):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from nodes(inner)
    yield node


def members(node: Any) -> Iterator[tuple[str, Any]]:
    """Every key, with its value, of the objects in a value."""
    for one in nodes(node):
        if isinstance(one, dict):
            yield from one.items()


def mapped(node: Any, change: Callable[[Any], Any], drop: Callable[[Any], bool] = lambda value: False) -> Any:
    """An object or a list with every member changed, but for those to drop then; anything else as it is."""
    if isinstance(node, list):
        return [value for value in map(change, node) if not drop(value)]
    if isinstance(node, dict):
        changed = {key: change(value) for key, value in node.items()}
        return {key: value for key, value in changed.items() if not drop(value)}
    return node


def references(node: Any) -> Iterator[Reference]:
    """Every reference in a value, in order."""
    for key, value in members(node):
        if key == "Ref" and isinstance(value, str):
            yield Reference(name=value)
        elif key == "Fn::GetAtt":
            name, attribute = attribute_of(value)
            yield Reference(name=name, attribute=attribute if isinstance(attribute, str) else "")
        elif key == "Fn::Sub":
            text, values = value if isinstance(value, list) else (value, {})
            for literal, name in _SUBSTITUTION.findall(_closed(str(text))[0]):
                if not literal and name.strip() not in values:
                    yield substituted(name)


def substitute(text: str, replaced: Callable[[re.Match[str]], str]) -> str:
    """The text of Fn::Sub with each `${name}` (group 2; group 1 is `!` in `${!literal}`) replaced."""
    closed, rest = _closed(text)
    return _SUBSTITUTION.sub(replaced, closed) + rest


def _closed(text: str) -> tuple[str, str]:
    """Up to the last brace, and what follows, where each `${` would be searched for a brace to the end."""
    end = text.rfind("}") + 1
    return text[:end], text[end:]


def substituted(name: str) -> Reference:
    """The reference that `${name}` stands for."""
    logical, _, attribute = name.strip().partition(".")
    return Reference(name=logical, attribute=attribute or None)


def attribute_of(value: Any) -> tuple[str, Any]:
    """Logical id and attribute of both forms of Fn::GetAtt."""
    if isinstance(value, str):
        name, _, attribute = value.partition(".")
        return name, attribute
    if isinstance(value, list) and len(value) >= 2:
        rest = value[1:]
        return str(value[0]), ".".join(map(str, rest)) if len(rest) > 1 else rest[0]
    raise ValidationError(
        message="Template error: every Fn::GetAtt object requires two non-empty parameters, "
        "the resource name and the resource attribute"
    )


def order(dependencies: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """Names with their dependencies first, otherwise in the same order; raises ValidationError on a cycle."""
    try:
        TopologicalSorter(dependencies).prepare()
    except CycleError as error:
        names = ", ".join(sorted({*error.args[1]}))
        raise ValidationError(message=f"Circular dependency between resources: [{names}]") from None
    done: dict[str, None] = {}
    place = {name: index for index, name in enumerate(dependencies)}
    waiting = list(dependencies)[::-1]
    while waiting:
        needs = [need for need in dependencies[waiting[-1]] if need not in done]
        if needs:
            waiting += sorted(needs, key=lambda need: -place[need])
        else:
            done[waiting.pop()] = None
    return tuple(done)
