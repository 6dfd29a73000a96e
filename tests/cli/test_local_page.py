"""docs/local.md: its table is made from the kinds of faults, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from catalog_emulator.faults.profile import KINDS

from publisher.cli.endpoint import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "local.md").read_text(encoding="utf-8")
UNITS = {
    "share": "0 to 1",
    "count": "a number",
    "seconds": "seconds",
    "rate": "calls a second",
}
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_kinds_of_weather() -> None:
    rows = [f"| `{kind}` | {UNITS[unit]} | {happens} |" for kind, (unit, happens) in KINDS.items()]
    table = "\n".join(["| kind | value | what happens |", "|---|---|---|", *rows])
    assert f"<!-- faults -->\n{table}\n<!-- /faults -->" in PAGE


@pytest.mark.parametrize("example", EXAMPLES, ids=[text.splitlines()[0] for text in EXAMPLES])
def test_an_example(example: str) -> None:
    exec(compile(example, "docs/local.md", "exec"), {})


def test_every_command_and_variable_is_told() -> None:
    for command in ("start", "stop", "status", "env", "mail", "save", "faults", "calls"):
        assert f"publisher local {command}" in PAGE
    assert FAULTS in PAGE
