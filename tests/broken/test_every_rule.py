"""Every rule is broken by a test that compares what it says, word for word."""

from __future__ import annotations

import re
from pathlib import Path

from publisher.launch.checks.examination import ALL_RULES
from publisher.report.rules import table
from tests.broken import test_broken, test_published
from tests.broken.case import HERE
from tests.declarations.test_bad import BAD
from tests.launch import test_checks, test_form_checks

CASES = (*test_broken.CASES, *test_published.CASES, *test_published.HELD_UP)
# Tests of their own, not rows of a table, break the rules that select a launch, and these.
SELECTED = ("L101", "L102", "L103", "L104", "L105", "L106", "L204", "L205")


def reported(text: str) -> set[str]:
    """The rules of the problems in an output, each at the start of a line, after its place."""
    return set(
        re.findall(
            r"^(?:error: )?(?:held up: \w+ \S+ \()?(?:\S+:)?\d+:\d+: ([A-Z]\d{3}) ", text, flags=re.MULTILINE
        )
    )


def is_compared(expected: Path) -> bool:
    """Whether test_bad compares the problems of something with this file."""
    return expected.with_suffix(".yaml").is_file() or (expected.with_suffix("") / "product.yaml").is_file()


def test_every_rule_is_broken() -> None:
    texts = [case.expected for case in CASES]
    texts += [path.read_text(encoding="utf-8") for path in BAD.rglob("*.expected") if is_compared(path)]
    broken = set().union(*(reported(text) for text in texts))
    rules = {row["id"] for row in table()} - {it.id for it in ALL_RULES}
    assert sorted(rules - broken) == []


def test_every_rule_before_a_launch_is_broken() -> None:
    """They look at an account, not at files."""
    found = re.findall(
        r"L\d{3}",
        f"{test_checks.EVERY_LAUNCH} {test_checks.LAUNCH_ROLES} {test_checks.PROJECTS}"
        f" {test_checks.BLUEPRINTS} {SELECTED}",
    )
    asked = {rule for rule, _, problem in test_form_checks.ASKED.values() if problem}
    assert [it.id for it in ALL_RULES if it.id not in found and it.name not in asked] == []


def test_every_expected_output_is_compared() -> None:
    assert sorted(path.stem for path in (HERE / "expected").iterdir()) == sorted(case.id for case in CASES)
    assert [path for path in BAD.rglob("*.expected") if not is_compared(path)] == []
