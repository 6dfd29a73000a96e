from __future__ import annotations

from typing import Any

import pytest

from publisher.declarations.rule_functions import Reference, flaws, references

PROD = {"Fn::Equals": [{"Ref": "Environment"}, "prod"]}


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param(PROD, id="equals"),
        pytest.param({"Fn::Not": [{"Fn::Or": [PROD, PROD]}]}, id="nested"),
        pytest.param({"Fn::And": [PROD] * 10}, id="ten"),
        pytest.param(
            {"Fn::EachMemberEquals": [{"Fn::ValueOf": ["SubnetIds", "VpcId"]}, {"Ref": "VpcId"}]},
            id="value of",
        ),
        pytest.param({"Fn::Contains": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, "vpc-1"]}, id="ref all"),
    ],
)
def test_right(condition: Any) -> None:
    assert list(flaws(condition, ())) == []


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        pytest.param("prod", [((), "a rule needs a function that is true or false, this is not")], id="text"),
        pytest.param(
            {"Fn::And": [PROD]},
            [(("Fn::And",), "'Fn::And' takes a list of 2 to 10 arguments, not 1")],
            id="too few",
        ),
        pytest.param(
            {"Fn::Or": [PROD, {"Fn::Equals": ["a", None]}]},
            [(("Fn::Or", 1, "Fn::Equals", 1), "null must be quoted: rules compare parameters as text")],
            id="null",
        ),
        pytest.param(
            {**PROD, "Fn::Not": [PROD]},
            [((), "a rule needs a function that is true or false, this is not")],
            id="two functions",
        ),
        pytest.param(
            {"Fn::Contains": [{"Fn::ValueOf": "VpcId"}, "x"]},
            [
                (
                    ("Fn::Contains", 0, "Fn::ValueOf"),
                    "'Fn::ValueOf' takes a list of 2 arguments, not something else",
                )
            ],
            id="value of nothing",
        ),
    ],
)
def test_wrong(condition: Any, found: list[tuple[tuple[str | int, ...], str]]) -> None:
    assert [(flaw.steps, flaw.message) for flaw in flaws(condition, ())] == found


def test_references() -> None:
    condition = {
        "Fn::And": [
            PROD,
            {"Fn::EachMemberIn": [{"Fn::ValueOf": ["VpcId", "Tags"]}, [{"Ref": "A"}, "B"]]},
            {"Fn::Contains": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, "x"]},
        ]
    }
    assert list(references(condition, ("R",))) == [
        Reference(steps=("R", "Fn::And", 0, "Fn::Equals", 0, "Ref"), parameter="Environment"),
        Reference(steps=("R", "Fn::And", 1, "Fn::EachMemberIn", 0, "Fn::ValueOf", 0), parameter="VpcId"),
        Reference(steps=("R", "Fn::And", 1, "Fn::EachMemberIn", 1, 0, "Ref"), parameter="A"),
    ]
