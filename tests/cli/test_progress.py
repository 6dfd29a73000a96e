"""Bars and what is said in a silence, at any width of a terminal."""

from __future__ import annotations

import re
from functools import partial

import pytest
from rich.cells import cell_len

from publisher.cli.output import Output
from publisher.cli.progress import Silence, bar, step_line
from tests.cli.terminal import Terminal
from tests.conftest import cases
from tests.samples import Ticks

LONG = "update Constraint ml-platform / ml-project-enterprise-s3-standalone-ssm RESOURCE_UPDATE: done"


def test_a_line_for_each_step() -> None:
    assert step_line("create Portfolio ml: done", 1, 12) == "[1/12] create Portfolio ml: done"


@cases(
    ("width", "text", "line"),
    {
        "short": (80, "create Portfolio ml: done", "####............  3/12 create Portfolio ml: done"),
        "80 columns": (
            80,
            LONG,
            "####............  3/12 update Constraint ml-platform / ml-pro…OURCE_UPDATE: done",
        ),
        "40 columns": (40, LONG, "##......  3/12 update Constrain…TE: done"),
        "20 columns": (20, LONG, "#...  3/12 update…ne"),
        "wide characters": (40, "建立" * 20, "##......  3/12 建立建立建立建立…建立建立"),
        "combining characters": (40, "e\u0301" * 24, "##......  3/12 " + "e\u0301" * 24),
    },
)
def test_the_count_of_a_bar_is_always_there(width: int, text: str, line: str) -> None:
    assert bar(text, 3, 12, width) == line
    assert cell_len(line) <= width


@pytest.mark.parametrize("width", [*range(20, 200, 7)])
def test_a_bar_fits_any_width(width: int) -> None:
    line = bar(LONG, 7, 1200, width)
    assert cell_len(line) <= width
    assert "   7/1200" in line


def test_lines_go_above_the_bar_and_nothing_of_it_stays() -> None:
    terminal = Terminal(60)
    output = Output(terminal, terminal.environment)
    for done in range(4):
        output.status(partial(bar, LONG, done, 12))
        assert len(terminal.seen) == 1 + done
        output.lines(f"line {done}")
    assert terminal.seen[:4] == ["line 0", "line 1", "line 2", "line 3"]
    assert " 3/12 " in terminal.seen[4]
    output.status(None)
    assert terminal.seen == ["line 0", "line 1", "line 2", "line 3", ""]


def test_a_bar_in_a_terminal_that_becomes_narrower_and_wider() -> None:
    terminal = Terminal(100)
    output = Output(terminal, terminal.environment)
    output.lines("before")
    for width in (100, 37, 23, 80):
        terminal.resize(width)
        output.status(partial(bar, LONG, 3, 12))
        assert len(terminal.seen) == 2
        assert " 3/12 " in terminal.seen[1]
    output.status(None)
    assert terminal.seen == ["before", ""]


def test_a_silence_is_reported_ever_more_rarely() -> None:
    ticks = Ticks()
    silence = Silence(ticks.now)
    reported = []
    for second in range(1, 400):
        ticks.sleep(1)
        if silence.due():
            reported.append(second)
    assert reported == [2, 5, 10, 20, 40, 80, 140, 200, 260, 320, 380]
    silence.end()
    assert (silence.seconds(), silence.due()) == (0, False)
    ticks.sleep(30)
    assert (silence.seconds(), silence.due(), silence.due()) == (30, True, False)


def test_no_escape_sequences_but_those_of_the_bar() -> None:
    terminal = Terminal(80)
    output = Output(terminal, terminal.environment)
    output.status(partial(bar, "a\x1b[31m[bold]b", 1, 2))
    output.status(None)
    assert set(re.findall(r"\x1b\[[^A-Za-z]*[A-Za-z]", terminal.getvalue())) == {"\x1b[J"}
    assert r"a\x1b[31m[bold]b" in terminal.getvalue()
