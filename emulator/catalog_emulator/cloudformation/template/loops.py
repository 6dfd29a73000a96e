"""Fn::ForEach: one definition for every item of a list, unrolled before anything else is looked at.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.scope import text_of

LOOP: Final = "Fn::ForEach::"


def plain(section: Mapping[str, Any]) -> dict[str, Any]:
    """The section without its loops and snippets, whose names nobody knows yet."""
    return {name: value for name, value in section.items() if not str(name).startswith("Fn::")}


def unrolled(node: Any, evaluate: Callable[[Any], Any]) -> Any:
    """The node with every loop unrolled; `evaluate` answers what a collection is."""
    if isinstance(node, list):
        return [unrolled(item, evaluate) for item in node]
    if not isinstance(node, dict):
        return node
    found: dict[str, Any] = {}
    for key, value in node.items():
        if not str(key).startswith(LOOP):
            found[key] = unrolled(value, evaluate)
            continue
        for name, item in _turns(str(key), value, evaluate).items():
            if name in found:
                raise ValidationError(message=f"Template error: {key} makes {name} a second time")
            found[name] = item
    return found


def has_loops(node: Any) -> bool:
    """Whether there is anything to unroll."""
    if isinstance(node, list):
        return any(map(has_loops, node))
    if not isinstance(node, dict):
        return False
    return any(str(key).startswith(LOOP) or has_loops(value) for key, value in node.items())


def _turns(key: str, loop: Any, evaluate: Callable[[Any], Any]) -> dict[str, Any]:
    if not isinstance(loop, list) or len(loop) != 3 or not isinstance(loop[2], dict):
        raise ValidationError(message=f"Template error: {key} layout is incorrect: identifier, list, object")
    identifier, collection, body = str(loop[0]), evaluate(loop[1]), loop[2]
    if not isinstance(collection, list):
        raise ValidationError(message=f"Template error: the collection of {key} is not a list")
    found: dict[str, Any] = {}
    for item in collection:
        found |= unrolled(_filled(body, identifier, text_of(item)), evaluate)
    return found


def _filled(node: Any, identifier: str, item: str) -> Any:
    """The body of one turn: `${Identifier}` is the item, `&{Identifier}` what of it a logical id takes."""
    if isinstance(node, list):
        return [_filled(inner, identifier, item) for inner in node]
    if isinstance(node, str):
        bare = re.sub(r"[^A-Za-z0-9]", "", item)
        return node.replace(f"${{{identifier}}}", item).replace(f"&{{{identifier}}}", bare)
    if not isinstance(node, dict):
        return node
    if node == {"Ref": identifier}:
        return item
    return {
        _filled(str(key), identifier, item): _filled(value, identifier, item) for key, value in node.items()
    }
