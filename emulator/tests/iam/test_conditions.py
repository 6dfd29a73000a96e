from typing import Any

import pytest

from catalog_emulator.iam.conditions import conditions

ROLE = "arn:aws:iam::111111111111:role/ml/train"


def holds(operator: str, operand: Any, *values: str) -> bool:
    context = {"key": values} if values else {}
    found = list(conditions({operator: {"Key": operand}}, variables=True))
    return all(one.holds({**context, "aws:username": ("ann",)}) for one in found)


@pytest.mark.parametrize(
    ("operator", "operand", "met", "unmet"),
    [
        ("StringEquals", "ann", "ann", "Ann"),
        ("StringEquals", ["bob", "ann"], "ann", "eve"),
        ("StringEquals", "${aws:username}", "ann", "bob"),
        ("StringEquals", "a*", "a*", "ann"),
        ("StringEqualsIgnoreCase", "ann", "ANN", "bob"),
        ("StringNotEquals", "ann", "bob", "ann"),
        ("StringNotEquals", ["ann", "bob"], "eve", "bob"),
        ("StringNotEqualsIgnoreCase", "ann", "bob", "ANN"),
        ("StringLike", "a*", "ann", "bob"),
        ("StringLike", ["*.amazonaws.com", "?"], "x", "xy"),
        ("StringLike", "*a" * 30, "a" * 30, "a" * 29 + "b"),
        ("StringLike", "${ aws:username }*", "anna", "bob"),
        ("StringEquals", "${ $ }${aws:none , 'x'}", "$x", "x"),
        ("StringNotLike", "a*", "bob", "ann"),
        ("NumericEquals", "10", "10.0", "11"),
        ("NumericNotEquals", 10, "11", "10"),
        ("NumericLessThan", 10, "9", "10"),
        ("NumericLessThanEquals", "10", "10", "11"),
        ("NumericGreaterThan", "10", "11", "10"),
        ("NumericGreaterThanEquals", "10", "10", "9"),
        ("NumericEquals", "10", "10", "ten"),
        ("DateLessThan", "2030-01-01T00:00:00Z", "2029-12-31T23:59:59Z", "2030-01-01T00:00:00Z"),
        ("DateGreaterThan", "2030-01-01", "2030-01-02T00:00:00Z", "2029-12-31T00:00:00Z"),
        ("DateEquals", "1893456000", "2030-01-01T00:00:00Z", "2030-01-01T00:00:01Z"),
        ("DateNotEquals", "1893456000", "2030-01-01T00:00:01Z", "2030-01-01T00:00:00Z"),
        ("DateLessThanEquals", "2030-01-01T00:00:00Z", "2030-01-01T01:00:00+01:00", "tomorrow"),
        ("DateGreaterThanEquals", "2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "2029-01-01T00:00:00Z"),
        ("Bool", "true", "true", "false"),
        ("Bool", True, "true", "false"),
        ("BinaryEquals", "YW5u", "YW5u", "Ym9i"),
        ("BinaryEquals", "YW5u", "YW5u", "not base64"),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", "192.168.0.1"),
        ("IpAddress", "2001:db8::/32", "2001:db8::1", "2001:db9::1"),
        ("IpAddress", "10.0.0.0/8", "10.1.2.3", "nowhere"),
        ("NotIpAddress", "10.0.0.0/8", "192.168.0.1", "10.1.2.3"),
        ("ArnEquals", ROLE, ROLE, f"{ROLE}s"),
        ("ArnLike", "arn:aws:iam::*:role/ml/*", ROLE, ROLE.replace("ml/", "")),
        ("ArnLike", "arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/ann", ROLE),
        ("ArnNotEquals", ROLE, f"{ROLE}s", ROLE),
        ("ArnNotLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:user/x", ROLE),
    ],
)  # fmt: skip
def test_operators(operator: str, operand: Any, met: str, unmet: str) -> None:
    assert holds(operator, operand, met)
    assert not holds(operator, operand, unmet)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringEqualsIfExists", True),
        ("StringNotEquals", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
        ("ForAnyValue:StringNotEquals", False),
    ],
)
def test_a_key_without_value(operator: str, expected: bool) -> None:
    assert holds(operator, "ann") is expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAnyValue:StringEquals", ("c", "b"), True),
        ("ForAnyValue:StringEquals", ("c", "d"), False),
        ("ForAllValues:StringNotEquals", ("c", "d"), True),
        ("ForAllValues:StringNotEquals", ("c", "b"), False),
        ("ForAnyValue:StringNotEquals", ("a", "c"), True),
        ("ForAnyValue:StringNotEquals", ("a", "b"), False),
        ("StringEquals", ("c", "b"), True),
        ("StringNotEquals", ("c", "b"), False),
    ],
)
def test_keys_with_several_values(operator: str, values: tuple[str, ...], expected: bool) -> None:
    assert holds(operator, ["a", "b"], *values) is expected


def test_an_arn_is_compared_part_by_part() -> None:
    assert not holds("ArnLike", "arn:*:role/*", ROLE)
    assert holds("StringLike", "arn:*:role/*", ROLE)


def test_null() -> None:
    assert holds("Null", "true")
    assert not holds("Null", "false")
    assert holds("Null", False, "ann")
    assert not holds("Null", True, "ann")


def test_all_operators_and_keys_must_hold() -> None:
    element = {"StringEquals": {"a": "1", "b": "2"}, "StringLike": {"c": "3*"}}
    found = list(conditions(element, variables=True))
    assert [one.holds({"a": ("1",), "b": ("2",), "c": ("30",)}) for one in found] == [True, True, True]
    assert [one.holds({"a": ("1",), "b": ("3",), "c": ("40",)}) for one in found] == [True, False, False]
