"""The Condition element of IAM policies. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import base64
import binascii
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from catalog_emulator.iam.patterns import Pattern, Values, as_list

Test = Callable[[Pattern, str, Values], bool]

_NAME = re.compile(r"(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?")


class MalformedPolicyError(ValueError):
    """A policy that IAM refuses, with the reason."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One operator on one key. `negated` operators hold if no value matches, or there is none."""

    key: str
    test: Test
    negated: bool
    patterns: tuple[Pattern, ...]
    quantifier: str
    if_exists: bool

    def holds(self, context: Values) -> bool:
        values = context.get(self.key, ())
        if not values:
            if self.quantifier:
                return self.quantifier == "ForAllValues" or self.if_exists
            return self.if_exists or self.negated
        met = (self._meets(value, context) for value in values)
        return all(met) if self._every else any(met)

    @property
    def _every(self) -> bool:
        return self.quantifier == "ForAllValues" or (self.negated and not self.quantifier)

    def _meets(self, value: str, context: Values) -> bool:
        return any(self.test(pattern, value, context) for pattern in self.patterns) != self.negated


@dataclass(frozen=True, kw_only=True)
class Null:
    """The operator Null: whether a key has no value."""

    key: str
    absent: bool

    def holds(self, context: Values) -> bool:
        return bool(context.get(self.key)) != self.absent


def conditions(element: Mapping[str, Any], *, variables: bool) -> Iterator[Condition | Null]:
    """The conditions of a statement, all of which must hold. Raises MalformedPolicyError."""
    for name, keys in element.items():
        found = _NAME.fullmatch(name)
        quantifier, kind, if_exists = found.groups() if found else ("", name, "")
        for key, declared in keys.items():
            values = [_text(value) for value in as_list(declared)]
            if kind == "Null":
                yield Null(key=key.lower(), absent="true" in values)
                continue
            negated = _NEGATED.fullmatch(kind)
            test = _TESTS.get("".join(negated.groups()) if negated else kind)
            if test is None:
                raise MalformedPolicyError(f"Invalid Condition type : {name}.")
            yield Condition(
                key=key.lower(),
                test=test,
                negated=negated is not None,
                patterns=tuple(Pattern(value, variables) for value in values),
                quantifier=quantifier or "",
                if_exists=bool(if_exists),
            )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equal(pattern: Pattern, value: str, context: Values) -> bool:
    return pattern.plain(context) == value


def _equal_ignoring_case(pattern: Pattern, value: str, context: Values) -> bool:
    expected = pattern.plain(context)
    return expected is not None and expected.casefold() == value.casefold()


def _like(pattern: Pattern, value: str, context: Values) -> bool:
    return pattern.like(value, context)


def _arn_like(pattern: Pattern, value: str, context: Values) -> bool:
    parts, texts = pattern.segments(), value.split(":", 5)
    return len(parts) == len(texts) and all(
        part.like(text, context) for part, text in zip(parts, texts, strict=True)
    )


def _in_network(pattern: Pattern, value: str, context: Values) -> bool:
    expected = pattern.plain(context)
    try:
        return expected is not None and ip_address(value) in ip_network(expected, strict=False)
    except ValueError:
        return False


def _same_bytes(pattern: Pattern, value: str, context: Values) -> bool:
    try:
        expected = pattern.plain(context)
        return expected is not None and base64.b64decode(expected) == base64.b64decode(value)
    except binascii.Error:
        return False


def _compared(parse: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Test:
    def test(pattern: Pattern, value: str, context: Values) -> bool:
        expected = pattern.plain(context)
        try:
            return expected is not None and compare(parse(value), parse(expected))
        except ValueError:
            return False

    return test


def _moment(text: str) -> datetime:
    """A date in a form of ISO 8601, or seconds since 1970."""
    if re.fullmatch(r"\d{5,}(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _orders(name: str, parse: Callable[[str], Any]) -> dict[str, Test]:
    """The comparisons of what the values are when they are read."""
    tests = {"Equals": operator.eq, "LessThan": operator.lt, "LessThanEquals": operator.le}
    tests |= {"GreaterThan": operator.gt, "GreaterThanEquals": operator.ge}
    return {f"{name}{one}": _compared(parse, compare) for one, compare in tests.items()}


# The operators, without those that _NEGATED tells from them.
_TESTS: Mapping[str, Test] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": _equal_ignoring_case,
    "BinaryEquals": _same_bytes,
    "IpAddress": _in_network,
    **_orders("Numeric", float),
    **_orders("Date", _moment),
}
_NEGATED = re.compile(r"(String|Arn|Numeric|Date|)Not(Equals|EqualsIgnoreCase|Like|IpAddress)")
