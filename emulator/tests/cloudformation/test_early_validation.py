"""Pre-deployment validation: what is found before a resource is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import body, group, history, physical_ids, status
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

PROPERTIES, NAMES = "PropertyValidation", "ResourceExistenceCheck"
LOG = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "taken"}}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}


def findings(client: CloudFormationClient, **of: str) -> list[tuple[str, ...]]:
    """By default those of the change set."""
    operation: Any = of or {"StackName": "one", "ChangeSetName": "next"}
    events: Any = client.describe_events(**operation, Filters={"FailedEvents": True})["OperationEvents"]
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


@cases(
    ("resource", "hook", "found"),
    {
        "properties": (group("a", Nme="x"), PROPERTIES, "Unsupported property [Nme]"),
        "a name that is taken": (
            LOG,
            NAMES,
            "Resource of type 'AWS::Logs::LogGroup' with identifier 'taken' already exists.",
        ),
    },
)
def test_stacks_are_validated_before_a_resource_is_touched(
    cfn: CloudFormationClient, resource: dict[str, Any], hook: str, found: str
) -> None:
    boto3.client("logs", region_name=REGION).create_log_group(logGroupName="taken")
    resources = {"A": group("first"), "B": resource}
    why = f"{reason(hook)} Rollback requested by user."

    made = cfn.create_stack(StackName="one", TemplateBody=body(resources))
    assert (status(cfn), physical_ids(cfn)) == (("ROLLBACK_COMPLETE", why), {})
    assert [text for *_, text in findings(cfn, OperationId=made["OperationId"])] == [found]

    cfn.delete_stack(StackName="one")
    cfn.create_stack(StackName="one", TemplateBody=body({"A": group("first")}))
    updated = cfn.update_stack(StackName="one", TemplateBody=body({**resources, "A": group("second")}))
    assert (status(cfn), physical_ids(cfn)) == (("UPDATE_ROLLBACK_COMPLETE", why), {"A": "first"})
    assert [text for *_, text in findings(cfn, OperationId=updated["OperationId"])] == [found]
    assert [line for line in history(cfn) if line[0] != "one"] == [
        ("A", "CREATE_IN_PROGRESS"),
        ("A", "CREATE_COMPLETE"),
    ]


def test_only_change_sets_look_into_buckets(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"Bucket": BUCKET, "A": group("a")}))
    boto3.client("s3", region_name=REGION).put_object(Bucket="full", Key="k")

    updated = cfn.update_stack(StackName="one", TemplateBody=body({"A": group("a")}))

    assert findings(cfn, OperationId=updated["OperationId"]) == []


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
