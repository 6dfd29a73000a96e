"""Runs the commands of a page of docs/, and compares what they print with what the page shows.

The ```console blocks of a page are one shell session. `$ ` starts a command; the lines below it are what it
prints, with the shell's variables: `…` is any text in a line and, alone, any lines. A command with no lines
below it may print anything.
`# exit 3` after a command is the code that it exits with, in place of 0.

publisher and the AWS CLI run in this process; what needs a shell (files, git, pipes) runs in bash.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Local, Ran, Run

_HEADING = re.compile(r"#+ (?P<title>.*)")
_EXIT = re.compile(r"\s+# exit (?P<code>\d+)$")
_HERE = re.compile(r"<<(?P<quote>'?)(?P<end>\w+)(?P=quote)")
_PROGRAM = re.compile(r"(?P<program>publisher|aws) ")
_NEEDS_SHELL = re.compile(r"[|<>;&`]|\$\(|\bdone\b")
# A variable that is what a program prints; bash would start another process for it.
_PRINTED = re.compile(r"(?P<name>[A-Z_]+)=\$\((?P<command>(?:[^()`|<>']|'[^']*')*)\)")
_SETTING = re.compile(r"[A-Z_]+=|eval ")
_SETS = "set -a; {command}; code=$?; printf '\\0'; env -0; exit $code"
_OF_BASH = frozenset({"_", "SHLVL", "PWD", "OLDPWD"})


@dataclass(frozen=True, kw_only=True)
class Step:
    """A command of a page, the lines that it prints, and the code that it exits with."""

    place: str
    command: str
    expected: tuple[str, ...]
    code: int

    def __str__(self) -> str:
        return f"{self.place}: $ {self.command}"


def steps(page: str, *left_out: str) -> list[Step]:
    """The commands of a page, but for those right under headings with these titles."""
    return list(_steps(page, frozenset(left_out)))


def _steps(page: str, left_out: frozenset[str]) -> Iterator[Step]:
    title, fence, block = "", "", [("", "")]
    for number, line in enumerate((ROOT / page).read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("```"):
            if fence == "```console" and title not in left_out:
                yield from _of_block(block)
            fence, block = "" if fence else line, []
        elif fence:
            block.append((f"{page}:{number}", line))
        elif found := _HEADING.match(line):
            title = found["title"]


def _of_block(block: list[tuple[str, str]]) -> Iterator[Step]:
    starts = [index for index, (_, line) in enumerate(block) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(block)], strict=True):
        lines = [line for _, line in block[start:end]]
        length = 1
        while _goes_on("\n".join(lines[:length])):
            length += 1
        command = "\n".join(lines[:length]).removeprefix("$ ")
        exits = _EXIT.search(command)
        yield Step(
            place=block[start][0],
            command=_EXIT.sub("", command),
            expected=tuple(lines[length:]),
            code=int(exits["code"]) if exits else 0,
        )


def _goes_on(command: str) -> bool:
    here = _HERE.search(command)
    ends = here is None or command.endswith(f"\n{here['end']}")
    return command.endswith("\\") or not ends or (here is None and command.count("'") % 2 == 1)


class Session:
    """A shell in a copy of this project, whose --local is a new account; or in the folder above it."""

    def __init__(
        self,
        local: Local,
        run: Run,
        monkeypatch: pytest.MonkeyPatch,
        programs: Path,
        *,
        above: bool = False,
    ) -> None:
        self._run, self._environment = run, monkeypatch
        self._folder = local.project.parent if above else local.project
        programs.mkdir()
        for name, module in {"publisher": "publisher", "aws": "awscli"}.items():
            (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {module} "$@"\n')
            (programs / name).chmod(0o700)
        author = {f"GIT_{who}_{what}": "me" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        variables = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": ":".join(filter(None, sys.path)),
            "HOME": str(programs),
            **author,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(self._folder)

    def check(self, step: Step) -> None:
        """Runs a command; AssertionError unless it ends and prints as the page says."""
        ran = self._ran(step.command)
        printed = f"{ran.err}\n{ran.out}"
        assert ran.code == step.code, f"{step}\nexit {ran.code}, not {step.code}:\n{printed}"
        if step.expected:
            shown = _lines(printed.splitlines())
            wanted = [os.path.expandvars(line) for line in _lines(step.expected)]
            pattern = "".join(map(_pattern, wanted))
            message = "\n".join([str(step), *shown, "", "the page has:", *wanted])
            assert re.fullmatch(pattern, "".join(f"{line}\n" for line in shown)), message

    def _ran(self, command: str) -> Ran:
        if printed := _PRINTED.fullmatch(command):
            ran = self._ran(printed["command"])
            self._environment.setenv(printed["name"], ran.out.rstrip("\n"))
            return ran
        if _SETTING.match(command):
            return self._set(command)
        if command.startswith("cd ") and not _NEEDS_SHELL.search(command):
            self._folder /= command.removeprefix("cd ")
            self._environment.chdir(self._folder)
            return Ran(code=0, out="", err="")
        program = _PROGRAM.match(command)
        if program is None or _NEEDS_SHELL.search(command):
            done = self._bash(command)
            return Ran(code=done.returncode, out=done.stdout, err=done.stderr)
        words = self._bash(f"printf '%s\\0' {command}").stdout.split("\0")[1:-1]
        if program["program"] == "publisher":
            return self._run("-C", self._folder, *words)
        driver: Any = import_module("awscli.clidriver").create_clidriver()
        return self._run(*words, program=driver.main)

    def _set(self, command: str) -> Ran:
        """Runs what sets variables of the shell, and takes them over."""
        done = self._bash(_SETS.format(command=command))
        out, _, variables = done.stdout.partition("\0")
        after = dict(entry.split("=", 1) for entry in variables.split("\0") if "=" in entry)
        for name in {*os.environ} - {*after} - _OF_BASH:
            self._environment.delenv(name)
        for name, value in after.items():
            if name not in _OF_BASH and os.environ.get(name) != value and not name.startswith("BASH_FUNC"):
                self._environment.setenv(name, value)
        return Ran(code=done.returncode, out=out, err=done.stderr)

    def _bash(self, script: str) -> Any:
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)


def _lines(lines: list[str] | tuple[str, ...]) -> list[str]:
    return [line.rstrip() for line in lines if line.strip()]


def _pattern(line: str) -> str:
    if line.strip() == "…":
        return "(?:.*\n)*?"
    return ".*?".join(map(re.escape, line.split("…"))) + "\n"
