"""AWS::LanguageExtensions: loops (Fn::ForEach), and references whose names are computed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.graph import mapped, members
from catalog_emulator.cloudformation.template.scope import text_of

LANGUAGE_EXTENSIONS: Final = "AWS::LanguageExtensions"
LOOP: Final = "Fn::ForEach::"

Evaluate = Callable[[Any], Any]


def transforms(template: Mapping[str, Any]) -> list[str]:
    """The macros of the template's Transform section."""
    declared = template.get("Transform", [])
    listed = declared if isinstance(declared, list) else [declared]
    return [str(one.get("Name")) if isinstance(one, dict) else str(one) for one in listed]


def without_loops(section: Mapping[str, Any]) -> dict[str, Any]:
    """The section without its loops and snippets, whose names are not known yet."""
    return {name: value for name, value in section.items() if not str(name).startswith("Fn::")}


def unroll(node: Any, evaluate: Evaluate) -> Any:
    """The node with every loop unrolled; `evaluate` gives the value of a collection."""
    if not isinstance(node, dict):
        return mapped(node, partial(unroll, evaluate=evaluate))
    found: dict[str, Any] = {}
    for key, value in node.items():
        if not str(key).startswith(LOOP):
            found[key] = unroll(value, evaluate)
            continue
        for name, item in _iterations(str(key), value, evaluate).items():
            if name in found:
                raise ValidationError(message=f"Template error: {key} defines {name}, which already exists")
            found[name] = item
    return found


def has_loops(node: Any) -> bool:
    """Whether there is a loop at any depth."""
    return any(str(key).startswith(LOOP) for key, _ in members(node))


def resolve_names(node: Any, evaluate: Evaluate) -> Any:
    """The node with every computed name of a Ref or Fn::GetAtt (`{"Ref": {"Fn::Sub": "${A}B"}}`) resolved."""
    match node:
        case {"Ref": dict() as name, **rest} if not rest:
            return {"Ref": evaluate(name)}
        case {"Fn::GetAtt": [dict() as name, *attribute], **rest} if not rest:
            return {"Fn::GetAtt": [evaluate(name), *attribute]}
    return mapped(node, partial(resolve_names, evaluate=evaluate))


def _iterations(key: str, loop: Any, evaluate: Evaluate) -> dict[str, Any]:
    if not isinstance(loop, list) or len(loop) != 3 or not isinstance(loop[2], dict):
        raise ValidationError(message=f"Template error: {key} layout is incorrect: identifier, list, object")
    identifier, collection, body = str(loop[0]), evaluate(loop[1]), loop[2]
    if not isinstance(collection, list):
        raise ValidationError(message=f"Template error: the collection of {key} is not a list")
    found: dict[str, Any] = {}
    for item in collection:
        found |= unroll(_substituted(body, identifier, text_of(item)), evaluate)
    return found


def _substituted(node: Any, identifier: str, item: str) -> Any:
    """The body of one iteration: `${Identifier}` is the item, `&{Identifier}` its letters and digits."""
    if isinstance(node, str):
        bare = re.sub(r"[^A-Za-z0-9]", "", item)
        return node.replace(f"${{{identifier}}}", item).replace(f"&{{{identifier}}}", bare)
    if node == {"Ref": identifier}:
        return item
    if isinstance(node, dict):
        node = {_substituted(str(key), identifier, item): value for key, value in node.items()}
    return mapped(node, partial(_substituted, identifier=identifier, item=item))
