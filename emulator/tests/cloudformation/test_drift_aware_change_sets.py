"""Change sets that revert drift: from the actual state of resources to the template's.

The first three follow the scenarios of
https://aws.amazon.com/blogs/devops/safely-handle-configuration-drift-with-cloudformation-drift-aware-change-sets/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from catalog_emulator.cloudformation.engine.drift import actual_state, compared
from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import application, body, group, physical_ids, status
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ARN = f"arn:aws:sns:{REGION}:123456789012:events"
TAG: Any = {"Key": "a", "Value": "b"}
AUTO_TAG: Any = {"Key": "aws:servicecatalog:productArn", "Value": "arn:prod"}


def topic(shown: str, *tags: Any) -> dict[str, Any]:
    properties = {"TopicName": "events", "DisplayName": shown, **({"Tags": list(tags)} if tags else {})}
    return {"Type": "AWS::SNS::Topic", "Properties": properties}


LOG = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}}
START = {"Topic": topic("first"), "Log": LOG, "Queue": QUEUE, "Application": application()}


def shown() -> str:
    return boto3.client("sns", region_name=REGION).get_topic_attributes(TopicArn=ARN)["Attributes"][
        "DisplayName"
    ]


def show(text: str) -> None:
    """Change the topic outside of its stack."""
    boto3.client("sns", region_name=REGION).set_topic_attributes(
        TopicArn=ARN, AttributeName="DisplayName", AttributeValue=text
    )


@pytest.fixture
def drifted(cfn: CloudFormationClient) -> CloudFormationClient:
    cfn.create_stack(StackName="one", TemplateBody=body(START))
    show("changed")
    return cfn


def change_set(client: CloudFormationClient, resources: dict[str, Any] | None = None) -> dict[str, Any]:
    template: Any = {"UsePreviousTemplate": True} if resources is None else {"TemplateBody": body(resources)}
    client.create_change_set(StackName="one", ChangeSetName="next", DeploymentMode="REVERT_DRIFT", **template)
    found: Any = client.describe_change_set(StackName="one", ChangeSetName="next", IncludePropertyValues=True)
    return dict(found)


def execute(client: CloudFormationClient) -> str:
    client.execute_change_set(StackName="one", ChangeSetName="next")
    return status(client)[0]


def drift_of(client: CloudFormationClient, name: str) -> str:
    found = client.detect_stack_resource_drift(StackName="one", LogicalResourceId=name)
    return found["StackResourceDrift"]["StackResourceDriftStatus"]


def test_three_states_are_compared(drifted: CloudFormationClient) -> None:
    found = change_set(drifted, {**START, "Topic": topic("second")})

    assert (found["DeploymentMode"], found["StackDriftStatus"]) == ("REVERT_DRIFT", "DRIFTED")
    [change] = [one["ResourceChange"] for one in found["Changes"]]
    [detail] = change["Details"]
    drift = detail["Target"].pop("Drift")
    assert (change["Action"], change["ResourceDriftStatus"]) == ("Modify", "MODIFIED")
    assert detail == {
        "Target": {
            "Attribute": "Properties",
            "Name": "DisplayName",
            "RequiresRecreation": "Never",
            "Path": "/Properties/DisplayName",
            "BeforeValue": "changed",
            "AfterValue": "second",
            "BeforeValueFrom": "ACTUAL_STATE",
            "AfterValueFrom": "TEMPLATE",
            "AttributeChangeType": "Modify",
        },
        "Evaluation": "Static",
        "ChangeSource": "DirectModification",
    }
    assert (drift["PreviousValue"], drift["ActualValue"]) == ("first", "changed")
    brief: Any = drifted.describe_change_set(StackName="one", ChangeSetName="next")
    assert brief["Changes"][0]["ResourceChange"]["Details"][0]["Target"] == {
        "Attribute": "Properties", "Name": "DisplayName", "RequiresRecreation": "Never"
    }  # fmt: skip
    assert (execute(drifted), shown()) == ("UPDATE_COMPLETE", "second")


def test_template_that_follows_the_drift(drifted: CloudFormationClient) -> None:
    found = change_set(drifted, {**START, "Topic": topic("changed")})

    [change] = [one["ResourceChange"] for one in found["Changes"]]
    assert change["Action"] == "SyncWithActual"
    [detail] = change["Details"]
    assert detail["ChangeSource"] == "NoModification"
    assert detail["Target"]["AttributeChangeType"] == "SyncWithActual"
    assert (execute(drifted), shown(), drift_of(drifted, "Topic")) == (
        "UPDATE_COMPLETE",
        "changed",
        "IN_SYNC",
    )
    events = drifted.describe_stack_events(StackName="one")["StackEvents"]
    assert not [
        one for one in events if (one["LogicalResourceId"], one["ResourceStatus"][:6]) == ("Topic", "UPDATE")
    ]


def test_previous_template_reverts_drift(drifted: CloudFormationClient) -> None:
    drifted.create_change_set(StackName="one", ChangeSetName="plain", UsePreviousTemplate=True)
    assert drifted.describe_change_set(StackName="one", ChangeSetName="plain")["Status"] == "FAILED"

    assert len(change_set(drifted)["Changes"]) == 1
    assert (execute(drifted), shown(), drift_of(drifted, "Topic")) == ("UPDATE_COMPLETE", "first", "IN_SYNC")


@cases("log", {"a custom name": {"LogGroupName": "log"}, "a generated name": {}})
def test_deleted_resources_are_created_again(cfn: CloudFormationClient, log: dict[str, str]) -> None:
    resources = {
        "Log": {**LOG, "Properties": {**log, **LOG["Properties"]}},  # type: ignore[dict-item]
        "Group": group("g", Description={"Ref": "Log"}),
    }
    cfn.create_stack(StackName="one", TemplateBody=body(resources))
    logs = boto3.client("logs", region_name=REGION)
    logs.delete_log_group(logGroupName=physical_ids(cfn)["Log"])

    found = [one["ResourceChange"] for one in change_set(cfn)["Changes"]]

    assert [(one["LogicalResourceId"], one["Action"], one["ResourceDriftStatus"]) for one in found] == [
        ("Log", "Add", "DELETED"),
        ("Group", "Modify", "IN_SYNC"),
    ]
    assert execute(cfn) == "UPDATE_COMPLETE"
    [made] = logs.describe_log_groups()["logGroups"]
    assert (made["logGroupName"], made["retentionInDays"]) == (physical_ids(cfn)["Log"], 7)
    assert {drift_of(cfn, name) for name in resources} == {"IN_SYNC"}


@cases("gone", {"changed": False, "deleted": True})
def test_failure_restores_the_actual_state(drifted: CloudFormationClient, gone: bool) -> None:
    if gone:
        boto3.client("sns", region_name=REGION).delete_topic(TopicArn=ARN)
    change_set(
        drifted, {**START, "Topic": topic("second"), "Bad": group("b", Description={"Fn::ImportValue": "no"})}
    )

    assert execute(drifted) == "UPDATE_ROLLBACK_COMPLETE"
    assert drift_of(drifted, "Topic") == ("DELETED" if gone else "MODIFIED")
    assert gone or shown() == "changed"
    change_set(drifted)
    assert (execute(drifted), shown()) == ("UPDATE_COMPLETE", "first")


def test_types_without_an_actual_state(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body(START))

    found = change_set(cfn, {**START, "Queue": {**QUEUE, "Properties": {"VisibilityTimeout": 60}}})

    [change] = [one["ResourceChange"] for one in found["Changes"]]
    assert (change["ResourceDriftStatus"], found["StackDriftStatus"]) == ("UNSUPPORTED", "IN_SYNC")
    assert change["Details"][0]["Target"]["BeforeValueFrom"] == "PREVIOUS_DEPLOYMENT_STATE"


def test_without_drift_and_changes(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body(START))

    assert change_set(cfn)["Status"] == "FAILED"


def test_tags_of_service_catalog_are_drift_but_not_reverted(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"Topic": topic("first", TAG)}), Tags=[AUTO_TAG])

    found = cfn.detect_stack_resource_drift(StackName="one", LogicalResourceId="Topic")["StackResourceDrift"]
    assert [(one["DifferenceType"], one["PropertyPath"]) for one in found["PropertyDifferences"]] == [
        ("ADD", "/Tags/1")
    ]
    assert change_set(cfn)["Status"] == "FAILED"
    cfn.delete_change_set(StackName="one", ChangeSetName="next")
    show("changed")
    [change] = [one["ResourceChange"] for one in change_set(cfn)["Changes"]]
    assert change["Scope"] == ["Properties"]
    assert change["ResourceDriftIgnoredAttributes"] == [{"Path": "/Tags", "Reason": "MANAGED_BY_AWS"}]


def test_tag_keys_of_others_stay_and_those_of_the_template_are_reverted(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"Topic": topic("first", TAG)}))
    sns = boto3.client("sns", region_name=REGION)
    sns.tag_resource(ResourceArn=ARN, Tags=[{"Key": "c", "Value": "d"}])

    assert drift_of(cfn, "Topic") == "MODIFIED"
    assert change_set(cfn)["Status"] == "FAILED"
    cfn.delete_change_set(StackName="one", ChangeSetName="next")
    sns.tag_resource(ResourceArn=ARN, Tags=[{"Key": "a", "Value": "other"}])
    [change] = [one["ResourceChange"] for one in change_set(cfn)["Changes"]]

    assert (change["Scope"], change["Details"][0]["Target"]["AttributeChangeType"]) == (["Tags"], "Modify")
    assert execute(cfn) == "UPDATE_COMPLETE"
    found = {tag["Key"]: tag["Value"] for tag in sns.list_tags_for_resource(ResourceArn=ARN)["Tags"]}
    assert found["a"] == "b"


def test_drift_of_immutable_properties_is_not_reconciled() -> None:
    before, after = {"TopicName": "t"}, {"TopicName": "other"}
    state = actual_state(compared(before, after), before, None, lambda one, other: one != other)

    assert (state.status, state.drifted, state.properties) == ("MODIFIED", {}, before)
