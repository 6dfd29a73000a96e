"""How far long work is, on a terminal and elsewhere."""

from __future__ import annotations

import os
import pty
import re

from publisher.cli.progress import bar, lines


def test_a_line_for_each_step() -> None:
    told: list[str] = []
    step = lines(told.append)
    step("create Portfolio ml: done", 1, 12)
    step("create Product x: failed", 2, 12)
    assert told == ["[1/12] create Portfolio ml: done", "[2/12] create Product x: failed"]


def test_a_bar_on_a_terminal_which_goes_afterwards() -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as terminal:
        with bar(terminal) as step:
            step("create [bold]x[/bold]", 3, 12)
        terminal.flush()
        shown = os.read(leader, 100_000).decode()
    os.close(leader)
    plain = re.sub(r"\x1b\[[\d?]*[a-zA-Z]", "", shown)
    assert " 3/12 create [bold]x[/bold]" in plain
    cleared = "\x1b[2K"
    assert shown.endswith(cleared)
