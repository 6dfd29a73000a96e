"""Jinja2's own sandbox, and what it lacks: no value leaves its scalar, equal files give equal text.

Knows nothing of CloudFormation. A value is printed as a number (see `cloudformation.PRINTED`) in YAML quotes,
and takes its place only after YAML has been read. Time and memory are limited by workers.py.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, nodes, pass_context, pass_environment
from jinja2.exceptions import SecurityError
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from publisher.templates.cloudformation import PRINTED_CLOSE, PRINTED_OPEN

# Not those that turn a value into markup, which is printed as it is, nor those that are random.
_FILTERS = frozenset({
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "indent",
    "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject",
    "rejectattr", "replace", "reverse", "round", "select", "selectattr", "sort", "string", "sum",
    "title", "trim", "unique", "upper", "wordcount",
})  # fmt: skip
# They take the text of anything, and the text of a function is its place in memory.
_TEXT_FILTERS = frozenset({"capitalize", "indent", "lower", "string", "title", "trim", "upper", "wordcount"})
# They put values into a text, or take a text for markup.
_MIXING = frozenset({
    "center", "encode", "escape", "expandtabs", "format", "format_map", "join", "ljust", "replace", "rjust",
    "striptags", "translate", "unescape", "zfill",
})  # fmt: skip
_GLOBALS = ("range", "dict", "namespace")
# What fits in 64 bits; YAML readers differ on longer numbers.
_INTEGER_BITS = 64


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for one family's templates."""

    intercepted_binops = frozenset({"+", "%"})

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            # What takes too long or too much shall do so at its line, not while it is compiled.
            optimized=False,
            autoescape=True,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
        )
        self.printed: list[str] = []
        self.globals = {name: self.globals[name] for name in _GLOBALS}
        own = {"join": _join, "replace": _replace, "tojson": _tojson}
        filters = {name: self.filters[name] for name in _FILTERS}
        self.filters = {**filters, **{name: _of_text(name, filters[name]) for name in _TEXT_FILTERS}, **own}

    def text(self, name: str, variables: Mapping[str, Any]) -> str:
        """Renders a template; `printed` then holds the values that it printed, by number."""
        self.printed = []
        return self.get_template(name).render(dict(variables))

    def flow(self, value: Any) -> str:
        """A value as YAML on one line; text as its number in quotes."""
        parts: list[str] = []
        self._flow(value, parts)
        return "".join(parts)

    def _flow(self, value: Any, parts: list[str]) -> None:
        match value:
            case str():
                parts.append(f'"{PRINTED_OPEN}{len(self.printed)}{PRINTED_CLOSE}"')
                self.printed.append(str(value))
            case bool() | None:
                parts.append({True: "true", False: "false", None: "null"}[value])
            case int() if value.bit_length() <= _INTEGER_BITS:
                parts.append(str(value))
            case int():
                raise SecurityError("cannot print a number with more than 20 digits")
            case float() if math.isfinite(value):
                parts.append(repr(value))
            case Undefined():
                str(value)
            case list() | tuple():
                self._flow_items("[", ((item,) for item in value), "]", parts)
            case Mapping():
                self._flow_items("{", ((str(key), item) for key, item in value.items()), "}", parts)
            case _:
                raise SecurityError(
                    f"cannot print {_described(value)}: only text, numbers, true, false, lists and mappings"
                )

    def _flow_items(self, start: str, items: Iterable[Sequence[Any]], end: str, parts: list[str]) -> None:
        parts.append(start)
        for index, item in enumerate(items):
            parts.append(", " if index else "")
            for place, value in enumerate(item):
                parts.append(": " if place else "")
                self._flow(value, parts)
        parts.append(end)

    def joined(self, *parts: Any) -> str:
        """What `~` answers."""
        return _join(parts, where="~")

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`+` must not mix, and `%` formats anything."""
        if operator == "+":
            _require_one_kind((left, right), "+")
        elif isinstance(left, str):
            raise SecurityError("% is not available on text; concatenate with ~")
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> None:
        """`format` is refused like all that mixes texts."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Public attributes only, and none that mixes texts."""
        if isinstance(obj, str) and attr in _MIXING:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Joined().visit(super()._parse(source, name, filename))
        return tree


class _Joined(NodeTransformer):
    """Makes `a ~ b` a call of `Sandbox.joined`."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        joined = nodes.EnvironmentAttribute("joined", lineno=node.lineno)
        return nodes.Call(joined, node.nodes, [], None, None, lineno=node.lineno)


@pass_context  # and so never at compile time
def _finalize(context: Context, value: Any) -> str:
    """What `{{ value }}` prints: the text of a macro as it is, a value as a YAML scalar."""
    if isinstance(value, Markup):
        return value
    environment = context.environment
    assert isinstance(environment, Sandbox)
    return Markup(environment.flow(value))


@pass_environment
def _tojson(environment: Sandbox, value: Any) -> Markup:
    return Markup(environment.flow(value))


def _of_text(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter of Jinja's for text and numbers only."""

    @functools.wraps(function)
    def checked(value: Any, *arguments: Any, **named: Any) -> Any:
        _require_text(value, f"|{name}")
        return function(value, *arguments, **named)

    return checked


def _replace(text: Any, old: Any, new: Any, count: int = -1) -> str:
    for part in (text, old, new):
        _require_text(part, "|replace")
        if isinstance(part, Markup):
            raise SecurityError("|replace requires a value, not the output of a macro")
    return str(text).replace(str(old), str(new), count)


def _join(items: Iterable[Any], separator: Any = "", *, where: str = "|join") -> str:
    parts = list(items)
    for part in (*parts, separator):
        _require_text(part, where)
    _require_one_kind(parts if not str(separator).strip() else (*parts, separator), where)
    text = str(separator).join(str(part) for part in parts)
    return Markup(text) if parts and isinstance(parts[0], Markup) else text


def _require_text(value: Any, where: str) -> None:
    """Refuses what has no text of its own."""
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, (str, int, float)):
        raise SecurityError(f"{where} requires text or numbers, not {_described(value)}")


def _require_one_kind(parts: Sequence[Any], where: str) -> None:
    """Refuses to join the text of a macro, which is printed as it is, and a value, which is not."""
    if len({isinstance(part, Markup) for part in parts}) > 1:
        raise SecurityError(f"{where} cannot mix the output of a macro with a value; print them separately")


def _described(value: Any) -> str:
    """What messages call a value."""
    names = {str: "text", dict: "a mapping", list: "a list", bool: "true or false", int: "a number"}
    return names.get(type(value), f"a {type(value).__name__}")
