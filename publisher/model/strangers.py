"""What is in a portfolio of ours and not ours to touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, order=True)
class Stranger:
    """A product that somebody else put there, or a principal whose role or user is gone."""

    portfolio: str
    kind: Literal["product", "dead principal"]
    id: str
    name: str = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.portfolio} / {self.id}" + (f" '{self.name}'" if self.name else "")
