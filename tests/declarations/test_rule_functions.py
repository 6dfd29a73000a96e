from __future__ import annotations

from typing import Any

import pytest

from publisher.declarations.rule_functions import Reference, flaws, references, unknown_attribute

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
        pytest.param("prod", [((), "expected a condition function, not a value")], id="text"),
        pytest.param(
            {"Fn::And": [PROD]},
            [(("Fn::And",), "'Fn::And' requires a list of 2 to 10 arguments, not 1")],
            id="too few",
        ),
        pytest.param(
            {"Fn::Or": [PROD, {"Fn::Equals": ["a", None]}]},
            [(("Fn::Or", 1, "Fn::Equals", 1), "null must be quoted: rules compare parameters as text")],
            id="null",
        ),
        pytest.param(
            {**PROD, "Fn::Not": [PROD]},
            [((), "expected a condition function, not a value")],
            id="two functions",
        ),
        pytest.param(
            {"Fn::Contains": [{"Fn::ValueOf": "VpcId"}, "x"]},
            [
                (
                    ("Fn::Contains", 0, "Fn::ValueOf"),
                    "'Fn::ValueOf' requires a list of 2 arguments, not another value",
                )
            ],
            id="value of nothing",
        ),
        pytest.param(
            {"Fn::Equals": [{"Fn::ValueOf": [{"Ref": "Name"}, "VpcId"]}, "x"]},
            [
                (
                    ("Fn::Equals", 0, "Fn::ValueOf", 0),
                    "the arguments of 'Fn::ValueOf' must be names, not functions",
                )
            ],
            id="function in value of",
        ),
        pytest.param(
            {"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::VPC::Id", "Owner"]}, ["x"]]},
            [
                (
                    ("Fn::EachMemberIn", 0, "Fn::ValueOfAll", 1),
                    "'AWS::EC2::VPC::Id' has no attribute 'Owner'",
                )
            ],
            id="attribute of all",
        ),
        pytest.param(
            {"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::Vpc", "Tags.x"]}, {"Fn::RefAll": "VPC"}]},
            [
                (
                    ("Fn::EachMemberIn", 0, "Fn::ValueOfAll", 0),
                    "'AWS::EC2::Vpc' is not an AWS-specific parameter type",
                ),
                (
                    ("Fn::EachMemberIn", 1, "Fn::RefAll"),
                    "'VPC' is not an AWS-specific parameter type",
                ),
            ],
            id="types",
        ),
        pytest.param(
            {"Fn::Contains": ["prod", ["prod"]]},
            [
                (("Fn::Contains", 0), "the first argument of 'Fn::Contains' must be a list, not 'prod'"),
                (
                    ("Fn::Contains", 1),
                    "the second argument of 'Fn::Contains' must be a single value, not a list",
                ),
            ],
            id="one and many",
        ),
        pytest.param(
            {"Fn::Contains": [[["prod"]], {"Ref": "Environment"}]},
            [(("Fn::Contains", 0, 0), "a list of values cannot contain another list")],
            id="list in a list",
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
        Reference(
            steps=("R", "Fn::And", 1, "Fn::EachMemberIn", 0, "Fn::ValueOf", 0),
            parameter="VpcId",
            attribute="Tags",
        ),
        Reference(steps=("R", "Fn::And", 1, "Fn::EachMemberIn", 1, 0, "Ref"), parameter="A"),
    ]


@pytest.mark.parametrize(
    ("kind", "attribute", "found"),
    [
        pytest.param("AWS::EC2::VPC::Id", "DefaultNetworkAcl", None, id="known"),
        pytest.param("AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", "VpcId", None, id="from SSM"),
        pytest.param("List<AWS::EC2::SecurityGroup::Id>", "Tags.team", None, id="tag"),
        pytest.param(
            "AWS::EC2::Subnet::Id",
            "Tags",
            (
                "'AWS::EC2::Subnet::Id' has no attribute 'Tags'",
                "valid values are AvailabilityZone, VpcId, Tags.<key>",
            ),
            id="unknown",
        ),
        pytest.param(
            "String",
            "VpcId",
            (
                "rules cannot read attributes of type 'String'",
                "compare the value itself with Ref; only AWS::EC2::SecurityGroup::Id, "
                "AWS::EC2::Subnet::Id, AWS::EC2::VPC::Id have attributes",
            ),
            id="type without attributes",
        ),
    ],
)
def test_attributes(kind: str, attribute: str, found: tuple[str, str] | None) -> None:
    assert unknown_attribute(kind, attribute) == found
