"""Conditions and rules of templates in words: `VpcId is not empty`, `Environment is 'prod'`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.errors import excerpt
from publisher.templates.expression_text import readable

# Conditions that name each other can stand for endless text.
_MOST_PARTS, _DEPTH, _LONGEST = 100, 20, 300
# (plain, negated), of a pair of operands.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-rules.html
_COMPARISONS: Mapping[str, tuple[str, str]] = {
    "Fn::Equals": ("{0} is {1}", "{0} is not {1}"),
    "Fn::Contains": ("{1} is one of {0}", "{1} is none of {0}"),
    "Fn::EachMemberEquals": ("each of {0} is {1}", "not each of {0} is {1}"),
    "Fn::EachMemberIn": ("each of {0} is one of {1}", "not each of {0} is one of {1}"),
}
_JOINED = {"Fn::And": (" and ", " or "), "Fn::Or": (" or ", " and ")}


def in_words(condition: Any, conditions: Mapping[str, Any] | None = None) -> str:
    """A condition or an assertion; `conditions` has those that it may name, of the same template."""
    return excerpt(_Words(conditions or {}).of(condition), _LONGEST)


class _Words:
    def __init__(self, conditions: Mapping[str, Any]) -> None:
        self._conditions, self._parts = conditions, 0

    def of(self, condition: Any, depth: int = 0, *, negated: bool = False, inside: bool = False) -> str:
        self._parts += 1
        if self._parts > _MOST_PARTS or depth > _DEPTH:
            return "…"
        match condition:
            case {"Condition": str(name)}:
                if name in self._conditions:
                    return self.of(self._conditions[name], depth + 1, negated=negated, inside=inside)
                return f"not {name}" if negated else name
            case {"Fn::Not": [part]}:
                return self.of(part, depth + 1, negated=not negated, inside=inside)
            case {"Fn::And": [*parts]} | {"Fn::Or": [*parts]}:
                word = _JOINED[next(iter(condition))][negated]
                some = [self.of(it, depth + 1, negated=negated, inside=True) for it in parts[:_MOST_PARTS]]
                return f"({word.join(some)})" if inside and len(parts) > 1 else word.join(some)
            case {"Fn::Equals": [first, Mapping() as second]} if not isinstance(first, Mapping):
                return self.of({"Fn::Equals": [second, first]}, depth, negated=negated)
            case Mapping() if len(condition) == 1:
                (name, operands), *_ = condition.items()
                if name in _COMPARISONS and isinstance(operands, list | tuple) and len(operands) > 1:
                    return _COMPARISONS[name][negated].format(*map(_operand, operands))
        text = readable(condition)
        return f"not {text}" if negated else text


def _operand(value: Any) -> str:
    """A parameter by its name, a text in quotes."""
    match value:
        case {"Ref": str(name)} if not name.startswith("AWS::"):
            return name
        case {"Fn::Join": [_, {"Ref": str(name)}]}:
            return name
        case {"Fn::RefAll": kind}:
            return f"all parameters of type {readable(kind)}"
        case {"Fn::ValueOf": [name, attribute]}:
            return f"{readable(attribute)} of {readable(name)}"
        case {"Fn::ValueOfAll": [kind, attribute]}:
            return f"{readable(attribute)} of all parameters of type {readable(kind)}"
        case list() | tuple():
            return ", ".join(map(_operand, value[:_MOST_PARTS]))
        case Mapping():
            return readable(value).strip("{}")
        case _:
            return f"'{text}'" if (text := readable(value)) else "empty"
