"""Jinja2 for templates that nobody has to trust: no way out, no endless work, no value out of its scalar.

Knows nothing of CloudFormation. A value is printed as a number (see `cloudformation.PRINTED`) in YAML quotes,
and takes its place only after YAML has been read.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import (
    Callable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from itertools import islice
from typing import Any

from jinja2 import StrictUndefined, Template, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context, LoopContext, Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from publisher.templates.bounds import Generator, parsed, size
from publisher.templates.cloudformation import PRINTED_CLOSE, PRINTED_OPEN
from publisher.templates.filters import (
    FILTERS,
    ITEM_LIMIT,
    METHODS,
    OWN_FILTERS,
    TEXT_LIMIT,
    LimitError,
    check_filter,
    check_product,
    described,
    require_one_kind,
    require_short,
    require_size,
    require_text,
)

# A step is a part of an expression, an item that is looked at, or as many characters as the second says.
STEP_LIMIT = 1_000_000
_CHARACTERS = 10
_DEPTH_LIMIT = 100
# What one include costs at least: it asks the file system.
_INCLUDE = 100
# Python tries each character of the one text with each of the other.
_SLOW_METHODS = frozenset({"lstrip", "rfind", "rpartition", "rsplit", "rstrip", "strip"})


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for one family's templates. It counts what one rendering does: not for threads."""

    code_generator_class = Generator
    intercepted_binops = frozenset({"+", "-", "*", "**", "//", "%"})

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=True,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
        )
        self.printed: list[str] = []
        self._steps = 0
        self.concat = self._concat  # type: ignore[method-assign]
        namespace = self.globals["namespace"]
        self.globals = {"range": self._range, "dict": dict, "namespace": namespace}
        known = {**self.filters, **OWN_FILTERS}
        filters = {name: self._bounded(f"|{name}", known[name]) for name in sorted(FILTERS)}
        self.filters = filters | {"tojson": self._bounded("|tojson", self._tojson)}
        tests: dict[str, Any] = dict(self.tests)
        self.tests = {name: self._bounded(f"is {name}", test) for name, test in sorted(tests.items())}

    def text(self, name: str, variables: Mapping[str, Any]) -> str:
        """Renders a template; `printed` then holds the values that it printed, by number."""
        self.printed, self._steps = [], 0
        template = self.get_template(name)
        return self._concat(template.generate(dict(variables)))

    def _tojson(self, value: Any) -> Markup:
        return Markup(self.flow(value))

    def flow(self, value: Any) -> str:
        """A value as YAML on one line; text as its number in quotes."""
        parts: list[str] = []
        self._flow(value, parts)
        return "".join(parts)

    def _flow(self, value: Any, parts: list[str]) -> None:
        self.step()
        match value:
            case str():
                parts.append(f'"{PRINTED_OPEN}{len(self.printed)}{PRINTED_CLOSE}"')
                self.printed.append(str(value))
            case bool() | None:
                parts.append({True: "true", False: "false", None: "null"}[value])
            case int():
                parts.append(str(value))
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
                    f"cannot print {described(value)}: only text, numbers, true, false, lists and mappings"
                )

    def _flow_items(self, start: str, items: Iterable[Sequence[Any]], end: str, parts: list[str]) -> None:
        parts.append(start)
        for index, item in enumerate(items):
            parts.append(", " if index else "")
            for place, value in enumerate(item):
                parts.append(": " if place else "")
                self._flow(value, parts)
        parts.append(end)

    def step(self, count: int = 1) -> None:
        """Counts work done."""
        self._steps += count
        if self._steps > STEP_LIMIT:
            raise LimitError(f"more than {STEP_LIMIT:,} steps; check for a loop or macro that never ends")

    def counted(self, items: Iterable[Any], each: int = 1) -> list[Any]:
        """What a `for` goes over; `each` is what one item costs before the loop sees it."""
        if isinstance(items, Undefined):
            return list(items)
        found = list(islice(items, ITEM_LIMIT + 1))
        if len(found) > ITEM_LIMIT:
            raise LimitError(f"a loop over more than {ITEM_LIMIT:,} items")
        self.step(len(found) * each)
        return found

    def weighed(self, value: Any) -> Any:
        """A value that is about to be looked at all through: compared, sorted, hashed, copied."""
        if isinstance(value, Iterator) and not isinstance(value, LoopContext):
            value = self.counted(value)
        level = [value]
        for _ in range(_DEPTH_LIMIT):
            inner: list[Any] = []
            for item in level:
                if isinstance(item, str):
                    self.step(len(item) // _CHARACTERS)
                elif isinstance(item, (list, tuple, range, dict, KeysView, ItemsView, ValuesView)):
                    self.step(len(item))
                    inner.extend(item)
                    inner.extend(item.values() if isinstance(item, dict) else ())
            if not inner:
                return value
            level = inner
        raise LimitError(f"a value with more than {_DEPTH_LIMIT} levels")

    def joined(self, parts: Sequence[Any]) -> str:
        """What `~` answers."""
        for part in parts:
            require_text(part, "~")
        require_one_kind(parts, "~")
        text = (Markup("") if isinstance(parts[0], Markup) else "").join(str(part) for part in parts)
        self._sized(text)
        return text

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`a[b]`; a mapping hashes what it is asked for."""
        return super().getitem(obj, self.weighed(argument))

    def get_template(self, *arguments: Any, **named: Any) -> Template:
        """An include or import counts as work."""
        self.step(_INCLUDE)
        return super().get_template(*arguments, **named)

    def _concat(self, parts: Iterable[str]) -> str:
        pieces, total = [], 0
        for part in parts:
            self.step(1 + len(part) // _CHARACTERS)
            total += len(part)
            if total > TEXT_LIMIT:
                raise LimitError(f"more than {TEXT_LIMIT:,} characters of text")
            pieces.append(part)
        return "".join(pieces)

    def _range(self, *numbers: int) -> range:
        span = range(*numbers)
        if len(span) > ITEM_LIMIT:
            raise LimitError(f"a range of more than {ITEM_LIMIT:,} numbers")
        return span

    _range.__qualname__ = "range"

    def _sized(self, value: Any) -> Any:
        """What an operation answers, when it is not too much."""
        if isinstance(value, str):
            require_size(len(value))
            self.step(len(value) // _CHARACTERS)
        elif isinstance(value, (list, tuple, dict)):
            if len(value) > ITEM_LIMIT:
                raise LimitError(f"more than {ITEM_LIMIT:,} items")
            self.step(len(value))
        elif isinstance(value, int):
            require_short(value)
        return value

    def _bounded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A filter or test of Jinja's that checks its arguments, and the size of what it answers."""
        leading = 1 if hasattr(function, "jinja_pass_arg") else 0
        signature = _signature(function)

        @functools.wraps(function)
        def bounded(*arguments: Any, **named: Any) -> Any:
            self.step()
            check_filter(name, (*arguments[leading:], *named.values()))
            positional = [self.weighed(argument) for argument in arguments[leading:]]
            named = {key: self.weighed(argument) for key, argument in named.items()}
            _require_fit(name, signature, positional, named)
            if name == "|trim":
                self._search((*positional, *named.values()))
            return self._sized(function(*arguments[:leading], *positional, **named))

        return bounded

    def _search(self, texts: Iterable[Any]) -> None:
        """Counts the work of looking for each character of one text among those of another."""
        first, *others = (str(text) for text in texts if isinstance(text, (str, int, float)))
        for other in others:
            self.step(len(first) * len(other) // _CHARACTERS)

    def call(self, context: Context, function: Any, /, *arguments: Any, **named: Any) -> Any:
        """Every call counts as work."""
        self.step()
        owner = getattr(function, "__self__", None)
        positional: Sequence[Any] = arguments
        if isinstance(function, LoopContext):
            positional = [self.counted(items) for items in arguments]
        elif owner is not self and not isinstance(function, Macro):
            self.weighed(owner)
            positional = [self.weighed(argument) for argument in arguments]
            named = {key: self.weighed(argument) for key, argument in named.items()}
        if isinstance(owner, str) and function.__name__ in _SLOW_METHODS:
            self._search((owner, *positional))
        return self._sized(super().call(context, function, *positional, **named))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The operators that could make much of little."""
        if operator == "+":
            require_one_kind((left, right), "+")
        elif operator == "%" and isinstance(left, str):
            raise SecurityError("% is not available on text; concatenate with ~")
        elif operator in {"*", "**"}:
            check_product(operator, left, right)
        return self._sized(super().call_binop(context, operator, left, right))

    def wrap_str_format(self, value: Any) -> None:
        """`format` is refused like every method that is not listed: a width in it has no bound."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Public attributes only; of plain values only the methods that answer something small."""
        for kind, methods in METHODS.items():
            if isinstance(obj, kind):
                return attr in methods
        return super().is_safe_attribute(obj, attr, value)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = parsed(super()._parse, source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            counted = nodes.EnvironmentAttribute("counted", lineno=loop.lineno)
            each = nodes.Const(1 + size(loop.test) if loop.test else 1, lineno=loop.lineno)
            loop.iter = nodes.Call(counted, [loop.iter, each], [], None, None, lineno=loop.lineno)
            loop.set_environment(self)
        return tree


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """What a template gives to a filter or test of Jinja's."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # what is written in C need not have one
        return None
    leading = 1 if hasattr(inspect.unwrap(function), "jinja_pass_arg") else 0
    return signature.replace(parameters=list(signature.parameters.values())[leading:])


def _require_fit(
    name: str, signature: inspect.Signature | None, positional: Sequence[Any], named: Mapping[str, Any]
) -> None:
    """Refuses other arguments than a filter takes, by the name that templates call it by."""
    if signature is None:
        return
    try:
        signature.bind(*positional, **named)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


@pass_context  # and so never at compile time
def _finalize(context: Context, value: Any) -> Markup:
    """What `{{ value }}` prints: the text of a macro as it is, a value as a YAML scalar."""
    if isinstance(value, Markup):
        return value
    environment = context.environment
    assert isinstance(environment, Sandbox)
    return Markup(environment.flow(value))
