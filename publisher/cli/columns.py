"""Lines in aligned columns, as wide as they need to be: lines stay whole for grep. Cells for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from publisher.errors import printable

_PLAIN = frozenset(" -.,/:;+=()%?'…")
_LISTED = 3


def columns(rows: Iterable[Sequence[str]], *, indent: str = "", widest: Mapping[int, int] = {}) -> list[str]:
    """The rows, two blanks between columns. `widest`: how far to pad a column at most, by index."""
    # What the edge escapes is longer afterwards.
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    widths = [min(width, widest.get(n, width)) for n, width in enumerate(widths)]
    return [
        indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def separated(sections: Iterable[Iterable[str]]) -> list[str]:
    """The lines of all sections, with an empty line between them."""
    lines: list[str] = []
    for section in sections:
        lines += ["", *section] if lines else section
    return lines


def listed(entries: Sequence[str]) -> str:
    """The first three, and how many more there are."""
    more = f" and {len(entries) - _LISTED} more" if len(entries) > _LISTED else ""
    return " ".join(entries[:_LISTED]) + more


def code(text: str) -> str:
    """Text in which GitHub's Markdown finds no table, emphasis, link, mention or HTML."""
    safe = "".join(it if it.isalnum() or it in _PLAIN else f"&#{ord(it)};" for it in text if it.isprintable())
    safe = safe.replace("://", "&#58;//").replace("www.", "www&#46;")
    return f"<code>{safe}</code>" if safe else ""


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table for GitHub; no text in it can leave its cell, link, mention or embed anything."""
    lines = [f"| {' | '.join(code(cell) for cell in row)} |" for row in rows]
    return [f"| {' | '.join(header)} |", "|---" * len(header) + "|", *lines]
