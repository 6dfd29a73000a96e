"""A document as a tree of values with their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from publisher.errors import Problem, Where

Place = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Node:
    """A value, its place, and what it holds. `size` and `height` count it with all that is in it."""

    value: Any
    place: Place
    plain: bool = False
    size: int = 1
    height: int = 0
    keys: Mapping[str, Place] = field(default_factory=dict)
    children: Mapping[str | int, Node] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file's content. `path` is relative to the project, with forward slashes."""

    path: str
    node: Node = field(repr=False)

    @property
    def value(self) -> Any:
        """The content as dicts, lists, strings, ints, bools and None."""
        return self.node.value

    def where(self, *keys: str | int, key: bool = False) -> Where:
        """The place of the value at this path, or of its key; else of its nearest ancestor."""
        node, place = self.node, self.node.place
        for step in keys:
            if step not in node.children:
                break
            child = node.children[step]
            place = child.place
            if key and isinstance(step, str):
                place = node.keys[step]
            node = child
        return Where(path=self.path, line=place[0], column=place[1])

    def get(self, *keys: str | int) -> Any:
        """The value at this path; None when it is not there."""
        node = self._at(keys)
        return None if node is None else node.value

    def has(self, *keys: str | int) -> bool:
        """Whether anything, be it null, stands at this path."""
        return self._at(keys) is not None

    def plain(self, *keys: str | int) -> bool:
        """Whether the scalar at this path stands there without quotes."""
        node = self._at(keys)
        return node is not None and node.plain

    def renamed(self, keys: tuple[str | int, ...], name: str) -> Document:
        """The same document, in which the key at this path is called `name`."""
        return replace(self, node=renamed_node(self.node, keys, name))

    def _at(self, keys: tuple[str | int, ...]) -> Node | None:
        node: Node | None = self.node
        for step in keys:
            node = None if node is None else node.children.get(step)
        return node


def renamed_node(node: Node, keys: tuple[str | int, ...], name: str) -> Node:
    """The tree in which the key at this path is called `name`."""
    step, rest = keys[0], keys[1:]
    if rest:
        children = {**node.children, step: renamed_node(node.children[step], rest, name)}
        return _rebuilt(node, node.keys, children)
    new_keys = {(name if key == step else key): place for key, place in node.keys.items()}
    children = {(name if key == step else key): child for key, child in node.children.items()}
    return _rebuilt(node, new_keys, children)


def _rebuilt(node: Node, keys: Mapping[str, Place], children: Mapping[str | int, Node]) -> Node:
    if isinstance(node.value, list):
        value: Any = [child.value for child in children.values()]
    else:
        value = {key: child.value for key, child in children.items()}
    return replace(node, value=value, keys=keys, children=children)


def problem(rule: str, path: str, place: Place, message: str, hint: str) -> Problem:
    """A finding at a line and column of a file."""
    where = Where(path=path, line=place[0], column=place[1])
    return Problem(rule=rule, where=where, message=message, hint=hint)


def place_at(before: str) -> Place:
    """The place right after the text `before`."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
