"""Each way to break a project is reported, word for word, before any AWS call, as text and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.broken import declarations, launches, templates
from tests.broken.case import Case
from tests.conftest import Run

CASES = (*declarations.CASES, *launches.CASES, *templates.CASES)
SLOW = {
    "template-folder-with-two-files-of-one-content",
    "template-unlaunchable",
    "template-unliked",
}


@pytest.mark.parametrize(
    "case", [pytest.param(it, id=it.id, marks=[pytest.mark.slow] if it.id in SLOW else []) for it in CASES]
)
def test_output(case: Case, tmp_path: Path, run: Run) -> None:
    root = case.project(tmp_path)
    ran = run("-C", root, *case.argv)
    output = ran.out + ran.err
    assert output == case.expected
    answer = run("-C", root, "--json", *case.argv)
    assert answer.code == ran.code
    problems = answer.document.get("problems") or answer.document["error"]["problems"]
    for each in problems:
        kind = "" if each["severity"] == "error" else f"{each['severity']}: "
        place = f"{each['path']}:{each['line']}:{each['column']}: {each['rule']} {kind}{each['message']}"
        assert f"{place}\n" in output
    errors = [each for each in problems if each["severity"] == "error"]
    assert ran.code == (2 if errors else 0)
