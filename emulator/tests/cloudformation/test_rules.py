from typing import Any

from catalog_emulator.cloudformation.template.parameters import Parameter
from catalog_emulator.cloudformation.template.rules import RuleError, Values, failures, problems
from tests.conftest import cases


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


@cases(
    ("assertion", "holds"),
    {
        "equals": ({"Fn::Equals": [{"Ref": "Environment"}, "prod"]}, True),
        "not equal": ({"Fn::Equals": [{"Ref": "Environment"}, "dev"]}, False),
        "number as text": ({"Fn::Equals": [{"Ref": "Days"}, 90]}, True),
        "boolean as text": ({"Fn::Equals": [True, "true"]}, True),
        "lists are equal": ({"Fn::Equals": [{"Ref": "Kinds"}, ["a", "b"]]}, True),
        "what SSM holds": ({"Fn::Equals": [{"Ref": "Stored"}, "subnet-1"]}, True),
        "nested, against a boolean": ({"Fn::Equals": [YES, True]}, True),
        "nested, against a text": ({"Fn::Equals": [NO, "true"]}, False),
        "pseudo parameter": ({"Fn::Contains": [["us-west-2"], {"Ref": "AWS::Region"}]}, True),
        "not": ({"Fn::Not": [NO]}, True),
        "not true": ({"Fn::Not": [YES]}, False),
        "and": ({"Fn::And": [YES, YES]}, True),
        "and one not": ({"Fn::And": [YES, NO]}, False),
        "or": ({"Fn::Or": [NO, YES]}, True),
        "or none": ({"Fn::Or": [NO, NO]}, False),
        "contains": ({"Fn::Contains": [["dev", "prod"], {"Ref": "Environment"}]}, True),
        "contains not": ({"Fn::Contains": [["dev"], {"Ref": "Environment"}]}, False),
        "parameter contains": ({"Fn::Contains": [{"Ref": "Kinds"}, "b"]}, True),
        "each in": ({"Fn::EachMemberIn": [{"Ref": "Kinds"}, ["a", "b", "c"]]}, True),
        "one not in": ({"Fn::EachMemberIn": [{"Ref": "Kinds"}, ["a"]]}, False),
        "each equals": ({"Fn::EachMemberEquals": [["prod", "prod"], {"Ref": "Environment"}]}, True),
        "one differs": ({"Fn::EachMemberEquals": [{"Ref": "Kinds"}, "a"]}, False),
        "ref all": ({"Fn::EachMemberIn": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, ["vpc-1", "vpc-2"]]}, True),
        "ref all has what no parameter names": (
            {"Fn::Contains": [{"Fn::RefAll": "AWS::EC2::VPC::Id"}, "vpc-2"]},
            True,
        ),
        "value of each": (
            {"Fn::EachMemberEquals": [{"Fn::ValueOf": ["Subnets", "VpcId"]}, {"Ref": "VpcId"}]},
            True,
        ),
        "value of a tag": ({"Fn::Equals": [{"Fn::ValueOf": ["VpcId", "Tags.Department"]}, "ML"]}, True),
        "value of all": (
            {"Fn::EachMemberIn": [{"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", "VpcId"]}, ["vpc-1"]]},
            True,
        ),
        "value of all in lists too": (
            {"Fn::Equals": [{"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", "VpcId"]}, ["vpc-1"] * 3]},
            True,
        ),
    },
)
def test_assertions(assertion: Any, holds: bool) -> None:
    assert failures({"One": rule(assertion)}, VALUES) == ([] if holds else ["no"])


@cases(
    ("rules", "failed"),
    {
        "condition does not hold": ({"One": rule(NO, condition=NO)}, []),
        "condition holds": ({"One": rule(NO, condition=YES)}, ["no"]),
        "no description": ({"One": rule(NO, description=None)}, ["Rule One does not hold"]),
        "all shown": ({"A": rule(NO, description="a"), "B": rule(NO, description="b")}, ["a", "b"]),
        "unknown parameter": (
            {"One": rule({"Fn::Equals": [{"Ref": "Other"}, "x"]})},
            ["Rule One cannot be evaluated: the template has no parameter Other"],
        ),
        "unknown attribute": (
            {"One": rule({"Fn::Equals": [{"Fn::ValueOf": ["VpcId", "Colour"]}, "x"]})},
            ["Rule One cannot be evaluated: AWS::EC2::VPC::Id has no attribute Colour"],
        ),
    },
)
def test_failures(rules: dict[str, Any], failed: list[str]) -> None:
    assert failures(rules, VALUES) == failed


@cases(
    ("rules", "problem"),
    {
        "not an object": ({"One": []}, "an object is expected"),
        "no assertions": ({"One": {}}, "Assertions is expected, a list"),
        "unknown member": ({"One": {**rule(YES), "X": 1}}, "unknown member X"),
        "nothing asserted": (
            {"One": {"Assertions": [{"AssertDescription": "x"}]}},
            "an assertion has Assert and AssertDescription",
        ),
        "not a condition": (
            {"One": rule({"Ref": "A"})},
            (
                "Ref is none of Fn::And, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, "
                "Fn::Equals, Fn::Not, Fn::Or"
            ),
        ),
        "text asserted": ({"One": rule("x")}, "a condition is an object with one function"),
        "not two": ({"One": rule({"Fn::Not": [YES, YES]})}, "Fn::Not requires a list of 1"),
        "and one": ({"One": rule({"Fn::And": [YES]})}, "Fn::And requires a list of 2 to 10"),
        "null": ({"One": rule({"Fn::Equals": [None, "x"]})}, "null is not a value"),
    },
)
def test_malformed_rules(rules: dict[str, Any], problem: str) -> None:
    assert list(problems(rules)) == [f"rule One: {problem}"]


def test_no_rules() -> None:
    assert list(problems({})) == ["Rules is empty"]


@cases(
    "rules",
    {
        "good": {"One": rule(YES, condition=NO)},
        "references": {"One": rule({"Fn::Contains": [[{"Ref": "A"}], {"Fn::RefAll": "T"}]})},
        "nested": {"One": rule({"Fn::Equals": [YES, {"Fn::ValueOf": ["A", "b"]}]})},
    },
)
def test_well_formed_rules(rules: dict[str, Any]) -> None:
    assert list(problems(rules)) == []
