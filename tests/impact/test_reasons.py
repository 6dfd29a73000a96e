"""What people read about a change: why it is so, what becomes of the data, what it follows."""

from __future__ import annotations

from typing import Any

from publisher.impact import judge
from tests.conftest import cases


def role(path: str, **attributes: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"Path": path, **attributes}}


def table(key: str, **attributes: Any) -> dict[str, Any]:
    return {"Type": "AWS::DynamoDB::Table", "Properties": {"KeySchema": [key]}, **attributes}


RETAINED = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


@cases(
    ("before", "after", "reason"),
    {
        "create-only": (role("/a/"), role("/b/"), "Path is create-only"),
        "under the same name": (
            role("/a/", RoleName="a"),
            role("/b/", RoleName="a"),
            "Path is create-only; CloudFormation refuses that while RoleName stays the same",
        ),
        "under another name": (
            role("/a/", RoleName="a"),
            role("/a/", RoleName="b"),
            "RoleName is create-only",
        ),
        "deleted first": (
            {"Type": "AWS::EC2::EIPAssociation", "Properties": {"EIP": "a"}},
            {"Type": "AWS::EC2::EIPAssociation", "Properties": {"EIP": "b"}},
            "resources of its type cannot be updated; the old one is deleted first",
        ),
        "the old one is kept": (
            table("a", **RETAINED),
            table("b", **RETAINED),
            "KeySchema is create-only; UpdateReplacePolicy keeps the data, outside of the stack",
        ),
        "it is kept": (
            table("a", **RETAINED),
            None,
            "it is deleted; DeletionPolicy Retain keeps it, outside of the stack",
        ),
        "a snapshot is kept": (
            {"Type": "AWS::EC2::Volume", "DeletionPolicy": "Snapshot"},
            None,
            "it is deleted; a snapshot is kept",
        ),
        "an expression for all properties": (
            {"Type": "AWS::SNS::Topic", "Properties": {"Fn::Transform": {"Name": "A"}}},
            {"Type": "AWS::SNS::Topic", "Properties": {"Fn::Transform": {"Name": "B"}}},
            "its properties are an expression",
        ),
        "properties that are a list": (
            {"Type": "AWS::IAM::Role", "Properties": [1]},
            role("/a/", RoleName="a"),
            "its properties are an expression",
        ),
        "a loop that is not written out": ([1], [2], "what is made of it is not known"),
    },
)
def test_reasons(before: Any, after: Any, reason: str) -> None:
    (change,) = judge({"Resources": {"It": before}}, {"Resources": {"It": after} if after else {}})
    assert change.reason == reason
    assert change.source.startswith("https://docs.aws.amazon.com/") or not change.resource_type


def test_what_follows_names_its_cause() -> None:
    resources = {
        "Role": role("/a/"),
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
    }
    outputs = {"Arn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}}
    first, *others = judge(
        {"Resources": resources, "Outputs": outputs},
        {"Resources": {**resources, "Role": role("/b/")}, "Outputs": outputs},
    )
    assert (first.at_stake, first.follows) == ("identity", "")
    assert [(it.path, it.effect, it.follows, it.action) for it in others] == [
        ("Profile.Roles", "in place", "Role", ""),
        ("Arn", "output changed", "Role", ""),
    ]


def test_an_item_that_goes_and_one_that_comes_at_one_place_keep_their_values() -> None:
    def users(*names: str) -> dict[str, Any]:
        return {"Resources": {"It": role("/a/", ManagedPolicyArns=list(names))}}

    changes = judge(users("a", "b"), users("c"))
    assert [(it.action, it.before, it.after) for it in changes] == [
        ("remove", "a", ""),
        ("remove", "b", ""),
        ("add", "", "c"),
    ]
