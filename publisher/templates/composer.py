"""YAML text to nodes: the same nodes with and without libyaml, no anchors, and plain scalars left as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

TEXT, SEQUENCE, MAPPING = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
# There are builds of PyYAML without libyaml, which is eight times as fast.
_FAST: Any = getattr(yaml, "CSafeLoader", None)


def compose(text: str, *, fast: Any = _FAST) -> Node | None:
    """The root node of the one document in a text. Raises yaml.YAMLError, or RecursionError."""
    if fast is not None:
        try:
            return _document(yaml.parse(text, Loader=fast))
        except yaml.YAMLError:
            pass  # the other reader words it the same on every machine
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
