"""Parameters of a CloudFormation template, and whether given values satisfy them. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.local.servicecatalog.exceptions import InvalidParametersException

_CONSTRAINTS = ("AllowedPattern", "ConstraintDescription", "MaxLength", "MinLength", "MaxValue", "MinValue")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a template; `properties` are as written there."""

    name: str
    type: str
    properties: Mapping[str, Any]

    @property
    def default(self) -> str | None:
        """The default as text, None where a value must be given."""
        value = self.properties.get("Default")
        return None if value is None else text(value)

    @property
    def is_list(self) -> bool:
        """Whether its value is several, separated by commas."""
        return self.type == "CommaDelimitedList" or "List<" in self.type

    @property
    def from_ssm(self) -> bool:
        """Whether its value names an SSM parameter."""
        return self.type.startswith("AWS::SSM::Parameter::Value<")

    def described(self) -> dict[str, Any]:
        """ProvisioningArtifactParameter."""
        constraints: dict[str, Any] = {
            name: text(self.properties[name]) for name in _CONSTRAINTS if name in self.properties
        }
        constraints["AllowedValues"] = [text(one) for one in self.properties.get("AllowedValues", [])]
        found = {
            "ParameterKey": self.name,
            "DefaultValue": self.default,
            "ParameterType": self.type,
            "IsNoEcho": text(self.properties.get("NoEcho", False)).lower() == "true",
            "Description": self.properties.get("Description"),
            "ParameterConstraints": constraints,
        }
        return {name: value for name, value in found.items() if value is not None}

    def values(self, value: str) -> list[str]:
        """The single values in a value."""
        return [one.strip() for one in value.split(",")] if self.is_list else [value]


def parameters_of(template: Mapping[str, Any]) -> tuple[Parameter, ...]:
    """The parameters in the order of the template."""
    declared = template.get("Parameters") or {}
    return tuple(
        Parameter(name=name, type=properties["Type"], properties=properties)
        for name, properties in declared.items()
    )


def resolve(
    parameters: Sequence[Parameter],
    given: Sequence[Mapping[str, Any]],
    previous: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The value of every parameter, in CloudFormation's words InvalidParametersException otherwise.

    `given` is a request's list of Key with Value or UsePreviousValue. What is not given has its default, on
    an update too: nothing is carried over unasked.
    """
    values = _given(given, previous)
    names = {parameter.name for parameter in parameters}
    unknown = [name for name in values if name not in names]
    if unknown:
        raise InvalidParametersException(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    resolved = {one.name: values.get(one.name, one.default) for one in parameters}
    missing = [name for name, value in resolved.items() if value is None]
    if missing:
        raise InvalidParametersException(f"Parameters: [{', '.join(missing)}] must have values")
    complete = {name: value for name, value in resolved.items() if value is not None}
    for parameter in parameters:
        for problem in _problems(parameter, complete[parameter.name]):
            raise InvalidParametersException(problem)
    return complete


def text(value: Any) -> str:
    """A template's scalar or list as CloudFormation passes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return ",".join(text(one) for one in value)
        case _:
            return str(value)


def _given(given: Sequence[Mapping[str, Any]], previous: Mapping[str, str] | None) -> dict[str, str]:
    values: dict[str, str] = {}
    for one in given:
        name = one.get("Key")
        if not name:
            raise InvalidParametersException("A provisioning parameter has no key")
        if name in values:
            raise InvalidParametersException(f"Duplicate provisioning parameter: {name}")
        if not one.get("UsePreviousValue"):
            values[name] = one.get("Value", "")
        elif previous is not None and name in previous:
            values[name] = previous[name]
        else:
            raise InvalidParametersException(f"There is no previous value of parameter {name}")
    return values


def _problems(parameter: Parameter, value: str) -> Iterator[str]:
    if parameter.from_ssm:
        # Its constraints are on what SSM holds.
        if not re.fullmatch(r"[\w./:-]+", value):
            yield f"Parameter '{parameter.name}' must be the name of an SSM parameter: {value}"
        return
    for one in parameter.values(value):
        yield from _single(parameter, one)


def _single(parameter: Parameter, value: str) -> Iterator[str]:
    properties, name = parameter.properties, parameter.name
    allowed = [text(one) for one in properties.get("AllowedValues", [])]
    if allowed and value not in allowed:
        yield _worded(parameter, f"Parameter '{name}' must be one of AllowedValues")
    pattern = properties.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(str(pattern), value):
        yield _worded(parameter, f"Parameter '{name}' must match pattern {pattern}")
    if parameter.type in ("Number", "List<Number>"):
        yield from _number(parameter, value)
    elif parameter.type == "String":
        if len(value) < int(properties.get("MinLength", 0)):
            yield _worded(
                parameter, f"Parameter '{name}' must contain at least {properties['MinLength']} characters"
            )
        if "MaxLength" in properties and len(value) > int(properties["MaxLength"]):
            yield _worded(
                parameter, f"Parameter '{name}' must contain at most {properties['MaxLength']} characters"
            )


def _number(parameter: Parameter, value: str) -> Iterator[str]:
    properties, name = parameter.properties, parameter.name
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", value):
        yield f"Parameter '{name}' must be a number."
        return
    if "MinValue" in properties and float(value) < float(properties["MinValue"]):
        yield _worded(
            parameter, f"Parameter '{name}' must be a number not less than {properties['MinValue']}"
        )
    if "MaxValue" in properties and float(value) > float(properties["MaxValue"]):
        yield _worded(
            parameter, f"Parameter '{name}' must be a number not greater than {properties['MaxValue']}"
        )


def _worded(parameter: Parameter, problem: str) -> str:
    described = parameter.properties.get("ConstraintDescription")
    return f"Parameter {parameter.name} failed to satisfy constraint: {described}" if described else problem
