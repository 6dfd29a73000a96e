"""References whose names are computed, which AWS::LanguageExtensions allows: `{"Ref": {"Fn::Sub": "${A}B"}}`.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

LANGUAGE_EXTENSIONS: Final = "AWS::LanguageExtensions"


def named(node: Any, evaluate: Callable[[Any], Any]) -> Any:
    """The node with every computed name of a Ref or Fn::GetAtt written out; `evaluate` answers what it is."""
    if isinstance(node, list):
        return [named(item, evaluate) for item in node]
    if not isinstance(node, dict):
        return node
    match node:
        case {"Ref": dict() as name, **rest} if not rest:
            return {"Ref": evaluate(name)}
        case {"Fn::GetAtt": [dict() as name, *attribute], **rest} if not rest:
            return {"Fn::GetAtt": [evaluate(name), *attribute]}
    return {key: named(value, evaluate) for key, value in node.items()}
