"""The files that are read and written, and YAML as plain values with the place of each key and value.

Knows nothing of what the values mean.

Only `true`, `false`, `null` and canonical integers are special; everything else that is not quoted is text,
so `1.10`, `no`, `12:30` and `012345670701` are what they look like. Refused: duplicate keys, tags, merge
keys, several documents, and what is too large, too deep, or grows so through aliases.
"""

from __future__ import annotations

from publisher.documents.files import (
    MAX_BYTES,
    TooLargeError,
    UnfitFileError,
    beginning,
    check_inside,
    check_place,
    contents,
    log_file,
    read,
    relative,
    walk,
    write,
    write_all,
)
from publisher.documents.json_digest import canonical_json, sha256_of
from publisher.documents.new_folder import fill_folder
from publisher.documents.parsing import MAX_DEPTH, MAX_VALUES, parse
from publisher.documents.replaced_folder import MANIFEST, replace_all
from publisher.documents.tree import Document

__all__ = [
    "MANIFEST",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_VALUES",
    "Document",
    "TooLargeError",
    "UnfitFileError",
    "beginning",
    "canonical_json",
    "check_inside",
    "check_place",
    "contents",
    "fill_folder",
    "log_file",
    "parse",
    "read",
    "relative",
    "replace_all",
    "sha256_of",
    "walk",
    "write",
    "write_all",
]
