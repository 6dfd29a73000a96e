"""Wildcards and policy variables of IAM policies, compiled once. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

Values = Mapping[str, tuple[str, ...]]

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*'([^']*)'\s*)?\}")
_LITERAL = ("*", "?", "$")


@dataclass(frozen=True)
class Pattern:
    """Text of a policy: `${key}` is the request's value; for `like`, `*` and `?` are wildcards."""

    text: str
    variables: bool = True

    @property
    def varies(self) -> bool:
        """Whether it depends on the request."""
        return self.variables and "${" in self.text

    def like(self, value: str, context: Values, *, ignore_case: bool = False) -> bool:
        """Whether the value matches, with wildcards; never when a variable has no value."""
        expression = self._expression(context)
        return expression is not None and _compiled(expression, ignore_case).fullmatch(value) is not None

    def plain(self, context: Values) -> str | None:
        """The text with its variables filled in, None when one has no value."""
        if not self.varies:
            return self.text
        parts = [_value(part, context) if is_variable else part for part, is_variable in self._parts()]
        return None if None in parts else "".join(part for part in parts if part is not None)

    def segments(self) -> list[Pattern]:
        """The six parts of an ARN, as patterns."""
        return [Pattern(part, self.variables) for part in _SEGMENT.split(self.text, maxsplit=5)]

    def _expression(self, context: Values) -> str | None:
        if not self.varies:
            return translated(self.text)
        expression = ""
        for part, is_variable in self._parts():
            value = _value(part, context) if is_variable else part
            if value is None:
                return None
            # Wildcards in a variable's value stand for themselves.
            expression += re.escape(value) if is_variable else translated(value)
        return expression

    def _parts(self) -> list[tuple[str, bool]]:
        parts, end = [], 0
        for found in _VARIABLE.finditer(self.text):
            parts += [(self.text[end : found.start()], False), (found.group(), True)]
            end = found.end()
        return [*parts, (self.text[end:], False)]


# A colon inside ${aws:username} does not end a segment.
_SEGMENT = re.compile(r":(?![^${}]*\})")


def as_list(value: Any) -> list[Any]:
    """One value or a list of them, as a list; None is none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


@cache
def translated(text: str) -> str:
    """The regular expression of a text with wildcards."""
    return "".join({"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in text)


@cache
def _compiled(expression: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _value(variable: str, context: Values) -> str | None:
    found = _VARIABLE.fullmatch(variable)
    assert found is not None
    key, default = found.groups()
    if key in _LITERAL:
        return str(key)
    values = context.get(key.lower(), ())
    return values[0] if len(values) == 1 else default
