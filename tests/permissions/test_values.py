"""What expressions of a template become as patterns."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest

from publisher.permissions import Scope
from publisher.permissions.names import Names
from publisher.permissions.values import covers
from tests.conftest import cases

TEMPLATE = {
    "Parameters": {
        "Name": {"Type": "String"},
        "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]},
        "Days": {"Type": "Number", "AllowedValues": list(range(9)), "Default": 3},
        "Groups": {"Type": "CommaDelimitedList", "Default": "a, b"},
        "Network": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/vpc/id"},
    },
    "Mappings": {"Sizes": {"dev": {"disk": 8}, "prod": {"disk": 16}, "test": {"disk": 1}}},
    "Conditions": {
        "Named": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, ""]}]},
        "Never": {"Fn::Equals": ["a", "b"]},
        "Both": {"Fn::And": [{"Condition": "Named"}, {"Condition": "Never"}]},
        "One": {"Fn::Or": [{"Condition": "Named"}, {"Fn::Not": [{"Condition": "Never"}]}]},
        "Circle": {"Condition": "Circle"},
    },
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}
SUFFIX = {"Fn::If": ["Named", {"Fn::Sub": "-${Name}"}, ""]}
ARN = "arn:${AWS::Partition}:sns:*:${AWS::AccountId}:"


@cases(
    "expression, patterns",
    {
        "text": ("it", ["it"]),
        "number": (1.5, ["1.5"]),
        "boolean": (True, ["true"]),
        "nothing": (None, []),
        "no value": ({"Ref": "AWS::NoValue"}, []),
        "list": (["a", {"Ref": "Stage"}], ["a", "dev", "prod"]),
        "free parameter": ({"Ref": "Name"}, ["*"]),
        "few allowed values": ({"Ref": "Stage"}, ["dev", "prod"]),
        "many allowed values": ({"Ref": "Days"}, ["*"]),
        "list parameter": ({"Ref": "Groups"}, ["*"]),
        "value of an SSM parameter": ({"Ref": "Network"}, ["*"]),
        "pseudo parameters": (
            {"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:t"},
            [f"{ARN}t"],
        ),
        "stack": ({"Fn::Sub": "${AWS::StackName}-t"}, ["SC-${AWS::AccountId}-pp-*-t"]),
        "end of the stack's ID": ({"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}, ["*"]),
        "substitution": ({"Fn::Sub": "a-${Name}${Stage}"}, ["a-*dev", "a-*prod"]),
        "substitution with variables": (
            {"Fn::Sub": ["${A}/${!B}", {"A": {"Ref": "Stage"}}]},
            ["dev/${B}", "prod/${B}"],
        ),
        "variable over parameter": ({"Fn::Sub": ["${Name}", {"Name": "mine"}]}, ["mine"]),
        "choice": ({"Fn::If": ["Named", "a", "b"]}, ["a", "b"]),
        "choice without no value": ({"Fn::If": ["Named", "a", {"Ref": "AWS::NoValue"}]}, ["a"]),
        "choice that is known": ({"Fn::If": ["Never", "a", "b"]}, ["b"]),
        "and": ({"Fn::If": ["Both", "a", "b"]}, ["b"]),
        "or": ({"Fn::If": ["One", "a", "b"]}, ["a"]),
        "circle of conditions": ({"Fn::If": ["Circle", "a", "b"]}, ["a", "b"]),
        "pattern in a pattern": ({"Fn::Sub": ["a${End}", {"End": SUFFIX}]}, ["a", "a-*"]),
        "pattern that covers": ({"Fn::If": ["Named", {"Fn::Sub": "x${Name}"}, "xyz"]}, ["x*"]),
        "join": ({"Fn::Join": ["-", ["a", {"Ref": "Name"}, 3]]}, ["a-*-3"]),
        "join with what may be missing": (
            {
                "Fn::Join": [
                    "-",
                    [{"Fn::If": ["Named", "a", {"Ref": "AWS::NoValue"}]}, "b", {"Ref": "AWS::NoValue"}],
                ]
            },
            ["a-b", "b"],
        ),
        "join of nothing": ({"Fn::Join": ["-", []]}, [""]),
        "join of a list parameter": ({"Fn::Join": ["-", {"Ref": "Groups"}]}, ["*"]),
        "select": ({"Fn::Select": ["1", ["a", "b"]]}, ["b"]),
        "select beyond": ({"Fn::Select": [2, ["a", "b"]]}, ["*"]),
        "split": ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        "part of an ARN": ({"Fn::Select": [2, {"Fn::Split": [":", {"Fn::Sub": f"{ARN}x"}]}]}, ["sns"]),
        "part behind what is unknown": (
            {"Fn::Select": [5, {"Fn::Split": [":", {"Fn::Sub": "a:${Name}:b:c:d:e"}]}]},
            ["*"],
        ),
        "mapping": ({"Fn::FindInMap": ["Sizes", "prod", "disk"]}, ["16"]),
        "mapping by parameter": ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "disk"]}, ["16", "8"]),
        "mapping with a default": ({"Fn::FindInMap": ["Sizes", "no", "disk", {"DefaultValue": 2}]}, ["2"]),
        "import": ({"Fn::ImportValue": "x"}, ["*"]),
        "dynamic reference": ("a{{resolve:ssm:/x:1}}b", ["a*b"]),
        "own resource": ({"Ref": "Topic"}, [f"{ARN}SC-${{AWS::AccountId}}-pp-*-Topic-*"]),
        "unknown function": ({"Fn::Odd": "x"}, ["*"]),
        "mapping value": ({"a": 1, "b": 2}, ["*"]),
        "too many": (
            {"Fn::Sub": "${Stage}" * 6},
            ["*" + "".join(one) for one in product(["dev", "prod"], repeat=4)],
        ),
    },
)
def test_patterns_of_expressions(expression: Any, patterns: list[str]) -> None:
    assert list(Names(TEMPLATE).values.texts(expression)) == patterns


@pytest.mark.parametrize(
    ("expression", "patterns"),
    [
        ({"Ref": "Name"}, ("it",)),
        ({"Ref": "Stage"}, ("*",)),
        ({"Ref": "Days"}, ("3",)),
        ({"Ref": "Groups"}, ("a", "b")),
        ({"Ref": "Network"}, ("*",)),
        ({"Fn::Sub": ["a${End}", {"End": SUFFIX}]}, ("a-it",)),
        ({"Fn::Sub": "${AWS::Region}:${AWS::StackName}"}, ("us-west-2:mine",)),
    ],
)
def test_patterns_of_one_launch(expression: Any, patterns: tuple[str, ...]) -> None:
    scope = Scope(parameters={"Name": "it"}, region="us-west-2", stack="mine")
    assert Names(TEMPLATE, scope).values.texts(expression) == patterns


@cases(
    ("pattern", "other", "covered"),
    {
        "no account": ("ec2:*::image/*", "ec2:*:${AWS::AccountId}:image/*", False),
        "an account": ("ec2:*:${AWS::AccountId}:*", "ec2:*:${AWS::AccountId}:image/*", True),
        "any account": ("ec2:*:*:image/*", "ec2:*:${AWS::AccountId}:image/*", True),
    },
)
def test_colons_of_pseudo_parameters_are_not_those_of_arns(pattern: str, other: str, covered: bool) -> None:
    assert covers(pattern, other) is covered


def test_covers_is_what_an_expression_says_of_short_patterns() -> None:
    texts = ["".join(it) for length in range(5) for it in product("ab*", repeat=length)]
    for pattern in filter(lambda it: "*" in it, texts):
        matches = re.compile(pattern.replace("*", ".*")).fullmatch
        assert [it for it in texts if covers(pattern, it)] == [it for it in texts if matches(it)]
