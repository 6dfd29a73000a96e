from __future__ import annotations

from typing import Any

from publisher.declarations.rule_functions import Reference, flaws, references, unknown_attribute
from publisher.declarations.rule_values import unfit
from tests.conftest import cases

PROD = {"Fn::Equals": [{"Ref": "Environment"}, "prod"]}


@cases(
    "condition",
    {
        "equals": (PROD),
        "nested": ({"Fn::Not": [{"Fn::Or": [PROD, PROD]}]}),
        "ten": ({"Fn::And": [PROD] * 10}),
        "value of": ({"Fn::EachMemberEquals": [{"Fn::ValueOf": ["SubnetIds", "VpcId"]}, {"Ref": "VpcId"}]}),
        "ref all": ({"Fn::Contains": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, "vpc-1"]}),
    },
)
def test_right(condition: Any) -> None:
    assert list(flaws(condition, ())) == []


@cases(
    ("condition", "found"),
    {
        "text": ("prod", [((), "expected a condition function, not a value")]),
        "too few": (
            {"Fn::And": [PROD]},
            [(("Fn::And",), "'Fn::And' requires a list of 2 to 10 arguments, not 1")],
        ),
        "null": (
            {"Fn::Or": [PROD, {"Fn::Equals": ["a", None]}]},
            [(("Fn::Or", 1, "Fn::Equals", 1), "null must be quoted: rules compare parameters as text")],
        ),
        "two functions": ({**PROD, "Fn::Not": [PROD]}, [((), "expected a condition function, not a value")]),
        "value of nothing": (
            {"Fn::Contains": [{"Fn::ValueOf": "VpcId"}, "x"]},
            [
                (
                    ("Fn::Contains", 0, "Fn::ValueOf"),
                    "'Fn::ValueOf' requires a list of 2 arguments, not another value",
                )
            ],
        ),
        "function in value of": (
            {"Fn::Equals": [{"Fn::ValueOf": [{"Ref": "Name"}, "VpcId"]}, "x"]},
            [
                (
                    ("Fn::Equals", 0, "Fn::ValueOf", 0),
                    "the arguments of 'Fn::ValueOf' must be names, not functions",
                )
            ],
        ),
        "attribute of all": (
            {"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::VPC::Id", "Owner"]}, ["x"]]},
            [(("Fn::EachMemberIn", 0, "Fn::ValueOfAll", 1), "'AWS::EC2::VPC::Id' has no attribute 'Owner'")],
        ),
        "types": (
            {"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::Vpc", "Tags.x"]}, {"Fn::RefAll": "VPC"}]},
            [
                (
                    ("Fn::EachMemberIn", 0, "Fn::ValueOfAll", 0),
                    "'AWS::EC2::Vpc' is not an AWS-specific parameter type",
                ),
                (("Fn::EachMemberIn", 1, "Fn::RefAll"), "'VPC' is not an AWS-specific parameter type"),
            ],
        ),
        "one and many": (
            {"Fn::Contains": ["prod", ["prod"]]},
            [
                (("Fn::Contains", 0), "the first argument of 'Fn::Contains' must be a list, not 'prod'"),
                (
                    ("Fn::Contains", 1),
                    "the second argument of 'Fn::Contains' must be a single value, not a list",
                ),
            ],
        ),
        "list in a list": (
            {"Fn::Contains": [[["prod"]], {"Ref": "Environment"}]},
            [(("Fn::Contains", 0, 0), "a list of values cannot contain another list")],
        ),
    },
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


@cases(
    ("kind", "attribute", "found"),
    {
        "known": ("AWS::EC2::VPC::Id", "DefaultNetworkAcl", None),
        "from SSM": ("AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", "VpcId", None),
        "tag": ("List<AWS::EC2::SecurityGroup::Id>", "Tags.team", None),
        "unknown": (
            "AWS::EC2::Subnet::Id",
            "Tags",
            (
                "'AWS::EC2::Subnet::Id' has no attribute 'Tags'",
                "valid values are AvailabilityZone, VpcId, Tags.<key>",
            ),
        ),
        "type without attributes": (
            "String",
            "VpcId",
            (
                "rules cannot read attributes of type 'String'",
                "compare the value itself with Ref; only AWS::EC2::SecurityGroup::Id, "
                "AWS::EC2::Subnet::Id, AWS::EC2::VPC::Id have attributes",
            ),
        ),
    },
)
def test_attributes(kind: str, attribute: str, found: tuple[str, str] | None) -> None:
    assert unknown_attribute(kind, attribute) == found


@cases(
    "parameter",
    {
        "limits": ({"MinLength": "a", "MaxLength": [1]}),
        "numbers": ({"Type": "Number", "MinValue": {}, "MaxValue": "a"}),
        "values": ({"AllowedValues": 5, "AllowedPattern": 1, "Type": ["String"]}),
    },
)
def test_a_malformed_parameter_can_have_any_value(parameter: dict[str, Any]) -> None:
    assert unfit("1", parameter) is None
