"""Rules of templates and of TEMPLATE constraints: assertions on parameter values.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/reference-template_constraint_rules.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.parameters import Parameter
from catalog_emulator.cloudformation.template.scope import text_of

# (parameter type, value, attribute) → the attribute of the resource that the value names.
Attribute = Callable[[str, str, str], Any]
# Parameter type → all values that it can have in the account and Region.
Existing = Callable[[str], list[str]]

_CONDITIONS: Mapping[str, tuple[int, int]] = {
    "Fn::And": (2, 10),
    "Fn::Contains": (2, 2),
    "Fn::EachMemberEquals": (2, 2),
    "Fn::EachMemberIn": (2, 2),
    "Fn::Equals": (2, 2),
    "Fn::Not": (1, 1),
    "Fn::Or": (2, 10),
}
_LOGIC = ("Fn::And", "Fn::Not", "Fn::Or")


class RuleError(Exception):
    """A rule that cannot be evaluated with these parameters."""


@dataclass(frozen=True, kw_only=True)
class Values:
    """The values that rules refer to: parameters, and resources of the account."""

    parameters: Mapping[str, Parameter]
    attribute: Attribute
    existing: Existing
    pseudo: Mapping[str, Any]

    def parameter(self, name: str) -> Parameter:
        if name not in self.parameters:
            raise RuleError(f"the template has no parameter {name}")
        return self.parameters[name]

    def attributes(self, parameters: Iterable[Parameter], attribute: str) -> list[Any]:
        """An attribute of every resource that the parameters name."""
        return [
            self.attribute(_single(one.inner_type), value, attribute)
            for one in parameters
            for value in _many(one.value)
        ]


def problems(rules: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the form of rules."""
    if not rules:
        yield "Rules is empty"
    for name, rule in rules.items():
        for problem in _rule_problems(rule):
            yield f"rule {name}: {problem}"


def check_rules(rules: Mapping[str, Any], values: Values) -> None:
    """Raise ValidationError for the first rule of a template that is malformed or fails."""
    for problem in problems(rules) if rules else ():
        raise ValidationError(message=f"Template format error: {problem}")
    for name, rule in rules.items():
        for failure in failures({name: rule}, values):
            raise ValidationError(message=f"Template validation error: Rule {name} failed: {failure}")


def failures(rules: Mapping[str, Any], values: Values) -> list[str]:
    """The assertions that do not hold: the AssertDescription or, without one, the rule's name."""
    failed = []
    for name, rule in rules.items():
        try:
            if "RuleCondition" in rule and not _holds(rule["RuleCondition"], values):
                continue
            failed += [
                assertion.get("AssertDescription") or f"Rule {name} does not hold"
                for assertion in rule["Assertions"]
                if not _holds(assertion["Assert"], values)
            ]
        except RuleError as error:
            failed.append(f"Rule {name} cannot be evaluated: {error}")
    return failed


def _holds(condition: Mapping[str, Any], values: Values) -> bool:
    ((function, arguments),) = condition.items()
    if function == "Fn::And":
        return all(_holds(one, values) for one in arguments)
    if function == "Fn::Or":
        return any(_holds(one, values) for one in arguments)
    if function == "Fn::Not":
        return not _holds(arguments[0], values)
    first, second = (_value(one, values) for one in arguments)
    match function:
        case "Fn::Equals":
            return bool(first == second)
        case "Fn::Contains":
            return second in _many(first)
        case "Fn::EachMemberEquals":
            return all(one == second for one in _many(first))
        case _:
            return all(one in _many(second) for one in _many(first))


def _value(value: Any, values: Values) -> Any:
    match value:
        case {"Ref": str(name)} if len(value) == 1:
            return values.pseudo[name] if name in values.pseudo else values.parameter(name).value
        case {"Fn::RefAll": str(kind)} if len(value) == 1:
            return values.existing(_single(kind))
        case {"Fn::ValueOf": [str(name), str(attribute)]} if len(value) == 1:
            parameter = values.parameter(name)
            found = values.attributes([parameter], attribute)
            return found if isinstance(parameter.value, list) else found[0]
        case {"Fn::ValueOfAll": [str(kind), str(attribute)]} if len(value) == 1:
            of_kind = [one for one in values.parameters.values() if _single(one.inner_type) == _single(kind)]
            return values.attributes(of_kind, attribute)
        case list():
            return [_value(one, values) for one in value]
        case dict():
            return text_of(_holds(value, values))
        case _:
            return text_of(value)


def _single(kind: str) -> str:
    return kind.removeprefix("List<").removesuffix(">")


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _rule_problems(rule: Any) -> Iterator[str]:
    if not isinstance(rule, dict):
        yield "an object is expected"
        return
    unknown = sorted(set(rule) - {"RuleCondition", "Assertions"})
    if unknown:
        yield f"unknown member {unknown[0]}"
    if "RuleCondition" in rule:
        yield from _condition_problems(rule["RuleCondition"])
    assertions = rule.get("Assertions")
    if not isinstance(assertions, list) or not assertions:
        yield "Assertions is expected, a list"
        return
    for assertion in assertions:
        if not isinstance(assertion, dict) or not {"Assert"} <= set(assertion) <= {
            "Assert",
            "AssertDescription",
        }:
            yield "an assertion has Assert and AssertDescription"
        else:
            yield from _condition_problems(assertion["Assert"])


def _condition_problems(condition: Any) -> Iterator[str]:
    if not isinstance(condition, dict) or len(condition) != 1:
        yield "a condition is an object with one function"
        return
    ((function, arguments),) = condition.items()
    if function not in _CONDITIONS:
        yield f"{function} is none of {', '.join(_CONDITIONS)}"
        return
    least, most = _CONDITIONS[function]
    if not isinstance(arguments, list) or not least <= len(arguments) <= most:
        count = str(least) if least == most else f"{least} to {most}"
        yield f"{function} requires a list of {count}"
        return
    for argument in arguments:
        yield from (_condition_problems(argument) if function in _LOGIC else _value_problems(argument))


def _value_problems(value: Any) -> Iterator[str]:
    match value:
        case {"Ref": str()} | {"Fn::RefAll": str()} if len(value) == 1:
            return
        case {"Fn::ValueOf": [str(), str()]} | {"Fn::ValueOfAll": [str(), str()]} if len(value) == 1:
            return
        case list():
            for one in value:
                yield from _value_problems(one)
        case dict():
            yield from _condition_problems(value)
        case None:
            yield "null is not a value"
        case _:
            return
