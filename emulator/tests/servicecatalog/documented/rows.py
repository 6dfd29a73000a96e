"""Calls and the error that each is refused with; `{name}` stands for an id of the scene."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Row:
    """A call. `quota` names one that is set to zero; `sharing` means that an action on a share runs."""

    operation: str
    error: str
    request: dict[str, Any]
    who: str
    quota: str | None
    sharing: bool

    def __str__(self) -> str:
        return f"{self.operation}-{self.error}"


def row(
    operation: str,
    error: str,
    *,
    who: str = "admin",
    quota: str | None = None,
    sharing: bool = False,
    **request: Any,
) -> Row:
    """A call that is refused with an error, its suffix Exception left out."""
    return Row(
        operation=operation, error=f"{error}Exception", request=request, who=who, quota=quota, sharing=sharing
    )
