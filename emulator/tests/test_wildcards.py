import re

from hypothesis import given
from hypothesis import strategies as st

from catalog_emulator.wildcards import Wild, Wildcards, tokens
from tests.conftest import cases

_EXPRESSIONS = {Wild.TEXT: ".*", Wild.ONE: ".", Wild.ONE_OR_NONE: ".?"}
_TEXTS = st.text("ab\n", max_size=8)


@given(st.lists(st.sampled_from(["a", "b", ".", *Wild]), max_size=8), _TEXTS)
def test_they_match_as_a_regular_expression_does(pattern: list[str | Wild], text: str) -> None:
    expression = "".join(_EXPRESSIONS[one] if isinstance(one, Wild) else re.escape(one) for one in pattern)
    assert Wildcards(pattern).match(text) == bool(re.fullmatch(expression, text, re.DOTALL))


@cases(
    "pattern",
    {
        "stars": "*a" * 500 + "*b",
        "optional letters": "?" * 1000 + "b",
        "far longer than any text": "a*" * 100_000,
    },
)
def test_hostile_patterns_end(pattern: str) -> None:
    for one in (Wild.ONE, Wild.ONE_OR_NONE):
        assert not Wildcards(tokens(pattern, {"*": Wild.TEXT, "?": one})).match("a" * 2000)
