from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from catalog_emulator.cloudformation.engine.drift import compared, differences
from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import application, body
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

TAG = {"Key": "a", "Value": "b"}
TEMPLATE = body(
    {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": "events", "DisplayName": "Shown", "Tags": [TAG]},
        },
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "log", "RetentionInDays": 7}},
        "Thing": {"Type": "AWS::SQS::Queue"},
        "Application": application(),
    }
)


@cases(
    ("expected", "live", "status", "rows"),
    {
        "same": ({"A": 1}, {"A": 1}, "IN_SYNC", []),
        "cannot tell": ({"A": 1, "B": 2}, {"A": 1}, "IN_SYNC", []),
        "another spelling": ({"A": True}, {"A": "true"}, "IN_SYNC", []),
        "another order": ({"A": [1, 2]}, {"A": [2, 1]}, "IN_SYNC", []),
        "unset": ({"A": 1}, {"A": None}, "MODIFIED", [("REMOVE", "/A", "1", "null")]),
        "other": ({"A": 1}, {"A": 2}, "MODIFIED", [("NOT_EQUAL", "/A", "1", "2")]),
        "inside": (
            {"A": {"B": True, "C": "x"}},
            {"A": {"B": False, "D": {"E": 1}}},
            "MODIFIED",
            [
                ("NOT_EQUAL", "/A/B", "true", "false"),
                ("REMOVE", "/A/C", "x", "null"),
                ("ADD", "/A/D", "null", '{"E": 1}'),
            ],
        ),
        "items": (
            {"A": [{"K": "a", "V": 1}, {"K": "b", "V": 2}]},
            {"A": [{"K": "a", "V": 1}, {"K": "b", "V": 3}, {"K": "c", "V": 4}]},
            "MODIFIED",
            [("NOT_EQUAL", "/A/1/V", "2", "3"), ("ADD", "/A/2", "null", '{"K": "c", "V": 4}')],
        ),
        "item gone": ({"A": ["x", "y"]}, {"A": ["y"]}, "MODIFIED", [("REMOVE", "/A/0", "x", "null")]),
        "kinds": ({"A": {"B": 1}}, {"A": [1]}, "MODIFIED", [("NOT_EQUAL", "/A", '{"B": 1}', "[1]")]),
    },
)
def test_comparison_with_live_properties(
    expected: dict[str, Any], live: dict[str, Any], status: str, rows: list[tuple[str, ...]]
) -> None:
    found = compared(expected, live)

    assert found.status == status
    assert [tuple(row.values()) for row in differences(found.expected, found.actual)] == [
        (path, before, actual, kind) for kind, path, before, actual in rows
    ]


def test_deleted_resource() -> None:
    assert compared({"A": 1}, None).status == "DELETED"


@pytest.fixture
def stack(cfn: CloudFormationClient) -> CloudFormationClient:
    cfn.create_stack(StackName="one", TemplateBody=TEMPLATE, Tags=[{"Key": "of", "Value": "it"}])
    return cfn


def detect(client: CloudFormationClient, **supplied: Any) -> tuple[str, str, int]:
    started = client.detect_stack_drift(StackName="one", **supplied)["StackDriftDetectionId"]
    response = client.describe_stack_drift_detection_status(StackDriftDetectionId=started)
    return response["DetectionStatus"], response["StackDriftStatus"], response["DriftedStackResourceCount"]


def test_stack_in_sync(stack: CloudFormationClient) -> None:
    assert stack.describe_stacks()["Stacks"][0]["DriftInformation"] == {"StackDriftStatus": "NOT_CHECKED"}
    assert detect(stack) == ("DETECTION_COMPLETE", "IN_SYNC", 0)

    # What a model of moto made is not checked.
    found = stack.describe_stack_resource_drifts(StackName="one")["StackResourceDrifts"]
    assert {drift["LogicalResourceId"]: drift["StackResourceDriftStatus"] for drift in found} == {
        "Application": "IN_SYNC",
        "Log": "IN_SYNC",
        "Topic": "IN_SYNC",
    }
    response = stack.list_stack_resources(StackName="one")["StackResourceSummaries"]
    assert [row["DriftInformation"]["StackResourceDriftStatus"] for row in response] == [
        "IN_SYNC",
        "IN_SYNC",
        "NOT_CHECKED",
        "IN_SYNC",
    ]


def test_changed_and_deleted_outside_the_stack(stack: CloudFormationClient) -> None:
    arn = f"arn:aws:sns:{REGION}:123456789012:events"
    sns = boto3.client("sns", region_name=REGION)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="Changed")
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    boto3.client("logs", region_name=REGION).delete_log_group(logGroupName="log")

    assert detect(stack) == ("DETECTION_COMPLETE", "DRIFTED", 2)

    filters: Any = ["MODIFIED", "DELETED"]
    log, topic = stack.describe_stack_resource_drifts(
        StackName="one", StackResourceDriftStatusFilters=filters
    )["StackResourceDrifts"]
    assert (log["StackResourceDriftStatus"], log["PropertyDifferences"]) == ("DELETED", [])
    assert {"ActualProperties", "ExpectedProperties"}.isdisjoint(log)
    assert topic["StackResourceDriftStatus"] == "MODIFIED"
    assert json.loads(topic["ExpectedProperties"])["DisplayName"] == "Shown"
    assert json.loads(topic["ActualProperties"])["DisplayName"] == "Changed"
    assert [(one["DifferenceType"], one["PropertyPath"]) for one in topic["PropertyDifferences"]] == [
        ("NOT_EQUAL", "/DisplayName"),
        ("ADD", "/Tags/1"),
    ]
    shown = stack.describe_stacks()["Stacks"][0]["DriftInformation"]
    assert shown["StackDriftStatus"] == "DRIFTED"


def test_pages(stack: CloudFormationClient) -> None:
    detect(stack)
    first = stack.describe_stack_resource_drifts(StackName="one", MaxResults=2)
    rest = stack.describe_stack_resource_drifts(StackName="one", NextToken=first["NextToken"])

    names = [one["LogicalResourceId"] for one in first["StackResourceDrifts"] + rest["StackResourceDrifts"]]
    assert names == ["Application", "Log", "Topic"]
    assert "NextToken" not in rest


def test_detection_on_one_resource(stack: CloudFormationClient) -> None:
    found = stack.detect_stack_resource_drift(StackName="one", LogicalResourceId="Topic")

    assert found["StackResourceDrift"]["StackResourceDriftStatus"] == "IN_SYNC"
    assert detect(stack, LogicalResourceIds=["Log"]) == ("DETECTION_COMPLETE", "IN_SYNC", 0)


def test_refused_detections(stack: CloudFormationClient) -> None:
    stack.create_stack(StackName="failed", TemplateBody=body({"A": {"Type": "AWS::SNS::Topic"}}))
    stack.delete_stack(StackName="failed")
    gone = stack.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"][0]["StackId"]

    with pytest.raises(ClientError, match="while it is in DELETE_COMPLETE state"):
        stack.detect_stack_drift(StackName=gone)
    with pytest.raises(ClientError, match="Resource No does not exist for stack one"):
        stack.detect_stack_drift(StackName="one", LogicalResourceIds=["No"])
    with pytest.raises(ClientError, match="Resource No does not exist for stack one"):
        stack.detect_stack_resource_drift(StackName="one", LogicalResourceId="No")
    with pytest.raises(ClientError, match="Drift detection with id no does not exist"):
        stack.describe_stack_drift_detection_status(StackDriftDetectionId="no")
