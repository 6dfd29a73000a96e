"""YAML files as plain values with the place of every key and value. Knows nothing of what the values mean.

Only `true`, `false`, `null` and canonical integers are special; everything else that is not quoted is text,
so `1.10`, `no`, `12:30` and `012345670701` are what they look like. Refused: duplicate keys, tags, merge
keys, several documents, and what is too large, too deep, or grows so through aliases.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from yaml.reader import ReaderError

from publisher.errors import InputError, Problem, Where, printable

__all__ = ["RULES", "Document", "parse", "quoted", "read", "relative"]

RULES = {
    "P001": "The file can be read: it is there, a plain file, inside the project, of a sane size, and UTF-8",
    "P002": "The file is YAML",
    "P003": "A key stands once in a mapping",
    "P004": "Nesting and aliases stay within bounds",
    "P005": "Plain YAML only: no tags, no merge keys, no keys that are not text",
    "P006": "A file holds exactly one document",
}

MAX_BYTES = 256 * 1024
MAX_DEPTH = 40
MAX_VALUES = 50_000
_LONGEST_QUOTE = 120

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_BEYOND = re.compile(r"\\U(?!0010|000)[0-9A-Fa-f]{8}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None, "": None}

Place = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class _Node:
    value: Any
    place: Place
    plain: bool = False
    size: int = 1
    height: int = 0
    keys: Mapping[str, Place] = field(default_factory=dict)
    children: Mapping[str | int, _Node] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file's content. `path` is relative to the project, with forward slashes."""

    path: str
    node: _Node = field(repr=False)

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
        return replace(self, node=_renamed(self.node, keys, name))

    def _at(self, keys: tuple[str | int, ...]) -> _Node | None:
        node: _Node | None = self.node
        for step in keys:
            node = None if node is None else node.children.get(step)
        return node


def read(path: Path, *, root: Path) -> Document:
    """Reads a YAML file of the project at `root`. Raises InputError with every problem found."""
    name = relative(path, root)
    return parse(_text(path, name, root), path=name)


def parse(text: str, *, path: str) -> Document:
    """Reads YAML text; `path` is what messages call it. Raises InputError with every problem found."""
    builder = _Builder(text, path)
    try:
        node = builder.document()
    except _StopError as stop:
        raise InputError.of([*builder.problems, stop.problem]) from None
    except yaml.MarkedYAMLError as error:
        raise InputError.of([*builder.problems, _syntax(error, path)]) from None
    except ReaderError as error:
        line, column = _place_at(text[: error.position])
        message = f"the character {chr(error.character)!a} cannot stand in YAML"
        hint = 'take it out, or write it as an escape inside double quotes, e.g. "\\x07"'
        raise InputError.of([_problem("P002", path, (line, column), message, hint)]) from None
    except (ValueError, OverflowError):
        # PyYAML hands numbers of directives and escapes to Python as they are.
        found = _BEYOND.search(text)
        place = _place_at(text[: found.start() if found else 0])
        message, hint = (
            "an escape or a directive has a number that is too large",
            r"the last escape is \U0010FFFF",
        )
        raise InputError.of([_problem("P002", path, place, message, hint)]) from None
    if builder.problems:
        raise InputError.of(builder.problems)
    return Document(path=path, node=node)


def relative(path: Path, root: Path) -> str:
    """The path as messages show it: relative to the project when inside it, with forward slashes."""
    inside = _inside(path, root)
    return path.as_posix() if inside is None else inside.as_posix()


def quoted(value: object) -> str:
    """A value as messages quote it: in quotes, on one line, without control characters, not endless."""
    text = printable(str(value))
    return f"'{text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + '…'}'"


def _inside(path: Path, root: Path) -> Path | None:
    absolute = Path(os.path.normpath(path.absolute()))
    for base in (Path(os.path.normpath(root.absolute())), root.resolve()):
        if absolute.is_relative_to(base):
            return absolute.relative_to(base)
    return None


def _text(path: Path, name: str, root: Path) -> str:
    def refuse(message: str, hint: str, place: Place = (1, 1)) -> NoReturn:
        raise InputError.of([_problem("P001", name, place, message, hint)])

    if path.is_symlink() and not path.exists():
        refuse("this link leads nowhere", "put the file itself in its place, or remove it")
    if not path.exists():
        refuse("there is no such file", "check the path; --directory names the project's folder")
    if not path.is_file():
        refuse("this is not a plain file", "give the path of a YAML file")
    if _inside(path, root) and not path.resolve().is_relative_to(root.resolve()):
        refuse("this is a link that leads out of the project", "put the file itself into the project")
    with path.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        refuse(
            f"the file is larger than {MAX_BYTES} bytes", "split it, or take out what does not belong there"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_at(raw[: error.start].decode("utf-8", errors="replace"))
        refuse(f"the byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8", place)


class _StopError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


class _Builder:
    """Turns the parser's events into nodes. What can be read past is collected, the rest stops it."""

    def __init__(self, text: str, path: str) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._events: Iterator[Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._anchors: dict[str, _Node] = {}
        self._values = 0

    def document(self) -> _Node:
        next(self._events)  # stream start
        event = next(self._events)
        if not isinstance(event, DocumentStartEvent):
            raise _StopError(
                self._problem("P006", event, "the file is empty", "write the declaration into it")
            )
        node = self._node(next(self._events), 0)
        next(self._events)  # document end
        event = next(self._events)
        if isinstance(event, DocumentStartEvent):
            hint = "keep one document a file: split it at '---'"
            raise _StopError(self._problem("P006", event, "the file holds more than one document", hint))
        return node

    def _node(self, event: Event, depth: int) -> _Node:
        if depth > MAX_DEPTH:
            self._too_deep(event)
        if isinstance(event, AliasEvent):
            return self._alias(event, depth)
        if not isinstance(event, ScalarEvent | CollectionStartEvent):
            raise AssertionError(event)
        if event.tag is not None:
            hint = "write the value without a tag; quote it when it is text"
            self._add("P005", event, f"the tag {quoted(event.tag)} is not allowed", hint)
        if isinstance(event, ScalarEvent):
            node = _scalar(event)
            if _SURROGATE.search(event.value):
                hint = "write the character itself, or \\U and eight digits"
                self._add("P002", event, "the escape stands for half a character", hint)
        elif isinstance(event, MappingStartEvent):
            node = self._mapping(event, depth)
        else:
            node = self._sequence(event, depth)
        self._count(1, event)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: AliasEvent, depth: int) -> _Node:
        anchor = event.anchor or ""
        node = self._anchors.get(anchor)
        if node is None:
            message = f"the alias {quoted('*' + anchor)} names no value above it"
            hint = f"mark the value with {quoted('&' + anchor)} before it is used"
            raise _StopError(self._problem("P002", event, message, hint))
        if depth + node.height > MAX_DEPTH:
            self._too_deep(event)
        self._count(node.size, event)
        return replace(node, place=_place(event))

    def _sequence(self, start: Event, depth: int) -> _Node:
        items: list[_Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return _collection([item.value for item in items], start, {}, dict(enumerate(items)))

    def _mapping(self, start: Event, depth: int) -> _Node:
        keys: dict[str, Place] = {}
        children: dict[str | int, _Node] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            name = self._key(event, depth)
            child = self._node(next(self._events), depth + 1)
            if name is None:
                continue
            if name in keys:
                line, column = keys[name]
                message = f"the key {quoted(name)} stands twice, first at {self._path}:{line}:{column}"
                self._add("P003", event, message, "keep one of the two")
                continue
            keys[name] = _place(event)
            children[name] = child
        return _collection({name: children[name].value for name in keys}, start, keys, children)

    def _key(self, event: Event, depth: int) -> str | None:
        node = self._node(event, depth + 1)
        if not isinstance(event, ScalarEvent):
            self._add("P005", event, "a key must be plain text", "write the key out as text")
            return None
        if event.value == "<<" and node.plain:
            hint = "write the keys out, or alias a whole value"
            self._add("P005", event, "merge keys ('<<') are not allowed", hint)
            return None
        return str(event.value)

    def _count(self, values: int, event: Event) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            message = f"the file holds more than {MAX_VALUES} values once its aliases are written out"
            raise _StopError(self._problem("P004", event, message, "use fewer aliases, or split the file"))

    def _too_deep(self, event: Event) -> NoReturn:
        message = f"values are nested more than {MAX_DEPTH} deep"
        raise _StopError(
            self._problem("P004", event, message, "no declaration needs that; check the brackets")
        )

    def _problem(self, rule: str, event: Event, message: str, hint: str) -> Problem:
        return _problem(rule, self._path, _place(event), message, hint)

    def _add(self, rule: str, event: Event, message: str, hint: str) -> None:
        self.problems.append(self._problem(rule, event, message, hint))


def _scalar(event: ScalarEvent) -> _Node:
    text, plain = event.value, event.style is None
    value: Any = text
    if plain and text in _WORDS:
        value = _WORDS[text]
    elif plain and _INTEGER.fullmatch(text):
        value = int(text)
    return _Node(value=value, place=_place(event), plain=plain)


def _collection(
    value: Any, start: Event, keys: Mapping[str, Place], children: Mapping[str | int, _Node]
) -> _Node:
    return _Node(
        value=value,
        place=_place(start),
        size=1 + len(keys) + sum(child.size for child in children.values()),
        height=1 + max((child.height for child in children.values()), default=0),
        keys=keys,
        children=children,
    )


def _renamed(node: _Node, keys: tuple[str | int, ...], name: str) -> _Node:
    step, rest = keys[0], keys[1:]
    if rest:
        children = {**node.children, step: _renamed(node.children[step], rest, name)}
        return _rebuilt(node, node.keys, children)
    new_keys = {(name if key == step else key): place for key, place in node.keys.items()}
    children = {(name if key == step else key): child for key, child in node.children.items()}
    return _rebuilt(node, new_keys, children)


def _rebuilt(node: _Node, keys: Mapping[str, Place], children: Mapping[str | int, _Node]) -> _Node:
    if isinstance(node.value, list):
        value: Any = [child.value for child in children.values()]
    else:
        value = {key: child.value for key, child in children.items()}
    return replace(node, value=value, keys=keys, children=children)


_ADVICE = (
    ("found character '\\t'", "a tab cannot stand here", "indent with spaces"),
    ("mapping values are not allowed", "a second ': ' on this line", "quote the value that holds the colon"),
    ("could not find expected ':'", "a key without ':'", "write 'key: value', or indent the line"),
    ("expected ',' or", "a list or mapping in brackets is not closed", "check the commas and brackets"),
    (
        "expected <block end>",
        "the indentation does not fit the lines above",
        "line up keys and '-' of one level",
    ),
    ("found unexpected end of stream", "a quote is not closed", "close the quote"),
    ("cannot start any token", "a value cannot start with this character", "put the value in quotes"),
    (
        "found unknown escape character",
        "an unknown escape in double quotes",
        "double the backslash, or use '…'",
    ),
    (
        "sequence entries are not allowed",
        "a list cannot begin here",
        "begin it on the next line, or write [a, b]",
    ),
    ("found undefined tag handle", "a tag is not allowed", "write the value without a tag"),
)


def _syntax(error: yaml.MarkedYAMLError, path: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = str(error.problem or error.context or "it cannot be read")
    for sign, message, hint in _ADVICE:
        if sign in text:
            return _problem("P002", path, place, f"not valid YAML: {message}", hint)
    return _problem(
        "P002", path, place, f"not valid YAML: {text}", "check indentation, quotes and brackets here"
    )


def _problem(rule: str, path: str, place: Place, message: str, hint: str) -> Problem:
    where = Where(path=path, line=place[0], column=place[1])
    return Problem(rule=rule, where=where, message=message, hint=hint)


def _place(event: Event) -> Place:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _place_at(before: str) -> Place:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
