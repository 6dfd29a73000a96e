"""Intrinsic functions; what they refer to comes from the scope.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template import graph
from catalog_emulator.cloudformation.template.scope import NO_VALUE, PSEUDO_PARAMETERS, Scope, text_of


def evaluate(scope: Scope, node: Any) -> Any:
    """The value of a node with every function resolved and AWS::NoValue left out of objects and lists."""
    if isinstance(node, str):
        return scope.dynamic(node)
    if isinstance(node, dict) and len(node) == 1:
        ((name, argument),) = node.items()
        function = FUNCTIONS.get(name)
        if function is not None:
            return function(scope, argument)
    return graph.mapped(node, partial(evaluate, scope), lambda value: value is NO_VALUE)


def evaluate_conditions(scope: Scope, definitions: Mapping[str, Any]) -> dict[str, bool]:
    """Whether each condition holds; conditions may refer to each other."""
    holds: dict[str, bool] = {}
    scope = replace(scope, conditions=holds)
    for name in graph.order(condition_dependencies(definitions)):
        holds[name] = condition(scope, definitions[name])
    return holds


def condition_dependencies(definitions: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The conditions that each one refers to; raises ValidationError for one that does not exist."""
    needs = {
        name: frozenset(found for key, value in graph.members(node) for found in _conditions_of(key, value))
        for name, node in definitions.items()
    }
    missing = sorted(set().union(*needs.values()) - set(definitions)) if needs else []
    if missing:
        raise ValidationError(
            message=f"Template format error: Unresolved condition dependency {missing[0]} "
            "in the Conditions block of the template"
        )
    return needs


def _conditions_of(key: str, value: Any) -> list[str]:
    first = value[0] if key == "Fn::If" and isinstance(value, list) and value else None
    name = value if key == "Condition" else first
    return [name] if isinstance(name, str) else []


def resolve_ifs(scope: Scope, node: Any) -> Any:
    """The node with every Fn::If replaced by its branch; other functions stay."""
    if isinstance(node, dict) and set(node) == {"Fn::If"}:
        return resolve_ifs(scope, _branch(scope, node["Fn::If"]))
    return graph.mapped(
        node, partial(resolve_ifs, scope), lambda value: bool(value == {"Ref": "AWS::NoValue"})
    )


def condition(scope: Scope, node: Any) -> bool:
    """Whether a condition function, or a reference to a condition, holds."""
    if isinstance(node, dict) and len(node) == 1:
        ((name, argument),) = node.items()
        if name in _CONDITIONS:
            return _CONDITIONS[name](scope, argument)
    value = evaluate(scope, node)
    if text_of(value) in ("true", "false"):
        return text_of(value) == "true"
    raise ValidationError(
        message=f"Template error: every condition must be a condition function, found {json.dumps(node)}"
    )


def check_known(scope: Scope, node: Any) -> bool:
    """Whether a value needs no resource and nothing of the account: AWS evaluates it before it makes a stack.

    Raises ValidationError for a function that fails. Which functions AWS evaluates then is not documented.
    """
    if isinstance(node, str):
        return "{{resolve:" not in node
    if isinstance(node, list):
        return all([check_known(scope, item) for item in node])
    if not isinstance(node, dict):
        return True
    known = all([check_known(scope, value) for value in node.values()])
    name = next(iter(node)) if len(node) == 1 else ""
    if name in ("Ref", "Fn::GetAtt", "Fn::Sub"):
        known &= all(
            found.name in (*scope.parameters, *PSEUDO_PARAMETERS) for found in graph.references(node)
        )
    if known and name in FUNCTIONS and name not in _OF_THE_ACCOUNT:
        evaluate(scope, node)
    return known and name not in _OF_THE_ACCOUNT


def _get_att(scope: Scope, argument: Any) -> Any:
    name, attribute = graph.attribute_of(argument)
    return scope.get_att(name, text_of(evaluate(scope, attribute)))


def _sub(scope: Scope, argument: Any) -> Any:
    text, values = argument if isinstance(argument, list) else (argument, {})
    if not isinstance(text, str) or not isinstance(values, dict):
        raise ValidationError(
            message="Template error: One or more Fn::Sub intrinsic functions don't specify expected "
            "arguments. Specify a string as first argument, and an optional second argument to specify a "
            "mapping of values to replace in the string"
        )

    def replaced(found: re.Match[str]) -> str:
        if found[1]:
            return f"${{{found[2]}}}"
        name = found[2]
        if name.strip() in values:
            return _text(evaluate(scope, values[name.strip()]), "Fn::Sub")
        reference = graph.substituted(name)
        if reference.attribute is None:
            return _text(scope.ref(reference.name), "Fn::Sub")
        return _text(scope.get_att(reference.name, reference.attribute), "Fn::Sub")

    return scope.dynamic(graph.substitute(text, replaced))


def _join(scope: Scope, argument: Any) -> Any:
    delimiter, items = _arguments(argument, "Fn::Join", 2)
    values = evaluate(scope, items)
    if not isinstance(delimiter, str) or not isinstance(values, list):
        raise ValidationError(
            message="Template error: every Fn::Join object requires two parameters, "
            "(1) a string delimiter and (2) a list of strings to be joined or a function that returns "
            "a list of strings (such as Fn::GetAZs) to be joined."
        )
    return scope.dynamic(delimiter.join(_text(value, "Fn::Join") for value in values))


def _split(scope: Scope, argument: Any) -> Any:
    delimiter, source = _arguments(argument, "Fn::Split", 2)
    return _text(evaluate(scope, source), "Fn::Split").split(str(evaluate(scope, delimiter)))


def _select(scope: Scope, argument: Any) -> Any:
    index, items = _arguments(argument, "Fn::Select", 2)
    position, values = text_of(evaluate(scope, index)), evaluate(scope, items)
    if not position.isdigit() or not isinstance(values, list):
        raise ValidationError(
            message="Template error: Fn::Select requires a list argument with two elements: "
            "an integer index and a list"
        )
    if int(position) >= len(values):
        raise ValidationError(
            message=f"Template error: Fn::Select cannot select nonexistent value at index {position}"
        )
    return values[int(position)]


def _branch(scope: Scope, argument: Any) -> Any:
    name, when, otherwise = _arguments(argument, "Fn::If", 3)
    holds = scope.condition(name) if isinstance(name, str) else condition(scope, name)
    return when if holds else otherwise


def _find_in_map(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) < 3:
        raise ValidationError(
            message="Template error: every Fn::FindInMap object requires three parameters, "
            "the map name, map key and the attribute for return value"
        )
    name, first, second = (text_of(evaluate(scope, part)) for part in argument[:3])
    found = scope.mappings.get(name, {}).get(first, {})
    if isinstance(found, dict) and second in found:
        return found[second]
    options = argument[3] if len(argument) > 3 else {}
    if isinstance(options, dict) and "DefaultValue" in options:
        return evaluate(scope, options["DefaultValue"])
    raise ValidationError(message=f"Template error: Unable to get mapping for {name}::{first}::{second}")


def _cidr(scope: Scope, argument: Any) -> Any:
    if not isinstance(argument, list) or len(argument) not in (2, 3):
        raise ValidationError(
            message="Template error: Fn::Cidr requires an ipBlock, a count and optionally cidrBits"
        )
    block, count, *rest = (text_of(evaluate(scope, part)) for part in argument)
    network = ipaddress.ip_network(block, strict=False)
    bits = int(rest[0]) if rest else 8
    subnets = network.subnets(new_prefix=network.max_prefixlen - bits)
    made = [str(subnet) for subnet, _ in zip(subnets, range(int(count)), strict=False)]
    if len(made) < int(count):
        raise ValidationError(message=f"Template error: {block} does not have {count} subnets of {bits} bits")
    return made


def _get_stack_output(scope: Scope, argument: Any) -> Any:
    which = evaluate(scope, argument)
    if not isinstance(which, dict) or not {"StackName", "OutputName"} <= set(which):
        raise ValidationError(
            message="Template error: Fn::GetStackOutput requires a StackName and an OutputName"
        )
    region = text_of(which.get("Region") or scope.ref("AWS::Region"))
    return scope.environment.output(text_of(which["StackName"]), text_of(which["OutputName"]), region)


def _length(scope: Scope, argument: Any) -> Any:
    values = evaluate(scope, argument)
    if not isinstance(values, list):
        raise ValidationError(message="Template error: Fn::Length requires a list")
    return len(values)


def _equals(scope: Scope, argument: Any) -> bool:
    left, right = _arguments(argument, "Fn::Equals", 2)
    return text_of(evaluate(scope, left)) == text_of(evaluate(scope, right))


def _not(scope: Scope, argument: Any) -> bool:
    (operand,) = _arguments(argument, "Fn::Not", 1)
    return not condition(scope, operand)


def _operands(argument: Any, function: str) -> list[Any]:
    if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
        raise ValidationError(
            message=f"Template error: every {function} object requires a list of at least 2 and at most 10 "
            "boolean parameters."
        )
    return argument


def _arguments(argument: Any, function: str, count: int) -> list[Any]:
    if not isinstance(argument, list) or len(argument) != count:
        raise ValidationError(
            message=f"Template error: {function} requires a list argument with {count} elements"
        )
    return argument


def _text(value: Any, function: str) -> str:
    if isinstance(value, (dict, list)) or value is NO_VALUE:
        shown = repr(value) if value is NO_VALUE else json.dumps(value)
        raise ValidationError(message=f"Template error: {function} expects text, found {shown}")
    return text_of(value)


_OF_THE_ACCOUNT: Final = ("Fn::GetAZs", "Fn::GetStackOutput", "Fn::ImportValue")

_CONDITIONS: Final[Mapping[str, Callable[[Scope, Any], bool]]] = {
    "Fn::Equals": _equals,
    "Fn::And": lambda scope, argument: all([condition(scope, one) for one in _operands(argument, "Fn::And")]),
    "Fn::Or": lambda scope, argument: any([condition(scope, one) for one in _operands(argument, "Fn::Or")]),
    "Fn::Not": _not,
    "Condition": lambda scope, argument: scope.condition(str(argument)),
}

FUNCTIONS: Final[Mapping[str, Callable[[Scope, Any], Any]]] = {
    "Ref": lambda scope, argument: scope.ref(str(argument)),
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::If": lambda scope, argument: evaluate(scope, _branch(scope, argument)),
    "Fn::FindInMap": _find_in_map,
    "Fn::GetAZs": lambda scope, argument: [
        *scope.environment.zones(text_of(evaluate(scope, argument)) or scope.ref("AWS::Region"))
    ],
    "Fn::Cidr": _cidr,
    "Fn::Base64": lambda scope, argument: base64.b64encode(
        _text(evaluate(scope, argument), "Fn::Base64").encode()
    ).decode(),
    "Fn::ImportValue": lambda scope, argument: scope.environment.imported(
        _text(evaluate(scope, argument), "Fn::ImportValue")
    ),
    "Fn::GetStackOutput": _get_stack_output,
    "Fn::ToJsonString": lambda scope, argument: json.dumps(evaluate(scope, argument), separators=(",", ":")),
    "Fn::Length": _length,
    **{name: function for name, function in _CONDITIONS.items() if name != "Condition"},
}
