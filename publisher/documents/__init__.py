"""YAML files as plain values with the place of every key and value. Knows nothing of what the values mean.

Only `true`, `false`, `null` and canonical integers are special; everything else that is not quoted is text,
so `1.10`, `no`, `12:30` and `012345670701` are what they look like. Refused: duplicate keys, tags, merge
keys, several documents, and what is too large, too deep, or grows so through aliases.
"""

from __future__ import annotations

from publisher.documents.files import MAX_BYTES, read, relative
from publisher.documents.json_digest import canonical_json, sha256_of
from publisher.documents.parsing import MAX_DEPTH, MAX_VALUES, parse
from publisher.documents.tree import Document

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_VALUES",
    "Document",
    "canonical_json",
    "parse",
    "read",
    "relative",
    "sha256_of",
]
