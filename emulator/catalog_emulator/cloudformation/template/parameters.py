"""Parameters of a template: supplied values, defaults and limits, and the SSM parameters that they name.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.quotas import PARAMETER_VALUE_BYTES
from catalog_emulator.cloudformation.template.scope import text_of
from catalog_emulator.regular_expressions import Limit, SlowPatternError, matches

Fetch = Callable[[str], str | None]
ParameterList = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
_LIST = re.compile(r"List<(.+)>|CommaDelimitedList")
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_TYPES = re.compile(
    r"String|Number|CommaDelimitedList|List<(String|Number)>|AWS::SSM::Parameter::Name"
    r"|(List<)?AWS::(EC2|Route53)::[A-Za-z]+::[A-Za-z]+(\.[A-Za-z]+)?>?"
)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter. `supplied` is the value or the default as text, `resolved` that of an SSM parameter."""

    name: str
    type_name: str
    supplied: str
    resolved: str | None
    no_echo: bool

    @property
    def value(self) -> Any:
        text = self.supplied if self.resolved is None else self.resolved
        return split(text) if _LIST.fullmatch(self.inner_type) else text

    @property
    def inner_type(self) -> str:
        """The type of the value, also of one that SSM holds."""
        return inner_type(self.type_name)


def inner_type(type_name: str) -> str:
    """`AWS::EC2::VPC::Id` of `AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>`."""
    found = _SSM_VALUE.fullmatch(type_name)
    return found[1] if found else type_name


def split(text: str) -> list[str]:
    """The items of a comma-delimited list."""
    return [item.strip() for item in text.split(",")] if text else []


def parameter_values(
    parameters: ParameterList, previous: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """Values by name, from a mapping or from a request's list, which may ask for previous values."""
    if parameters is None or isinstance(parameters, Mapping):
        return {name: _joined(value) for name, value in (parameters or {}).items()}
    values: dict[str, str] = {}
    for parameter in parameters:
        name = parameter["ParameterKey"]
        if parameter.get("UsePreviousValue") and name in previous:
            values[name] = previous[name]
        elif "ParameterValue" in parameter:
            values[name] = _joined(parameter["ParameterValue"])
    return values


def _joined(value: Any) -> str:
    return ",".join(map(text_of, value)) if isinstance(value, list) else text_of(value)


def resolve(
    definitions: Mapping[str, Mapping[str, Any]], values: Mapping[str, str], fetch: Fetch
) -> dict[str, Parameter]:
    """Every parameter of the template with its value; raises ValidationError in AWS's words.

    `fetch` gives the value of an SSM parameter, None when it does not exist.
    """
    unknown = [name for name in values if name not in definitions]
    if unknown:
        raise ValidationError(message=f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [
        name
        for name, definition in definitions.items()
        if name not in values and definition.get("Default") is None
    ]
    if missing:
        raise ValidationError(message=f"Parameters: [{', '.join(missing)}] must have values")
    limit = Limit()
    for name, definition in definitions.items():
        if not _TYPES.fullmatch(inner_type(str(definition.get("Type")))):
            raise ValidationError(
                message=f"Template format error: Unrecognized parameter type: {definition.get('Type')}"
            )
        _check(name, definition, text_of(values.get(name, definition.get("Default"))), limit)
    return _fetched(definitions, values, fetch)


def unsupported(name: str) -> ValidationError:
    """The refusal of an SSM parameter that is a SecureString."""
    return ValidationError(
        message=f"Parameters [{name}] referenced by template have types not supported by CloudFormation."
    )


def _check(name: str, definition: Mapping[str, Any], text: str, limit: Limit) -> None:
    try:
        problem = next(_problems(definition, text, limit), None)
    except SlowPatternError as error:
        raise ValidationError(message=f"Parameter '{name}' cannot be checked. {error}") from None
    if problem is not None:
        explained = definition.get("ConstraintDescription")
        shown = f"failed to satisfy constraint: {explained}" if explained else f"must {problem}"
        raise ValidationError(message=f"Parameter '{name}' {shown}")


def _fetched(
    definitions: Mapping[str, Mapping[str, Any]], values: Mapping[str, str], fetch: Fetch
) -> dict[str, Parameter]:
    resolved: dict[str, Parameter] = {}
    absent: list[str] = []
    for name, definition in definitions.items():
        text = text_of(values.get(name, definition.get("Default")))
        type_name = str(definition.get("Type"))
        looked_up = type_name.startswith("AWS::SSM::")
        value = fetch(text) if looked_up else None
        if looked_up and value is None:
            absent.append(text)
        if type_name == "AWS::SSM::Parameter::Name":
            # The parameter only has to exist.
            value = None
        no_echo = text_of(definition.get("NoEcho", False)).lower() == "true"
        resolved[name] = Parameter(
            name=name, type_name=type_name, supplied=text, resolved=value, no_echo=no_echo
        )
    if absent:
        raise ValidationError(
            message=f"Unable to fetch parameters [{','.join(absent)}] from parameter store for this account."
        )
    return resolved


def _problems(definition: Mapping[str, Any], text: str, limit: Limit) -> Iterator[str]:
    """What the text of a parameter must be or have, and is or has not."""
    # The limits of an SSM parameter type are for the name of the parameter, a string.
    type_name = re.sub("AWS::SSM::.*", "String", str(definition["Type"]))
    items = split(text) if _LIST.fullmatch(type_name) else [text]
    if len(text.encode()) > PARAMETER_VALUE_BYTES:
        yield f"contain at most {PARAMETER_VALUE_BYTES} bytes"
    allowed = [text_of(value) for value in definition.get("AllowedValues", items)]
    if any(item not in allowed for item in items):
        yield "be one of AllowedValues"
    if type_name in ("Number", "List<Number>"):
        for item in items:
            if _NUMBER.fullmatch(item):
                yield from _limits(
                    definition, "Value", float(item), "be a number not {} than {}", "less", "greater"
                )
            else:
                yield "be a number"
    elif type_name in ("String", "CommaDelimitedList"):
        pattern = definition.get("AllowedPattern")
        if pattern is not None and not all(matches(str(pattern), item, limit=limit) for item in items):
            yield f"match pattern {pattern}"
    if type_name == "String":
        yield from _limits(definition, "Length", len(text), "contain at {} {} characters", "least", "most")


def _limits(
    definition: Mapping[str, Any], kind: str, value: float, text: str, least: str, most: str
) -> Iterator[str]:
    if value < float(definition.get(f"Min{kind}", value)):
        yield text.format(least, definition[f"Min{kind}"])
    if value > float(definition.get(f"Max{kind}", value)):
        yield text.format(most, definition[f"Max{kind}"])
