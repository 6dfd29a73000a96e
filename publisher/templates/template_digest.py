"""The one way a template is written down: block YAML in ASCII that all YAML readers read alike; its digest.

Knows plain values only (mappings with text keys, sequences, text, numbers, booleans), nothing of
CloudFormation but the order of its sections.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
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

# Begins with a letter or a slash, so it is no number, date or sign; holds nothing that YAML gives a meaning.
_PLAIN = re.compile(r"[A-Za-z/_](?:[A-Za-z0-9/_.+=()@*$-]|:(?! |\Z)| (?![ #]|\Z)|,(?=[^\[\]{},]))*\Z")
# What some reader of YAML 1.1 or 1.2 takes for something else than text: https://yaml.org/type/bool.html
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "nan", "inf"})
_BLOCK = re.compile(r"[!-~][ -~]*(?:\n+[ -~]*)*\Z")
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


def quoted(text: str) -> str:
    """The text as a YAML double-quoted scalar on one line, in ASCII."""
    return _NO_ASCII.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(match: re.Match[str]) -> str:
    # YAML, unlike JSON, does not join two surrogates to one character.
    point = ord(match[0])
    return f"\\U{point:08x}" if point > 0xFFFF else f"\\u{point:04x}"


def scalar(text: str) -> str:
    """The text as a YAML scalar on one line: plain where no reader can take it for anything else."""
    return text if _PLAIN.match(text) and text.lower() not in _WORDS else quoted(text)


def _mapping(items: Iterable[tuple[str, Any]], indent: str, lines: list[str]) -> None:
    for key, value in items:
        if not isinstance(key, str):
            raise TypeError(f"template keys must be text, not {type(key).__name__}: {key!r}")
        written = scalar(key)
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
    deeper = f"{indent}  "
    match value:
        case Mapping() if value:
            lines.append(label)
            _mapping(sorted(value.items()), deeper, lines)
        case list() | tuple() if value:
            lines.append(label)
            _sequence(value, deeper, lines)
        case str() if "\n" in value and _is_block(value):
            lines.append(label + (" |" if value.endswith("\n") else " |-"))
            lines += [deeper + line if line else "" for line in value.removesuffix("\n").split("\n")]
        case _:
            lines.append(f"{label} {_flow(value)}")


def _is_block(text: str) -> bool:
    """Whether a literal block keeps it exactly: ASCII, no edge that indentation or chomping could touch."""
    return bool(_BLOCK.match(text)) and not _BLANK_LINE.search(text) and not text.endswith("\n\n")


def _flow(value: Any) -> str:
    match value:
        case str():
            return scalar(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if re.fullmatch(r"-?\d+\.\d+", repr(value)):
            return repr(value)
        case Mapping():
            return "{}"
        case Sequence() if not isinstance(value, bytes):
            return "[]"
        case _:
            raise TypeError(f"not a template value: {value!r}")
