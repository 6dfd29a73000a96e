"""Text for people: lines and tables. In a pipe lines stay whole, for grep; on a screen they fit its width.

Only this module breaks lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from publisher.cli.screen import Screen

_GAP = "  "
# A word that is longer than this may be broken anywhere.
_LONG = 24
# What stays in one piece, so that it can be copied: a command, up to its end or to a word of prose; a quoted
# value, which may be a path; a word.
_UNBROKEN = re.compile(
    r"(?<![^\s(])(?:publisher|aws|pip)"
    r"(?:(?<![,;:]) (?!(?:to|again|and|then|or|first|for|with|it)\b)(?:'[^']*'|[^\s'])+)+"
    r"|(?<![^\s(])'[^']*'\S*|\S+|\s+"
)
_WORD = re.compile(r"\S+|\s+")
_PART = re.compile(r"[^\s/:,;._=+-]*[/:,;._=+-]*")


@dataclass(frozen=True)
class Table:
    """Rows of equally many cells. `widest`: how far to pad a column in a pipe at most, by index."""

    rows: Sequence[Sequence[str]]
    indent: str
    widest: Mapping[int, int]


Block = str | Table


def columns(
    rows: Iterable[Sequence[str]], *, indent: str = "", widest: Mapping[int, int] = {}
) -> list[Block]:
    """A table of the rows, if there are any; `widest` as in `Table`."""
    cells = [*rows]
    return [Table(cells, indent, widest)] if cells else []


def width_of(text: str) -> int:
    """How many columns of a screen a text takes: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def text_of(blocks: Iterable[Block], screen: Screen) -> str:
    """Lines and tables: lines broken between words only, cells also after separators."""
    return "".join(f"{line}\n" for it in blocks for line in _lines(it, screen))


def _lines(block: Block, screen: Screen) -> Iterator[str]:
    if isinstance(block, Table):
        return _table(block, screen)
    return _wrapped(screen.clean(block), screen)


def _wrapped(line: str, screen: Screen) -> Iterator[str]:
    """What is longer than the screen is not broken by us: it can still be copied."""
    if width_of(line) <= screen.width or not screen.width:
        yield screen.line(line)
        return
    hanging = line[: len(line) - len(line.lstrip())] + _GAP
    lines, rest = [], ""
    for part in _UNBROKEN.findall(line):
        if rest.strip() and width_of(rest + part.rstrip()) > screen.width:
            lines.append(rest.rstrip())
            rest = hanging + part.lstrip()
        else:
            rest += part
    first, *others = [*lines, rest]
    yield from (screen.line(first), *others)


def _table(table: Table, screen: Screen) -> Iterator[str]:
    rows = [[screen.clean(cell) for cell in row] for row in table.rows]
    widths = [max(width_of(cell) for cell in column) for column in zip(*rows, strict=True)]
    if screen.width:
        widths = _shares(widths, rows, screen.width - len(table.indent))
    else:
        widths = [min(width, table.widest.get(n, width)) for n, width in enumerate(widths)]
    for row in rows:
        if not widths:
            yield from _stacked(row, table.indent, screen)
            continue
        folded = [
            _folded(cell, width if screen.width else 0) for cell, width in zip(row, widths, strict=True)
        ]
        for parts in zip_longest(*folded, fillvalue=""):
            cells = [
                screen.cell(part, whole) + " " * (width - width_of(part))
                for part, whole, width in zip(parts, row, widths, strict=True)
            ]
            yield (table.indent + _GAP.join(cells)).rstrip()


def _stacked(row: Sequence[str], indent: str, screen: Screen) -> Iterator[str]:
    """A row for whose columns the screen is too narrow: its cells one after the other."""
    hanging = f"{indent}{_GAP}{_GAP}"
    first, *rest = _folded(_GAP.join(cell for cell in row if cell), screen.width - len(hanging))
    yield screen.line((indent + first).rstrip())
    yield from ((hanging + line).rstrip() for line in rest)


def _shares(widths: Sequence[int], rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """The widths, the widest cut to one size so that all fit; none when no words would fit."""
    room -= len(_GAP) * (len(widths) - 1)
    least = [
        min(_LONG, max(width_of(part) for cell in column for part in _PART.findall(cell)))
        for column in zip(*rows, strict=True)
    ]
    most = min(max(widths), max(room, 1))
    while sum(shares := [min(width, max(most, it)) for width, it in zip(widths, least, strict=True)]) > room:
        most -= 1
        if most < 1:
            return []
    return shares


def _folded(cell: str, width: int) -> list[str]:
    """The lines of a cell: broken between words, and words that are too long after a separator."""
    if not 0 < width < width_of(cell):
        return [cell]
    from rich.cells import chop_cells

    lines, line, gap = [], "", ""
    pieces = _UNBROKEN.findall(cell)
    for word in (it for one in pieces for it in ([one] if width_of(one) <= width else _WORD.findall(one))):
        if word.isspace():
            gap = word
            continue
        parts = [word]
        if width_of(word) > width:
            parts = [it for part in _PART.findall(word) for it in chop_cells(part, width)]
        for part in parts:
            joined = line + gap + part
            # A long word begins on a line of its own.
            if line and (width_of(joined) > width or (gap and len(parts) > 1)):
                lines.append(line)
                joined = part
            line, gap = joined.lstrip() if not line else joined, ""
    return [*lines, line]


def separated(sections: Iterable[Iterable[Block]]) -> list[Block]:
    """The blocks of all sections, with an empty line between them."""
    blocks: list[Block] = []
    for section in sections:
        blocks += ["", *section] if blocks else section
    return blocks


def shortened(text: str, width: int) -> str:
    """The text in at most so many columns: its begin and its end."""
    if width_of(text) <= width:
        return text
    from rich.cells import set_cell_size

    end = max(width - 1, 0) // 3
    begin = set_cell_size(text, max(width - 1 - end, 0))
    ending = text
    while width_of(ending) > end:
        ending = ending[1:]
    return f"{begin.rstrip()}…{ending}"
