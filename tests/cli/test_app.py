from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from publisher.cli.app import app
from tests.conftest import Run


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, command
    for name, child in sorted(getattr(command, "commands", {}).items()):
        yield from commands(child, (*path, name))


TREE = list(commands(get_command(app)))


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(*entry, id=" ".join(entry[0]) or "publisher") for entry in TREE]
)
def test_every_command_and_option_has_help(path: tuple[str, ...], command: object, run: Run) -> None:
    done = run(*path, "--help")
    assert done.code == 0
    assert done.out.startswith("Usage: publisher")
    assert done.err == ""
    assert getattr(command, "help", None) or not path
    without = [
        parameter.name
        for parameter in getattr(command, "params", [])
        if parameter.param_type_name == "option" and not parameter.help
    ]
    assert without == []


@pytest.mark.parametrize(
    ("argv", "message", "hint"),
    [
        pytest.param(["--quite"], "No such option: --quite", "publisher --help", id="option"),
        pytest.param(["synk"], "No such command 'synk'.", "publisher --help", id="command"),
        pytest.param(["show"], "Missing argument 'PRODUCT...'.", "publisher show --help", id="argument"),
        pytest.param(
            ["-C", "no/such", "list"],
            "no folder 'no/such'",
            "--directory names the project's folder",
            id="folder",
        ),
    ],
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


def test_no_command_shows_the_help(run: Run) -> None:
    done = run()
    assert (done.code, done.err) == (0, "")
    assert "Commands:" in done.out


def test_the_log_gets_progress_and_errors(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "log"
    done = run("-C", tmp_path, "--log", log, "local", "env")
    assert done.code == 1
    assert log.read_text(encoding="utf-8") == (
        "error: the local endpoint is not running\nhint: publisher local start\n"
    )


def test_completion_knows_the_commands() -> None:
    assert isinstance(app, typer.Typer)
    assert {path[0] for path, _ in TREE if path} >= {"validate", "list", "plan", "sync", "bootstrap", "local"}
