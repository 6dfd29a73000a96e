from __future__ import annotations

import re

from publisher.report.rules import markdown, table
from tests.conftest import ROOT


def test_the_file_in_docs_is_fresh() -> None:
    path = ROOT / "docs" / "rules.md"
    assert path.read_text(encoding="utf-8") == markdown(), f"run: publisher validate --list-rules > {path}"


def test_ids_are_unique() -> None:
    ids = [row["id"] for row in table()]
    assert ids == sorted(set(ids))


def test_every_id_that_is_reported_is_in_the_table() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "publisher").rglob("*.py"))
    assert set(re.findall(r'"([LPRT]\d{3})"', source)) == {row["id"] for row in table()}
