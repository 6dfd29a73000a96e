"""What changes do to launches as rows for people, the worst first: of every text, table and page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from publisher.impact import SAME_MEANING, Bump, Change, Effect, Level, needed_bump, worst

# What a page shows of a group; all of them are in the JSON of the command.
MOST = 120


@dataclass(frozen=True, kw_only=True)
class ChangeRows:
    """Changes that mean something, the worst first; of a level, what replaces and removes.

    `left_out` says what is not among the rows. `level` and `bump` are of all changes.
    """

    rows: tuple[Change, ...]
    left_out: tuple[str, ...]
    level: Level
    bump: Bump

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects of the rows, the worst first."""
        found = {it.effect for it in self.rows}
        return tuple(it for it in get_args(Effect) if it in found)


def change_rows(changes: Iterable[Change], most: int = 0) -> ChangeRows:
    """The rows of changes, at most so many, if that is given."""
    every = list(changes)
    meant = [it for it in every if it.reason != SAME_MEANING]
    ranked = sorted(
        meant, key=lambda it: (get_args(Level).index(it.level), get_args(Effect).index(it.effect))
    )
    hidden, same = len(meant) - most if most else 0, len(every) - len(meant)
    alike = "difference in writing means" if same == 1 else "differences in writing mean"
    left_out = {f"and {hidden} more": hidden, f"{same} {alike} the same": same}
    return ChangeRows(
        rows=tuple(ranked[:most] if most else ranked),
        left_out=tuple(words for words, count in left_out.items() if count > 0),
        level=worst(every),
        bump=needed_bump(every),
    )


def why(change: Change) -> str:
    """What is at stake, what it follows from, and the reason, in one clause."""
    stake = f"{change.at_stake} at stake" if change.at_stake else ""
    follows = f"follows {change.follows}" if change.follows else ""
    return "; ".join(filter(None, (stake, follows, change.reason)))
