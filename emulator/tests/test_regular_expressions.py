import re

import pytest

from catalog_emulator.regular_expressions import Limit, SlowPatternError, matches
from tests.conftest import cases


@cases(
    ("pattern", "text", "found"),
    {
        "whole": ("[a-z]+", "ab", True),
        "not whole": ("[a-z]+", "ab1", False),
        "look-ahead": ("(?!aws)[a-z]+", "awsome", False),
        "reference": (r"(.)\1", "aa", True),
        "Java's, which Python cannot read": (r"\p{Alpha}", "1", True),
        "recursive, which takes all memory": ("(?:(?R)?a|b)*", "a", True),
        "nested too deep": ("(" * 9_000 + ")" * 9_000, "a", True),
        "long repetitions of a character": ("(.{1,60000},?){1,3}", "a,b", True),
    },
)
def test_patterns(pattern: str, text: str, found: bool) -> None:
    assert matches(pattern, text) is found


def test_a_part_of_the_text() -> None:
    assert matches("b+", "abc", whole=False)


@cases(
    ("pattern", "message"),
    {
        "slow": (r"(.|\w)+$", r"The pattern takes too long to match: (.|\w)+$"),
        "large when compiled": ("((a{200}){200}){200}", "The pattern is too large: ((a{200}){200}){200}…"),
        "long": ("ab" * 30_000, f"The pattern is too large: {'ab' * 50}…"),
    },
)
def test_refused_patterns(pattern: str, message: str) -> None:
    with pytest.raises(SlowPatternError, match=f"^{re.escape(message)}$"):
        matches(pattern, "a" * 80 + "\n")


def test_a_limit_is_for_all_of_its_matches() -> None:
    limit = Limit(0.2)
    with pytest.raises(SlowPatternError):
        matches(r"(.|\w)+$", "a" * 80 + "\n", limit=limit)
    with pytest.raises(SlowPatternError):
        matches(r"(.|\w)+$", "a" * 80 + "\n", limit=limit)
