"""Pre-deployment validation: what a change set finds before it is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import body, group, status
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

PROPERTIES, NAMES = "PropertyValidation", "ResourceExistenceCheck"
LOG = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "taken"}}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}


def findings(client: CloudFormationClient) -> list[tuple[str, ...]]:
    events: Any = client.describe_events(
        StackName="one", ChangeSetName="next", Filters={"FailedEvents": True}
    )["OperationEvents"]
    return [
        (
            one["ValidationFailureMode"],
            one["ValidationName"],
            one["ValidationPath"],
            one["ValidationStatusReason"],
        )
        for one in events
        if one["EventType"] == "VALIDATION_ERROR"
    ]


def change_set(client: CloudFormationClient, resources: dict[str, Any], **supplied: Any) -> tuple[str, str]:
    client.create_change_set(
        StackName="one",
        ChangeSetName="next",
        TemplateBody=body(resources),
        **{"ChangeSetType": "CREATE", **supplied},
    )
    found = client.describe_change_set(StackName="one", ChangeSetName="next")
    return found["Status"], found.get("StatusReason", "")


def reason(*hooks: str) -> str:
    names = ", ".join(f"AWS::EarlyValidation::{hook}" for hook in hooks)
    return (
        f"The following hook(s)/validation failed: [{names}]. To troubleshoot Early Validation errors, use "
        "the DescribeEvents API for detailed failure information."
    )


@cases(
    ("resources", "hooks", "found"),
    {
        "missing and unknown properties": (
            {"A": {"Type": "AWS::ResourceGroups::Group", "Properties": {"Nme": "a"}}},
            [PROPERTIES],
            [
                (
                    "FAIL",
                    "PROPERTY_VALIDATION",
                    "/Resources/A/Properties",
                    "Required property [Name] not found",
                ),
                ("FAIL", "PROPERTY_VALIDATION", "/Resources/A/Properties", "Unsupported property [Nme]"),
            ],
        ),
        "a value inside": (
            {"A": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupClass": "Fast"}}},
            [PROPERTIES],
            [
                (
                    "FAIL",
                    "PROPERTY_VALIDATION",
                    "/Resources/A/Properties/LogGroupClass",
                    "Fast is not a valid enum value",
                )
            ],
        ),
        "a name that is taken": (
            {"Log": LOG},
            [NAMES],
            [
                (
                    "FAIL",
                    "NAME_CONFLICT_VALIDATION",
                    "/Resources/Log",
                    "Resource of type 'AWS::Logs::LogGroup' with identifier 'taken' already exists.",
                )
            ],
        ),
    },
)
def test_findings_fail_the_change_set(
    cfn: CloudFormationClient, resources: dict[str, Any], hooks: list[str], found: list[Any]
) -> None:
    boto3.client("logs", region_name=REGION).create_log_group(logGroupName="taken")

    assert change_set(cfn, resources) == ("FAILED", reason(*hooks))
    assert findings(cfn) == found
    [operation] = cfn.describe_events(StackName="one")["OperationEvents"][:1]
    assert (operation["OperationType"], operation["OperationStatus"]) == ("CREATE_CHANGESET", "FAILED")
    assert status(cfn)[0] == "REVIEW_IN_PROGRESS"


def test_both_checks_fail(cfn: CloudFormationClient) -> None:
    boto3.client("logs", region_name=REGION).create_log_group(logGroupName="taken")

    assert change_set(cfn, {"Log": LOG, "A": group("a", Nme="x")}) == ("FAILED", reason(NAMES, PROPERTIES))


@cases(
    "resources",
    {
        "a value that is not known yet": {
            "Log": {**LOG, "Properties": {"RetentionInDays": {"Fn::GetAtt": "Topic.TopicName"}}},
            "Topic": {"Type": "AWS::SNS::Topic"},
        },
        "a name that AWS makes": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "taken"}}},
        "an export that is missing": {"A": group("a", Description={"Fn::ImportValue": "none"})},
    },
)
def test_what_only_the_execution_can_tell(cfn: CloudFormationClient, resources: dict[str, Any]) -> None:
    assert change_set(cfn, resources)[0] == "CREATE_COMPLETE"


def test_validation_can_be_disabled(cfn: CloudFormationClient) -> None:
    assert change_set(cfn, {"A": group("a", Nme="x")}, DisableValidation=True)[0] == "CREATE_COMPLETE"


@cases(("kept", "found"), {"deleted": ({}, 1), "retained": ({"DeletionPolicy": "Retain"}, 0)})
def test_full_buckets_are_a_warning(cfn: CloudFormationClient, kept: dict[str, str], found: int) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"Bucket": {**BUCKET, **kept}, "A": group("a")}))
    boto3.client("s3", region_name=REGION).put_object(Bucket="full", Key="k")

    assert change_set(cfn, {"A": group("a")}, ChangeSetType="UPDATE")[0] == "CREATE_COMPLETE"
    assert [(mode, name, path) for mode, name, path, _ in findings(cfn)] == [
        ("WARN", "BUCKET_EMPTINESS_VALIDATION", "/Resources/Bucket")
    ] * found


def test_preview_imports_nothing(cfn: CloudFormationClient) -> None:
    exports = {"Out": {"Value": "v", "Export": {"Name": "out"}}}
    cfn.create_stack(StackName="giving", TemplateBody=body({"A": group("a")}, Outputs=exports))
    change_set(cfn, {"B": group("b", Description={"Fn::ImportValue": "out"})})

    cfn.delete_stack(StackName="giving")

    assert [one["StackName"] for one in cfn.describe_stacks()["Stacks"]] == ["one"]
