"""Names of ours for what only has names for people."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

_LONGEST = 64


def words_of(text: str) -> str:
    """The words of a text in small letters and digits, with hyphens between them; empty without any."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def name_of(text: str, taken: Collection[str] = ()) -> str:
    """A name like those of our files: small letters, digits and hyphens, not yet taken."""
    words = words_of(text)
    name = words if words[:1].isalpha() else f"x-{words}".rstrip("-")
    name = name[:_LONGEST].rstrip("-")
    number, free = 1, name
    while free in taken:
        number += 1
        suffix = f"-{number}"
        free = name[: _LONGEST - len(suffix)].rstrip("-") + suffix
    return free
