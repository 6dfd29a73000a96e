"""YAML text to a tree of values, with every problem on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
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

from publisher.documents.tree import Document, Node, Place, place_at, problem
from publisher.errors import InputError, Problem, quoted

MAX_DEPTH = 40
MAX_VALUES = 50_000

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_BEYOND = re.compile(r"\\U(?!0010|000)[0-9A-Fa-f]{8}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None, "": None}
_ADVICE = (
    ("found character '\\t'", "tabs are not allowed here", "indent with spaces"),
    (
        "mapping values are not allowed",
        "a second ': ' on this line",
        "quote the value with the colon",
    ),
    ("could not find expected ':'", "a key without ':'", "write 'key: value', or indent the line"),
    ("expected ',' or", "a bracket is not closed", "check the commas and brackets"),
    (
        "expected <block end>",
        "the indentation does not match the lines above",
        "align keys and '-' of the same level",
    ),
    ("found unexpected end of stream", "a quote is not closed", "close the quote"),
    ("cannot start any token", "a value cannot start with this character", "quote the value"),
    (
        "found unknown escape character",
        "unknown escape sequence in double quotes",
        "double the backslash, or use single quotes",
    ),
    (
        "sequence entries are not allowed",
        "a list cannot start here",
        "start it on the next line, or write [a, b]",
    ),
    ("found undefined tag handle", "tags are not allowed", "remove the tag"),
)


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
        line, column = place_at(text[: error.position])
        message = f"the character {chr(error.character)!a} is not allowed in YAML"
        hint = 'remove it, or write it as an escape in double quotes, e.g. "\\x07"'
        raise InputError.of([problem("P002", path, (line, column), message, hint)]) from None
    except (ValueError, OverflowError):
        # PyYAML hands numbers of directives and escapes to Python as they are.
        found = _BEYOND.search(text)
        place = place_at(text[: found.start() if found else 0])
        message, hint = (
            "an escape or directive has a number that is too large",
            r"use at most \U0010FFFF",
        )
        raise InputError.of([problem("P002", path, place, message, hint)]) from None
    if builder.problems:
        raise InputError.of(builder.problems)
    return Document(path=path, node=node)


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
        self._anchors: dict[str, Node] = {}
        self._values = 0

    def document(self) -> Node:
        next(self._events)  # stream start
        event = next(self._events)
        if not isinstance(event, DocumentStartEvent):
            raise _StopError(self._problem("P006", event, "the file is empty", "add the declaration"))
        node = self._node(next(self._events), 0)
        next(self._events)  # document end
        event = next(self._events)
        if isinstance(event, DocumentStartEvent):
            hint = "split it at '---', one document per file"
            raise _StopError(self._problem("P006", event, "the file contains more than one document", hint))
        return node

    def _node(self, event: Event, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self._too_deep(event)
        if isinstance(event, AliasEvent):
            return self._alias(event, depth)
        if not isinstance(event, ScalarEvent | CollectionStartEvent):
            raise AssertionError(event)
        if event.tag is not None:
            hint = "remove the tag; quote the value if it is text"
            self._add("P005", event, f"the tag {quoted(event.tag)} is not allowed", hint)
        if isinstance(event, ScalarEvent):
            node = _scalar(event)
            if _SURROGATE.search(event.value):
                hint = "write the character itself, or \\U and eight hex digits"
                self._add("P002", event, "the escape is half of a surrogate pair", hint)
        elif isinstance(event, MappingStartEvent):
            node = self._mapping(event, depth)
        else:
            node = self._sequence(event, depth)
        self._count(1, event)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: AliasEvent, depth: int) -> Node:
        anchor = event.anchor or ""
        node = self._anchors.get(anchor)
        if node is None:
            message = f"the alias {quoted('*' + anchor)} has no anchor above it"
            hint = f"mark the value with {quoted('&' + anchor)} before it is used"
            raise _StopError(self._problem("P002", event, message, hint))
        if depth + node.height > MAX_DEPTH:
            self._too_deep(event)
        self._count(node.size, event)
        return replace(node, place=_place(event))

    def _sequence(self, start: Event, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return _collection([item.value for item in items], start, {}, dict(enumerate(items)))

    def _mapping(self, start: Event, depth: int) -> Node:
        keys: dict[str, Place] = {}
        children: dict[str | int, Node] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            name = self._key(event, depth)
            child = self._node(next(self._events), depth + 1)
            if name is None:
                continue
            if name in keys:
                line, column = keys[name]
                message = f"duplicate key {quoted(name)}, first at {self._path}:{line}:{column}"
                self._add("P003", event, message, "keep one of the two")
                continue
            keys[name] = _place(event)
            children[name] = child
        return _collection({name: children[name].value for name in keys}, start, keys, children)

    def _key(self, event: Event, depth: int) -> str | None:
        node = self._node(event, depth + 1)
        if not isinstance(event, ScalarEvent):
            self._add("P005", event, "keys must be text", "write the key as text")
            return None
        if event.value == "<<" and node.plain:
            hint = "write out the keys, or alias the whole value"
            self._add("P005", event, "merge keys ('<<') are not allowed", hint)
            return None
        return str(event.value)

    def _count(self, values: int, event: Event) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            message = f"the file contains more than {MAX_VALUES} values after its aliases are expanded"
            raise _StopError(self._problem("P004", event, message, "use fewer aliases, or split the file"))

    def _too_deep(self, event: Event) -> NoReturn:
        message = f"values are nested more than {MAX_DEPTH} levels deep"
        raise _StopError(
            self._problem("P004", event, message, "reduce the nesting, or close an open bracket")
        )

    def _problem(self, rule: str, event: Event, message: str, hint: str) -> Problem:
        return problem(rule, self._path, _place(event), message, hint)

    def _add(self, rule: str, event: Event, message: str, hint: str) -> None:
        self.problems.append(self._problem(rule, event, message, hint))


def _scalar(event: ScalarEvent) -> Node:
    text, plain = event.value, event.style is None
    value: Any = text
    if plain and text in _WORDS:
        value = _WORDS[text]
    elif plain and _INTEGER.fullmatch(text):
        value = int(text)
    return Node(value=value, place=_place(event), plain=plain)


def _collection(
    value: Any, start: Event, keys: Mapping[str, Place], children: Mapping[str | int, Node]
) -> Node:
    return Node(
        value=value,
        place=_place(start),
        size=1 + len(keys) + sum(child.size for child in children.values()),
        height=1 + max((child.height for child in children.values()), default=0),
        keys=keys,
        children=children,
    )


def _syntax(error: yaml.MarkedYAMLError, path: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = str(error.problem or error.context or "cannot be parsed")
    for sign, message, hint in _ADVICE:
        if sign in text:
            return problem("P002", path, place, f"invalid YAML: {message}", hint)
    return problem(
        "P002", path, place, f"invalid YAML: {text}", "check indentation, quotes and brackets here"
    )


def _place(event: Event) -> Place:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
