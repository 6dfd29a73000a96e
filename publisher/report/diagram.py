"""The diagram of a template: a picture of what connects to what, its legend, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from publisher.report.diagram_graph import facts, graph_of
from publisher.report.diagram_layout import Layout, layered
from publisher.report.diagram_picture import Picture, picture_of

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A resource, what it refers to in the template, and in which box it is drawn if not in its own."""

    name: str
    box: str
    targets: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """The picture as <svg> (empty when there is nothing to draw, or no layout library), and what it shows.

    `references` is complete, whatever the picture leaves out.
    """

    svg: Markup
    picture: Picture
    references: tuple[Reference, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its boxes, which have their colours."""
        found = {it.kind for it in self.picture.boxes}
        return tuple(kind for kind in facts()["kinds"] if kind in found)

    @property
    def more(self) -> dict[str, int]:
        """How many other resources are drawn in the box of a first name."""
        return {it.names[0]: len(it.names) - 1 for it in self.picture.boxes if it.names[1:]}

    @property
    def conditional(self) -> bool:
        """Whether anything is drawn dashed."""
        return any(it.conditions for it in self.picture.boxes) or any(
            it.sometimes for it in self.picture.lines
        )


def diagram(template: Mapping[str, Any], *, layout: Layout = layered) -> Diagram:
    """The diagram of a template in the long form. Equal ones give equal bytes, and are drawn once."""
    from publisher.report.diagram_svg import drawn

    graph = graph_of(template)
    picture = picture_of(graph)
    boxes: dict[str, list[str]] = {}
    for it in picture.boxes:
        for part in (*it.parts, *it.names[1:]):
            boxes.setdefault(part, []).append(it.names[0])
    references = (
        Reference(name=name, box=", ".join(boxes.get(name, ())), targets=graph.references[name])
        for name in graph.types
    )
    return Diagram(svg=drawn(picture, layout), picture=picture, references=tuple(references))
