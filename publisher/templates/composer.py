"""YAML text to nodes: the same nodes with and without libyaml, no anchors, and plain scalars left as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

TEXT, SEQUENCE, MAPPING = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
_TAGS = {ScalarNode: TEXT, SequenceNode: SEQUENCE, MappingNode: MAPPING}
# There are builds of PyYAML without libyaml, which is eight times as fast.
_FAST: Any = getattr(yaml, "CSafeLoader", None)
# What may be an anchor, an alias, a directive, or a tag that is not CloudFormation's.
_RARE = re.compile(
    r"[&*%!](?:(?<=[&*])(?<![^\s\ufeff\[{,].)(?=\S)|(?<=[\"'\]}]:[&*])|(?<=%)(?<![^\s\ufeff].)|(?<=!)(?=[!<]))",
    re.DOTALL,
)
# C has no limit of its own, and ends the process.
_DEEPEST = 100


class _Plain:
    """How libyaml's reader makes nodes in C, faster than Python from events; plain scalars are text."""

    _depth = 0

    def resolve(self, kind: type[Node], *_: object) -> str:
        return _TAGS[kind]

    def descend_resolver(self, *_: object) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise yaml.YAMLError

    def ascend_resolver(self) -> None:
        self._depth -= 1


_Nodes: Any = _FAST and type("_Nodes", (_Plain, _FAST), {})


def compose(text: str, *, fast: Any = _FAST, nodes: Any = _Nodes) -> Node | None:
    """The root node of the one document in a text. Raises yaml.YAMLError, or RecursionError."""
    if fast is not None:
        # The other readers word errors the same on every machine.
        with suppress(yaml.YAMLError):
            if nodes is not None and not _RARE.search(text):
                root: Node | None = nodes(text).get_single_node()
                return root
        with suppress(yaml.YAMLError):
            return _document(yaml.parse(text, Loader=fast))
    return _document(yaml.parse(text, Loader=yaml.SafeLoader))


def _document(events: Iterator[Any]) -> Node | None:
    root: Node | None = None
    for event in events:
        match event:
            case yaml.DocumentStartEvent() if root is not None:
                raise _error("a template must be a single document", event)
            case yaml.NodeEvent():
                root = _node(event, events)
    return root


def _node(event: Any, events: Iterator[Any]) -> Node:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
    if event.anchor:
        raise _error("anchors and aliases (& and *) are not supported by CloudFormation", event)
    place: tuple[Any, Any] = event.start_mark, event.end_mark
    match event:
        case yaml.ScalarEvent():
            # Text that is tagged as text is as good as quoted.
            style = '"' if event.tag == TEXT else event.style or None
            return ScalarNode(_tag(event, TEXT), event.value, *place, style)
        case yaml.SequenceStartEvent():
            items = [_node(inner, events) for inner in _until(yaml.SequenceEndEvent, events)]
            return SequenceNode(_tag(event, SEQUENCE), items, *place)
        case _:
            pairs = [
                (_node(key, events), _node(next(events), events))
                for key in _until(yaml.MappingEndEvent, events)
            ]
            return MappingNode(_tag(event, MAPPING), pairs, *place)


def _until(end: type[yaml.Event], events: Iterator[Any]) -> Iterator[Any]:
    while not isinstance(event := next(events), end):
        yield event


def _tag(event: Any, plain: str) -> str:
    return plain if event.tag in {None, "!"} else str(event.tag)


def _error(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)
