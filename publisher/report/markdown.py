"""Text of files and accounts in GitHub's Markdown: none leaves its cell, links, mentions or embeds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from publisher.errors import printable

_PLAIN = frozenset(" -.,/:;+=()%?'…{}")
# In a span of code only a backtick means something, and in a table a bar; both begin or end with no space.
_SPAN = re.compile(r"[^`|\s](?:[^`|]*[^`|\s])?")


def plain(text: str) -> str:
    """The text on one line, in which nothing has a meaning in Markdown or HTML."""
    words = printable(" ".join(text.split()))
    safe = "".join(it if it.isalnum() or it in _PLAIN else f"&#{ord(it)};" for it in words)
    return safe.replace("://", "&#58;//").replace("www.", "www&#46;")


def code(text: str) -> str:
    """The text as code, in HTML."""
    safe = plain(text)
    return f"<code>{safe}</code>" if safe else ""


def span(text: str) -> str:
    """The text as code: in backticks if they hold it."""
    words = printable(" ".join(text.split()))
    return f"`{words}`" if _SPAN.fullmatch(words) else code(words)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table of cells that are Markdown already."""
    head = [f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    return [*head, *(f"| {' | '.join(row)} |" for row in rows)]
