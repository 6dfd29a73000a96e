"""The launch roles of a plan's products that are not as they should be. Knows no IAM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from publisher.errors import and_more


@dataclass(frozen=True, kw_only=True)
class UnfitRole:
    """A launch role of products that is missing, older than their templates, or was changed by hand.

    `published` are those of its products that get a new version, or this role. `changes` says what
    was changed by hand; one whose trust policy was is not `trusted` to work.
    """

    name: str
    state: Literal["missing", "outdated", "changed"]
    missing_actions: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    trusted: bool = True

    @property
    def stops_launches(self) -> bool:
        """Whether launches of its products fail."""
        return self.state == "missing" or bool(self.missing_actions) or not self.trusted

    def __str__(self) -> str:
        match self.state:
            case "missing":
                return "does not exist"
            case "changed":
                reason = f"was changed by hand ({'; '.join(self.changes)})"
            case _:
                reason = "is out of date"
        return f"{reason}, lacks {and_more(self.missing_actions)}" if self.missing_actions else reason

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "name": self.name,
            "state": self.state,
            "missing_actions": list(self.missing_actions),
            "changed_by_hand": list(self.changes),
        }
