from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_emulator.servicecatalog.exceptions import InvalidParameters
from catalog_emulator.servicecatalog.listings import Listing

NUMBERS = Listing("Numbers", [1, 2], str, {"Total": 2})


@given(count=st.integers(0, 60), size=st.one_of(st.none(), st.integers(0, 30)))
def test_pages_are_the_whole_list(count: int, size: int | None) -> None:
    listing, seen = Listing("Numbers", range(count)), list[int]()
    answer: dict[str, Any] = {"NextPageToken": None}
    while "NextPageToken" in answer:
        answer = listing.page("numbers", size=size, token=answer["NextPageToken"])
        assert len(answer["Numbers"]) <= (size or 20)
        seen += answer["Numbers"]
    assert seen == list(range(count))


def test_a_page_has_the_other_members_and_a_token() -> None:
    first = NUMBERS.page("numbers", size=1, token=None, token_member="PageToken")
    token = first.pop("PageToken")
    assert first == {"Numbers": ["1"], "Total": 2}
    assert NUMBERS.page("numbers", size=1, token=token) == {"Numbers": ["2"], "Total": 2}


def test_invalid_tokens() -> None:
    of_another_list = NUMBERS.page("letters", size=1, token=None)["NextPageToken"]
    for token in ("x", "bm90IGpzb24=", "WzFd", "é", of_another_list):
        with pytest.raises(InvalidParameters, match="The page token is not valid"):
            NUMBERS.page("numbers", size=1, token=token)
