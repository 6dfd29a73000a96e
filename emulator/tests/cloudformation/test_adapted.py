"""Every row of the adapter: made by a stack, shown by the service's own API, deleted and gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.cloudformation.models import cloudformation_backends

from catalog_emulator import settings
from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.resource import Context
from catalog_emulator.cloudformation.resources.schema import schema
from catalog_emulator.cloudformation.types import TABLE
from catalog_emulator.cloudformation.types.adapted import adapted
from tests.cloudformation.conftest import REGION
from tests.cloudformation.lifecycle import CAPABILITIES, TemplateCase, expected_steps, run, template_case
from tests.cloudformation.samples import body, physical_ids, status
from tests.cloudformation.type_selection import FAMILIES, UNTAGGED
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


# The handlers lack them.
UNNAMED = {"describeautoscalinggroups", "updatedomainconfig"}
# Of the properties in the generated templates.
UNCONFIRMED = {
    "AWS::Batch::ComputeEnvironment": "ComputeResources",
    "AWS::Events::Connection": "AuthParameters",
    "AWS::Redshift::Cluster": "ClusterType",
    "AWS::SSM::MaintenanceWindow": "AllowUnassociatedTargets",
}


def reasons(cfn: CloudFormationClient, found: TemplateCase, stack_id: str) -> list[str]:
    events = cfn.describe_stack_events(StackName=stack_id)["StackEvents"]
    return [
        event["ResourceStatusReason"]
        for event in events
        if (event["LogicalResourceId"], event["ResourceStatus"]) == (found.logical_id, "CREATE_COMPLETE")
        and "ResourceStatusReason" in event
    ]


def reading(cfn: CloudFormationClient, found: TemplateCase) -> Callable[[], dict[str, Any] | None]:
    """What the service shows of the resource, asked anew each time."""
    account = boto3.client("sts", region_name=REGION).get_caller_identity()["Account"]
    backend: Any = cloudformation_backends[account][REGION]
    resource = backend.get_stack("one").resources[found.logical_id]
    context = Context(
        account_id=account,
        region=REGION,
        partition="aws",
        stack_id="",
        stack_name="one",
        logical_id=found.logical_id,
        type_name=found.type_name,
        attributes=resource.attributes,
        clients=clients(account, REGION),
    )
    maker = backend.providers.of(found.type_name)
    return lambda: maker.read(context, resource.physical_id, resource.properties)


def test_rows_are_sorted_and_have_no_other_handler() -> None:
    assert list(adapted()) == sorted(adapted())
    assert not set(adapted()) & set(TABLE)


def test_types_of_the_families_are_real() -> None:
    assert set(FAMILIES) <= {*TABLE, *adapted()}


# The others have their turn in `make sweep`.
@pytest.mark.slow
@pytest.mark.parametrize("type_name", list(adapted())[::6])
def test_made_shown_changed_deleted(type_name: str, cfn: CloudFormationClient) -> None:
    prove(type_name, cfn)


def tagged(found: TemplateCase) -> TemplateCase:
    """With a tag, if the type takes any."""
    known = schema(found.type_name, REGION)
    assert known is not None
    name = known.tag_property
    if name is not None and found.type_name not in UNTAGGED:
        listed = known.resolve(known.properties[name]).get("type") == "array"
        tags: Any = [{"Key": "team", "Value": "ml"}] if listed else {"team": "ml"}
        if found.type_name == "AWS::AutoScaling::AutoScalingGroup":
            tags[0]["PropagateAtLaunch"] = True
        for template in (found.template, found.changed, found.replaced):
            if template is not None:
                template["Resources"][found.logical_id]["Properties"].setdefault(name, tags)
    return found


def prove(type_name: str, cfn: CloudFormationClient) -> None:
    """Without a remark the service shows all as the template says: the adapter reads it again."""
    found = tagged(template_case(type_name))
    made = cfn.create_stack(
        StackName="one", TemplateBody=json.dumps(found.template), Capabilities=CAPABILITIES
    )["StackId"]
    expected = [f"not confirmed by the service: {UNCONFIRMED[type_name]}"] if type_name in UNCONFIRMED else []
    assert (status(cfn), reasons(cfn, found, made)) == (("CREATE_COMPLETE", None), expected)
    drift = cfn.detect_stack_resource_drift(StackName="one", LogicalResourceId=found.logical_id)
    assert drift["StackResourceDrift"]["StackResourceDriftStatus"] == "IN_SYNC"
    shown = reading(cfn, found)
    assert shown() is not None
    cfn.delete_stack(StackName="one")
    assert shown() is None

    assert run(cfn, found) == expected_steps(found)


TARGET = {"Arn": f"arn:aws:sns:{REGION}:123456789012:t", "RoleArn": "arn:aws:iam::123456789012:role/x"}


@cases(
    ("kind", "properties", "operation"),
    {
        "a schedule": (
            "Scheduler::Schedule",
            {
                "ScheduleExpression": "rate(1 day)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": TARGET,
            },
            "scheduler.list_schedules",
        ),
        "a pipeline of SageMaker": (
            "SageMaker::Pipeline",
            {
                "PipelineName": "train",
                "PipelineDefinition": {"PipelineDefinitionBody": '{"Steps": []}'},
                "RoleArn": TARGET["RoleArn"],
            },
            "sagemaker.list_pipelines",
        ),
        "a database": ("Timestream::Database", {"DatabaseName": "facts"}, "timestream-write.list_databases"),
        "a table": (
            "DynamoDB::Table",
            {
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
            "dynamodb.list_tables",
        ),
        "a detector": ("GuardDuty::Detector", {"Enable": True}, "guardduty.list_detectors"),
    },
)
def test_the_service_lists_what_a_stack_made(
    kind: str, properties: dict[str, Any], operation: str, cfn: CloudFormationClient
) -> None:
    service, _, call = operation.partition(".")
    client: Any = boto3.client(service, region_name=REGION)  # type: ignore[call-overload]

    def listed() -> str:
        return json.dumps(getattr(client, call)(), default=str)

    template = body({"It": {"Type": f"AWS::{kind}", "Properties": properties}})
    cfn.create_stack(StackName="one", TemplateBody=template)
    assert status(cfn) == ("CREATE_COMPLETE", None)
    made = physical_ids(cfn)["It"]
    assert made in listed()
    cfn.delete_stack(StackName="one")
    assert made not in listed()


RECORD = {"It": {"Type": "AWS::MediaConvert::Queue", "Properties": {"Name": "q"}}}


def test_records_say_so(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({**RECORD, "No": {"Type": "AWS::CDK::Metadata"}}))
    cfn.update_stack(
        StackName="one", TemplateBody=body({"It": {**RECORD["It"], "Properties": {"Name": "r"}}})
    )
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert {
        event["ResourceStatusReason"]
        for event in events
        if event["ResourceStatus"].endswith("_COMPLETE") and "ResourceStatusReason" in event
    } == {"record only: no API of a service sees it"}


def test_records_can_be_refused(cfn: CloudFormationClient) -> None:
    settings.refuse_records = True
    metadata = {"No": {"Type": "AWS::CDK::Metadata"}}
    cfn.create_stack(StackName="kept", TemplateBody=body(metadata))
    assert status(cfn, "kept") == ("CREATE_COMPLETE", None)
    cfn.create_stack(StackName="one", TemplateBody=body(RECORD))
    assert status(cfn)[0] == "ROLLBACK_COMPLETE"
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert [
        event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"
    ] == ["AWS::MediaConvert::Queue would be a record only: no API of a service sees it"]


def test_what_a_service_does_not_take_is_named(cfn: CloudFormationClient) -> None:
    vault = {"BackupVaultName": "v", "AccessPolicy": {"Version": "2012-10-17", "Statement": []}}
    cfn.create_stack(
        StackName="one", TemplateBody=body({"It": {"Type": "AWS::Backup::BackupVault", "Properties": vault}})
    )
    assert status(cfn) == ("CREATE_COMPLETE", None)
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    reasons = {event["LogicalResourceId"]: event.get("ResourceStatusReason") for event in reversed(events)}
    assert reasons["It"] == "not confirmed by the service: AccessPolicy"
    drift = cfn.detect_stack_resource_drift(StackName="one", LogicalResourceId="It")
    assert drift["StackResourceDrift"]["StackResourceDriftStatus"] == "IN_SYNC"


def test_a_value_that_the_service_refuses_fails(cfn: CloudFormationClient) -> None:
    repository = {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "r"}}
    cfn.create_stack(StackName="one", TemplateBody=body({"It": repository}))
    assert status(cfn)[0] == "ROLLBACK_COMPLETE"
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    (reason,) = (one["ResourceStatusReason"] for one in events if one["ResourceStatus"] == "CREATE_FAILED")
    assert "Invalid length for parameter repositoryName" in reason


def test_what_a_service_keeps_of_a_property_that_is_gone_is_named(cfn: CloudFormationClient) -> None:
    secret: dict[str, Any] = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "s"}}
    described = {**secret, "Properties": {"Name": "s", "Description": "d"}}
    cfn.create_stack(StackName="one", TemplateBody=body({"It": described}))
    cfn.update_stack(StackName="one", TemplateBody=body({"It": secret}))
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    updated = [one for one in events if one["ResourceStatus"] == "UPDATE_COMPLETE"]
    assert [one.get("ResourceStatusReason") for one in updated if one["LogicalResourceId"] == "It"] == [
        "not confirmed by the service: Description"
    ]


def test_calls_of_a_row_are_in_the_handlers_of_its_schema() -> None:
    """The rows are made of the schemas. API Gateway's handlers name HTTP methods."""
    others = []
    for type_name, calls in adapted().items():
        known = schema(type_name, REGION)
        assert known is not None
        named = {
            permission.partition(":")[2].lower()
            for handler in known.document.get("handlers", {}).values()
            for permission in handler.get("permissions", ())
        }
        used = {call.replace("_", "") for call in (calls.create, calls.read, *calls.delete, *calls.changes)}
        by_method = calls.service.startswith("apigateway")
        if known.registered and not by_method and used - named - UNNAMED:
            others.append((type_name, sorted(used - named)))
    assert others == []
