from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.declarations.strings import name_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Data Science!", "data-science"),
        ("Crème brûlée", "creme-brulee"),
        ("2nd", "x-2nd"),
        ("!!!", "x"),
        ("a" * 80, "a" * 64),
    ],
)
def test_names(text: str, name: str) -> None:
    assert name_of(text) == name


def test_a_taken_name_gets_a_number() -> None:
    assert name_of("a", {"a", "a-2"}) == "a-3"
    assert name_of("a" * 64, {"a" * 64}) == "a" * 62 + "-2"


@given(st.text(), st.sets(st.text(alphabet="abx-23", max_size=4)))
def test_names_are_names_and_free(text: str, taken: set[str]) -> None:
    name = name_of(text, taken)
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,63}", name)
    assert name not in taken
