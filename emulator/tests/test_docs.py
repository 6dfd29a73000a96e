"""The documents: their Python examples run, and their tables are up to date."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.generated_tables import pages
from tests.server import state_classes

ROOT = Path(__file__).parents[1]
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


@pytest.mark.skipif(version("moto") != "5.2.5", reason="other versions of moto have other classes")
def test_the_classes_of_states_are_up_to_date() -> None:
    assert state_classes.FILE.read_text(encoding="utf-8").splitlines() == state_classes.lines(), (
        "run make docs"
    )


@pytest.mark.parametrize("path", [path.name for path, _, _ in pages()])
def test_generated_tables_are_up_to_date(path: str) -> None:
    (text, current), *_ = [(text, current) for page, text, current in pages() if page.name == path]
    assert "<!-- /" in text and text == current, "run make docs"
