from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_emulator.servicecatalog.exceptions import InvalidParametersException
from catalog_emulator.servicecatalog.paging import page, with_token


@given(count=st.integers(0, 60), size=st.one_of(st.none(), st.integers(0, 30)))
def test_pages_are_the_whole_list(count: int, size: int | None) -> None:
    items, token, seen = list(range(count)), None, []
    while True:
        found, token = page(items, of="numbers", size=size, token=token)
        assert len(found) <= (size or 20)
        seen += found
        if token is None:
            break
    assert seen == items


@pytest.mark.parametrize("token", ["x", "bm90IGpzb24=", "WzFd", "é"])
def test_no_token_of_ours(token: str) -> None:
    with pytest.raises(InvalidParametersException, match="The page token is not valid"):
        page([1, 2], of="numbers", size=1, token=token)


def test_token_of_another_list() -> None:
    _, token = page([1, 2], of="numbers", size=1, token=None)
    with pytest.raises(InvalidParametersException):
        page([1, 2], of="letters", size=1, token=token)


def test_with_token() -> None:
    assert with_token({"A": 1}, None) == {"A": 1}
    assert with_token({"A": 1}, "t") == {"A": 1, "NextPageToken": "t"}
    assert with_token({"A": 1}, "t", "PageToken") == {"A": 1, "PageToken": "t"}
