"""A part of the targets of a plan, for one of several builds. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.errors import InputError, quoted

# No document found gives the most builds of a batch: this is on the safe side.
MOST_SHARDS = 100


@dataclass(frozen=True, kw_only=True)
class Shard:
    """Part `number` of `count`, from 1."""

    number: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """From K/N. Raises InputError."""
        match = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", text)
        number, count = map(int, match.groups()) if match else (0, 0)
        if not 1 <= number <= count <= MOST_SHARDS:
            raise InputError(
                f"--shard {quoted(text)} must be K/N, with K from 1 to N and N at most {MOST_SHARDS}",
                hint="e.g. 3/10 for the third of ten",
            )
        return cls(number=number, count=count)

    def of(self, names: Sequence[str]) -> list[str]:
        """Its part of these names: a run of them in their order, as long as the others or one longer.

        Targets of one account follow each other, so that few shards read its roles.
        """
        ordered = sorted(names)
        first, end = (len(ordered) * it // self.count for it in (self.number - 1, self.number))
        return ordered[first:end]

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"
