"""Wildcards and policy variables of IAM policies, compiled once. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from catalog_emulator.wildcards import Tokens, Wild, Wildcards, tokens

Values = Mapping[str, tuple[str, ...]]

# Read in linear time: a key has no $ or {, and its spaces are stripped later.
_VARIABLE = re.compile(r"\$\{(\s*\$\s*|[^},${]+)(?:,\s*'([^']*)'\s*)?\}")
_LITERAL = ("*", "?", "$")
_WILD = {"*": Wild.TEXT, "?": Wild.ONE}


@dataclass(frozen=True)
class Pattern:
    """Text of a policy: `${key}` is the request's value; for `like`, `*` and `?` are wildcards."""

    text: str
    variables: bool = True

    @property
    def varies(self) -> bool:
        """Whether it depends on the request."""
        return self.variables and "${" in self.text

    def like(self, value: str, context: Values) -> bool:
        """Whether the value matches, with wildcards; never when a variable has no value."""
        if not self.varies:
            return wildcards(self.text).match(value)
        found = self._tokens(context)
        return found is not None and Wildcards(found).match(value)

    def plain(self, context: Values) -> str | None:
        """The text with its variables filled in, None when one has no value."""
        if not self.varies:
            return self.text
        parts = [_value(part, context) if is_variable else part for part, is_variable in self._parts()]
        return None if None in parts else "".join(part for part in parts if part is not None)

    def segments(self) -> list[Pattern]:
        """The six parts of an ARN, as patterns."""
        return [Pattern(part, self.variables) for part in _SEGMENT.split(self.text, maxsplit=5)]

    def _tokens(self, context: Values) -> Tokens | None:
        found: Tokens = []
        for part, is_variable in self._parts():
            value = _value(part, context) if is_variable else part
            if value is None:
                return None
            # Wildcards in a variable's value stand for themselves.
            found += tokens(value, {} if is_variable else _WILD)
        return found

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


@lru_cache(maxsize=4096)
def wildcards(text: str) -> Wildcards:
    """The matcher of a text without variables."""
    return Wildcards(tokens(text, _WILD))


def _value(variable: str, context: Values) -> str | None:
    found = _VARIABLE.fullmatch(variable)
    assert found is not None
    key, default = found.groups()
    key = key.strip()
    if key in _LITERAL:
        return str(key)
    values = context.get(key.lower(), ())
    return values[0] if len(values) == 1 else default
