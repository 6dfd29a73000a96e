"""Parameters of a launch: what was given, the template's defaults and limits, and SSM parameters behind them.

Words and limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.cloudformation.exceptions import MissingParameterError, ValidationError

from catalog_emulator.cloudformation.template.scope import text_of

Fetch = Callable[[str], str | None]

_SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
_LIST = re.compile(r"List<(.+)>|CommaDelimitedList")
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_TYPES = re.compile(
    r"String|Number|CommaDelimitedList|List<(String|Number)>|AWS::SSM::Parameter::Name"
    r"|(List<)?AWS::(EC2|Route53)::[A-Za-z]+::[A-Za-z]+(\.[A-Za-z]+)?>?"
)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter with its value. `given` is the text as given, `resolved` what an SSM parameter holds."""

    name: str
    type_name: str
    given: str
    resolved: str | None
    no_echo: bool

    @property
    def value(self) -> Any:
        """What Ref answers: a text, or a list of texts."""
        text = self.given if self.resolved is None else self.resolved
        return split(text) if _LIST.fullmatch(self.inner_type) else text

    @property
    def inner_type(self) -> str:
        """The type of the value itself, whether it comes from SSM or not."""
        return inner_type(self.type_name)


def inner_type(type_name: str) -> str:
    """`AWS::EC2::VPC::Id` of `AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>`."""
    found = _SSM_VALUE.fullmatch(type_name)
    return found[1] if found else type_name


def split(text: str) -> list[str]:
    """The items of a comma-delimited list."""
    return [item.strip() for item in text.split(",")] if text else []


def resolve(
    definitions: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, str],
    fetch: Fetch,
    *,
    strict: bool = True,
) -> dict[str, Parameter]:
    """Every parameter of the template with its value; raises ValidationError in AWS's words.

    `fetch` answers an SSM parameter's value, None when there is no such parameter. Without `strict` only a
    missing value is refused, in moto's words.
    """
    missing = [
        name
        for name, definition in definitions.items()
        if name not in given and definition.get("Default") is None
    ]
    if missing and not strict:
        raise MissingParameterError(missing[0])
    if strict:
        _check(definitions, given, missing)
    return _fetched(definitions, given, fetch)


def _check(
    definitions: Mapping[str, Mapping[str, Any]], given: Mapping[str, str], missing: Iterable[str]
) -> None:
    unknown = [name for name in given if name not in definitions]
    if unknown:
        raise ValidationError(message=f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    if missing:
        raise ValidationError(message=f"Parameters: [{', '.join(missing)}] must have values")
    for name, definition in definitions.items():
        if not _TYPES.fullmatch(inner_type(str(definition.get("Type")))):
            raise ValidationError(
                message=f"Template format error: Unrecognized parameter type: {definition.get('Type')}"
            )
        check(name, definition, text_of(given.get(name, definition.get("Default"))))


def unsupported(name: str) -> ValidationError:
    """The refusal of an SSM parameter that is a SecureString."""
    return ValidationError(
        message=f"Parameters [{name}] referenced by template have types not supported by CloudFormation."
    )


def check(name: str, definition: Mapping[str, Any], text: str) -> None:
    """Raises ValidationError when the value breaks one of the parameter's own limits."""
    for problem in _problems(name, definition, text):
        explained = definition.get("ConstraintDescription")
        raise ValidationError(
            message=f"Parameter '{name}' failed to satisfy constraint: {explained}" if explained else problem
        )


def _fetched(
    definitions: Mapping[str, Mapping[str, Any]], given: Mapping[str, str], fetch: Fetch
) -> dict[str, Parameter]:
    resolved: dict[str, Parameter] = {}
    absent: list[str] = []
    for name, definition in definitions.items():
        text = text_of(given.get(name, definition.get("Default")))
        type_name = str(definition.get("Type"))
        looked_up = type_name.startswith("AWS::SSM::")
        value = fetch(text) if looked_up else None
        if looked_up and value is None:
            absent.append(text)
        if type_name == "AWS::SSM::Parameter::Name":
            # Only that it exists matters.
            value = None
        no_echo = text_of(definition.get("NoEcho", False)).lower() == "true"
        resolved[name] = Parameter(
            name=name, type_name=type_name, given=text, resolved=value, no_echo=no_echo
        )
    if absent:
        raise ValidationError(
            message=f"Unable to fetch parameters [{','.join(absent)}] from parameter store for this account."
        )
    return resolved


def _problems(name: str, definition: Mapping[str, Any], text: str) -> Iterator[str]:
    type_name = str(definition["Type"])
    if type_name.startswith("AWS::SSM::"):
        # The limits of an SSM parameter type speak of the parameter's name, which AWS checks as text.
        type_name = "String"
    if "AllowedValues" in definition:
        allowed = [text_of(value) for value in definition["AllowedValues"]]
        if any(item not in allowed for item in _items(type_name, text)):
            yield f"Parameter '{name}' must be one of AllowedValues"
    if type_name in ("Number", "List<Number>"):
        yield from _number_problems(name, definition, _items(type_name, text))
    elif type_name == "String":
        yield from _pattern_problems(name, definition, [text])
        yield from _length_problems(name, definition, text)
    elif type_name == "CommaDelimitedList":
        yield from _pattern_problems(name, definition, split(text))


def _items(type_name: str, text: str) -> Iterable[str]:
    return split(text) if _LIST.fullmatch(type_name) else [text]


def _pattern_problems(name: str, definition: Mapping[str, Any], items: Iterable[str]) -> Iterator[str]:
    pattern = definition.get("AllowedPattern")
    if pattern is not None and not all(_matches(str(pattern), item) for item in items):
        yield f"Parameter '{name}' must match pattern {pattern}"


def _matches(pattern: str, text: str) -> bool:
    """Patterns are Java's; one that Python cannot read (`[\\w-\\+]`) is taken to match."""
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return True


def _length_problems(name: str, definition: Mapping[str, Any], text: str) -> Iterator[str]:
    if len(text) < int(definition.get("MinLength", 0)):
        yield f"Parameter '{name}' must contain at least {definition['MinLength']} characters"
    if "MaxLength" in definition and len(text) > int(definition["MaxLength"]):
        yield f"Parameter '{name}' must contain at most {definition['MaxLength']} characters"


def _number_problems(name: str, definition: Mapping[str, Any], items: Iterable[str]) -> Iterator[str]:
    for item in items:
        if not _NUMBER.fullmatch(item):
            yield f"Parameter '{name}' must be a number"
            continue
        if "MinValue" in definition and float(item) < float(definition["MinValue"]):
            yield f"Parameter '{name}' must be a number not less than {definition['MinValue']}"
        if "MaxValue" in definition and float(item) > float(definition["MaxValue"]):
            yield f"Parameter '{name}' must be a number not greater than {definition['MaxValue']}"
