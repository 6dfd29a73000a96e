"""Rollbacks that fail and are continued, and updates that fail without one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import UNMAKEABLE, body, group, history, physical_ids, status
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "cloudformation.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENY = {"Effect": "Deny", "Action": "logs:DeleteRetentionPolicy", "Resource": "*"}


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def log(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}


def retention(name: str = "log") -> int | None:
    found = boto3.client("logs", region_name=REGION).describe_log_groups(logGroupNamePrefix=name)
    return found["logGroups"][0].get("retentionInDays")


def role(*statements: Any) -> str:
    """The ARN of the stacks' role, with these statements from now on."""
    iam: Any = boto3.client("iam", region_name=REGION)
    if not iam.list_roles()["Roles"]:
        iam.create_role(RoleName="of-stacks", AssumeRolePolicyDocument=policy(TRUST))
    iam.put_role_policy(RoleName="of-stacks", PolicyName="p", PolicyDocument=policy(*statements))
    arn: str = iam.get_role(RoleName="of-stacks")["Role"]["Arn"]
    return arn


@pytest.fixture
def stuck(cfn: CloudFormationClient) -> CloudFormationClient:
    """The role may set a retention, but not remove it again."""
    before, after = log(LogGroupName="log"), log(LogGroupName="log", RetentionInDays=7)
    cfn.create_stack(StackName="one", TemplateBody=body({"Log": before}), RoleARN=role(ALLOW, DENY))
    cfn.update_stack(
        StackName="one", TemplateBody=body({"Log": after, "New": group("new"), "Bad": UNMAKEABLE})
    )
    assert status(cfn) == (
        "UPDATE_ROLLBACK_FAILED",
        "The following resource(s) failed to update: [Log].",
    )
    return cfn


def test_rollback_continues_when_its_cause_is_fixed(stuck: CloudFormationClient) -> None:
    with pytest.raises(ClientError, match="is in UPDATE_ROLLBACK_FAILED state and can not be updated"):
        stuck.update_stack(StackName="one", TemplateBody=body({"Log": log(LogGroupName="log")}))
    stuck.continue_update_rollback(StackName="one")
    assert status(stuck)[0] == "UPDATE_ROLLBACK_FAILED"

    role(ALLOW)
    for _ in range(2):
        stuck.continue_update_rollback(StackName="one", ClientRequestToken="t")

    assert (status(stuck)[0], retention()) == ("UPDATE_ROLLBACK_COMPLETE", None)
    assert physical_ids(stuck) == {"Log": "log"}
    assert history(stuck)[-9:] == [
        ("one", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("Log", "UPDATE_IN_PROGRESS"),
        ("Log", "UPDATE_COMPLETE"),
        ("one", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Bad", "DELETE_IN_PROGRESS"),
        ("Bad", "DELETE_COMPLETE"),
        ("New", "DELETE_IN_PROGRESS"),
        ("New", "DELETE_COMPLETE"),
        ("one", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    events: Any = stuck.describe_events(StackName="one")["OperationEvents"]
    assert [
        (one["OperationType"], one["OperationStatus"]) for one in events[::-1] if "OperationType" in one
    ] == [
        ("CREATE_STACK", "SUCCEEDED"),
        ("UPDATE_STACK", "FAILED"),
        ("ROLLBACK", "FAILED"),
        ("CONTINUE_ROLLBACK", "FAILED"),
        ("CONTINUE_ROLLBACK", "SUCCEEDED"),
    ]


@cases(
    "supplied",
    {"by name": {"ResourcesToSkip": ["Log"]}, "by force": {"ForceRollback": True}},
)
def test_skipped_resources_stay_as_they_are(stuck: CloudFormationClient, supplied: Any) -> None:
    stuck.continue_update_rollback(StackName="one", **supplied)

    assert (status(stuck)[0], retention()) == ("UPDATE_ROLLBACK_COMPLETE", 7)
    detection = stuck.detect_stack_drift(StackName="one")["StackDriftDetectionId"]
    found = stuck.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
    assert (found["StackDriftStatus"], found["DriftedStackResourceCount"]) == ("IN_SYNC", 0)
    resource = stuck.describe_stack_resource(StackName="one", LogicalResourceId="Log")["StackResourceDetail"]
    assert resource["ResourceStatus"] == "UPDATE_COMPLETE"
    assert resource["DriftInformation"]["StackResourceDriftStatus"] == "NOT_CHECKED"
    stuck.update_stack(
        StackName="one", TemplateBody=body({"Log": log(LogGroupName="log", RetentionInDays=9)})
    )
    assert (status(stuck)[0], retention()) == ("UPDATE_COMPLETE", 9)


def test_deletion_of_a_stuck_stack_deletes_everything(stuck: CloudFormationClient) -> None:
    stuck.delete_stack(StackName="one")
    stuck.create_stack(StackName="two", TemplateBody=body({"New": group("new")}))

    assert status(stuck, "two")[0] == "CREATE_COMPLETE"


@cases(
    ("supplied", "message"),
    {
        "both": ({"ResourcesToSkip": ["Log"], "ForceRollback": True}, "cannot both be specified"),
        "one that did not fail": ({"ResourcesToSkip": ["New"]}, "failed to roll back can be skipped: New"),
    },
)
def test_refused_continuations(stuck: CloudFormationClient, supplied: Any, message: str) -> None:
    with pytest.raises(ClientError, match=message):
        stuck.continue_update_rollback(StackName="one", **supplied)


def test_stacks_without_a_failed_rollback(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"A": group("a")}))

    for refused in (cfn.continue_update_rollback, cfn.rollback_stack):
        with pytest.raises(ClientError, match="is in CREATE_COMPLETE state and can not be rolled back"):
            refused(StackName="one")


@cases("supplied", {"fixed": [], "skipped": ["Log"]})
def test_rollback_of_nested_stacks_continues(cfn: CloudFormationClient, supplied: list[str]) -> None:
    s3: Any = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="templates")
    for name, resources in {
        "first": {"Log": log(LogGroupName="log")},
        "next": {"Log": log(LogGroupName="log", RetentionInDays=7), "Bad": UNMAKEABLE},
    }.items():
        s3.put_object(Bucket="templates", Key=name, Body=body(resources).encode())
    inner = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": ""}}

    def outer(name: str) -> str:
        url = f"https://templates.s3.amazonaws.com/{name}"
        return body({"Inner": {**inner, "Properties": {"TemplateURL": url}}})

    cfn.create_stack(StackName="one", TemplateBody=outer("first"), RoleARN=role(ALLOW, DENY))
    nested = physical_ids(cfn)["Inner"]
    cfn.update_stack(StackName="one", TemplateBody=outer("next"))
    assert (status(cfn)[0], status(cfn, nested)[0]) == ("UPDATE_ROLLBACK_FAILED",) * 2
    with pytest.raises(ClientError, match="cannot be invoked on child stacks"):
        cfn.continue_update_rollback(StackName=nested)
    with pytest.raises(ClientError, match="can be skipped: Inner"):
        cfn.continue_update_rollback(StackName="one", ResourcesToSkip=["Inner"])
    if not supplied:
        role(ALLOW)
    name = nested.split("/")[1]
    cfn.continue_update_rollback(StackName="one", ResourcesToSkip=[f"{name}.{one}" for one in supplied])

    assert (status(cfn)[0], status(cfn, nested)[0]) == ("UPDATE_ROLLBACK_COMPLETE",) * 2
    assert retention() == (7 if supplied else None)


FAILING = {"A": group("c"), "B": group("b", Description="new"), "New": group("new"), "Bad": UNMAKEABLE}


@pytest.fixture
def failed(cfn: CloudFormationClient) -> CloudFormationClient:
    """An update that failed with rollback disabled; A was replaced before."""
    cfn.create_stack(StackName="one", TemplateBody=body({"A": group("a"), "B": group("b")}))
    cfn.update_stack(StackName="one", TemplateBody=body(FAILING), DisableRollback=True)
    assert status(cfn) == ("UPDATE_FAILED", "The following resource(s) failed to update: [Bad].")
    return cfn


def test_update_without_rollback_can_be_rolled_back(failed: CloudFormationClient) -> None:
    begun = failed.rollback_stack(StackName="one")

    assert status(failed)[0] == "UPDATE_ROLLBACK_COMPLETE"
    assert physical_ids(failed) == {"A": "a", "B": "b"}
    failed.create_stack(StackName="two", TemplateBody=body({"A": group("c"), "New": group("new")}))
    assert status(failed, "two")[0] == "CREATE_COMPLETE"
    events: Any = failed.describe_events(OperationId=begun["OperationId"])["OperationEvents"]
    assert (events[0]["OperationType"], events[0]["OperationStatus"]) == ("ROLLBACK", "SUCCEEDED")


@cases("good", {"fixed": {**FAILING, "Bad": group("good")}, "withdrawn": {"A": group("c"), "B": group("b")}})
def test_update_without_rollback_can_be_updated(failed: CloudFormationClient, good: dict[str, Any]) -> None:
    failed.update_stack(StackName="one", TemplateBody=body(good))

    assert status(failed)[0] == "UPDATE_COMPLETE"
    assert sorted(physical_ids(failed)) == sorted(good)


def test_second_failure_rolls_back_to_the_last_complete_state(failed: CloudFormationClient) -> None:
    failed.update_stack(StackName="one", TemplateBody=body({**FAILING, "B": group("b", Description="other")}))

    assert status(failed)[0] == "UPDATE_ROLLBACK_COMPLETE"
    assert physical_ids(failed) == {"A": "a", "B": "b"}


def test_creation_without_rollback_is_deleted(cfn: CloudFormationClient) -> None:
    made = cfn.create_stack(
        StackName="one", TemplateBody=body({"A": group("a"), "Bad": UNMAKEABLE}), DisableRollback=True
    )
    assert status(cfn)[0] == "CREATE_FAILED"

    cfn.rollback_stack(StackName="one")

    assert status(cfn, made["StackId"])[0] == "DELETE_COMPLETE"


@cases(
    ("of_set", "of_execution", "ends"),
    {
        "rollback": ({}, {}, "ROLLBACK_COMPLETE"),
        "disabled": ({}, {"DisableRollback": True}, "CREATE_FAILED"),
        "do nothing": ({"OnStackFailure": "DO_NOTHING"}, {}, "CREATE_FAILED"),
        "delete": ({"OnStackFailure": "DELETE"}, {}, "DELETE_COMPLETE"),
    },
)
def test_change_set_says_what_follows_a_failure(
    cfn: CloudFormationClient, of_set: Any, of_execution: Any, ends: str
) -> None:
    made = cfn.create_change_set(
        StackName="one",
        ChangeSetName="first",
        ChangeSetType="CREATE",
        TemplateBody=body({"A": group("a"), "Bad": group("b", Description={"Fn::ImportValue": "none"})}),
        **of_set,
    )
    cfn.execute_change_set(StackName="one", ChangeSetName="first", **of_execution)

    assert status(cfn, made["StackId"])[0] == ends
