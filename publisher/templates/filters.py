"""What a template may call on values: filters of Jinja and methods of Python, none that makes much of little.

Left out is what turns a value into markup, what is random, and what pads to any width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Literal

from jinja2.exceptions import SecurityError
from jinja2.filters import do_round
from jinja2.runtime import Undefined
from markupsafe import Markup

TEXT_LIMIT = 2_000_000
ITEM_LIMIT = 10_000
_INDENT_LIMIT = 100
_INTEGER_BITS = 64
_DIGIT_LIMIT = 15

FILTERS = frozenset({
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "indent",
    "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject",
    "rejectattr", "replace", "reverse", "round", "select", "selectattr", "sort", "string", "sum",
    "title", "trim", "unique", "upper", "wordcount",
})  # fmt: skip
_TEXT_FILTERS = frozenset({
    "capitalize", "float", "int", "lower", "string", "title", "trim", "upper", "wordcount",
})  # fmt: skip
METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset({
        "capitalize", "count", "endswith", "find", "isalnum", "isalpha", "isdigit", "islower",
        "isupper", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "rfind",
        "rpartition", "rsplit", "rstrip", "split", "startswith", "strip", "swapcase", "title", "upper",
    }),
    dict: frozenset({"get", "items", "keys", "values"}),
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
    int: frozenset(),
    float: frozenset(),
}  # fmt: skip


class LimitError(SecurityError):
    """More work or memory than any template needs."""


def _replace(text: Any, old: str, new: str, count: int | None = None) -> str:
    for part in (text, old, new):
        _require_plain(part, "|replace")
    source, found = str(text), str(text).count(str(old))
    require_size(len(source) + found * len(str(new)))
    return source.replace(str(old), str(new), -1 if count is None else count)


def _join(items: Iterable[Any], separator: str = "", attribute: None = None) -> str:
    if attribute is not None:
        raise SecurityError("|join accepts no attribute; use |map(attribute=...)|join")
    parts = list(islice(items, ITEM_LIMIT + 1))
    for part in (*parts, separator):
        require_text(part, "|join")
    marked = bool(parts) and isinstance(parts[0], Markup)
    require_one_kind(parts if not separator.strip() else (*parts, separator), "|join")
    require_size(sum(len(str(part)) for part in parts) + len(parts) * len(separator))
    text = str(separator).join(str(part) for part in parts)
    return Markup(text) if marked else text


def _indent(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:
    require_text(text, "|indent")
    if not isinstance(width, int) or not 0 <= width <= _INDENT_LIMIT:
        raise SecurityError(f"|indent requires at most {_INDENT_LIMIT} spaces, not {described(width)}")
    lines = str(text).split("\n")
    require_size(len(text) + len(lines) * width)
    space = " " * width
    indented = [space + line if line or blank else line for line in lines]
    result = "\n".join(indented if first else [lines[0], *indented[1:]])
    return Markup(result) if isinstance(text, Markup) else result


def _round(value: Any, precision: int = 0, method: Literal["common", "ceil", "floor"] = "common") -> float:
    # For a whole number Python computes ten to the power of a negative precision.
    if not isinstance(precision, int) or not 0 <= precision <= _DIGIT_LIMIT:
        raise SecurityError(
            f"|round requires a number of digits up to {_DIGIT_LIMIT}, not {described(precision)}"
        )
    return do_round(value, precision, method)


# Jinja's own, without the ways to make much of little or to print a value unquoted.
OWN_FILTERS: Mapping[str, Callable[..., Any]] = {
    "replace": _replace,
    "join": _join,
    "indent": _indent,
    "round": _round,
}


def check_filter(name: str, arguments: Sequence[Any]) -> None:
    """Refuses arguments that a filter must not have."""
    if name.removeprefix("|") in _TEXT_FILTERS and arguments:
        require_text(arguments[0], name)
    if name == "|sum" and any(not isinstance(argument, int) for argument in arguments[1:]):
        raise SecurityError("|sum adds numbers only")


def require_size(length: int) -> None:
    """Refuses text that would be too long."""
    if length > TEXT_LIMIT:
        raise LimitError(f"more than {TEXT_LIMIT:,} characters of text")


def require_short(number: int) -> None:
    """Refuses a number that has more digits than any in a template."""
    if number.bit_length() > _INTEGER_BITS:
        raise LimitError("a number with more than 20 digits")


def require_text(value: Any, where: str) -> None:
    """Refuses what has no short text."""
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, (str, int, float)):
        raise SecurityError(f"{where} requires text or numbers, not {described(value)}")


def _require_plain(value: Any, where: str) -> None:
    require_text(value, where)
    if isinstance(value, Markup):
        raise SecurityError(f"{where} requires a value, not the output of a macro")


def require_one_kind(parts: Sequence[Any], where: str) -> None:
    """Refuses to join the text of a macro, which is printed as it is, and a value, which is not."""
    if len({isinstance(part, Markup) for part in parts}) > 1:
        raise SecurityError(f"{where} cannot mix the output of a macro with a value; print them separately")


def check_product(operator: str, left: Any, right: Any) -> None:
    """Refuses `*` on anything but small numbers, and `**`."""
    if operator == "**":
        raise SecurityError("** is not available in templates")
    if not all(isinstance(side, (int, float)) for side in (left, right)):
        raise SecurityError(f"* requires numbers, not {described(left)} and {described(right)}")
    for side in (left, right):
        if isinstance(side, int):
            require_short(side)


def described(value: Any) -> str:
    """What messages call a value."""
    names = {str: "text", dict: "a mapping", list: "a list", bool: "true or false", int: "a number"}
    return names.get(type(value), f"a {type(value).__name__}")
