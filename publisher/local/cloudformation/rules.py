"""The Rules section: assertions about parameters, decided before anything is made.

Functions: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from publisher.local.cloudformation.functions import condition, evaluate
from publisher.local.cloudformation.scope import Scope, text_of


def check_rules(scope: Scope, rules: Mapping[str, Any]) -> None:
    """Raises ValidationError with the description of the first assertion that fails."""
    for name, rule in rules.items():
        when = rule.get("RuleCondition")
        if when is not None and not holds(scope, when):
            continue
        for assertion in rule.get("Assertions", []):
            if not holds(scope, assertion["Assert"]):
                described = assertion.get("AssertDescription") or f"an assertion of rule {name} does not hold"
                raise ValidationError(message=f"Template validation error: Rule {name} failed: {described}")


def holds(scope: Scope, node: Any) -> bool:
    """Whether a rule's function holds for the parameters."""
    if not isinstance(node, dict) or len(node) != 1:
        return condition(scope, node)
    ((name, argument),) = node.items()
    match name, argument:
        case "Fn::And", list():
            return all([holds(scope, item) for item in argument])
        case "Fn::Or", list():
            return any([holds(scope, item) for item in argument])
        case "Fn::Not", [operand]:
            return not holds(scope, operand)
        case "Fn::Contains", [items, value]:
            return text_of(evaluate(scope, value)) in _texts(scope, items)
        case "Fn::EachMemberEquals", [items, value]:
            return set(_texts(scope, items)) <= {text_of(evaluate(scope, value))}
        case "Fn::EachMemberIn", [items, allowed]:
            return set(_texts(scope, items)) <= set(_texts(scope, allowed))
    return condition(scope, node)


def _texts(scope: Scope, node: Any) -> list[str]:
    values = evaluate(scope, node)
    return [text_of(value) for value in values] if isinstance(values, list) else [text_of(values)]
