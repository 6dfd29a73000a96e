"""docs/local.md: its table is made from the kinds of weather, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher.cli.endpoint import WEATHER
from publisher.local.cloudformation.providers import handlers
from publisher.local.weather.forecast import KINDS

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
    assert f"<!-- weather -->\n{table}\n<!-- /weather -->" in PAGE


@pytest.mark.parametrize("example", EXAMPLES, ids=[text.splitlines()[0] for text in EXAMPLES])
def test_an_example(example: str) -> None:
    exec(compile(example, "docs/local.md", "exec"), {})


def test_every_command_and_variable_is_told() -> None:
    for command in ("start", "stop", "status", "env", "mail", "save", "weather", "calls"):
        assert f"publisher local {command}" in PAGE
    assert WEATHER in PAGE


def test_the_types_with_a_handler_of_our_own() -> None:
    page = (Path(__file__).parents[2] / "docs" / "local-cloudformation.md").read_text(encoding="utf-8")
    services: dict[str, list[str]] = {}
    for name in sorted(handlers()):
        _, service, kind = name.split("::")
        services.setdefault(service, []).append(kind)
    rows = [f"| `AWS::{service}::` | {', '.join(kinds)} |" for service, kinds in services.items()]
    table = "\n".join(["| service | types |", "|---|---|", *rows])
    assert f"<!-- types -->\n{table}\n<!-- /types -->" in page
