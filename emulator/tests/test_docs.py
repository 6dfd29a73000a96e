"""The documents: their Python examples run, and their tables are up to date."""

import re
from pathlib import Path

import pytest

from catalog_emulator.cloudformation.types import TABLE
from catalog_emulator.faults.profile import KINDS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cloudformation.md"
UNITS = {"share": "0 to 1", "count": "a number", "seconds": "seconds", "rate": "calls a second"}


EXAMPLES = [
    pytest.param(code, id=f"{page} {number}")
    for page in ("README.md", "docs/testing.md", "docs/faults.md")
    for number, code in enumerate(re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(), re.DOTALL))
]


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    exec(compile(code, "example", "exec"), {})


def test_the_kinds_of_faults() -> None:
    rows = [f"| `{kind}` | {UNITS[unit]} | {effect} |" for kind, (unit, effect) in KINDS.items()]
    table = "\n".join(["| kind | value | effect |", "|---|---|---|", *rows])
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert f"<!-- faults -->\n{table}\n<!-- /faults -->" in page


def test_the_types_with_a_handler_of_our_own() -> None:
    page = PAGE.read_text(encoding="utf-8")
    services: dict[str, list[str]] = {}
    for name in sorted(TABLE):
        _, service, kind = name.split("::")
        services.setdefault(service, []).append(kind)
    rows = [f"| `AWS::{service}::` | {', '.join(kinds)} |" for service, kinds in services.items()]
    table = "\n".join(["| service | types |", "|---|---|", *rows])
    assert f"<!-- types -->\n{table}\n<!-- /types -->" in page
