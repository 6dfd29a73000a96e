"""Generated regions in Markdown files: `<!-- generated:NAME -->` … `<!-- /generated -->`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from publisher.documents import UnfitFileError, check_inside, contents
from publisher.errors import InputError, Problem, Where, did_you_mean

_MAX_BYTES = 1 << 24
_START = re.compile(r"^<!-- generated:([\w-]+) -->$", re.MULTILINE)
_END = re.compile(r"^<!-- /generated -->$", re.MULTILINE)


def page(root: Path, name: str) -> str:
    """The text of a project's page. Raises InputError (R003)."""
    path = root / name
    try:
        check_inside(path, root)
        raw = contents(path, limit=_MAX_BYTES)
    except UnfitFileError as error:
        raise _problem("R003", Where(path=name), error.reason, error.hint) from error
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        where = Where(path=name, line=raw.count(b"\n", 0, error.start) + 1)
        message = f"the byte 0x{raw[error.start]:02x} is not UTF-8"
        raise _problem("R003", where, message, "save the file as UTF-8") from error


def regenerate(text: str, path: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """The text with every region written again; `tables` returns the content of each, by name.

    Raises InputError for a region that is unknown or does not end (R001, R002).
    """
    pieces: list[str] = []
    done = 0
    while start := _START.search(text, done):
        end = _END.search(text, start.end())
        following = _START.search(text, start.end())
        where = Where(path=path, line=text.count("\n", 0, start.start()) + 1)
        if end is None or (following and following.start() < end.start()):
            raise _problem("R002", where, f"region '{start[1]}' has no end", "add <!-- /generated -->")
        if start[1] not in tables:
            hint = did_you_mean(start[1], sorted(tables), what="regions are")
            raise _problem("R001", where, f"unknown region '{start[1]}'", hint)
        pieces += [text[done : start.end()], "\n", tables[start[1]](), "\n", end[0]]
        done = end.end()
    return "".join([*pieces, text[done:]])


def _problem(rule: str, where: Where, message: str, hint: str) -> InputError:
    return InputError.of([Problem(rule=rule, where=where, message=message, hint=hint)])
