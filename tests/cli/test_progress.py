"""Bars and what is said in a silence, at any width of a terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.cli import main
from publisher.cli.columns import width_of
from publisher.cli.output import Output
from publisher.cli.progress import Silence, bar, step_line
from tests.aws.test_clients import Answers
from tests.cli.conftest import Project
from tests.cli.terminal import Terminal
from tests.cli.test_catalog import TARGET
from tests.conftest import Ran, Run, cases, logged
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
    assert width_of(line) <= width


@pytest.mark.parametrize("width", [*range(20, 200, 7)])
def test_a_bar_fits_any_width(width: int) -> None:
    line = bar(LONG, 7, 1200, width)
    assert width_of(line) <= width
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


class Ticking(Ticks):
    """A clock on which whoever sleeps lets the silence be looked at."""

    @contextmanager
    def ticker(self, tick: Callable[[], None]) -> Iterator[None]:
        self.tick = tick
        yield

    def sleep(self, seconds: float) -> None:
        for _ in range(round(seconds * 4)):
            super().sleep(0.25)
            self.tick()

    def clock(self) -> Clock:
        return Clock(now=self.now, sleep=self.sleep, date=lambda: datetime(2026, 1, 2, tzinfo=UTC))


def throttled_run(project: Project, run: Run, *words: str, operation: str = "*") -> Ran:
    """A run whose first read of the catalog, or first call of an operation, is throttled eight times."""
    ticks = Ticking()

    def connect(**options: Any) -> Aws:
        aws = Aws(**options)
        Answers(aws.client("servicecatalog"), *["ThrottlingException"] * 8, operation=operation)
        return aws

    argv = ("-C", project.root, "--log", project.root / "log", *words)
    return run(*argv, connect=connect, clock=ticks.clock(), ticker=ticks.ticker)


def test_a_silence_says_that_aws_throttles(project: Project, run: Run) -> None:
    lines = throttled_run(project, run, "status").err.splitlines()
    assert lines[0] == f"reading the catalog of {TARGET}"
    for line in lines[1:]:
        assert "AWS throttles service-catalog reads" in line
        assert line.endswith(f"; reading the catalog of {TARGET}")
    assert [it[: it.index(":")] for it in lines[1:4]] == ["waiting (2 s)", "waiting (5 s)", "waiting (10 s)"]


def test_a_silence_says_how_far_a_phase_is_that_is_confirmed_together(project: Project, run: Run) -> None:
    project.account.build.bucket()
    ran = throttled_run(project, run, "sync", "--yes", operation="AssociatePrincipalWithPortfolio")
    assert ran.code == 0, ran.err
    (sent, total), *_ = re.findall(
        rf"throttles .*; publishing, (\d+) of (\d+) changes sent: {TARGET}", ran.err
    )
    assert 0 < int(sent) < int(total)


def test_a_quiet_run_says_so_in_its_log_only(project: Project, run: Run) -> None:
    ran = throttled_run(project, run, "-q", "status")
    assert ran.err == ""
    lines = logged(project.root / "log")
    texts = [line["text"] for line in lines if line["event"] == "progress"]
    assert texts[0] == f"reading the catalog of {TARGET}"
    assert texts[1].startswith("waiting (2 s): ")
    assert "AWS throttles service-catalog reads" in texts[1]
    assert sum(line["attempts"] - 1 for line in lines if line["event"] == "call") == 8
    assert lines[-1]["code"] == 0


@contextmanager
def on_terminal(monkeypatch: pytest.MonkeyPatch, terminal: Terminal) -> Iterator[None]:
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in terminal.environment.items():
        monkeypatch.setenv(name, value)
    with redirect_stdout(terminal), redirect_stderr(terminal):
        yield


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_sync_on_a_terminal(project: Project, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    project.bootstrap()
    terminal, log = Terminal(width), project.root / "log"
    with on_terminal(monkeypatch, terminal):
        assert main(["-C", str(project.root), "--log", str(log), "sync", "--yes"]) == 0
    # No bar is left, and nothing but the lines of the result.
    assert not [line for line in terminal.seen if re.match(r"[#.]+ +\d+/", line)]
    assert max(map(width_of, terminal.seen)) <= width
    assert terminal.getvalue().count("\x1b[J") >= 13
    steps = [line["text"] for line in logged(log) if line.get("text", "").startswith("[")]
    counts = [re.sub(r".*?\[(\d+/\d+)\].*", r"\1", it) for it in steps[-12:]]
    assert counts == [f"{n}/12" for n in range(1, 13)]
    assert steps[-1].endswith("update Portfolio ml: done")


@pytest.mark.parametrize("command", [["list"], ["show", "studio-big"], ["plan"], ["status"]])
def test_tables_on_a_narrow_terminal(
    project: Project, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(40)
    with on_terminal(monkeypatch, terminal):
        assert main(["-C", str(project.root), *command]) == 0
    written = re.sub(r"\x1b\[\d*[mJA]", "", terminal.getvalue())
    assert max(map(width_of, re.split(r"[\r\n]", written))) <= 40


def test_a_plan_has_colours_on_a_terminal_and_never_in_json_or_the_log(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for options in ([], ["--json"]):
        terminal, log = Terminal(80), project.root / "log"
        with on_terminal(monkeypatch, terminal):
            assert main(["-C", str(project.root), "--log", str(log), *options, "plan"]) == 0
        assert ("\x1b[32mcreate\x1b[0m" in terminal.getvalue()) == (options == [])
        assert "\x1b" not in log.read_text(encoding="utf-8")
    json.loads(terminal.getvalue()[terminal.getvalue().index("{") :])
