"""Expressions of launch forms: Jinja2 in the sandbox of templates, but printed as plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from publisher.templates.worker_process import LimitError
from publisher.templates.workers import RENDERING, Workers, workers

R = TypeVar("R")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why an expression, by its key, has no text."""

    key: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Expressions:
    """Expressions by key, for each of the scopes. Those in `named` are variables of the ones after them.

    One in `only` is left out unless the texts of other keys are among some values.
    """

    texts: Mapping[str, str]
    named: frozenset[str] = frozenset()
    only: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    scopes: Sequence[Mapping[str, Any]] = ()


class EndlessError(LimitError):
    """The expression with this key met a limit."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


def evaluate(expressions: Expressions, *, pool: Workers | None = None) -> list[dict[str, str] | Fault]:
    """For each scope the texts by key, without blanks around them, or the first fault."""
    found = _done(_evaluate, expressions, pool)
    return [found] * len(expressions.scopes) if isinstance(found, Fault) else found


def names_in(
    expressions: Expressions, *, pool: Workers | None = None
) -> list[tuple[str, tuple[str, ...]] | Fault]:
    """What each expression reads: (key, path), e.g. `("client", "account_id")`; or its fault."""
    found = _done(_names_in, expressions, pool)
    return [found] if isinstance(found, Fault) else found


def _done(
    function: Callable[[Expressions], list[R]], expressions: Expressions, pool: Workers | None
) -> list[R] | Fault:
    """What a worker answers; a fault if it met a limit."""
    ((_, found),) = (pool or workers()).run(function, [expressions], RENDERING)
    if isinstance(found, LimitError):
        key = found.key if isinstance(found, EndlessError) else next(iter(expressions.texts))
        return Fault(key=key, message=f"an expression {found}")
    if isinstance(found, Exception):
        raise found
    return found


def _evaluate(expressions: Expressions) -> list[dict[str, str] | Fault]:
    from publisher.templates.text_sandbox import evaluate

    return evaluate(expressions)


def _names_in(expressions: Expressions) -> list[tuple[str, tuple[str, ...]] | Fault]:
    from publisher.templates.text_sandbox import names_in

    return names_in(expressions)
