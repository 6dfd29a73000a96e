"""Regular expressions of templates and requests, matched in bounded time and memory.

Python's own `re` takes exponential time for some, in which the endpoint answers nobody.
"""

import re
import time
from functools import lru_cache
from importlib import import_module
from typing import Any

import regex

_PARSER: Any = import_module("re._parser")
_CHARACTER = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
# How many items a pattern may have, those of repeated groups multiplied: compiled, they take memory.
_ITEMS = 20_000


class SlowPatternError(ValueError):
    """A regular expression that takes too long to match, or is too large."""


class Limit:
    """How many seconds matches may take together."""

    def __init__(self, seconds: float = 1.0) -> None:
        self._left = seconds

    def find(self, how: str, pattern: str, text: str) -> Any:
        """The match, or None; `how` is match, fullmatch or search. Raises re.error and SlowPatternError."""
        find = getattr(_compiled(pattern), how)
        started = time.monotonic()
        try:
            return find(text, timeout=max(self._left, 0.001))
        except (TimeoutError, MemoryError):
            raise SlowPatternError(f"The pattern takes too long to match: {pattern}") from None
        finally:
            self._left -= time.monotonic() - started


def matches(pattern: str, text: str, *, whole: bool = True, limit: Limit | None = None) -> bool:
    """Whether the text matches; patterns are Java's, and one that Python cannot read always matches.

    Java's engine backtracks, too, so that AWS may need a limit as well; it documents none.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-regexes.html
    Raises SlowPatternError.
    """
    try:
        return (limit or Limit()).find("fullmatch" if whole else "search", pattern, text) is not None
    except re.error:
        return True


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    try:
        # Only what `re` reads: a recursive pattern, which `regex` reads, takes all memory.
        if len(pattern) > _ITEMS or _items(_PARSER.parse(pattern)) > _ITEMS:
            raise SlowPatternError(f"The pattern is too large: {pattern[:100]}…")
        return regex.compile(pattern)
    except (RecursionError, OverflowError, regex.error) as error:
        raise re.error(str(error), pattern) from None


def _items(parsed: Any) -> int:
    if isinstance(parsed, _PARSER.SubPattern):
        return 1 + sum(_items(argument) * _times(str(kind), argument) for kind, argument in parsed)
    return 1 + sum(map(_items, parsed)) if isinstance(parsed, list | tuple) else 1


def _times(kind: str, argument: Any) -> int:
    if not kind.endswith("_REPEAT"):
        return 1
    least, most, repeated = argument
    if all(str(inner) in _CHARACTER for inner, _ in repeated):
        return 1
    return max(1, int(least), 0 if most is _PARSER.MAXREPEAT else int(most))
