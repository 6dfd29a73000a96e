from tests.moto_suite import DIFFERENCES, SUITES, documented

PAGE = """
## one
| test | source |
|---|---|
| test_a, test_b[x] | [a](https://docs.aws.amazon.com/a) |
Prose.
## two
| test_c | [c](https://docs.aws.amazon.com/c) |
"""


def test_names_in_tables_are_read() -> None:
    assert documented(PAGE) == {"one": {"test_a", "test_b[x]"}, "two": {"test_c"}}


def test_every_difference_has_its_source() -> None:
    text = DIFFERENCES.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| test_")]
    assert documented(text).keys() == set(SUITES.values())
    assert [row for row in rows if "](https://docs.aws.amazon.com/" not in row.split(" | ")[-1]] == []
