"""Enters products in files of portfolios that were adopted before. What people wrote there stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from publisher.documents import MAX_BYTES, Document, contents, parse, read, write
from publisher.errors import InputError

_KEY = "products"


def enter(path: Path, root: Path, entry: Mapping[str, Any]) -> bool | None:
    """Adds an entry at the end of `products`; None when the file has the product already.

    False, and nothing is written, when the file is not written in a way that lines can be added to.
    """
    document = read(path, root=root)
    before = document.value
    if not isinstance(before, dict) or not isinstance(before.get(_KEY, []), list):
        return False
    entries = before.get(_KEY, [])
    if any(isinstance(it, dict) and it.get("product") == entry["product"] for it in entries):
        return None
    added = _added(contents(path, limit=MAX_BYTES).decode("utf-8-sig"), document, entry)
    try:
        after = parse(added, path=document.path).value
    except InputError:
        return False
    if after != {**before, _KEY: [*entries, dict(entry)]}:
        return False
    write(path, added.encode())
    return True


def _added(text: str, document: Document, entry: Mapping[str, Any]) -> str:
    """The text with the entry below the last one. Right only for lists in block style."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.removesuffix(newline).split(newline)
    entries, indent = document.node.children[_KEY].children if document.has(_KEY) else {}, ""
    if entries:
        line, column = entries[0].place
        indent = " " * lines[line - 1][: column - 1].rfind("-")
        line = document.node.keys[_KEY][0]
        below = (place[0] for place in document.node.keys.values() if place[0] > line)
        end = min(below, default=len(lines) + 1) - 1
    else:
        lines = [it for it in lines if it.rstrip() != f"{_KEY}: []"]
        end = len(lines)
    # Comments and blank lines above the next key are its own.
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    new = yaml.safe_dump([dict(entry)], sort_keys=False, allow_unicode=True).splitlines()
    head = [] if entries else [f"{_KEY}:"]
    return newline.join([*lines[:end], *head, *(indent + it for it in new), *lines[end:], ""])
