"""Short texts that match a regular expression, for templates made from schemas."""

import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any

_PARSER: Any = import_module("re._parser")
_LIKED = "ab1cde2fg-_/.:@ A+=,"
# Java's classes, which Python does not read.
_FOREIGN = {
    r"\p{L}": "A-Za-z",
    r"\p{Z}": " ",
    r"\p{N}": "0-9",
    r"\p{P}": "_",
    r"\p{M}": "_",
    r"\p{S}": "_",
    r"\p{C}": "_",
    r"\p{Alnum}": "A-Za-z0-9",
    r"\p{Alpha}": "A-Za-z",
    r"\p{ASCII}": " -~",
    r"\P{M}": "A-Za-z",
    r"\p{Graph}": "!-~",
    r"\p{Print}": " -~",
    r"\p{Digit}": "0-9",
    r"\p{Lower}": "a-z",
    r"\p{Upper}": "A-Z",
    r"\x{FFFF}": "~",
    r"\Z": "$",
    r"\z": "$",
}


def samples(pattern: str, *, least: int = 0, most: int = 10_000) -> Iterator[str]:
    """Texts of the allowed lengths that match the pattern; none when Python cannot read it."""
    compiled = readable(pattern)
    if compiled is None:
        return
    parsed = _PARSER.parse(compiled.pattern)
    for extra in (0, 1, 2, 4, 8, 16, 24, 32, 64):
        for turn in (0, 1, 2):
            text = _Sampler(extra, turn).run(parsed)
            text = text if len(text) >= least else text + "a" * (least - len(text))
            if least <= len(text) <= most and compiled.search(text):
                yield text


@cache
def readable(pattern: str) -> re.Pattern[str] | None:
    """The pattern as Python reads it, None when it cannot."""
    for foreign, known in _FOREIGN.items():
        pattern = pattern.replace(foreign, known)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(pattern)
    except (re.error, OverflowError):
        return None


class _Sampler:
    """Walks a parsed pattern; `extra` is how often more than needed a repetition runs, `turn` the branch."""

    def __init__(self, extra: int, turn: int) -> None:
        self._extra = extra
        self._turn = turn
        self._groups: dict[int, str] = {}

    def run(self, parsed: Any) -> str:
        return "".join(self._one(str(kind), argument) for kind, argument in parsed)

    def _one(self, kind: str, argument: Any) -> str:
        match kind:
            case "LITERAL":
                return chr(argument)
            case "NOT_LITERAL":
                return "a" if argument != ord("a") else "b"
            case "ANY":
                return "a"
            case "IN":
                return _of_class(argument)
            case "BRANCH":
                branches = argument[1]
                return self.run(branches[self._turn % len(branches)])
            case "SUBPATTERN":
                group, _, _, inner = argument
                text = self.run(inner)
                self._groups[group] = text
                return text
            case "GROUPREF":
                return self._groups.get(argument, "")
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeated(*argument)
            case "ATOMIC_GROUP":
                return self.run(argument)
        return ""

    def _repeated(self, least: int, most: Any, inner: Any) -> str:
        count = min(max(least, self._extra), int(most)) if int(most) < 10_000 else max(least, self._extra)
        return "".join(self.run(inner) for _ in range(count))


def _of_class(items: Sequence[Any]) -> str:
    def holds(letter: str) -> bool:
        return any(_holds(str(kind), argument, letter) for kind, argument in items)

    negated = any(str(kind) == "NEGATE" for kind, _ in items)
    liked = (*_LIKED, *map(chr, range(32, 127)))
    return next((letter for letter in liked if holds(letter) != negated), "a")


def _holds(kind: str, argument: Any, letter: str) -> bool:
    match kind:
        case "LITERAL":
            return bool(argument == ord(letter))
        case "RANGE":
            return bool(argument[0] <= ord(letter) <= argument[1])
        case "CATEGORY":
            classes = {"DIGIT": r"\d", "WORD": r"\w", "SPACE": r"\s"}
            name = str(argument).removeprefix("CATEGORY_")
            found = re.match(classes[name.removeprefix("NOT_")], letter) is not None
            return found != name.startswith("NOT_")
    return False
