"""Where text for people is shown: how wide it is, what it can show, and which words have a colour there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from publisher.errors import printable

_RED, _GREEN, _YELLOW, _CYAN = 31, 32, 33, 36
# The first word of a line, a whole cell or what precedes its colon, and the last part of AWS's statuses.
_WORDS = {
    _GREEN: ("create", "created", "done", "confirmed", "up to date", "AVAILABLE", "SUCCEEDED", "COMPLETE"),
    _YELLOW: (
        *("update", "updated", "warn", "warning", "hold", "pending", "not attempted", "not published"),
        *("files are newer", "in no portfolio", "not in the files", "CHANGE", "CREATED", "PROGRESS"),
    ),
    _RED: (
        *("delete", "deleted", "failed", "error", "content differs", "files are older", "not launchable"),
        *("TAINTED", "ERROR", "FAILED"),
    ),
    _CYAN: ("hint", "next", "note", "keep", "retired"),
}
_COLOURS = {word: colour for colour, words in _WORDS.items() for word in words}
# Statuses of AWS are shorter.
_LONGEST = 60
_FIRST = re.compile(r"^ *(\w+)(?=:? )")
_LAST = re.compile(r"(?<= )([A-Z_]+)$")


@dataclass(frozen=True, kw_only=True)
class Screen:
    """What a stream is shown on. `width` is in columns, 0 for a pipe or file: there lines stay whole."""

    width: int = 0
    colour: bool = False
    encoding: str = "utf-8"

    def clean(self, text: str) -> str:
        """The text on one line, without control characters, in what the encoding has."""
        text = printable(text)
        if text.isascii():
            return text
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            text = text.replace("…", "...").encode(self.encoding, "backslashreplace").decode(self.encoding)
        return text

    def cell(self, text: str, whole: str) -> str:
        """A part of a table's cell, in the colour of the whole."""
        return self._painted(text, whole.partition(":")[0].strip())

    def line(self, text: str) -> str:
        """A line, its first word and a status at its end in their colours."""
        for pattern in (_LAST, _FIRST):
            if self.colour and (found := pattern.search(text)):
                start, end = found.span(1)
                text = text[:start] + self._painted(found[1], found[1]) + text[end:]
        return text

    def _painted(self, text: str, word: str) -> str:
        if not (self.colour and text) or len(word) > _LONGEST:
            return text
        colour = _COLOURS.get(word.rpartition("_")[2] if word.isupper() else word)
        return f"\x1b[{colour}m{text}\x1b[0m" if colour else text


def has_colour(environment: Mapping[str, str], *, terminal: bool) -> bool:
    """As https://no-color.org, https://force-color.org and https://bixense.com/clicolors say."""
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return terminal and environment.get("TERM") != "dumb" and environment.get("CLICOLOR") != "0"
