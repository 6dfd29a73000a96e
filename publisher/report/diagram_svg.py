"""A picture as SVG: the layout library gives coordinates, everything else is written here.

Colours, fonts and dashes are classes of style.css. Lengths are in px; texts are cut by their length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from posixpath import commonprefix
from textwrap import wrap

from markupsafe import Markup

from publisher.errors import printable
from publisher.report.diagram_graph import facts
from publisher.report.diagram_layout import (
    LABEL,
    LETTER,
    PADDING,
    ROW,
    WIDEST,
    WIDTH,
    Layout,
    Placed,
    Point,
    Way,
    laid_out,
)
from publisher.report.diagram_picture import Box, Picture, service_of

# How many characters fit into a box: of the names' font, and of the smaller one.
_NAME, _SMALL = 25, 29


@lru_cache(maxsize=512)
def drawn(picture: Picture, layout: Layout) -> Markup:
    """The picture as markup; empty when it has less than two boxes, or when no layout can be had."""
    boxes = [Placed(box=box, rows=tuple(_rows(box))) for box in picture.boxes]
    whole = laid_out(boxes, picture.lines, layout)
    if whole is None or len(boxes) < 2:
        return Markup()
    shown = [*map(_line, whole.ways), *map(_box, whole.boxes), *map(_word, whole.ways)]
    text = f"{len(boxes)} boxes and {len(whole.ways)} lines; the list below says the same."
    wide = " wide" if whole.width > WIDEST else ""
    return Markup(
        '<svg class="diagram{2}" role="img" xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}"'
        ' viewBox="-4 -4 {0} {1}"><title>What connects to what</title><desc>{3}</desc>{4}</svg>'
    ).format(_n(whole.width + 8), _n(whole.height + 8), wide, text, Markup("").join(shown))


def _rows(box: Box) -> Iterator[tuple[str, str]]:
    """What a box says: type, name, and what it has with it."""
    types = Counter(map(_type, box.types))
    if len(types) > 1:
        yield "type", _cut(f"{printable(service_of(box.types[0]))} \u00d7{len(box.names)}", _SMALL)
        yield "with", _cut(_several(types), _SMALL)
        return
    many = f" \u00d7{len(box.names)}" if len(box.names) > 1 else ""
    yield "type", _cut(_type(box.types[0]), _SMALL - len(many)) + many
    own = f"{_noun(box.types[0])} "
    parts = Counter(_noun(it).removeprefix(own) for it in box.part_types if it not in facts()["unsaid"])
    start = _common(box.names) if many else ""
    if not many:
        yield from (("name", it) for it in _wrapped(printable(box.names[0])))
    elif not start:
        yield from (("name", _cut(printable(it), _NAME)) for it in box.names[:2])
        if len(box.names) > 2:
            yield "with", f"and {len(box.names) - 2} more"
    else:
        yield "name", _cut(f"{printable(start)}\u2026", _NAME)
        rest = [printable(it[len(start) :]) or "\u2026" for it in box.names]
        if not all(map(str.isdigit, rest)):
            yield "with", _cut(", ".join(rest), _SMALL)
    if parts:
        yield from (("with", it) for it in _two_rows(f"with {_several(parts)}"))


def _type(type_: str) -> str:
    """A type in words: EC2 VPC Endpoint, of AWS::EC2::VPCEndpoint."""
    service, last = printable(service_of(type_)), type_.rpartition("::")[2]
    return f"{service} {_spaced(last)}".strip() if last != service else last


def _noun(type_: str) -> str:
    """The last part of a type in small letters, but for abbreviations."""
    words = _spaced(type_.rpartition("::")[2]).split()
    return " ".join(it if it.isupper() and len(it) > 1 else it.lower() for it in words)


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", printable(name))


def _several(words: Mapping[str, int]) -> str:
    """The words with their numbers, the rarest first: they say most."""
    ordered = sorted(words.items(), key=lambda it: (it[1], it[0]))
    return ", ".join(word if many == 1 else f"{many}\u00a0{_plural(word)}" for word, many in ordered)


def _plural(word: str) -> str:
    return re.sub("y$", "ie", word) + ("es" if word.endswith("s") else "s")


def _common(names: Sequence[str]) -> str:
    """What all names begin with, up to a word's end."""
    start = commonprefix(names)

    def ends_at(name: str, length: int) -> bool:
        return not name[length - 1].isupper() and not name[length : length + 1].islower()

    lengths = (it for it in range(len(start), 0, -1) if all(ends_at(name, it) for name in names))
    return start[: next(lengths, 0)]


def _two_rows(text: str) -> Iterator[str]:
    """A list on at most two rows."""
    first, *rest = wrap(text, _SMALL, break_on_hyphens=False) or [""]
    yield first
    if rest:
        yield _cut(" ".join(rest), _SMALL)


def _wrapped(name: str) -> Iterator[str]:
    """A name on at most two rows."""
    if len(name) <= _NAME:
        yield name
        return
    breaks = [it.end() for it in re.finditer(r"(?<=[a-z0-9])(?=[A-Z])|[-_.]", name[: _NAME + 1])] or [_NAME]
    yield name[: breaks[-1]]
    yield _cut(name[breaks[-1] :], _NAME)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip(", ") + "…"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _box(placed: Placed) -> Markup:
    box, x, y = placed.box, placed.x, placed.y
    shown = [
        Markup(
            '<title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6"/>'
            '<path class="stripe" d="M{} {}v{}"/>'
        ).format(
            _tooltip(box),
            _n(x),
            _n(y),
            _n(WIDTH),
            _n(placed.height),
            _n(x + 3),
            _n(y + 7),
            _n(placed.height - 14),
        )
    ]
    for number, (kind, text) in enumerate(placed.rows):
        shown.append(
            Markup('<text class="{}" x="{}" y="{}">{}</text>').format(
                kind, _n(x + PADDING + 2), _n(y + PADDING + 10 + number * ROW), text
            )
        )
    right = x + WIDTH - PADDING - 5
    for number, sign in enumerate(reversed(box.own)):
        shown.append(_sign(sign, "sign own", right - number * 19, y + PADDING + 6))
    for number, sign in enumerate(box.signs):
        shown.append(_sign(sign, "sign", x + PADDING + 9 + number * 19, y + placed.height - PADDING - 5))
    dashed = " sometimes" if box.conditions else ""
    return Markup('<g class="box {}{}">{}</g>').format(box.kind, dashed, Markup("").join(shown))


def _sign(sign: str, kind: str, x: float, y: float) -> Markup:
    return Markup(
        '<circle class="{0}" cx="{1}" cy="{2}" r="8"/><text class="{0}" x="{1}" y="{3}">{4}</text>'
    ).format(kind, _n(x), _n(y), _n(y + 4), sign)


def _tooltip(box: Box) -> str:
    parts = f" with {', '.join(box.parts)}" if box.parts else ""
    held = f", only if {', '.join(box.conditions)}" if box.conditions else ""
    return printable(f"{', '.join(box.names)} ({', '.join(dict.fromkeys(box.types))}){parts}{held}")


def _line(way: Way) -> Markup:
    """The line with rounded corners, and its head, which is turned as its last piece is."""
    points = way.points
    path = f"M{_n(points[0][0])} {_n(points[0][1])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before, 6), _towards(corner, after, 6)
        path += f"L{_n(start[0])} {_n(start[1])}Q{_n(corner[0])} {_n(corner[1])} {_n(end[0])} {_n(end[1])}"
    tip, base = points[-1], _towards(points[-1], points[-2], 8, most=1)
    path += f"L{_n(base[0])} {_n(base[1])}"
    across = (tip[1] - base[1]) / 2, (tip[0] - base[0]) / 2
    head = " ".join(
        f"{_n(x)},{_n(y)}"
        for x, y in (
            tip,
            (base[0] + across[0], base[1] - across[1]),
            (base[0] - across[0], base[1] + across[1]),
        )
    )
    dashed = " sometimes" if way.line.sometimes else ""
    return Markup('<path class="line{}" d="{}"/><polygon class="head" points="{}"/>').format(
        dashed, path, head
    )


def _towards(start: Point, end: Point, length: float, most: float = 0.5) -> Point:
    """The point so far from the start, at most this part of the way."""
    across, down = end[0] - start[0], end[1] - start[1]
    whole = (across**2 + down**2) ** 0.5
    share = min(length / whole, most) if whole else 0
    return start[0] + across * share, start[1] + down * share


def _word(way: Way) -> Markup:
    if way.middle is None:
        return Markup()
    width = LETTER * len(way.line.word) + 4
    x, y = way.middle
    return Markup(
        '<rect class="paper" x="{}" y="{}" width="{}" height="{}"/><text class="word" x="{}" y="{}">{}</text>'
    ).format(_n(x - width / 2), _n(y - LABEL / 2), _n(width), _n(LABEL), _n(x), _n(y + 3.5), way.line.word)
