"""What changes do to launches, as text, Markdown and JSON: one line a change, wherever changes are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from publisher.cli.columns import Block, columns
from publisher.errors import excerpt, excerpts
from publisher.impact import Change, needed_bump, worst
from publisher.report.markdown import code, table

_LONGEST = 60
_PATH, _WIDEST = 2, 48
_SAME = "no differences in meaning"


def impact_text(changes: Sequence[Change], *, indent: str = "  ", most: int = 0) -> list[Block]:
    """A line for each change (of the first `most`, if given), as a table for grep."""
    shown = changes[:most] if most else changes
    rows = [(it.level, it.effect, it.path, _values(it), _why(it)) for it in shown]
    lines = columns(rows, indent=indent, widest={_PATH: _WIDEST}) if rows else [f"{indent}{_SAME}"]
    return [*lines, *(f"{indent}{it}" for it in _more(changes, most))]


def impact_markdown(changes: Sequence[Change], *, most: int = 0) -> list[str]:
    """The same as a table for a pull request. No text in it can leave its cell."""
    header = ("level", "effect", "path", "before", "after", "reason")
    rows = [
        [code(cell) for cell in (it.level, it.effect, it.path, it.before, it.after, _why(it))]
        for it in (changes[:most] if most else changes)
    ]
    return [*(table(header, rows) if rows else [_SAME]), *_more(changes, most)]


def impact_summary(changes: Iterable[Change]) -> str:
    """The worst level and the bump that is needed, in one clause."""
    found = list(changes)
    return f"impact {worst(found)}, needs {needed_bump(found) or 'no'} bump"


def impact_document(changes: Sequence[Change]) -> dict[str, Any]:
    """The JSON shape of docs/versions.md."""
    return {
        "level": worst(changes),
        "bump": needed_bump(changes),
        "changes": [it.document() for it in changes],
    }


def _more(changes: Sequence[Change], most: int) -> list[str]:
    hidden = len(changes) - most if most else 0
    return [f"and {hidden} more (--json shows all)"] if hidden > 0 else []


def _values(change: Change) -> str:
    match change.action:
        case "add":
            return excerpt(change.after, 2 * _LONGEST)
        case "remove":
            return excerpt(change.before, 2 * _LONGEST)
        case "change" | "reorder":
            return " -> ".join(excerpts(change.before, change.after, _LONGEST))
        case "":
            return f"follows {change.follows}" if change.follows else ""


def _why(change: Change) -> str:
    stake = f"{change.at_stake} at stake" if change.at_stake else ""
    return ": ".join(filter(None, (stake, change.reason)))
