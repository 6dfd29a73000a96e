"""Reads a CloudFormation template, YAML or JSON, into plain values in the long form, with positions.

Stricter than CloudFormation where that is silent: a key given twice, an alias, an unknown tag is a problem.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from publisher.documents import TooLargeError, UnfitFileError, contents
from publisher.errors import InputError, Problem, Where, closest
from publisher.templates.composer import MAPPING, SEQUENCE, TEXT, compose

Path = tuple[str | int, ...]
Locate = Callable[[int, int], Where]
_Places = dict[Path, tuple[int, int]]

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html
_FUNCTIONS = frozenset({
    "And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap",
    "ForEach", "GetAtt", "GetAZs", "GetStackOutput", "If", "ImportValue", "Join", "Length", "Not", "Or",
    "RefAll", "Select", "Split", "Sub", "ToJsonString", "Transform", "ValueOf", "ValueOfAll",
})  # fmt: skip
_BARE = frozenset({"Ref", "Condition"})
_TAKE_TEXT = frozenset({"Ref", "Condition", "Sub", "GetAtt", "GetAZs", "ImportValue", "Base64"})

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_WORDS = _NULLS | _BOOLEANS.keys()
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}\Z")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Of a file, in bytes.
SOURCE_LIMIT = 1_000_000
_KEY_LIMIT = 255
_LONGEST_QUOTE = 120
_PLAIN_TAGS = frozenset({TEXT, SEQUENCE, MAPPING})

# A printed value travels through YAML as its number between two characters that no template may hold.
PRINTED_OPEN, PRINTED_CLOSE = "\ue000", "\ue001"
PRINTED = re.compile(f"{PRINTED_OPEN}([0-9]+){PRINTED_CLOSE}")


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A template in the long form, and where its values stand in the text."""

    value: dict[str, Any]
    path: str
    _root: Node | None = field(default=None, repr=False)

    @cached_property
    def _places(self) -> tuple[_Places, _Places]:
        """Of values and of keys, as most templates need none."""
        values: _Places = {}
        keys: _Places = {}
        if self._root is not None:
            _note_places(self._root, (), values, keys)
        return values, keys

    def where(self, *keys: str | int, key: bool = False) -> Where:
        """The place of a value (or of its key); of the nearest ancestor that is known otherwise."""
        of_values, of_keys = self._places
        places = of_keys if key and keys in of_keys else of_values
        while keys not in places and keys:
            keys = keys[:-1]
        line, column = places.get(keys, (1, 1))
        return Where(path=self.path, line=line, column=column)


def parse(text: str, path: str, *, printed: Sequence[str] = (), locate: Locate | None = None) -> Parsed:
    """Reads a template. `printed` are the values that Jinja printed, `locate` maps a place in the text.

    Raises InputError with every problem found: T010 to T019.
    """
    reader = _Reader(path, printed, locate)
    value = reader.read(text)
    if not reader.problems:
        reader.shape(value)
    if reader.problems:
        # What a loop prints is wrong each time.
        raise InputError.of(dict.fromkeys(reader.problems))
    return Parsed(value=value, path=path, _root=reader.root)


def template_value(text: str) -> dict[str, Any]:
    """A published template in the long form, as a worker process reads it. Raises InputError."""
    return parse(text, "published template").value


def plain_text(path: FilePath, shown: str) -> str:
    """The text of a template without Jinja2. Raises InputError: T004, T005, T010."""

    def problem(rule: str, message: str, hint: str) -> InputError:
        return InputError.of([Problem(rule=rule, where=Where(path=shown), message=message, hint=hint)])

    try:
        return contents(path, limit=SOURCE_LIMIT).decode("utf-8-sig")
    except TooLargeError as error:
        raise problem("T004", error.reason, "reduce it: CloudFormation allows at most 1 MB") from error
    except UnfitFileError as error:
        raise problem("T005", error.reason, error.hint) from error
    except UnicodeDecodeError as error:
        raise problem("T010", f"not UTF-8: {error.reason}", "save the file as UTF-8") from error


def function_names() -> tuple[str, ...]:
    """The short tags that are understood, without their exclamation mark."""
    return tuple(sorted(_FUNCTIONS | _BARE))


class _Reader:
    """Turns nodes into plain values, noting positions and problems on the way."""

    def __init__(self, path: str, printed: Sequence[str], locate: Locate | None) -> None:
        self.path, self.printed = path, printed
        self.locate = locate or (lambda line, column: Where(path=path, line=line, column=column))
        self.problems: list[Problem] = []
        self.root: Node | None = None

    def read(self, text: str) -> Any:
        """The value of the text; None with problems when YAML cannot read it."""
        if text.lstrip()[:1] == "{":
            text = text.replace(
                "\t", " "
            )  # JSON may indent by tabs, YAML may not; in a JSON string there is none
        try:
            self.root = compose(text)
            return None if self.root is None else self.value(self.root)
        except yaml.MarkedYAMLError as error:
            self._syntax(error, text)
        except yaml.reader.ReaderError as error:
            place = (text.count("\n", 0, error.position) + 1, 1)
            self.problem(
                "T010", place, f"the character U+{error.character:04X} is not allowed in YAML", "remove it"
            )
        except RecursionError:
            self.problem("T010", (1, 1), "nested too deeply", "reduce the nesting to a few dozen levels")
        return None

    def problem(self, rule: str, place: tuple[int, int], message: str, hint: str) -> None:
        self.problems.append(Problem(rule=rule, where=self.locate(*place), message=message, hint=hint))

    def _syntax(self, error: yaml.MarkedYAMLError, text: str) -> None:
        place = _place(error.problem_mark) if error.problem_mark else (1, 1)
        lines = text.split("\n")
        line = lines[min(place[0], len(lines)) - 1]
        shown = self._brief(line)
        hint = f"the line reads: {shown}" if shown else "check the lines above"
        if PRINTED.search(line):
            hint += '; {{ ... }} adds its own quotes, so concatenate inside it: {{ a ~ "-b" }}'
        self.problem("T010", place, f"invalid YAML: {error.problem}", hint)

    def shape(self, value: Any) -> None:
        """A template is a mapping that has resources."""
        if not isinstance(value, dict):
            self.problem(
                "T015", (1, 1), "not a template: the document is not a mapping", "start with Resources:"
            )
        elif not isinstance(value.get("Resources"), dict) or not value["Resources"]:
            place = self._key_place("Resources")
            self.problem(
                "T015", place, "not a template: it has no resources", "add a resource under Resources:"
            )
        elif wrong := [it for it in ("Parameters", "Outputs") if not isinstance(value.get(it, {}), dict)]:
            hint = "write each entry as 'Name:' with its properties below"
            for section in wrong:
                self.problem("T015", self._key_place(section), f"'{section}' is not a mapping", hint)

    def _key_place(self, section: str) -> tuple[int, int]:
        pairs = self.root.value if isinstance(self.root, MappingNode) else ()
        return next((_place(key.start_mark) for key, _ in pairs if key.value == section), (1, 1))

    def value(self, node: Node, *, tagged: bool = True) -> Any:
        """The plain value of a node in the long form."""
        if tagged and node.tag not in _PLAIN_TAGS:
            return self._function(node)
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        if isinstance(node, SequenceNode):
            return [self.value(item) for item in node.value]
        return self._mapping(node)

    def _function(self, node: Node) -> Any:
        name = _function_name(node)
        if name not in _FUNCTIONS and name not in _BARE:
            near = closest(name, function_names())
            hint = f"did you mean '!{near}'?" if near else f"valid tags are {', '.join(function_names())}"
            self.problem(
                "T012",
                _place(node.start_mark),
                f"unknown tag '{node.tag.replace('tag:yaml.org,2002:', '!!')}'",
                hint,
            )
            return None
        key = name if name in _BARE else f"Fn::{name}"
        if isinstance(node, ScalarNode) and name in _TAKE_TEXT:
            return {key: _normal(key, self._text(node))}
        return {key: _normal(key, self.value(node, tagged=False))}

    def _mapping(self, node: Node) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode) or key_node.tag != TEXT:
                place = _place(key_node.start_mark)
                self.problem("T016", place, "keys must be text", "write the key as text")
                continue
            key = self._text(key_node)
            if key in result or len(key) > _KEY_LIMIT or key == "<<":
                self._check_key(key, key_node, node)
            result[key] = _normal(key, self.value(value_node))
        return result

    def _check_key(self, key: str, node: ScalarNode, mapping: Node) -> None:
        place = _place(node.start_mark)
        if key == "<<" and not node.style:
            self.problem(
                "T016", place, "merge keys (<<) are not supported by CloudFormation", "write the keys out"
            )
        first = next(it for it, _ in mapping.value if it.tag == TEXT and self._text(it) == key)
        if first is not node:
            line, _ = _place(first.start_mark)
            self.problem(
                "T011",
                place,
                f"duplicate key '{key}'",
                f"keep one of them; the first is at {self.locate(line, 1)}",
            )
        elif len(key) > _KEY_LIMIT:
            self.problem(
                "T016", place, f"a key has {len(key)} characters: '{key[:40]}…'", "use at most 255 characters"
            )

    def _scalar(self, node: ScalarNode) -> str | int | float | bool | None:
        text = self._text(node)
        # What begins with a letter is most of it.
        if node.style or (text[:1].isalpha() and text not in _WORDS):
            return text
        if text in _NULLS:
            self.problem(
                "T014",
                _place(node.start_mark),
                "no value: CloudFormation rejects null",
                'set a value, or "" for an empty string',
            )
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _INTEGER.match(text) and text != "-0":
            return int(text)
        if _DECIMAL.match(text) and repr(float(text)) == text:
            return float(text)
        return text

    def _text(self, node: ScalarNode) -> str:
        text = str(node.value)
        if text.isascii():
            return text
        if self.printed and PRINTED_OPEN in text:
            text = self._with_printed(node, text)
        if _SURROGATE.search(text):
            try:  # JSON writes a character beyond U+FFFF as two escapes
                return text.encode("utf-16", "surrogatepass").decode("utf-16")
            except UnicodeDecodeError:
                self.problem(
                    "T010", _place(node.start_mark), "half of a surrogate pair", "write the character itself"
                )
        return text

    def _with_printed(self, node: ScalarNode, text: str) -> str:
        whole = PRINTED.fullmatch(text)
        if whole and node.style == '"':
            return self._value(whole)
        if node.style in {"|", ">"}:
            return self._shown(text)
        self.problem(
            "T013",
            _place(node.start_mark),
            f"a value is printed inside a longer string: {self._brief(text)}",
            'print the whole string: {{ "before-" ~ value ~ "-after" }}',
        )
        return text

    def _value(self, match: re.Match[str]) -> str:
        number = int(match[1])
        return self.printed[number] if number < len(self.printed) else match[0]

    def _brief(self, text: str) -> str:
        """The beginning of a text, for a message, with the beginnings of the values in it."""

        def value(match: re.Match[str]) -> str:
            number = int(match[1])
            known = self.printed[number] if number < len(self.printed) else match[0]
            begun = json.dumps(known[:_LONGEST_QUOTE], ensure_ascii=False)
            return begun[1:-1] if _is_quoted(match) else begun

        begun = PRINTED.sub(value, text).strip()
        return begun if len(begun) <= _LONGEST_QUOTE else begun[:_LONGEST_QUOTE] + "…"

    def _shown(self, text: str) -> str:
        """The text with JSON strings in the place of printed values (their quotes may already be there)."""

        def value(match: re.Match[str]) -> str:
            whole = json.dumps(self._value(match))
            return whole[1:-1] if _is_quoted(match) else whole

        return PRINTED.sub(value, text)


def _is_quoted(match: re.Match[str]) -> bool:
    return match.string[max(match.start() - 1, 0) : match.start()] == '"'


def _normal(key: str, value: Any) -> Any:
    """`Fn::GetAtt` has two spellings; the list is the canonical one."""
    if key == "Fn::GetAtt" and isinstance(value, str) and "." in value:
        return value.split(".", 1)
    return value


def _function_name(node: Node) -> str:
    return str(node.tag).removeprefix("!") if node.tag.startswith("!") else ""


def _note_places(node: Node, path: Path, values: _Places, keys: _Places) -> None:
    """The places of a node and of what is in it, by their paths in the long form."""
    place = _place(node.start_mark)
    values.setdefault(path, place)
    if node.tag not in _PLAIN_TAGS:
        name = _function_name(node)
        path = (*path, name if name in _BARE else f"Fn::{name}")
        keys.setdefault(path, place)
        values.setdefault(path, place)
    if isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            _note_places(item, (*path, index), values, keys)
    elif isinstance(node, MappingNode):
        for key, value in node.value:
            keys.setdefault((*path, key.value), _place(key.start_mark))
            _note_places(value, (*path, key.value), values, keys)


def _place(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1
