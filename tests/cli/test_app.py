from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.cli.app import FLAGS, VALUED, app, global_first
from publisher.errors import DISTRIBUTION
from tests.conftest import ROOT, Run, cases, logged


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, command
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from commands(child, (*path, name))


MIDNIGHT = datetime(2026, 1, 2, tzinfo=UTC)
TREE = list(commands(get_command(app)))


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(*entry, id=" ".join(entry[0]) or "publisher") for entry in TREE]
)
def test_every_command_and_option_has_help(
    path: tuple[str, ...], command: object, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = run(*path, "--help")
    assert done.code == 0
    assert re.findall(r".*[\w,]\.\.\.$", done.out, re.MULTILINE) == [], "longer than 80 columns"
    assert done.out.startswith("Usage: publisher")
    assert done.err == ""
    assert getattr(command, "help", None) or not path
    without = [
        parameter.name
        for parameter in getattr(command, "params", [])
        if parameter.param_type_name == "option" and not parameter.help
    ]
    assert without == []


@cases(
    ("argv", "message", "hint"),
    {
        "option": (["--quite"], "No such option: --quite", "publisher --help"),
        "command": (["synk"], "No such command 'synk'.", "publisher --help"),
        "argument": (["show"], "Missing argument 'PRODUCT...'.", "publisher show --help"),
        "family": (["release"], "Missing argument 'FAMILY'.", "publisher release --help"),
        "folder": (
            ["-C", "no/such", "list"],
            "folder 'no/such' not found",
            "set --directory to the project's folder",
        ),
    },
)
def test_a_wrong_command_line(argv: list[str], message: str, hint: str, run: Run) -> None:
    done = run(*argv)
    assert done.code == 2
    assert done.out == ""
    first, second = done.err.splitlines()
    assert first.startswith(f"error: {message}")
    assert hint in second


def test_a_wrong_command_line_in_json(run: Run) -> None:
    done = run("--json", "--nonsense")
    assert done.code == 2
    assert done.document["error"] == {
        "code": "input",
        "message": "No such option: --nonsense",
        "hint": "see publisher --help",
    }


@pytest.mark.slow
@cases("words", {"script": ["-c", "from publisher.cli import run; run()"], "module": ["-m", "publisher"]})
def test_versions_of_what_is_installed(words: list[str]) -> None:
    shown = subprocess.run(
        [sys.executable, *words, "--version"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert [name for name, _ in lines] == ["publisher", "service-catalog-emulator", "python"]
    assert [number for _, number in lines] == [
        version(DISTRIBUTION),
        version("service-catalog-emulator"),
        platform.python_version(),
    ]
    usage = subprocess.run(
        [sys.executable, *words, "synk", "--json"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert (usage.returncode, json.loads(usage.stdout)["error"]["hint"]) == (2, "see publisher --help")


@cases("words", {"publisher": [], "new": ["new"], "local": ["local"]})
def test_no_command_shows_the_help(words: list[str], run: Run) -> None:
    done = run(*words)
    assert (done.code, done.err) == (0, "")
    assert "Commands:" in done.out.splitlines()
    name = " ".join(["publisher", *words])
    assert run("--json", *words).document == {"help": f"{name} --help"}


def test_the_log_gets_progress_and_errors(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = run("-C", tmp_path, "--log", log, "local", "env", clock=Clock(date=lambda: MIDNIGHT))
    assert done.code == 1
    start, *errors, end = logged(log)
    assert {line.pop("time") for line in (start, *errors, end)} == {"2026-01-02T00:00:00.000Z"}
    assert (start["event"], start["pid"]) == ("start", os.getpid())
    assert start["command"] == ["publisher", "-C", str(tmp_path), "--log", str(log), "local", "env"]
    assert start["versions"]["python"] == platform.python_version()
    assert errors == [
        {"event": "error", "text": "error: the local endpoint is not running"},
        {"event": "error", "text": f"hint: run publisher -C {tmp_path} local start"},
    ]
    assert (end["event"], end["code"]) == ("exit", 1)


def test_completion_lists_the_commands() -> None:
    assert isinstance(app, typer.Typer)
    assert {path[0] for path, _ in TREE if path} >= {"validate", "list", "plan", "sync", "bootstrap", "local"}


@cases(
    ("words", "ordered"),
    {
        "flag": (["sync", "--yes", "--json"], ["--json", "sync", "--yes"]),
        "value": (["plan", "--region", "x", "-q"], ["--region", "x", "-q", "plan"]),
        "equals": (["plan", "--profile=hub"], ["--profile=hub", "plan"]),
        "both sides": (["--local", "plan", "-C", "d"], ["--local", "-C", "d", "plan"]),
        "after two dashes": (["show", "--", "--json"], ["show", "--", "--json"]),
        "value missing": (["plan", "--region"], ["plan", "--region"]),
    },
)
def test_global_options_can_follow_the_command(words: list[str], ordered: list[str]) -> None:
    assert global_first(words) == ordered


def test_global_options_are_no_commands_options() -> None:
    names: dict[str, set[str]] = {"flag": set(), "valued": set()}
    for parameter in getattr(get_command(app), "params", []):
        # A version of launch is another one.
        if "completion" not in parameter.name and parameter.name != "version":
            names["flag" if parameter.is_flag else "valued"].update(parameter.opts)
    assert names == {"flag": set(FLAGS), "valued": set(VALUED)}
    others = {
        name
        for path, command in TREE
        for parameter in getattr(command, "params", [])
        for name in parameter.opts
        if path
    }
    assert others & (FLAGS | VALUED) == set()


def test_json_after_the_command(run: Run, tmp_path: Path) -> None:
    done = run("list", "-C", tmp_path, "--json")
    assert (done.code, done.err) == (2, "")
    assert done.document["error"]["code"] == "input"


def raising(error: BaseException) -> Callable[..., Aws]:
    """In the place of AWS identities."""

    def connect(**_: object) -> Aws:
        raise error

    return connect


def test_interrupted(run: Run, tmp_path: Path) -> None:
    connect = raising(KeyboardInterrupt())
    done = run("-C", tmp_path, "outputs", "x", connect=connect)
    assert (done.code, done.out) == (130, "")
    assert done.err == "error: interrupted\nhint: run the same command again to continue\n"
    done = run("-C", tmp_path, "--json", "outputs", "x", connect=connect)
    assert (done.code, done.err) == (130, "")
    assert done.document["error"]["message"] == "interrupted"


@pytest.mark.slow
@pytest.mark.parametrize(
    "closed", [">&-", "<&- >&- 2>&-", *(pytest.param(it, marks=pytest.mark.whole) for it in ("<&-", "2>&-"))]
)
def test_a_closed_stream_gets_nothing(closed: str, tmp_path: Path) -> None:
    script = "from publisher.cli import run; run()"
    project = shutil.copytree(ROOT / "tests/declarations/everything", tmp_path / "project")
    command = [sys.executable, "-c", script, "-C", str(project), "-q", "validate"]
    done = subprocess.run(["sh", "-c", f'"$@" {closed}', "sh", *command], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (b" files OK: " in done.stdout) == (">&-" not in closed.split())


def test_a_bug_is_reported_with_its_trace(run: Run, tmp_path: Path) -> None:
    connect = raising(KeyError("spam\negg"))
    done = run("-C", tmp_path, "--json", "outputs", "x", "--log", tmp_path / "log", connect=connect)
    assert done.code == 1
    assert done.document["error"] == {
        "code": "failed",
        "message": "KeyError: 'spam\\negg'",
        "hint": "this is a bug in publisher: report it with the output of --log FILE",
    }
    assert done.err.startswith("Traceback (most recent call last):\n")
    _, *lines, _ = logged(tmp_path / "log")
    assert [it["text"] for it in lines] == [it.rstrip() for it in done.err.splitlines()]
