from typing import Any

import pytest

from catalog_emulator.cloudformation.template.parameters import Parameter
from catalog_emulator.cloudformation.template.rules import RuleError, Values, failures, problems


def parameter(name: str, type_name: str, supplied: str, resolved: str | None = None) -> Parameter:
    return Parameter(name=name, type_name=type_name, supplied=supplied, resolved=resolved, no_echo=False)


def attribute(kind: str, value: str, name: str) -> Any:
    known = {
        ("AWS::EC2::Subnet::Id", "subnet-1", "VpcId"): "vpc-1",
        ("AWS::EC2::Subnet::Id", "subnet-2", "VpcId"): "vpc-1",
        ("AWS::EC2::VPC::Id", "vpc-1", "Tags.Department"): "ML",
    }
    if (kind, value, name) not in known:
        raise RuleError(f"{kind} has no attribute {name}")
    return known[kind, value, name]


VALUES = Values(
    parameters={
        one.name: one
        for one in (
            parameter("Environment", "String", "prod"),
            parameter("Days", "Number", "90"),
            parameter("Kinds", "CommaDelimitedList", "a, b"),
            parameter("VpcId", "AWS::EC2::VPC::Id", "vpc-1"),
            parameter("Subnets", "List<AWS::EC2::Subnet::Id>", "subnet-1,subnet-2"),
            parameter("Stored", "AWS::SSM::Parameter::Value<AWS::EC2::Subnet::Id>", "/subnet", "subnet-1"),
        )
    },
    attribute=attribute,
    pseudo={"AWS::Region": "us-west-2"},
    existing=lambda kind: {"AWS::EC2::VPC::Id": ["vpc-1", "vpc-2"]}[kind],
)
YES: dict[str, Any] = {"Fn::Equals": ["a", "a"]}
NO: dict[str, Any] = {"Fn::Equals": ["a", "b"]}


def rule(assertion: Any, condition: Any = None, description: str | None = "no") -> dict[str, Any]:
    made: dict[str, Any] = {"Assertions": [{"Assert": assertion}]}
    if description is not None:
        made["Assertions"][0]["AssertDescription"] = description
    if condition is not None:
        made["RuleCondition"] = condition
    return made


@pytest.mark.parametrize(
    ("assertion", "holds"),
    [
        pytest.param({"Fn::Equals": [{"Ref": "Environment"}, "prod"]}, True, id="equals"),
        pytest.param({"Fn::Equals": [{"Ref": "Environment"}, "dev"]}, False, id="not equal"),
        pytest.param({"Fn::Equals": [{"Ref": "Days"}, 90]}, True, id="number as text"),
        pytest.param({"Fn::Equals": [True, "true"]}, True, id="boolean as text"),
        pytest.param({"Fn::Equals": [{"Ref": "Kinds"}, ["a", "b"]]}, True, id="lists are equal"),
        pytest.param({"Fn::Equals": [{"Ref": "Stored"}, "subnet-1"]}, True, id="what SSM holds"),
        pytest.param({"Fn::Equals": [YES, True]}, True, id="nested, against a boolean"),
        pytest.param({"Fn::Equals": [NO, "true"]}, False, id="nested, against a text"),
        pytest.param({"Fn::Contains": [["us-west-2"], {"Ref": "AWS::Region"}]}, True, id="pseudo parameter"),
        pytest.param({"Fn::Not": [NO]}, True, id="not"),
        pytest.param({"Fn::Not": [YES]}, False, id="not true"),
        pytest.param({"Fn::And": [YES, YES]}, True, id="and"),
        pytest.param({"Fn::And": [YES, NO]}, False, id="and one not"),
        pytest.param({"Fn::Or": [NO, YES]}, True, id="or"),
        pytest.param({"Fn::Or": [NO, NO]}, False, id="or none"),
        pytest.param({"Fn::Contains": [["dev", "prod"], {"Ref": "Environment"}]}, True, id="contains"),
        pytest.param({"Fn::Contains": [["dev"], {"Ref": "Environment"}]}, False, id="contains not"),
        pytest.param({"Fn::Contains": [{"Ref": "Kinds"}, "b"]}, True, id="parameter contains"),
        pytest.param({"Fn::EachMemberIn": [{"Ref": "Kinds"}, ["a", "b", "c"]]}, True, id="each in"),
        pytest.param({"Fn::EachMemberIn": [{"Ref": "Kinds"}, ["a"]]}, False, id="one not in"),
        pytest.param(
            {"Fn::EachMemberEquals": [["prod", "prod"], {"Ref": "Environment"}]}, True, id="each equals"
        ),
        pytest.param({"Fn::EachMemberEquals": [{"Ref": "Kinds"}, "a"]}, False, id="one differs"),
        pytest.param(
            {"Fn::EachMemberIn": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, ["vpc-1", "vpc-2"]]},
            True,
            id="ref all",
        ),
        pytest.param(
            {"Fn::Contains": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, "vpc-2"]},
            True,
            id="ref all has what no parameter names",
        ),
        pytest.param(
            {"Fn::EachMemberEquals": [{"Fn::ValueOf": ["Subnets", "VpcId"]}, {"Ref": "VpcId"}]},
            True,
            id="value of each",
        ),
        pytest.param(
            {"Fn::Equals": [{"Fn::ValueOf": ["VpcId", "Tags.Department"]}, "ML"]}, True, id="value of a tag"
        ),
        pytest.param(
            {"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", "VpcId"]}, ["vpc-1"]]},
            True,
            id="value of all",
        ),
        pytest.param(
            {"Fn::Equals": [{"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", "VpcId"]}, ["vpc-1"] * 3]},
            True,
            id="value of all in lists too",
        ),
    ],
)
def test_assertions(assertion: Any, holds: bool) -> None:
    assert failures({"One": rule(assertion)}, VALUES) == ([] if holds else ["no"])


@pytest.mark.parametrize(
    ("rules", "failed"),
    [
        pytest.param({"One": rule(NO, condition=NO)}, [], id="condition does not hold"),
        pytest.param({"One": rule(NO, condition=YES)}, ["no"], id="condition holds"),
        pytest.param({"One": rule(NO, description=None)}, ["Rule One does not hold"], id="no description"),
        pytest.param(
            {"A": rule(NO, description="a"), "B": rule(NO, description="b")}, ["a", "b"], id="all shown"
        ),
        pytest.param(
            {"One": rule({"Fn::Equals": [{"Ref": "Other"}, "x"]})},
            ["Rule One cannot be evaluated: the template has no parameter Other"],
            id="unknown parameter",
        ),
        pytest.param(
            {"One": rule({"Fn::Equals": [{"Fn::ValueOf": ["VpcId", "Colour"]}, "x"]})},
            ["Rule One cannot be evaluated: AWS::EC2::VPC::Id has no attribute Colour"],
            id="unknown attribute",
        ),
    ],
)
def test_failures(rules: dict[str, Any], failed: list[str]) -> None:
    assert failures(rules, VALUES) == failed


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        pytest.param({"One": []}, "an object is expected", id="not an object"),
        pytest.param({"One": {}}, "Assertions is expected, a list", id="no assertions"),
        pytest.param({"One": {**rule(YES), "X": 1}}, "unknown member X", id="unknown member"),
        pytest.param(
            {"One": {"Assertions": [{"AssertDescription": "x"}]}},
            "an assertion has Assert and AssertDescription",
            id="nothing asserted",
        ),
        pytest.param(
            {"One": rule({"Ref": "A"})},
            "Ref is none of Fn::And, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, "
            "Fn::Equals, Fn::Not, Fn::Or",
            id="not a condition",
        ),
        pytest.param({"One": rule("x")}, "a condition is an object with one function", id="text asserted"),
        pytest.param({"One": rule({"Fn::Not": [YES, YES]})}, "Fn::Not requires a list of 1", id="not two"),
        pytest.param({"One": rule({"Fn::And": [YES]})}, "Fn::And requires a list of 2 to 10", id="and one"),
        pytest.param({"One": rule({"Fn::Equals": [None, "x"]})}, "null is not a value", id="null"),
    ],
)
def test_malformed_rules(rules: dict[str, Any], problem: str) -> None:
    assert list(problems(rules)) == [f"rule One: {problem}"]


def test_no_rules() -> None:
    assert list(problems({})) == ["Rules is empty"]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param({"One": rule(YES, condition=NO)}, id="good"),
        pytest.param({"One": rule({"Fn::Contains": [[{"Ref": "A"}], {"Fn::RefAll": "T"}]})}, id="references"),
        pytest.param({"One": rule({"Fn::Equals": [YES, {"Fn::ValueOf": ["A", "b"]}]})}, id="nested"),
    ],
)
def test_well_formed_rules(rules: dict[str, Any]) -> None:
    assert list(problems(rules)) == []
