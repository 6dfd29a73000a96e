from __future__ import annotations

import pytest

from publisher.errors import InputError
from publisher.report.regions import regenerate

TABLES = {"one": lambda: "1\n1", "other": lambda: "2"}
START, OTHER, END = "<!-- generated:one -->", "<!-- generated:other -->", "<!-- /generated -->"


@pytest.mark.parametrize(
    ("text", "fresh"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("text\n", "text\n", id="no region"),
        pytest.param(f"a\n{START}\n{END}\nb", f"a\n{START}\n1\n1\n{END}\nb", id="empty"),
        pytest.param(f"{START}\nold\n\nolder\n{END}", f"{START}\n1\n1\n{END}", id="stale"),
        pytest.param(f"{START}\n1\n1\n{END}\n", f"{START}\n1\n1\n{END}\n", id="fresh"),
        pytest.param(
            f"{START}\n{END}\nb\n{OTHER}\n{END}\n", f"{START}\n1\n1\n{END}\nb\n{OTHER}\n2\n{END}\n", id="two"
        ),
        pytest.param(f"inline {START} is text\n", f"inline {START} is text\n", id="in a line"),
        pytest.param(f"{END}\na\n", f"{END}\na\n", id="end alone"),
    ],
)
def test_regenerate(text: str, fresh: str) -> None:
    assert regenerate(text, "a.md", TABLES) == fresh
    assert regenerate(fresh, "a.md", TABLES) == fresh


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        pytest.param(
            f"a\n<!-- generated:ones -->\n{END}",
            "2:1: R001 unknown region 'ones'",
            "did you mean 'one'? (regions are one, other)",
            id="near",
        ),
        pytest.param(
            f"<!-- generated:zzz -->\n{END}",
            "1:1: R001 unknown region 'zzz'",
            "regions are one, other",
            id="far",
        ),
        pytest.param(
            f"a\n\n{START}\n",
            "3:1: R002 region 'one' has no end",
            "add <!-- /generated -->",
            id="no end",
        ),
        pytest.param(
            f"{START}\n{OTHER}\n{END}\n",
            "1:1: R002 region 'one' has no end",
            "add <!-- /generated -->",
            id="nested",
        ),
    ],
)
def test_problems(text: str, problem: str, hint: str) -> None:
    with pytest.raises(InputError) as raised:
        regenerate(text, "a.md", TABLES)
    assert (str(raised.value), raised.value.hint) == (f"a.md:{problem}", hint)
