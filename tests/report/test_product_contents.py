"""What a product asks, makes and gives, in words."""

from __future__ import annotations

from typing import Any

from publisher.model import (
    AnyConstraint,
    LaunchConstraint,
    NotificationConstraint,
    ResourceUpdateConstraint,
    StackSetConstraint,
)
from publisher.report.conditions import in_words
from publisher.report.portfolio_constraints import ConstraintRow, constraint_rows
from publisher.report.product_contents import (
    LaunchRule,
    ProductContents,
    contents,
)
from publisher.templates.interface import Interface
from tests.conftest import cases
from tests.samples import launch, template

SIZE, EMPTY = {"Ref": "Size"}, {"Fn::Equals": [{"Ref": "Size"}, ""]}
CONDITIONS = {"None": EMPTY, "Some": {"Fn::Not": [{"Condition": "None"}]}, "Loop": {"Condition": "Loop"}}


def made(template: dict[str, Any], *constraints: AnyConstraint, for_studio: bool = False) -> ProductContents:
    return contents(template, Interface.of(template), constraints, for_studio=for_studio)


@cases(
    ("condition", "words"),
    {
        "a parameter": ({"Fn::Equals": [SIZE, "a"]}, "Size is 'a'"),
        "the other way round": ({"Fn::Equals": ["a", SIZE]}, "Size is 'a'"),
        "none": ({"Condition": "None"}, "Size is empty"),
        "of another condition": ({"Condition": "Some"}, "Size is not empty"),
        "not": ({"Fn::Not": [{"Condition": "Some"}]}, "Size is empty"),
        "a list": ({"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", SIZE]}, ""]}]}, "Size is not empty"),
        "and": (
            {"Fn::And": [EMPTY, {"Fn::Or": [EMPTY, EMPTY]}]},
            "Size is empty and (Size is empty or Size is empty)",
        ),
        "not and": ({"Fn::Not": [{"Fn::And": [EMPTY, {"Condition": "X"}]}]}, "Size is not empty or not X"),
        "one of": ({"Fn::Contains": [["a", "b"], SIZE]}, "Size is one of 'a', 'b'"),
        "none of": ({"Fn::Not": [{"Fn::Contains": [["a"], SIZE]}]}, "Size is none of 'a'"),
        "each": (
            {
                "Fn::EachMemberIn": [
                    {"Fn::ValueOfAll": ["AWS::EC2::Subnet::Id", "VpcId"]},
                    {"Fn::RefAll": "AWS::EC2::VPC::Id"},
                ]
            },
            "each of VpcId of all parameters of type AWS::EC2::Subnet::Id "
            "is one of all parameters of type AWS::EC2::VPC::Id",
        ),
        "an attribute": (
            {"Fn::EachMemberEquals": [{"Fn::ValueOf": ["Vpc", "Tags.a"]}, "b"]},
            "each of Tags.a of Vpc is 'b'",
        ),
        "the Region": ({"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}, "region is 'us-east-1'"),
        "unknown": ({"Condition": "Other"}, "Other"),
        "no condition": ("a", "a"),
        "a name that is a list": ({"Fn::Equals": [SIZE]}, "{Equals}"),
        "endless": ({"Condition": "Loop"}, "…"),
    },
)
def test_conditions_in_words(condition: Any, words: str) -> None:
    assert in_words(condition, CONDITIONS) == words


def test_conditions_that_grow_through_each_other_are_cut() -> None:
    conditions = {f"C{n}": {"Fn::And": [{"Condition": f"C{n + 1}"}] * 10} for n in range(10)}
    assert in_words({"Condition": "C0"}, conditions).endswith("…")


@cases(
    ("declared", "entered", "accepted", "default"),
    {
        "text": ({"Type": "String", "MinLength": 1, "MaxLength": "8"}, "text", "1 to 8 characters", None),
        "number": ({"Type": "Number", "MinValue": 0, "Default": 5}, "number", "at least 0", "5"),
        "one length": ({"Type": "String", "MinLength": 4, "MaxLength": 4}, "text", "4 characters", None),
        "secret": (
            {"Type": "String", "NoEcho": True, "Default": "p"},
            "text, hidden while it is typed",
            "",
            "hidden",
        ),
        "empty secret": (
            {"Type": "String", "NoEcho": "true", "Default": ""},
            "text, hidden while it is typed",
            "",
            "",
        ),
        "VPC": ({"Type": "AWS::EC2::VPC::Id"}, "choose a VPC of the account", "", None),
        "subnets": ({"Type": "List<AWS::EC2::Subnet::Id>"}, "choose subnets of the account", "", None),
        "instance": ({"Type": "AWS::EC2::Instance::Id"}, "choose an instance of the account", "", None),
        "list": ({"Type": "CommaDelimitedList", "Default": "a,b"}, "texts, separated by commas", "", "a,b"),
        "numbers": ({"Type": "List<Number>"}, "numbers, separated by commas", "", None),
        "SSM": (
            {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>"},
            "name of an SSM parameter, whose value is used",
            "",
            None,
        ),
        "malformed": ({"Type": ["a"], "AllowedValues": "b"}, "text", "", None),
    },
)
def test_parameters_as_the_console_asks_them(
    declared: dict[str, Any], entered: str, accepted: str, default: str | None
) -> None:
    (group,) = made({"Parameters": {"P": declared}}).groups
    (question,) = group.questions
    assert (question.entered, question.accepted, question.default) == (entered, accepted, default)


def test_groups_keep_the_order_of_the_console() -> None:
    shown = {
        "Parameters": {name: {"Type": "String"} for name in ("A", "B", "SageMakerProjectId")},
        "Metadata": {
            "AWS::CloudFormation::Interface": {
                "ParameterGroups": [{"Label": {"default": "First"}, "Parameters": ["B"]}]
            }
        },
    }
    first, other = made(shown, for_studio=True).groups
    assert (first.label, [it.parameter.name for it in first.questions]) == ("First", ["B"])
    assert [(it.parameter.name, it.filled_in) for it in other.questions] == [
        ("A", ""), ("SageMakerProjectId", "SageMaker"),
    ]  # fmt: skip


@cases(
    "type_, properties, note",
    {
        "bucket": ("AWS::S3::Bucket", {}, "must be empty first"),
        "repository": ("AWS::ECR::Repository", {}, "must be empty first"),
        "repository that is emptied": ("AWS::ECR::Repository", {"EmptyOnDelete": "true"}, ""),
        "key": ("AWS::KMS::Key", {"PendingWindowInDays": 7}, "can be restored for 7 days"),
        "key of any window": (
            "AWS::KMS::Key",
            {"PendingWindowInDays": {"Ref": "P"}},
            "can be restored for 7 to 30 days",
        ),
        "key without a window": ("AWS::KMS::Key", {}, "can be restored for 30 days"),
        "domain": ("AWS::SageMaker::Domain", {}, "may leave the EFS volume of its users"),
        "log group": ("AWS::Logs::LogGroup", {}, ""),
    },
)
def test_what_a_termination_does(type_: str, properties: dict[str, Any], note: str) -> None:
    resource = {"Type": type_, "Properties": properties}
    found = made({"Resources": {"R": resource}})
    assert (found.kept, found.at_end) == ({}, {note: ["R"]} if note else {})
    left = made({"Resources": {"R": resource | {"DeletionPolicy": "Snapshot"}}})
    assert left.at_end == {"are deleted, with a snapshot of each left": ["R"]}
    kept = made({"Resources": {"R": resource | {"DeletionPolicy": "Retain"}}})
    assert (kept.kept, kept.at_end) == ({"R": "Retain"}, {"stay": ["R"]})


def test_resources_outputs_and_rules() -> None:
    found = made(
        {
            "Conditions": {"Some": {"Fn::Not": [EMPTY]}},
            "Rules": {"R": {"RuleCondition": EMPTY, "Assertions": [{"Assert": EMPTY}, "odd"]}, "Odd": {}},
            "Resources": {
                "B": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
                "A": {"Type": "AWS::S3::Bucket", "Condition": "Some"},
                "R": {"Type": "AWS::IAM::Role"},
            },
            "Outputs": {"O": {"Value": "a", "Description": "An output.", "Condition": "Some"}},
        },
        launch(),
        template(),
    )
    assert found.kept == {"B": "Retain"}
    assert found.at_end == {"must be empty first": ["A"], "stay": ["B"]}
    assert found.conditions == dict.fromkeys("AO", "Size is not empty")
    assert found.rules == (
        LaunchRule(name="Odd", portfolio="", when="", demands=()),
        LaunchRule(name="R", portfolio="", when="Size is empty", demands=("Size is empty",)),
        LaunchRule(name="Region", portfolio="ml", when="", demands=("Size is one of 'a', 'b'",)),
    )


def test_constraints_are_rows_with_all_their_products() -> None:
    place: dict[str, Any] = {"portfolio": "ml", "product": "studio"}
    role = "arn:aws:iam::111111111111:role/admin"
    rows = constraint_rows(
        [
            *(launch(it, f"launch-{it}") for it in ("studio", "canvas")),
            LaunchConstraint(portfolio="ml", product="other", role_arn=role),
            template(),
            ResourceUpdateConstraint(**place, tag_update_on_provisioned_product="NOT_ALLOWED"),
            NotificationConstraint(**place, name="ops", notification_arns=("arn:a", "arn:b")),
            StackSetConstraint(
                **place, account_list=("111111111111",), region_list=("us-east-1", "us-west-2"),
                admin_role=role, execution_role="exec", stack_instance_control="ALLOWED",
            ),
        ]
    )  # fmt: skip
    assert [(it.type, it.name, it.products) for it in rows] == [
        ("LAUNCH", "", ("other",)),
        ("LAUNCH", "", ("canvas", "studio")),
        ("NOTIFICATION", "ops", ("studio",)),
        ("RESOURCE_UPDATE", "", ("studio",)),
        ("STACKSET", "", ("studio",)),
        ("TEMPLATE", "small-only", ("studio",)),
    ]
    assert [line for it in rows for line in it.what] == [
        f"Launches run as {role}.",
        "Launches run as the role launch-<product> of the launching account.",
        "Stack events go to arn:a and arn:b.",
        "Updates of a launch cannot change its tags.",
        "A launch is a stack set: a stack in each of the accounts 111111111111, in us-east-1, us-west-2; "
        "users can change single stacks.",
        f"Made by {role}, with exec in each account.",
        "Size is one of 'a', 'b'",
    ]
    assert isinstance(rows[-1], ConstraintRow) and rows[-1].description == "Small ones."
