"""Commands in messages can be pasted: they parse, repeat this run's options, and values stay as they are."""

from __future__ import annotations

import ast
import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from publisher.aws.waiting import Clock
from publisher.cli.app import app, global_first
from publisher.cli.shell import Shell
from publisher.errors import command
from tests.cli.conftest import Project
from tests.conftest import Run, cases
from tests.test_architecture import modules

APP: Any = typer.main.get_command(app)
NAMES = "|".join(APP.commands)
_UNMARKED = re.compile(rf"(?<!`)\bpublisher( -\S+)* ({NAMES})\b|\brun ({NAMES})\b")
# The first words of a saved plan.
_NO_COMMAND = {"publisher plan 5"}


def parse(words: list[str]) -> None:
    """As `publisher` parses the words after its name, without running them."""
    context = APP.make_context("publisher", global_first(words))
    group, rest = APP, [*context._protected_args, *context.args]
    while True:
        name, found, rest = group.resolve_command(context, rest)
        context = found.make_context(name, rest, parent=context)
        if not hasattr(found, "commands"):
            return
        group, rest = found, [*context._protected_args, *context.args]


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The texts of a module that are no docstrings, with their lines."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@pytest.mark.slow
def test_no_text_names_a_command_by_itself() -> None:
    wrong = [
        f"{path.name}:{line}: {text}"
        for path, tree in modules()
        for line, text in literals(tree)
        if _UNMARKED.search(text) and text not in _NO_COMMAND
    ]
    assert not wrong, "\n".join(wrong)


def _words(nodes: list[ast.expr]) -> Iterator[str]:
    """`x` for a value; nothing for options that are known only when it runs."""
    for node in nodes:
        if isinstance(node, ast.Constant):
            yield str(node.value)
        elif not isinstance(node, ast.Starred) and getattr(node, "id", "") != "option":
            yield "x"


def proposals() -> Iterator[tuple[str, list[str]]]:
    """The words of each command that some message proposes, by its place."""
    for path, tree in modules():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="command"), args=words):
                    pass
                case ast.Call(func=ast.Attribute(attr="command_in" | "_command_in"), args=[_, *words]):
                    pass
                case _:
                    continue
            if isinstance(words[0], ast.Constant):
                yield f"{path.name}:{node.lineno}", list(_words(words))


def test_proposed_commands_parse() -> None:
    wrong, found = [], list(proposals())
    for place, words in found:
        try:
            parse(words)
        except typer.Exit as exit_:  # --help
            assert exit_.exit_code == 0, (place, words)
        except Exception as error:
            wrong.append(f"{place}: {' '.join(words)}: {error}")
    assert (wrong, len(found) > 100) == ([], True)


OPTIONS: dict[str, Any] = {
    "directory": Path(),
    "local": False,
    "profile": "",
    "region": "",
    "targets": (),
    "as_json": False,
    "quiet": False,
    "verbose": False,
    "log": None,
}


@pytest.fixture
def shell() -> Iterator[Shell]:
    opened = Shell(
        environment={}, stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr, connect=None, clock=Clock()
    )
    yield opened
    opened.close(0)


@cases(
    ("options", "words", "proposed"),
    {
        "nothing": ({}, ("sync", "--yes"), "publisher sync --yes"),
        "folder": ({"directory": "a b"}, ("sync",), "publisher -C 'a b' sync"),
        "local": ({"local": True}, ("sync",), "publisher --local sync"),
        "profile": ({"profile": "my team"}, ("sync",), "publisher --profile 'my team' sync"),
        "region": ({"region": "r"}, ("launch", "x $y"), "publisher --region r launch 'x $y'"),
        "targets": (
            {"targets": ["hub/*", "far"]},
            ("plan",),
            "publisher --target 'hub/*' --target far plan",
        ),
        "all": (
            {"directory": "a b", "local": True, "profile": "p", "region": "r", "targets": ["t"]},
            ("bootstrap",),
            "publisher -C 'a b' --local --profile p --region r --target t bootstrap",
        ),
        "files only": (
            {"directory": "a b", "local": True, "region": "r"},
            ("list",),
            "publisher -C 'a b' list",
        ),
    },
)
def test_a_proposed_command_repeats_the_options(
    options: dict[str, Any],
    words: tuple[str, ...],
    proposed: str,
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "a b").mkdir()
    monkeypatch.chdir(tmp_path)
    shell.configure(**OPTIONS | options | {"directory": Path(options.get("directory", ""))})
    assert command(*words) == proposed
    parse(shlex.split(proposed)[1:])
    shell.close(0)
    assert command("sync") == "publisher sync"


def test_values_that_look_like_commands_stay(project: Project, run: Run) -> None:
    """In a plan, in a message and in JSON."""
    said = "To apply run publisher sync now"
    project.bootstrap()
    assert project.run("sync", "--yes").code == 0
    project.edit("portfolio/ml.yaml", "provider_name", f"description: {said}\nprovider_name")
    planned = project.run("--region", "us-west-2", "plan", "--check", "--log", str(project.root / "log"))
    assert said in planned.out
    assert planned.err.endswith("hint: run publisher --region us-west-2 sync to apply them\n")
    log = (project.root / "log").read_text(encoding="utf-8")
    assert f"run publisher -C {project.root} --region us-west-2 sync to" in log
    document = json.loads(project.run("--region", "us-west-2", "--json", "plan", "--check").out)
    assert said in json.dumps(document)
