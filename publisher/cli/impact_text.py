"""What changes do to launches, as text, Markdown and JSON: one line a change, wherever changes are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from publisher.cli.columns import Block, columns
from publisher.errors import excerpt, excerpts
from publisher.impact import Change, needed_bump, worst
from publisher.report.change_rows import ChangeRows, change_rows, why
from publisher.report.markdown import code, table

_LONGEST = 60
_PATH, _WIDEST = 3, 48
_SAME = "no differences in meaning"


def impact_text(changes: Sequence[Change], *, indent: str = "  ", most: int = 0) -> list[Block]:
    """A line for each change (at most `most`, if given), the worst first, as a table for grep."""
    shown = change_rows(changes, most)
    rows = [(it.level, it.effect, it.subject, it.path, _values(it), why(it)) for it in shown.rows]
    lines = columns(rows, indent=indent, widest={_PATH: _WIDEST})
    return [*lines, *(f"{indent}{it}" for it in _left_out(shown))]


def impact_markdown(changes: Sequence[Change], *, most: int = 0) -> list[str]:
    """The same as a table for a pull request. No text in it can leave its cell."""
    header = ("level", "effect", "subject", "path", "before", "after", "reason")
    shown = change_rows(changes, most)
    rows = [
        [*map(code, (it.level, it.effect, it.subject, it.path, it.before, it.after, why(it)))]
        for it in shown.rows
    ]
    more = _left_out(shown)
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


def _left_out(shown: ChangeRows) -> list[str]:
    """What the lines leave out."""
    more = [f"{words} (--json shows all)" for words in shown.left_out]
    return more or ([] if shown.rows else [_SAME])


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
