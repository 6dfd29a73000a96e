"""What is in a portfolio of ours and not ours to touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, order=True)
class Stranger:
    """A product that somebody else put there, a constraint of theirs, a principal whose role or user is gone.

    Of a constraint `name` is our name of the product that it is for.
    """

    portfolio: str
    kind: Literal["constraint", "dead principal", "product"]
    id: str
    name: str = ""

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.portfolio} / {self.id}" + (f" '{self.name}'" if self.name else "")
