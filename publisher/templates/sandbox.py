"""Jinja2 for templates that nobody has to trust: no way out, no endless work, no value out of its scalar.

Knows nothing of CloudFormation. A value is printed as a number (see `cloudformation.PRINTED`) in YAML quotes,
and takes its place only after YAML has been read.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from jinja2 import StrictUndefined, Template, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.loaders import BaseLoader
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

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
    require_size,
    require_text,
)

STEP_LIMIT = 200_000


class _Generator(CodeGenerator):
    """`~` goes through the environment, so that it can be bounded."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for one family's templates. It counts what one rendering does: not for threads."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

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
        )
        self.printed: list[str] = []
        self._steps = 0
        self.concat = self._concat  # type: ignore[method-assign]
        namespace = self.globals["namespace"]
        self.globals = {"range": self._range, "dict": dict, "namespace": namespace}
        known = {**self.filters, **OWN_FILTERS}
        filters = {name: self._bounded(name, known[name]) for name in sorted(FILTERS)}
        self.filters = filters | {"tojson": lambda value: Markup(self.flow(value))}

    def text(self, name: str, variables: Mapping[str, Any]) -> str:
        """Renders a template; `printed` then holds the values that it printed, by number."""
        self.printed, self._steps = [], 0
        template = self.get_template(name)
        return self._concat(template.generate(dict(variables)))

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
            raise LimitError(f"more than {STEP_LIMIT:,} steps: does a loop or a macro ever end?")

    def counted(self, items: Iterable[Any]) -> list[Any]:
        """What a `for` goes over."""
        if isinstance(items, Undefined):
            return list(items)
        found = list(islice(items, ITEM_LIMIT + 1))
        if len(found) > ITEM_LIMIT:
            raise LimitError(f"a loop over more than {ITEM_LIMIT:,} items")
        self.step(len(found))
        return found

    def joined(self, parts: Sequence[Any]) -> str:
        """What `~` answers."""
        for part in parts:
            require_text(part, "~")
        require_one_kind(parts, "~")
        text = (Markup("") if isinstance(parts[0], Markup) else "").join(str(part) for part in parts)
        require_size(len(text))
        return text

    def get_template(self, *arguments: Any, **named: Any) -> Template:
        """An include or import counts as work."""
        self.step()
        return super().get_template(*arguments, **named)

    def _concat(self, parts: Iterable[str]) -> str:
        pieces, total = [], 0
        for part in parts:
            self.step()
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

    def _sized(self, value: Any) -> Any:
        limit = TEXT_LIMIT if isinstance(value, str) else ITEM_LIMIT
        if isinstance(value, (str, list, tuple, dict)) and len(value) > limit:
            raise LimitError(
                f"more than {limit:,} {'characters of text' if isinstance(value, str) else 'items'}"
            )
        return value

    def _bounded(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A filter of Jinja's that checks what it is given, and the size of what it answers."""
        leading = 1 if hasattr(function, "jinja_pass_arg") else 0

        @functools.wraps(function)
        def bounded(*arguments: Any, **named: Any) -> Any:
            self.step()
            given = (*arguments[leading:], *named.values())
            check_filter(name, given)
            return self._sized(function(*arguments, **named))

        return bounded

    def call(self, context: Context, function: Any, /, *arguments: Any, **named: Any) -> Any:
        """Every call counts as work."""
        self.step()
        return self._sized(super().call(context, function, *arguments, **named))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The operators that could make much of little."""
        if operator == "+":
            require_one_kind((left, right), "+")
        elif operator == "%" and isinstance(left, str):
            raise SecurityError("% on text: join texts with ~")
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
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            counted = nodes.EnvironmentAttribute("counted", lineno=loop.lineno)
            loop.iter = nodes.Call(counted, [loop.iter], [], None, None, lineno=loop.lineno)
            loop.set_environment(self)
        return tree


@pass_context  # and so never at compile time
def _finalize(context: Context, value: Any) -> Markup:
    """What `{{ value }}` prints: the text of a macro as it is, a value as a YAML scalar."""
    if isinstance(value, Markup):
        return value
    environment = context.environment
    assert isinstance(environment, Sandbox)
    return Markup(environment.flow(value))
