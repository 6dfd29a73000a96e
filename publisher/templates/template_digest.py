"""The one way a template is written down: YAML in ASCII for people, that all YAML readers read alike.

The digest is of the content, not of the text. Knows plain values only (mappings with text keys, sequences,
text, numbers, booleans), and of CloudFormation the order of its sections and its short forms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from publisher.documents import sha256_of

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
SECTIONS = (
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Rules",
    "Mappings",
    "Conditions",
    "Transform",
    "Resources",
    "Outputs",
)
# What a reader looks for first, wherever it stands; other keys follow by the alphabet.
_FIRST = {
    key: place
    for place, key in enumerate((
        "Type", "Version", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource",
        "NotResource", "Name", "Description",
    ))
}  # fmt: skip

# Those whose short form AWS documents. Functions of rules, loops and transforms have none.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
_OF_TEXT = frozenset({"Base64", "GetAZs", "ImportValue", "Sub"})
_OF_LISTS = frozenset({
    "And", "Cidr", "Equals", "FindInMap", "GetAtt", "If", "Join", "Not", "Or", "Select", "Split", "Sub",
})  # fmt: skip

_WIDTH = 110
# How many collections stand in one another on a line; arguments of functions do not count.
_NESTING = 2

# Begins as no number, date, sign or indicator does; holds no `: ` and no ` #`, which end plain text.
_PLAIN = re.compile(r"[A-Za-z/_$](?:[!-9;-~]|:(?! |\Z)| (?![ #]|\Z))*\Z")
# Between brackets some readers stop at a colon, too: https://github.com/yaml/pyyaml/issues/90
_PLAIN_BETWEEN_BRACKETS = re.compile(r"[A-Za-z/_](?:[A-Za-z0-9/_.+=()@*$-]| (?![ #]|\Z))*\Z")
# What some reader of YAML 1.1 or 1.2 takes for something else than text: https://yaml.org/type/bool.html
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})
_BLOCK = re.compile(r"[!-~][ -~]*(?:\n+[ -~]*)*\Z")
_PROSE = re.compile(r"[!-~]+(?: [!-~]+)+\Z")
# What is remembered is of a bounded size.
_FEW = 20
# Readers look this far for the colon: https://yaml.org/spec/1.1/#id870020
_LONG_KEY = 1000
_BLANK_LINE = re.compile(r"^ +$", re.MULTILINE)
_NO_ASCII = re.compile("[\x7f-\U0010ffff]")


def digest(template: Mapping[str, Any]) -> str:
    """`sha256:<64 hex>` over the canonical JSON of a template; file layout and key order do not count."""
    return f"sha256:{sha256_of(template)}"


def dump(template: Mapping[str, Any]) -> str:
    """The canonical YAML body of a template. Raises TypeError for what is no plain value."""
    known = [section for section in SECTIONS if section in template]
    others = sorted(section for section in template if section not in SECTIONS)
    lines: list[str] = []
    _mapping(((key, template[key]) for key in [*known, *others]), "", lines)
    return "\n".join(lines) + "\n"


def _ordered(mapping: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if len(mapping) <= _FEW:
        return [(key, mapping[key]) for key in _order(tuple(mapping))]
    return [(key, mapping[key]) for key in sorted(mapping, key=_place)]


@lru_cache(4096)
def _order(keys: tuple[str, ...]) -> list[str]:
    return sorted(keys, key=_place)


def _place(key: str) -> tuple[int, str]:
    return _FIRST.get(key, len(_FIRST)), key


def _mapping(items: Iterable[tuple[str, Any]], indent: str, lines: list[str]) -> None:
    for key, value in items:
        written = _scalar(_text_key(key))
        if len(written) < _LONG_KEY:
            _entry(f"{indent}{written}:", value, indent, lines)
        else:
            lines.append(f"{indent}? {written}")
            _entry(f"{indent}:", value, indent, lines)


def _sequence(values: Iterable[Any], indent: str, lines: list[str]) -> None:
    for value in values:
        start = len(lines)
        _entry(f"{indent}-", value, indent, lines)
        if lines[start] == f"{indent}-":  # the next line continues after the dash
            del lines[start]
            lines[start] = f"{indent}- {lines[start].lstrip()}"


def _entry(label: str, value: Any, indent: str, lines: list[str]) -> None:
    """A value after its key or dash: on the same line where it fits, else below, deeper."""
    deeper = f"{indent}  "
    tag, value = _short(value)
    label = f"{label} {tag}".rstrip()
    if isinstance(value, str):
        _text(label, value, deeper, lines)
        return
    # Sections, what stands in them, and functions without a short form are always below their names.
    outline = (
        isinstance(value, dict)
        and value
        and (len(indent) <= 2 or _text_key(next(iter(value))).startswith("Fn::"))
    )
    line = None if outline else _line(value, _WIDTH - len(label) - 1, _NESTING + bool(tag))
    if line is not None:
        lines.append(f"{label} {line}")
    elif isinstance(value, dict):
        lines.append(label)
        _mapping(_ordered(value), deeper, lines)
    else:
        lines.append(label)
        # Dashes stand right below their key, as most templates have them.
        _sequence(value, indent if label.endswith(":") else deeper, lines)


def _text(label: str, text: str, indent: str, lines: list[str]) -> None:
    if "\n" in text and _is_block(text):
        lines.append(label + (" |" if text.endswith("\n") else " |-"))
        lines += [indent + line if line else "" for line in text.removesuffix("\n").split("\n")]
    elif len(label) + len(text) >= _WIDTH and _PROSE.match(text):
        lines.append(f"{label} >-")
        lines += _folded(text, indent)
    else:
        lines.append(f"{label} {_scalar(text)}")


def _folded(text: str, indent: str) -> Iterable[str]:
    line = indent
    for word in text.split(" "):
        if line == indent:
            line += word
        elif len(line) + len(word) < _WIDTH:
            line += f" {word}"
        else:
            yield line
            line = indent + word
    yield line


def _line(value: Any, room: int, nesting: int) -> str | None:
    """The value between brackets, with so many collections in one another; None when it needs more room."""
    tag, value = _short(value)
    match value:
        case str():
            line = tag + _scalar(value, _PLAIN_BETWEEN_BRACKETS)
            return line if len(line) <= room else None
        case dict() | list() | tuple() if value:
            inside = _between(value, room - len(tag), nesting + bool(tag))
            return None if inside is None else tag + inside
        case _:  # however long: nothing can split it
            return tag + _atom(value)


def _between(value: Mapping[str, Any] | Sequence[Any], room: int, nesting: int) -> str | None:
    """A collection between brackets."""
    if nesting == 0:
        return None
    mapped = isinstance(value, dict)
    parts: list[str] = []
    for key, inner in _ordered(value) if isinstance(value, dict) else (("", it) for it in value):
        label = f"{_scalar(_text_key(key), _PLAIN_BETWEEN_BRACKETS)}: " if mapped else ""
        room -= len(label) + 2
        if (line := _line(inner, room, nesting - 1)) is None:
            return None
        parts.append(label + line)
        room -= len(line)
    return f"{'{' if mapped else '['}{', '.join(parts)}{'}' if mapped else ']'}"


def _short(value: Any) -> tuple[str, Any]:
    """A function as the tag of its short form, and its argument; any other value after no tag.

    A function right inside another needs a long form: YAML gives a value one tag.
    """
    if isinstance(value, dict) and len(value) == 1:
        ((key, argument),) = value.items()
        name = key.removeprefix("Fn::") if isinstance(key, str) else ""
        match argument:
            case str() if key == "Ref" or (name != key and name in _OF_TEXT):
                return f"!{name} ", argument
            case [str(resource), str(attribute)] if key == "Fn::GetAtt" and "." not in resource:
                return "!GetAtt ", f"{resource}.{attribute}"
            case list() if name != key and name in _OF_LISTS:
                return f"!{name} ", argument
    return "", value


def _text_key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"template keys must be text, not {type(key).__name__}: {key!r}")
    return key


def _scalar(text: str, plain: re.Pattern[str] = _PLAIN) -> str:
    """The text on one line: plain where no reader can take it for anything else."""
    return _short_scalar(text, plain) if len(text) < _WIDTH else _any_scalar(text, plain)


def _any_scalar(text: str, plain: re.Pattern[str]) -> str:
    if plain.match(text) and text.lower() not in _WORDS:
        return text
    return _NO_ASCII.sub(_escape, json.dumps(text, ensure_ascii=False))


# Templates repeat their keys and types.
_short_scalar = lru_cache(8192)(_any_scalar)


def _escape(match: re.Match[str]) -> str:
    # YAML, unlike JSON, does not join two surrogates to one character.
    point = ord(match[0])
    return f"\\U{point:08x}" if point > 0xFFFF else f"\\u{point:04x}"


def _is_block(text: str) -> bool:
    """Whether a literal block keeps it exactly: ASCII, no edge that indentation or chomping could touch."""
    return bool(_BLOCK.match(text)) and not _BLANK_LINE.search(text) and not text.endswith("\n\n")


def _atom(value: Any) -> str:
    """A value that has no parts."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if re.fullmatch(r"-?\d+\.\d+", repr(value)):
            return repr(value)
        case dict():
            return "{}"
        case list() | tuple():
            return "[]"
        case _:
            raise TypeError(f"not a template value: {value!r}")
