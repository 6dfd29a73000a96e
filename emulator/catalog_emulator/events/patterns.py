"""Event patterns: which EventBridge refuses, and which events they match. Pure.

Reasons of refusals are those of the library that EventBridge publishes, where AWS documents none.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
https://github.com/aws/event-ruler
"""

import ipaddress
import json
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from catalog_emulator.wildcards import Tokens, Wild, Wildcards

Pattern = Mapping[str, Any]

_DEPTH: Final = 100
_ABSENT: Final = object()
_IGNORE_CASE: Final = "equals-ignore-case"
_RANGES: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


class InvalidPatternError(ValueError):
    """A pattern that EventBridge refuses, with its reason."""


def read(text: str) -> Pattern:
    """The pattern of a JSON text. Raises InvalidPatternError."""
    try:
        pattern = json.loads(text)
    except (RecursionError, ValueError):
        raise InvalidPatternError("Invalid JSON") from None
    if not isinstance(pattern, dict):
        raise InvalidPatternError("Filter is not an object")
    _check(pattern, _DEPTH)
    return pattern


def matches(pattern: Pattern, event: Any) -> bool:
    """Whether all members match; those of one object in a list of the event belong together."""
    if isinstance(event, list):
        return any(matches(pattern, one) for one in event)
    held = event if isinstance(event, dict) else {}
    return all(_member(name, wanted, held) for name, wanted in pattern.items())


def _member(name: str, wanted: Any, held: Mapping[str, Any]) -> bool:
    if _is_alternatives(name, wanted):
        return any(matches(one, held) for one in wanted)
    if isinstance(wanted, dict):
        return matches(wanted, held.get(name))
    value = held.get(name, _ABSENT)
    values = value if isinstance(value, list) else [value]
    # An object is no leaf, and only leaves are compared.
    leaves = [one for one in values if one is not _ABSENT and not isinstance(one, dict)]
    return any(_fits(one, leaves) for one in wanted)


def _fits(wanted: Any, leaves: list[Any]) -> bool:
    if not isinstance(wanted, dict):
        return any(_same(wanted, one) for one in leaves)
    [(name, operand)] = wanted.items()
    if name == "exists":
        return bool(leaves) is operand
    return any(_MATCHES[name](operand, one) for one in leaves)


def _same(wanted: Any, value: Any) -> bool:
    """JSON's types apart, which Python's true and 1 are not."""
    return bool(wanted == value) and isinstance(wanted, bool) == isinstance(value, bool)


def _affix(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def matches_affix(operand: Any, value: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(operand, dict):
            return test(value.lower(), operand[_IGNORE_CASE].lower())
        return test(value, operand)

    return matches_affix


def _ignoring_case(operand: str, value: Any) -> bool:
    return isinstance(value, str) and value.lower() == operand.lower()


def _wildcard(operand: str, value: Any) -> bool:
    """`*` is any text; a backslash escapes it."""
    parts: Tokens = []
    letters = iter(operand)
    for letter in letters:
        parts.append(next(letters, "") if letter == "\\" else Wild.TEXT if letter == "*" else letter)
    return isinstance(value, str) and Wildcards(parts).match(value)


def _numeric(operand: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_RANGES[name](value, number) for name, number in zip(operand[::2], operand[1::2], strict=True))


def _cidr(operand: str, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


def _anything_but(operand: Any, value: Any) -> bool:
    if isinstance(operand, dict):
        [(name, inner)] = operand.items()
        return not any(_MATCHES[name](one, value) for one in _listed(inner))
    return not any(_same(one, value) for one in _listed(operand))


_MATCHES: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "prefix": _affix(str.startswith),
    "suffix": _affix(str.endswith),
    _IGNORE_CASE: _ignoring_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}


def _listed(operand: Any) -> list[Any]:
    return operand if isinstance(operand, list) else [operand]


def _is_alternatives(name: str, wanted: Any) -> bool:
    """`$or` with objects that are patterns; with anything else it is the name of a member."""
    return (
        name == "$or"
        and isinstance(wanted, list)
        and len(wanted) > 1
        and all(isinstance(one, dict) and not one.keys() & {*_MATCHES, "exists"} for one in wanted)
    )


def _check(pattern: Pattern, depth: int) -> None:
    if not depth:
        raise InvalidPatternError("Filter is nested too deeply")
    for name, wanted in pattern.items():
        if _is_alternatives(name, wanted):
            for one in wanted:
                _check(one, depth - 1)
        elif isinstance(wanted, dict):
            _check(wanted, depth - 1)
        elif not isinstance(wanted, list):
            raise InvalidPatternError(f"'{name}' must be an object or an array")
        elif not wanted:
            raise InvalidPatternError("Empty arrays are not allowed")
        else:
            for one in wanted:
                _check_value(one)


def _check_value(wanted: Any) -> None:
    if isinstance(wanted, list):
        raise InvalidPatternError("Match value must be String, number, true, false, or null")
    if not isinstance(wanted, dict):
        return
    if len(wanted) != 1:
        raise InvalidPatternError("Only one key allowed in match expression")
    [(name, operand)] = wanted.items()
    if name not in _OPERANDS:
        raise InvalidPatternError(f"Unrecognized match type {name}")
    takes, reason = _OPERANDS[name]
    if not takes(operand):
        raise InvalidPatternError(reason)


def _is_text(operand: Any) -> bool:
    return isinstance(operand, str)


def _is_affix(operand: Any) -> bool:
    inner = operand.get(_IGNORE_CASE) if isinstance(operand, dict) and len(operand) == 1 else operand
    return _is_text(inner)


def _is_number(operand: Any) -> bool:
    return isinstance(operand, int | float) and not isinstance(operand, bool)


def _is_range(operand: Any) -> bool:
    """One comparison, or two that are a range."""
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        return False
    names, numbers = operand[::2], operand[1::2]
    known = all(_is_text(name) and name in _RANGES for name in names)
    return known and all(map(_is_number, numbers)) and "=" not in names[1:]


def _is_network(operand: Any) -> bool:
    try:
        return _is_text(operand) and "/" in operand and bool(ipaddress.ip_network(operand, strict=False))
    except ValueError:
        return False


def _is_other(operand: Any) -> bool:
    if not isinstance(operand, dict):
        kinds = (_is_text, _is_number)
        return any(_listed(operand) and all(map(kind, _listed(operand))) for kind in kinds)
    [(name, inner)] = operand.items() if len(operand) == 1 else [("", None)]
    within = name in ("prefix", "suffix", _IGNORE_CASE, "wildcard") and bool(_listed(inner))
    return within and all(map(_is_affix if name in ("prefix", "suffix") else _is_text, _listed(inner)))


_OPERANDS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "exists": (
        lambda one: isinstance(one, bool),
        "exists match pattern must be either true or false.",
    ),
    "prefix": (_is_affix, "prefix match pattern must be a string"),
    "suffix": (_is_affix, "suffix match pattern must be a string"),
    _IGNORE_CASE: (_is_text, "equals-ignore-case match pattern must be a string"),
    "wildcard": (_is_text, "wildcard match pattern must be a string"),
    "numeric": (_is_range, "Bad numeric range operator or value"),
    "cidr": (_is_network, "Malformed CIDR, one '/' required"),
    "anything-but": (_is_other, "Value of anything-but must be an array or single string/number value."),
}
