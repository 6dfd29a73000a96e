"""Every rule of the table is broken by a test that compares what is said, word for word.

A rule counts when it stands in a text that a test compares with the program's own output; nothing else does.
"""

from __future__ import annotations

import re
from pathlib import Path

from publisher.report.rules import table
from tests.broken import test_broken, test_published
from tests.broken.case import HERE
from tests.declarations import test_bad

CASES = (*test_broken.CASES, *test_published.CASES)


def told(text: str) -> set[str]:
    """The rules that a text tells of, each at the beginning of a line, after its place."""
    return set(re.findall(r"^(?:error: )?(?:\S+:)?\d+:\d+: ([A-Z]\d{3}) ", text, flags=re.MULTILINE))


def compared(expected: Path) -> bool:
    """Whether there is something whose problems test_bad compares with this file."""
    return expected.with_suffix(".yaml").is_file() or (expected.with_suffix("") / "product.yaml").is_file()


def test_every_rule_is_broken() -> None:
    texts = [case.said for case in CASES]
    texts += [path.read_text(encoding="utf-8") for path in test_bad.BAD.rglob("*.expected") if compared(path)]
    broken = set().union(*(told(text) for text in texts))
    rules = {row["id"] for row in table()}
    assert sorted(rules - broken) == []


def test_nothing_is_left_over() -> None:
    assert sorted(path.stem for path in (HERE / "said").iterdir()) == sorted(case.id for case in CASES)
    assert [path for path in test_bad.BAD.rglob("*.expected") if not compared(path)] == []
