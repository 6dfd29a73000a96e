"""Text in aligned columns, as wide as they need to be: lines stay whole for grep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


def columns(rows: Iterable[Sequence[str]], *, indent: str = "", widest: Mapping[int, int] = {}) -> str:
    """The rows, two blanks between columns. `widest`: how far to pad a column at most, by index."""
    lines = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    widths = [min(width, widest.get(n, width)) for n, width in enumerate(widths)]
    return "\n".join(
        indent + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
