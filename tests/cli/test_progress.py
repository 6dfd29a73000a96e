from __future__ import annotations

import io
import re

import pytest

from publisher.cli.progress import bar, lines


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_line_for_each_step() -> None:
    reported: list[str] = []
    step = lines(reported.append)
    step("create Portfolio ml: done", 1, 12)
    step("create Product x: failed", 2, 12)
    assert reported == ["[1/12] create Portfolio ml: done", "[2/12] create Product x: failed"]


def test_a_bar_on_a_terminal_is_cleared_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    with bar(terminal) as step:
        step("create [bold]x[/bold]", 3, 12)
    shown = terminal.getvalue()
    assert " 3/12 create [bold]x[/bold]" in re.sub(r"\x1b\[[\d?]*[a-zA-Z]", "", shown)
    assert shown.endswith("\x1b[2K")
