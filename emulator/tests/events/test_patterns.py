"""Which events a pattern matches, and which patterns are refused."""

import json
from typing import Any

import pytest

from catalog_emulator.events.patterns import InvalidPatternError, matches, read
from tests.conftest import cases

EVENT = {
    "source": "aws.sagemaker",
    "detail": {
        "name": "Churn",
        "version": 2,
        "share": 0.5,
        "approved": True,
        "nothing": None,
        "tags": ["one", "two"],
        "empty": [],
        "address": "10.0.0.7",
        "path": "s3://bucket/a*b/model.tar.gz",
        "inner": {"status": "done"},
        "steps": [{"name": "a", "state": "ok"}, {"name": "b", "state": "failed"}],
    },
}


@cases(
    ("member", "matched", "unmatched"),
    {
        "text": ("name", ["Churn"], ["churn"]),
        "number": ("version", [2, 2.0], [3, "2", True]),
        "true": ("approved", [True], [1, "true", False]),
        "null": ("nothing", [None], ["", 0, False]),
        "one of a list": ("tags", ["two"], ["three"]),
        "exists": ("name", [{"exists": True}], [{"exists": False}]),
        "exists with null": ("nothing", [{"exists": True}], [{"exists": False}]),
        "is absent": ("none", [{"exists": False}], [{"exists": True}, {"anything-but": "x"}]),
        "an empty list is absent": ("empty", [{"exists": False}], [{"exists": True}]),
        "an object is no leaf": ("inner", [{"exists": False}], [{"exists": True}]),
        "prefix": ("name", [{"prefix": "Ch"}, {"prefix": {"equals-ignore-case": "cH"}}], [{"prefix": "h"}]),
        "suffix": ("name", [{"suffix": "rn"}, {"suffix": {"equals-ignore-case": "RN"}}], [{"suffix": "R"}]),
        "affixes of numbers": ("version", [{"anything-but": {"prefix": "2"}}], [{"prefix": "2"}]),
        "ignoring case": ("name", [{"equals-ignore-case": "CHURN"}], [{"equals-ignore-case": "CHUR"}]),
        "wildcard": (
            "path",
            [{"wildcard": "s3://*/model.*"}, {"wildcard": r"*/a\*b/*"}],
            [{"wildcard": r"*/a\*/*"}, {"wildcard": "model"}],
        ),
        "numeric": (
            "share",
            [{"numeric": [">", 0, "<=", 0.5]}, {"numeric": ["=", 0.5]}],
            [{"numeric": ["<", 0.5]}, {"numeric": [">=", 1]}],
        ),
        "numeric takes numbers only": ("approved", [], [{"numeric": ["=", 1]}]),
        "cidr": ("address", [{"cidr": "10.0.0.0/24"}], [{"cidr": "10.0.1.0/24"}]),
        "cidr of no address": ("name", [], [{"cidr": "10.0.0.0/24"}]),
        "anything but": (
            "name",
            [{"anything-but": "x"}, {"anything-but": ["x", "y"]}, {"anything-but": {"suffix": ["x", "y"]}}],
            [
                {"anything-but": "Churn"},
                {"anything-but": {"prefix": "C"}},
                {"anything-but": {"equals-ignore-case": ["x", "CHURN"]}},
                {"anything-but": {"wildcard": "Ch*"}},
            ],
        ),
        "anything but of a list": ("tags", [{"anything-but": "one"}], [{"anything-but": ["one", "two"]}]),
    },
)
def test_values(member: str, matched: list[Any], unmatched: list[Any]) -> None:
    found = {
        json.dumps(one): matches(read(json.dumps({"detail": {member: [one]}})), EVENT)
        for one in (*matched, *unmatched)
    }
    expected = {True: matched, False: unmatched}
    assert found == {json.dumps(one): result for result, values in expected.items() for one in values}


@cases(
    ("pattern", "result"),
    {
        "all members": ({"source": ["aws.sagemaker"], "detail": {"version": [2]}}, True),
        "one member differs": ({"source": ["aws.sagemaker"], "detail": {"version": [3]}}, False),
        "member of what is absent": ({"detail": {"none": {"a": [{"exists": False}]}}}, True),
        "member of a text": ({"detail": {"name": {"a": ["b"]}}}, False),
        "one object of a list": ({"detail": {"steps": {"name": ["b"], "state": ["failed"]}}}, True),
        "two objects of a list": ({"detail": {"steps": {"name": ["a"], "state": ["failed"]}}}, False),
        "alternatives": ({"detail": {"$or": [{"name": ["x"]}, {"version": [2]}]}}, True),
        "no alternative": ({"$or": [{"source": ["x"]}, {"detail": {"version": [3]}}]}, False),
        "a member with the name": ({"$or": [{"prefix": "a"}, {"prefix": "b"}]}, False),
    },
)
def test_objects(pattern: dict[str, Any], result: bool) -> None:
    assert matches(read(json.dumps(pattern)), EVENT) is result


OPERANDS: dict[tuple[str, str], list[Any]] = {
    ("exists", "exists match pattern must be either true or false."): ["yes"],
    ("prefix", "prefix match pattern must be a string"): [1, {"suffix": "b"}],
    ("wildcard", "wildcard match pattern must be a string"): [["a"]],
    ("numeric", "Bad numeric range operator or value"): [
        *("=", ["=", "1"], ["=", True], ["~", 1], [">", 0, "=", 1], [">"]),
    ],
    ("cidr", "Malformed CIDR, one '/' required"): ["10.0.0.0", "a/8", 10],
    ("anything-but", "Value of anything-but must be an array or single string/number value."): [
        *(None, [], ["a", 1], {"exists": False}, {"prefix": []}, {"wildcard": {}}, {}),
    ],
}


@cases(
    ("text", "reason"),
    {
        "no JSON": ("{", "Invalid JSON"),
        "nested beyond JSON": ("[" * 100_000, "Invalid JSON"),
        "nested beyond sense": ('{"a":' * 200 + '["b"]' + "}" * 200, "Filter is nested too deeply"),
        "no object": ("[]", "Filter is not an object"),
        "text": ('{"source": "aws.s3"}', "'source' must be an object or an array"),
        "empty list": ('{"source": []}', "Empty arrays are not allowed"),
        "list in a list": ('{"a": [[1]]}', "Match value must be String, number, true, false, or null"),
        "two operators": (
            '{"a": [{"prefix": "a", "suffix": "b"}]}',
            "Only one key allowed in match expression",
        ),
        "unknown operator": ('{"a": [{"like": "b"}]}', "Unrecognized match type like"),
        "in an alternative": ('{"$or": [{"a": "b"}, {"a": ["c"]}]}', "'a' must be an object or an array"),
        **{
            f"{name} {json.dumps(operand)}": (json.dumps({"a": [{name: operand}]}), reason)
            for (name, reason), operands in OPERANDS.items()
            for operand in operands
        },
    },
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidPatternError) as raised:
        read(text)
    assert str(raised.value) == reason
