"""Where the boxes and lines of a picture are: from the layout library, in blocks that fit on a page.

Lengths are in px.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import dist
from typing import Any

from publisher.report.diagram_graph import Line
from publisher.report.diagram_picture import Box, leads

Point = tuple[float, float]
Area = tuple[float, float, float, float]
# Nodes and edges with their sizes, to the same with their places.
Layout = Callable[[Mapping[str, Any]], Mapping[str, Any]]
WIDTH, ROW, PADDING = 212.0, 16.0, 10.0
LETTER, LABEL = 6.2, 14.0
_GAP = 22.0
# What fits beside the navigation of a page.
WIDEST = 930.0
_OPTIONS = {
    "direction": "topbottom",
    "spacing": {
        "layer_gap": 48.0,
        "node_gap": 28.0,
        "dummy_gap": 24.0,
        "edge_label_margin": 8.0,
        "stub": 20.0,
    },
}


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A box, its rows of text with their classes, and its left upper corner."""

    box: Box
    rows: tuple[tuple[str, str], ...]
    x: float = 0.0
    y: float = 0.0

    @property
    def height(self) -> float:
        """What its rows, and that of its signs, take up."""
        return PADDING * 2 + ROW * (len(self.rows) + bool(self.box.signs)) - 2


@dataclass(frozen=True, kw_only=True)
class Way:
    """The corners of a line, and where the middle of its word stands."""

    line: Line
    points: tuple[Point, ...]
    middle: Point | None = None


@dataclass(frozen=True, kw_only=True)
class Block:
    """Boxes and the lines between them, from 0, 0 to the width and height."""

    boxes: tuple[Placed, ...]
    ways: tuple[Way, ...] = ()
    width: float
    height: float

    def at(self, x: float, y: float) -> Block:
        """The same further right and down."""

        def moved(point: Point) -> Point:
            return point[0] + x, point[1] + y

        return replace(
            self,
            boxes=tuple(replace(it, x=it.x + x, y=it.y + y) for it in self.boxes),
            ways=tuple(
                replace(it, points=tuple(map(moved, it.points)), middle=it.middle and moved(it.middle))
                for it in self.ways
            ),
        )


def layered(graph: Mapping[str, Any]) -> Mapping[str, Any]:
    """Boxes in rows, lines downwards. Raises ValueError or ImportError when the library cannot do it."""
    import graphlay

    return graphlay.layout(graph, options=_OPTIONS).raw


def laid_out(boxes: Sequence[Placed], lines: Sequence[Line], layout: Layout) -> Block | None:
    """Connected boxes together, below them the others. None without boxes, or without the library."""
    named = {it.box.names[0]: it for it in boxes}
    groups = [[named[name] for name in names] for names in _connected(named, lines)]
    blocks = [_block(group, lines, layout) for group in groups if len(group) > 1]
    found = [it for it in blocks if it]
    single = sorted((group[0] for group in groups if len(group) == 1), key=lambda it: not it.box.own)
    shelf = [Block(boxes=(it,), width=WIDTH, height=it.height) for it in single]
    above = list(_in_rows(found, WIDEST))
    below = list(_in_rows(shelf, max([3 * (WIDTH + _GAP), *(it.width for it in above)])))
    return _stacked([*above, *below]) if boxes and len(found) == len(blocks) else None


def _connected(names: Collection[str], lines: Sequence[Line]) -> list[list[str]]:
    """The names in groups between which no line goes, the largest first."""
    group = {name: [name] for name in names}
    for line in lines:
        one, other = group[line.source], group[line.target]
        if one is not other:
            one += other
            group |= dict.fromkeys(other, one)
    groups = {id(it): it for it in group.values()}.values()
    return sorted(map(sorted, groups), key=lambda it: (-len(it), it))


def _in_rows(blocks: Sequence[Block], widest: float) -> Iterator[Block]:
    """The blocks in rows that are no wider than this, if they are not."""
    row: list[Block] = []
    width = 0.0
    for block in blocks:
        if row and width + _GAP + block.width > widest:
            yield _row(row)
            row, width = [], 0.0
        width += (_GAP if row else 0) + block.width
        row.append(block)
    if row:
        yield _row(row)


def _row(blocks: Sequence[Block]) -> Block:
    placed, x = [], 0.0
    for block in blocks:
        placed.append(block.at(x, 0.0))
        x += block.width + _GAP
    return _together(placed, x - _GAP, max(it.height for it in blocks))


def _stacked(blocks: Sequence[Block]) -> Block:
    width = max(it.width for it in blocks)
    placed, y = [], 0.0
    for block in blocks:
        placed.append(block.at((width - block.width) / 2, y))
        y += block.height + _GAP
    return _together(placed, width, y - _GAP)


def _together(blocks: Sequence[Block], width: float, height: float) -> Block:
    boxes = tuple(box for it in blocks for box in it.boxes)
    return Block(boxes=boxes, ways=tuple(way for it in blocks for way in it.ways), width=width, height=height)


def _block(boxes: Sequence[Placed], lines: Sequence[Line], layout: Layout) -> Block | None:
    """Boxes that lines connect, as narrow as it can be done; None when the library cannot say where.

    Where too many stand side by side, those from which no line goes stand deeper.
    """
    numbers = {it.box.names[0]: number for number, it in enumerate(boxes)}
    own = [it for it in lines if it.source in numbers]
    edges = [_edge(it, numbers, own) for it in own]
    nodes: list[dict[str, Any]] = [
        {"key": str(i), "size": {"width": WIDTH, "height": it.height}} for i, it in enumerate(boxes)
    ]
    best: Block | None = None
    for most in (4, 4, 3, 3, 2):
        try:
            found = layout({"nodes": nodes, "edges": edges})
        except (ImportError, ValueError):
            return best
        block = _placed(boxes, own, found)
        if best is None or block.width < best.width:
            best = block
        if block.width <= WIDEST:
            break
        ranks = _deeper([it["rank"] for it in found["nodes"]], {it["source"] for it in edges}, most)
        for node, rank in zip(nodes, ranks, strict=True):
            node["rank"] = {"fixed": rank}
    return best


def _deeper(ranks: Sequence[int], sources: Collection[int], most: int) -> list[int]:
    """The rows of boxes, those that are no source moved down from rows with more boxes than `most`."""
    found = list(ranks)
    for rank in range(max(ranks) + 1):
        row = [i for i, it in enumerate(found) if it == rank]
        for i in [it for it in row if it not in sources][: max(0, len(row) - most)]:
            found[i] += 1
    return found


def _edge(line: Line, numbers: Mapping[str, int], lines: Sequence[Line]) -> dict[str, Any]:
    """A line for the library. One that triggers what leads to its source (a new model does) goes upwards."""
    edge: dict[str, Any] = {"source": numbers[line.source], "target": numbers[line.target]}
    if line.word:
        edge["label_size"] = {"width": LETTER * len(line.word) + 8, "height": LABEL}
    if line.word == "triggers" and leads(lines, line.target, line.source):
        edge["reverse_for_ranking"] = True
    return edge


def _placed(boxes: Sequence[Placed], lines: Sequence[Line], found: Mapping[str, Any]) -> Block:
    placed = tuple(
        replace(it, x=at["center"]["x"] - WIDTH / 2, y=at["center"]["y"] - it.height / 2)
        for it, at in zip(boxes, found["nodes"], strict=True)
    )
    points = [tuple((at["x"], at["y"]) for at in edge["points"]) for edge in found["edges"]]
    ways = _with_words(
        [Way(line=line, points=each) for line, each in zip(lines, points, strict=True)], placed
    )
    words = [_around(it.middle, it.line.word) for it in ways if it.middle]
    low, high = found["bounds"]["min"], found["bounds"]["max"]
    left = min([low["x"], *(it[0] for it in words)])
    right = max([high["x"], *(it[2] for it in words)])
    whole = Block(boxes=placed, ways=tuple(ways), width=right - left, height=high["y"] - low["y"])
    return whole.at(-left, -low["y"])


def _with_words(ways: Sequence[Way], boxes: Sequence[Placed]) -> list[Way]:
    """Puts the word of each line on it, where it hides least: no box or word, no other line, not its head."""
    taken = [(it.x, it.y, it.x + WIDTH, it.y + it.height) for it in boxes]
    found = []
    for way in ways:
        middle = None
        if way.line.word:
            others = [piece for it in ways if it is not way for piece in pairwise(it.points)]

            def hidden(at: Point, way: Way = way, others: Sequence[tuple[Point, Point]] = others) -> float:
                area = _around(at, way.line.word)
                near = (way.points[-1], way.points[-1])
                return (
                    100.0 * sum(_meet(area, it) for it in taken)
                    + 10.0 * sum(_meet(area, _area(*it)) for it in others)
                    + 20.0 * _meet((area[0], area[1] - 10, area[2], area[3] + 10), _area(*near))
                )

            middle = min(_along(way.points), key=hidden)
            taken.append(_around(middle, way.line.word))
        found.append(replace(way, middle=middle))
    return found


def _along(points: Sequence[Point]) -> list[Point]:
    """Places on a line where its word may stand, from the middle of its longest piece."""
    pieces = sorted(pairwise(points), key=lambda it: -dist(*it))
    shares = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
    return [
        (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share) for a, b in pieces for share in shares
    ]


def _around(middle: Point, word: str) -> Area:
    wide, high = LETTER * len(word) / 2 + 4, LABEL / 2
    return middle[0] - wide, middle[1] - high, middle[0] + wide, middle[1] + high


def _area(a: Point, b: Point) -> Area:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1])


def _meet(one: Area, other: Area) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
