"""What changes do to launches, as text, Markdown and JSON: one line a change, wherever changes are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from publisher.cli.columns import Block, columns
from publisher.errors import excerpt, excerpts
from publisher.impact import SAME_MEANING, Change, Effect, Level, needed_bump, worst
from publisher.report.markdown import code, table

_LONGEST = 60
_PATH, _WIDEST = 3, 48
_SAME = "no differences in meaning"


def impact_text(changes: Sequence[Change], *, indent: str = "  ", most: int = 0) -> list[Block]:
    """A line for each change (at most `most`, if given), the worst first, as a table for grep."""
    rows = [
        (it.level, it.effect, it.subject, it.path, _values(it), _why(it)) for it in _ranked(changes, most)
    ]
    lines = columns(rows, indent=indent, widest={_PATH: _WIDEST})
    return [*lines, *(f"{indent}{it}" for it in _more(changes, most) or ([] if rows else [_SAME]))]


def impact_markdown(changes: Sequence[Change], *, most: int = 0) -> list[str]:
    """The same as a table for a pull request. No text in it can leave its cell."""
    header = ("level", "effect", "subject", "path", "before", "after", "reason")
    rows = [
        [*map(code, (it.level, it.effect, it.subject, it.path, it.before, it.after, _why(it)))]
        for it in _ranked(changes, most)
    ]
    more = _more(changes, most) or ([] if rows else [_SAME])
    return [*(table(header, rows) if rows else []), *([""] if rows and more else []), *more]


def impact_summary(changes: Iterable[Change]) -> str:
    """The worst level and the bump that is needed, in one clause."""
    found = list(changes)
    bump = needed_bump(found)
    return f"impact {worst(found)}, {f'needs a {bump} version' if bump else 'needs no version'}"


def impact_document(changes: Sequence[Change]) -> dict[str, Any]:
    """The JSON shape of docs/versions.md."""
    return {
        "level": worst(changes),
        "bump": needed_bump(changes),
        "changes": [it.document() for it in changes],
    }


def _ranked(changes: Sequence[Change], most: int) -> list[Change]:
    """The first of those that mean something, the worst first; of a level, what replaces and removes."""
    ranked = sorted(
        _meant(changes), key=lambda it: (get_args(Level).index(it.level), get_args(Effect).index(it.effect))
    )
    return ranked[:most] if most else ranked


def _meant(changes: Sequence[Change]) -> list[Change]:
    return [it for it in changes if it.reason != SAME_MEANING]


def _more(changes: Sequence[Change], most: int) -> list[str]:
    """What the lines leave out."""
    meant = len(_meant(changes))
    hidden, same = meant - most if most else 0, len(changes) - meant
    left_out = {f"and {hidden} more": hidden, f"{same} {_alike(same)} the same": same}
    return [f"{words} (--json shows all)" for words, count in left_out.items() if count > 0]


def _alike(count: int) -> str:
    return "difference in writing means" if count == 1 else "differences in writing mean"


def _values(change: Change) -> str:
    match change.action:
        case "add":
            return excerpt(change.after, 2 * _LONGEST)
        case "remove":
            return excerpt(change.before, 2 * _LONGEST)
        case "change" | "reorder":
            return " -> ".join(excerpts(change.before, change.after, _LONGEST))
        case "":
            return ""


def _why(change: Change) -> str:
    stake = f"{change.at_stake} at stake" if change.at_stake else ""
    follows = f"follows {change.follows}" if change.follows else ""
    return "; ".join(filter(None, (stake, follows, change.reason)))
