"""Resources that moto's own models make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3

from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import body, physical_ids, status
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

VOLUME = {"AvailabilityZone": "us-west-2a", "Size": 10}


def template(type_name: str, properties: dict[str, Any]) -> str:
    return body({"It": {"Type": type_name, "Properties": properties}})


def test_a_model_changes_what_it_made(cfn: CloudFormationClient) -> None:
    queue = {"QueueName": "q", "VisibilityTimeout": 30}
    cfn.create_stack(StackName="one", TemplateBody=template("AWS::SQS::Queue", queue))
    changed = {**queue, "VisibilityTimeout": 60}
    cfn.update_stack(StackName="one", TemplateBody=template("AWS::SQS::Queue", changed))

    sqs = boto3.client("sqs", region_name=REGION)
    answer = sqs.get_queue_attributes(QueueUrl=physical_ids(cfn)["It"], AttributeNames=["All"])
    assert (status(cfn), answer["Attributes"]["VisibilityTimeout"]) == (("UPDATE_COMPLETE", None), "60")


def test_the_event_names_what_moto_cannot_change(cfn: CloudFormationClient) -> None:
    made = boto3.client("route53").create_hosted_zone(Name="example.com", CallerReference="a")
    record = {"Name": "a.example.com", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]}
    group = {"HostedZoneId": made["HostedZone"]["Id"].rpartition("/")[2], "RecordSets": [record]}
    cfn.create_stack(StackName="one", TemplateBody=template("AWS::Route53::RecordSetGroup", group))
    changed = {**group, "RecordSets": [{**record, "TTL": "30"}]}
    cfn.update_stack(StackName="one", TemplateBody=template("AWS::Route53::RecordSetGroup", changed))

    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert [
        event.get("ResourceStatusReason")
        for event in events
        if (event["LogicalResourceId"], event["ResourceStatus"]) == ("It", "UPDATE_COMPLETE")
    ] == ["moto cannot change RecordSets: only the stack has the new value"]


@cases(
    ("type_name", "properties", "untaken"),
    {
        "record set": (
            "AWS::Route53::RecordSet",
            {"HostedZoneName": "x.org.", "Name": "a.x.org.", "Type": "A", "TTL": "60", "Comment": "c"}
            | {"ResourceRecords": ["10.0.0.1"]},
            "Comment",
        ),
        "cluster": (
            "AWS::EMR::Cluster",
            {"Name": "c", "JobFlowRole": "a", "ServiceRole": "b", "StepConcurrencyLevel": 2}
            | {"Instances": {"MasterInstanceGroup": {"InstanceCount": 1, "InstanceType": "m5.large"}}},
            "StepConcurrencyLevel",
        ),
        "tags that no call shows": (
            "AWS::Kinesis::Stream",
            {"Name": "s", "ShardCount": 1, "Tags": [{"Key": "a", "Value": "b"}]},
            "Tags",
        ),
    },
)
def test_the_event_names_what_is_ignored(
    type_name: str, properties: dict[str, Any], untaken: str, cfn: CloudFormationClient
) -> None:
    boto3.client("route53").create_hosted_zone(Name="x.org", CallerReference="a")
    cfn.create_stack(StackName="one", TemplateBody=template(type_name, properties))
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    made = next(event for event in events if event["LogicalResourceId"] == "It")
    assert made["ResourceStatusReason"] == f"not confirmed by the service: {untaken}"


FUNCTION = {"Type": "AWS::Lambda::Function"} | {
    "Properties": {"FunctionName": "f", "Handler": "a.h", "Runtime": "python3.13"}
    | {"Code": {"ZipFile": "def h(event, context): pass"}, "Role": {"Fn::GetAtt": ["Role", "Arn"]}}
}
TRUSTED = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
ROLE = {"Type": "AWS::IAM::Role"} | {
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [TRUSTED]}}
}
OF_FUNCTION = {"FunctionName": {"Ref": "Function"}}


def test_permissions_and_versions_of_functions_go_with_them_out_of_the_stack(
    cfn: CloudFormationClient,
) -> None:
    permission = {**OF_FUNCTION, "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    lasting: dict[str, Any] = {"Role": ROLE, "Function": FUNCTION}
    passing = {
        "Permission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {**OF_FUNCTION, "Description": "d"}},
    }
    functions = boto3.client("lambda", region_name=REGION)

    def seen() -> tuple[list[str], list[tuple[str, str]]]:
        try:
            policy = json.loads(functions.get_policy(FunctionName="f")["Policy"])
        except functions.exceptions.ResourceNotFoundException:
            policy = {"Statement": []}
        versions = functions.list_versions_by_function(FunctionName="f")["Versions"]
        return (
            [statement["Sid"] for statement in policy["Statement"]],
            [(one["FunctionArn"], one["Description"]) for one in versions if one["Version"] != "$LATEST"],
        )

    capable: Any = {"StackName": "one", "Capabilities": ["CAPABILITY_IAM"]}
    cfn.create_stack(TemplateBody=body(lasting | passing), **capable)
    ids = physical_ids(cfn)
    assert seen() == ([ids["Permission"]], [(ids["Version"], "d")])
    drift = cfn.detect_stack_resource_drift(StackName="one", LogicalResourceId="Permission")
    assert drift["StackResourceDrift"]["StackResourceDriftStatus"] == "IN_SYNC"
    cfn.update_stack(TemplateBody=body(lasting), **capable)
    assert (status(cfn), seen()) == (("UPDATE_COMPLETE", None), ([], []))


def test_drift_is_not_checked(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=template("AWS::SQS::Queue", {}))
    found = cfn.detect_stack_resource_drift(StackName="one", LogicalResourceId="It")
    assert found["StackResourceDrift"]["StackResourceDriftStatus"] == "NOT_CHECKED"


@cases(
    ("type_name", "properties", "operation", "member"),
    {
        "by its model": ("AWS::SQS::Queue", {}, ("sqs", "delete_queue"), "QueueUrl"),
        "by a call": ("AWS::EC2::Volume", VOLUME, ("ec2", "delete_volume"), "VolumeId"),
    },
)
def test_deletion_of_what_is_gone_succeeds(
    type_name: str,
    properties: dict[str, Any],
    operation: tuple[str, str],
    member: str,
    cfn: CloudFormationClient,
) -> None:
    made = cfn.create_stack(StackName="one", TemplateBody=template(type_name, properties))["StackId"]
    client: Any = boto3.client(operation[0], region_name=REGION)  # type: ignore[call-overload]
    getattr(client, operation[1])(**{member: physical_ids(cfn)["It"]})

    cfn.delete_stack(StackName="one")
    assert cfn.describe_stacks(StackName=made)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"


def test_a_document_is_text_for_the_service(cfn: CloudFormationClient) -> None:
    document = {"Version": "2012-10-17", "Statement": []}
    properties = {"PolicyName": "p", "PolicyDocument": document}
    cfn.create_stack(StackName="one", TemplateBody=template("AWS::IoT::Policy", properties))
    held = boto3.client("iot", region_name=REGION).get_policy(policyName="p")["policyDocument"]
    assert json.loads(held) == document


def test_a_service_that_refuses_tags_after_it_made_a_certificate_makes_one(cfn: CloudFormationClient) -> None:
    certificate = template("AWS::CertificateManager::Certificate", {"DomainName": "x.org"})
    cfn.create_stack(StackName="one", TemplateBody=certificate)
    made = boto3.client("acm", region_name=REGION).list_certificates()["CertificateSummaryList"]
    assert [one.get("CertificateArn") for one in made] == [physical_ids(cfn)["It"]]
