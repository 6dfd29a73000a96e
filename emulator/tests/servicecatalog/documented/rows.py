"""Calls and the error that each is refused with; `{name}` stands for an id of the scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MODELS = "catalog_emulator.servicecatalog"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A call. `limit` names a quota that is none, `at_once` has every action on a share still run."""

    operation: str
    error: str
    request: dict[str, Any]
    who: str
    limit: str | None
    at_once: bool

    def __str__(self) -> str:
        return f"{self.operation}-{self.error}"


def row(
    operation: str,
    error: str,
    *,
    who: str = "admin",
    limit: str | None = None,
    at_once: bool = False,
    **request: Any,
) -> Row:
    """A call that is refused with an error, its suffix Exception left out."""
    return Row(
        operation=operation,
        error=f"{error}Exception",
        request=request,
        who=who,
        limit=limit and f"{MODELS}.{limit}",
        at_once=at_once,
    )
