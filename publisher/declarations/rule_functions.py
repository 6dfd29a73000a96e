"""The functions of CloudFormation's Rules section: their shape, and the parameters they read.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from publisher.declarations.fields import Steps
from publisher.errors import did_you_mean, quoted

_CONDITIONS = (
    "Fn::And",
    "Fn::Or",
    "Fn::Not",
    "Fn::Equals",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
)
_VALUES = ("Ref", "Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll")
_ARGUMENTS = {
    "Fn::And": (2, 10),
    "Fn::Or": (2, 10),
    "Fn::Not": (1, 1),
    "Fn::Equals": (2, 2),
    "Fn::Contains": (2, 2),
    "Fn::EachMemberEquals": (2, 2),
    "Fn::EachMemberIn": (2, 2),
    "Fn::ValueOf": (2, 2),
    "Fn::ValueOfAll": (2, 2),
}
_OF_CONDITIONS = ("Fn::And", "Fn::Or", "Fn::Not")
# Whether each argument is a list of values, where that is fixed.
_MANY = {
    "Fn::Contains": (True, False),
    "Fn::EachMemberEquals": (True, False),
    "Fn::EachMemberIn": (True, True),
}
# Nothing but texts stands in these.
_OF_TEXTS = ("Fn::ValueOf", "Fn::ValueOfAll")

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
_SINGLE = (
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
)
TYPES = (*_SINGLE, *(f"List<{name}>" for name in _SINGLE))
_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "AWS::EC2::SecurityGroup::Id": (),
    "AWS::EC2::Subnet::Id": ("AvailabilityZone", "VpcId"),
    "AWS::EC2::VPC::Id": ("DefaultNetworkAcl", "DefaultSecurityGroup"),
}
_TAG = re.compile(r"Tags\..+")


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """What is wrong in a rule: the path to it, the complaint, the remedy."""

    steps: Steps
    message: str
    hint: str


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A parameter that a rule reads, itself or an attribute of what it names, and the path to its name."""

    steps: Steps
    parameter: str
    attribute: str | None = None


def flaws(condition: Any, steps: Steps) -> Iterator[Flaw]:
    """What is wrong with a condition or an assertion: something that is true or false."""
    name = _function(condition)
    if name not in _CONDITIONS:
        hint = f"write one of {', '.join(_CONDITIONS)}"
        if name is not None and name not in _VALUES:
            hint = did_you_mean(name, _CONDITIONS)
        found = "a value" if name is None else f"'{name}'"
        yield Flaw(steps=steps, message=f"expected a condition function, not {found}", hint=hint)
        return
    yield from _arguments(name, condition[name], (*steps, name))


def references(value: Any, steps: Steps) -> Iterator[Reference]:
    """The parameters that a condition, assertion or value reads."""
    if isinstance(value, list):
        for n, item in enumerate(value):
            yield from references(item, (*steps, n))
    elif isinstance(value, dict):
        for name, argument in value.items():
            if name == "Ref" and isinstance(argument, str):
                yield Reference(steps=(*steps, name), parameter=argument)
            elif (
                name == "Fn::ValueOf"
                and isinstance(argument, list)
                and argument
                and isinstance(argument[0], str)
            ):
                attribute = argument[1] if len(argument) > 1 and isinstance(argument[1], str) else None
                yield Reference(steps=(*steps, name, 0), parameter=argument[0], attribute=attribute)
            else:
                yield from references(argument, (*steps, name))


def _function(value: Any) -> str | None:
    """The name of the only key of a mapping."""
    return next(iter(value)) if isinstance(value, dict) and len(value) == 1 else None


def _arguments(name: str, arguments: Any, steps: Steps) -> Iterator[Flaw]:
    least, most = _ARGUMENTS[name]
    if not isinstance(arguments, list) or not least <= len(arguments) <= most:
        count = str(least) if least == most else f"{least} to {most}"
        found = str(len(arguments)) if isinstance(arguments, list) else "another value"
        message = f"'{name}' requires a list of {count} arguments, not {found}"
        yield Flaw(steps=steps, message=message, hint=f"write {name}: [...] with {count} arguments")
        return
    if name in _OF_TEXTS:
        yield from _texts(name, arguments, steps)
        return
    for n, argument in enumerate(arguments):
        if name in _OF_CONDITIONS:
            yield from flaws(argument, (*steps, n))
        else:
            yield from _fitting(name, n, argument, (*steps, n)) or _value(argument, (*steps, n))


def _fitting(name: str, n: int, value: Any, steps: Steps) -> list[Flaw]:
    """What is wrong with a list where one value is taken, or the other way round."""
    many = _MANY[name][n] if name in _MANY else None
    place = ("first", "second")[n]
    if many is True and isinstance(value, str):
        message = f"the {place} argument of '{name}' must be a list, not {quoted(value)}"
        return [Flaw(steps=steps, message=message, hint=f"write [{value}]")]
    if many is False and isinstance(value, list):
        message = f"the {place} argument of '{name}' must be a single value, not a list"
        return [Flaw(steps=steps, message=message, hint="put the list first; Fn::EachMemberIn allows two")]
    return []


def _texts(name: str, arguments: list[Any], steps: Steps) -> Iterator[Flaw]:
    for n, argument in enumerate(arguments):
        if not isinstance(argument, str):
            message = f"the arguments of '{name}' must be names, not functions"
            yield Flaw(steps=(*steps, n), message=message, hint=f"write {name}: [<name>, <attribute>]")
    kind, attribute = arguments
    if name == "Fn::ValueOfAll" and isinstance(kind, str) and isinstance(attribute, str):
        if kind not in TYPES:
            yield _no_type(kind, (*steps, 0))
        elif (found := unknown_attribute(kind, attribute)) is not None:
            yield Flaw(steps=(*steps, 1), message=found[0], hint=found[1])


def _no_type(kind: str, steps: Steps) -> Flaw:
    message = f"{quoted(kind)} is not an AWS-specific parameter type"
    return Flaw(steps=steps, message=message, hint=did_you_mean(kind, TYPES))


def _value(value: Any, steps: Steps, *, within: bool = False) -> Iterator[Flaw]:
    if isinstance(value, list) and within:
        message = "a list of values cannot contain another list"
        yield Flaw(steps=steps, message=message, hint="remove the inner brackets")
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _value(item, (*steps, n), within=True)
    elif isinstance(value, dict):
        name = _function(value)
        if name not in _VALUES:
            hint = f"write one of {', '.join(_VALUES)}" if name is None else did_you_mean(name, _VALUES)
            found = "a mapping" if name is None else f"'{name}'"
            yield Flaw(steps=steps, message=f"{found} is not a value that rules can use", hint=hint)
        elif name in _ARGUMENTS:
            yield from _arguments(name, value[name], (*steps, name))
        elif not isinstance(value[name], str):
            hint = f"write {name}: <name>"
            yield Flaw(steps=(*steps, name), message=f"the argument of '{name}' must be a name", hint=hint)
        elif name == "Fn::RefAll" and value[name] not in TYPES:
            yield _no_type(value[name], (*steps, name))
    elif not isinstance(value, str):
        text = "null" if value is None else str(value).lower()
        message = f"{text} must be quoted: rules compare parameters as text"
        yield Flaw(steps=steps, message=message, hint=f'write "{text}"')


def unknown_attribute(kind: str, attribute: str) -> tuple[str, str] | None:
    """Why AWS has no such attribute of what a parameter of this type names, and the remedy."""
    single = re.sub(r"^(AWS::SSM::Parameter::Value<)?(List<)?([^<>]+)>*$", r"\3", kind)
    if single not in _ATTRIBUTES:
        kinds = ", ".join(_ATTRIBUTES)
        message = f"rules cannot read attributes of type {quoted(kind)}"
        return message, f"compare the value itself with Ref; only {kinds} have attributes"
    if attribute in _ATTRIBUTES[single] or _TAG.fullmatch(attribute):
        return None
    known = (*_ATTRIBUTES[single], "Tags.<key>")
    return f"{quoted(kind)} has no attribute {quoted(attribute)}", did_you_mean(attribute, known)
