from __future__ import annotations

import pytest

from publisher.errors import InputError
from publisher.report.regions import regenerate
from tests.conftest import cases

TABLES = {"one": lambda: "1\n1", "other": lambda: "2"}
START, OTHER, END = "<!-- generated:one -->", "<!-- generated:other -->", "<!-- /generated -->"


@cases(
    ("text", "fresh"),
    {
        "nothing": ("", ""),
        "no region": ("text\n", "text\n"),
        "empty": (f"a\n{START}\n{END}\nb", f"a\n{START}\n1\n1\n{END}\nb"),
        "stale": (f"{START}\nold\n\nolder\n{END}", f"{START}\n1\n1\n{END}"),
        "fresh": (f"{START}\n1\n1\n{END}\n", f"{START}\n1\n1\n{END}\n"),
        "two": (f"{START}\n{END}\nb\n{OTHER}\n{END}\n", f"{START}\n1\n1\n{END}\nb\n{OTHER}\n2\n{END}\n"),
        "in a line": (f"inline {START} is text\n", f"inline {START} is text\n"),
        "end alone": (f"{END}\na\n", f"{END}\na\n"),
    },
)
def test_regenerate(text: str, fresh: str) -> None:
    assert regenerate(text, "a.md", TABLES) == fresh
    assert regenerate(fresh, "a.md", TABLES) == fresh


@cases(
    ("text", "problem", "hint"),
    {
        "near": (
            f"a\n<!-- generated:ones -->\n{END}",
            "2:1: R001 unknown region 'ones'",
            "did you mean 'one'? (regions are one, other)",
        ),
        "far": (f"<!-- generated:zzz -->\n{END}", "1:1: R001 unknown region 'zzz'", "regions are one, other"),
        "no end": (f"a\n\n{START}\n", "3:1: R002 region 'one' has no end", "add <!-- /generated -->"),
        "nested": (
            f"{START}\n{OTHER}\n{END}\n",
            "1:1: R002 region 'one' has no end",
            "add <!-- /generated -->",
        ),
    },
)
def test_problems(text: str, problem: str, hint: str) -> None:
    with pytest.raises(InputError) as raised:
        regenerate(text, "a.md", TABLES)
    assert (str(raised.value), raised.value.hint) == (f"a.md:{problem}", hint)
