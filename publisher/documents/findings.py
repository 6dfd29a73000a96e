"""What is told of a document, and where."""

from __future__ import annotations

from publisher.errors import Problem, Where, printable

Place = tuple[int, int]

RULES = {
    "P001": "The file can be read: it is there, a plain file, inside the project, of a sane size, and UTF-8",
    "P002": "The file is YAML",
    "P003": "A key stands once in a mapping",
    "P004": "Nesting and aliases stay within bounds",
    "P005": "Plain YAML only: no tags, no merge keys, no keys that are not text",
    "P006": "A file holds exactly one document",
}


_LONGEST_QUOTE = 120


def quoted(value: object) -> str:
    """A value as messages quote it: in quotes, on one line, without control characters, not endless."""
    text = printable(str(value))
    return f"'{text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + '…'}'"


def problem(rule: str, path: str, place: Place, message: str, hint: str) -> Problem:
    """A finding at a line and column of a file."""
    where = Where(path=path, line=place[0], column=place[1])
    return Problem(rule=rule, where=where, message=message, hint=hint)


def place_at(before: str) -> Place:
    """The place right after the text `before`."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
