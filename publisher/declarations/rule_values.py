"""Values that rules compare parameters with, against what the parameters can be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.declarations.fields import Steps, matches_linearly
from publisher.errors import did_you_mean, quoted

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_COMPARISONS = ("Fn::Equals", "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn")


@dataclass(frozen=True, kw_only=True)
class Impossible:
    """A value that a parameter never has: the path to it, why, and the remedy."""

    steps: Steps
    parameter: str
    text: str
    reason: str
    hint: str


def impossible(condition: Any, steps: Steps, parameters: Mapping[str, Any]) -> Iterator[Impossible]:
    """The literal values in a condition or assertion that its parameter cannot have."""
    for path, (name, text) in compared(condition, steps):
        parameter = parameters.get(name)
        found = unfit(text, parameter) if isinstance(parameter, Mapping) else None
        if found is not None:
            yield Impossible(steps=path, parameter=name, text=text, reason=found[0], hint=found[1])


def compared(condition: Any, steps: Steps) -> Iterator[tuple[Steps, tuple[str, str]]]:
    """The literal values that a condition or assertion compares a parameter with: (parameter, value)."""
    if isinstance(condition, list):
        for n, item in enumerate(condition):
            yield from compared(item, (*steps, n))
    if not isinstance(condition, dict):
        return
    for name, arguments in condition.items():
        if name in _COMPARISONS and isinstance(arguments, list):
            refs = [it["Ref"] for it in arguments if isinstance(it, dict) and isinstance(it.get("Ref"), str)]
            if len(refs) == 1:
                yield from ((path, (refs[0], text)) for path, text in _literals(arguments, (*steps, name)))
        else:
            yield from compared(arguments, (*steps, name))


def _literals(arguments: list[Any], steps: Steps) -> Iterator[tuple[Steps, str]]:
    for n, argument in enumerate(arguments):
        if isinstance(argument, str):
            yield (*steps, n), argument
        elif isinstance(argument, list):
            yield from (((*steps, n, m), it) for m, it in enumerate(argument) if isinstance(it, str))


def unfit_value(text: str, parameter: Mapping[str, Any]) -> tuple[str, str] | None:
    """Why a launch cannot set a parameter to this: each entry of a list counts."""
    type_ = str(parameter.get("Type", "String"))
    entries = text.split(",") if type_.startswith(("List<", "CommaDelimitedList")) else [text]
    return next((found for entry in entries if (found := unfit(entry.strip(), parameter))), None)


def shown_value(text: str, parameter: Mapping[str, Any]) -> str:
    """A parameter's value as messages show it: not that of one with NoEcho, which is a secret.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    return "this value (NoEcho)" if parameter.get("NoEcho", False) not in (False, "false") else quoted(text)


def unfit(text: str, parameter: Mapping[str, Any]) -> tuple[str, str] | None:
    """Why a parameter cannot have this value, and what to write instead; None when it can."""
    type_ = str(parameter.get("Type", "String"))
    values = parameter.get("AllowedValues")
    allowed = [_text(value) for value in values] if isinstance(values, list) else []
    if allowed and text not in allowed:
        return "it is not in AllowedValues", did_you_mean(text, allowed, what="allowed values are")
    # The value of an SSM parameter is only known in the account.
    if type_.startswith("AWS::SSM::"):
        return None
    if type_ in ("Number", "List<Number>"):
        return _number(text, parameter)
    pattern = parameter.get("AllowedPattern")
    if isinstance(pattern, str) and not _matches(pattern, text):
        words = parameter.get("ConstraintDescription")
        hint = f": {quoted(words)}" if isinstance(words, str) else ""
        return f"it does not match AllowedPattern {pattern}", f"write a value that matches{hint}"
    least, most = _limit(parameter, "MinLength"), _limit(parameter, "MaxLength")
    if least is not None and len(text) < float(least):
        return f"MinLength is {least}", "write a longer value"
    if most is not None and len(text) > float(most):
        return f"MaxLength is {most}", "write a shorter value"
    return None


def _number(text: str, parameter: Mapping[str, Any]) -> tuple[str, str] | None:
    if not _NUMBER.fullmatch(text):
        return "its type is Number", "write a number, in quotes"
    least, most = _limit(parameter, "MinValue"), _limit(parameter, "MaxValue")
    if least is not None and float(text) < float(least):
        return f"MinValue is {least}", "write a larger number"
    if most is not None and float(text) > float(most):
        return f"MaxValue is {most}", "write a smaller number"
    return None


def _limit(parameter: Mapping[str, Any], name: str) -> str | None:
    """The limit if it is a number; cfn-lint tells of others."""
    text = str(parameter.get(name))
    return text if _NUMBER.fullmatch(text) else None


def _matches(pattern: str, text: str) -> bool:
    """Patterns are Java's; what cannot be matched in linear time is taken to match: AWS checks it."""
    try:
        return matches_linearly(pattern, text)
    except ValueError:
        return True


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
