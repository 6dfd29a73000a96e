from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from catalog_emulator.cloudformation import install
from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import application, body, group, history, outputs, physical_ids, status
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

SUBNET, VPC = "AWS::EC2::Subnet::Id", "AWS::EC2::VPC::Id"
BROKEN = {"Type": "AWS::MediaConvert::Queue", "Properties": {"Name": "broken", "Nme": "x"}}
WHY = (
    "Properties validation failed for resource Bad with message:\n[#: extraneous key [Nme] is not permitted]"
)


def test_second_install_keeps_stacks(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"A": group("a")}))
    install()
    assert status(cfn)[0] == "CREATE_COMPLETE"


def test_creation_in_order_of_dependencies(cfn: CloudFormationClient) -> None:
    template = body(
        {
            "Second": group("second", Description={"Fn::Sub": "${First} ${First.Arn}"}),
            "First": group("first"),
            "Never": {**group("never"), "Condition": "No"},
            "Last": {**application(), "DependsOn": ["Second", "Never"]},
        },
        Conditions={"No": {"Fn::Equals": ["a", "b"]}},
        Outputs={
            "Arn": {"Value": {"Fn::GetAtt": "First.Arn"}, "Description": "an ARN"},
            "Not": {"Value": "x", "Condition": "No"},
            "Number": {"Value": 3},
        },
    )

    cfn.create_stack(StackName="one", TemplateBody=template, ClientRequestToken="t")

    assert status(cfn) == ("CREATE_COMPLETE", None)
    arn = f"arn:aws:mediaconvert:{REGION}:123456789012:queue/first"
    assert outputs(cfn) == {"Arn": arn, "Number": "3"}
    assert history(cfn) == [
        ("one", "CREATE_IN_PROGRESS"),
        ("First", "CREATE_IN_PROGRESS"),
        ("First", "CREATE_COMPLETE"),
        ("Second", "CREATE_IN_PROGRESS"),
        ("Second", "CREATE_COMPLETE"),
        ("Last", "CREATE_IN_PROGRESS"),
        ("Last", "CREATE_COMPLETE"),
        ("one", "CREATE_COMPLETE"),
    ]
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert {event["ClientRequestToken"] for event in events} == {"t"}
    response = next(
        json.loads(event["ResourceProperties"])
        for event in events
        if "Second" in event["EventId"] and "ResourceProperties" in event
    )
    assert response == {"Name": "second", "Description": f"first {arn}"}
    assert cfn.get_template(StackName="one")["TemplateBody"] == json.loads(template)


def test_failed_creation_rolls_back(cfn: CloudFormationClient) -> None:
    template = body(
        {"Good": group("good"), "Kept": {**group("kept"), "DeletionPolicy": "Retain"}, "Bad": BROKEN}
    )

    cfn.create_stack(StackName="one", TemplateBody=template, DisableValidation=True)

    reason = "The following resource(s) failed to create: [Bad]. Rollback requested by user."
    assert status(cfn) == ("ROLLBACK_COMPLETE", reason)
    assert history(cfn)[-9:] == [
        ("Bad", "CREATE_IN_PROGRESS"),
        ("Bad", "CREATE_FAILED"),
        ("one", "ROLLBACK_IN_PROGRESS"),
        ("Bad", "DELETE_IN_PROGRESS"),
        ("Bad", "DELETE_COMPLETE"),
        ("Kept", "DELETE_SKIPPED"),
        ("Good", "DELETE_IN_PROGRESS"),
        ("Good", "DELETE_COMPLETE"),
        ("one", "ROLLBACK_COMPLETE"),
    ]
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert [
        event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"
    ] == [WHY]
    with pytest.raises(ClientError, match=r"is in ROLLBACK_COMPLETE state and can not be updated\."):
        cfn.update_stack(StackName="one", TemplateBody=body({"Good": group("good")}))


@cases(
    ("on_failure", "ends"),
    {"nothing": ("DO_NOTHING", "CREATE_FAILED"), "delete": ("DELETE", "DELETE_COMPLETE")},
)
def test_on_failure(cfn: CloudFormationClient, on_failure: Any, ends: str) -> None:
    stack_id = cfn.create_stack(StackName="one", TemplateBody=body({"Bad": BROKEN}), OnFailure=on_failure)[
        "StackId"
    ]

    assert status(cfn, stack_id)[0] == ends


def test_properties_of_moto_types_are_checked(cfn: CloudFormationClient) -> None:
    template = body({"Bad": {"Type": "AWS::SQS::Queue", "Properties": {"Nme": "x"}}})

    cfn.create_stack(StackName="one", TemplateBody=template, DisableValidation=True)

    assert status(cfn)[0] == "ROLLBACK_COMPLETE"
    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert [
        one.get("ResourceStatusReason") for one in events if one["ResourceStatus"] == "CREATE_FAILED"
    ] == [WHY]


@cases(
    ("kind", "properties", "call", "key"),
    {
        "queue": ("SQS::Queue", {}, "sqs.delete_queue", "QueueUrl"),
        "stream": ("Kinesis::Stream", {"ShardCount": 1}, "kinesis.delete_stream", "StreamName"),
        "file system": ("EFS::FileSystem", {}, "efs.delete_file_system", "FileSystemId"),
        "no error": ("ApiGateway::RestApi", {"Name": "n"}, "apigateway.delete_rest_api", "restApiId"),
    },
)
def test_resource_deleted_outside_counts_as_deleted(
    kind: str, properties: dict[str, Any], call: str, key: str, cfn: CloudFormationClient
) -> None:
    template = body({"Gone": {"Type": f"AWS::{kind}", "Properties": properties}})
    stack_id = cfn.create_stack(StackName="one", TemplateBody=template)["StackId"]
    connect: Any = boto3.client
    service, operation = call.split(".")
    getattr(connect(service, region_name=REGION), operation)(**{key: physical_ids(cfn)["Gone"]})

    cfn.delete_stack(StackName="one")

    assert status(cfn, stack_id)[0] == "DELETE_COMPLETE"


def test_failure_has_the_reason_of_the_service(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"A": group("same")}))
    cfn.create_stack(StackName="two", TemplateBody=body({"A": group("same")}), DisableValidation=True)

    events = cfn.describe_stack_events(StackName="two")["StackEvents"]
    assert [
        event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"
    ] == ["Resource of type 'AWS::MediaConvert::Queue' with identifier 'same' already exists."]


def test_deletion_keeps_retained_resources(cfn: CloudFormationClient) -> None:
    template = body(
        {
            "Kept": {**group("kept"), "DeletionPolicy": "Retain"},
            "Gone": group("gone", Description={"Ref": "Kept"}),
            "Also": {**group("also"), "DeletionPolicy": "RetainExceptOnCreate"},
        }
    )
    stack_id = cfn.create_stack(StackName="one", TemplateBody=template)["StackId"]

    cfn.delete_stack(StackName="one")
    cfn.delete_stack(StackName="one")

    assert status(cfn, stack_id) == ("DELETE_COMPLETE", None)
    assert history(cfn, stack_id)[-6:] == [
        ("one", "DELETE_IN_PROGRESS"),
        ("Also", "DELETE_SKIPPED"),
        ("Gone", "DELETE_IN_PROGRESS"),
        ("Gone", "DELETE_COMPLETE"),
        ("Kept", "DELETE_SKIPPED"),
        ("one", "DELETE_COMPLETE"),
    ]
    with pytest.raises(ClientError, match="Stack with id one does not exist"):
        cfn.describe_stacks(StackName="one")


def test_failed_deletion_can_retain_resources(cfn: CloudFormationClient) -> None:
    s3 = boto3.client("s3", region_name=REGION)
    template = body(
        {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}, "G": group("g")}
    )
    cfn.create_stack(StackName="one", TemplateBody=template)
    s3.put_object(Bucket="full", Key="a", Body=b"")

    cfn.delete_stack(StackName="one")

    assert status(cfn) == ("DELETE_FAILED", "The following resource(s) failed to delete: [Bucket].")
    assert physical_ids(cfn) == {"Bucket": "full"}
    cfn.delete_stack(StackName="one", RetainResources=["Bucket"])
    assert cfn.list_stacks(StackStatusFilter=["DELETE_FAILED"])["StackSummaries"] == []
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["full"]


def test_termination_protection(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"A": group("a")}), EnableTerminationProtection=True)

    with pytest.raises(
        ClientError, match=r"Stack \[one\] cannot be deleted while TerminationProtection is enabled"
    ):
        cfn.delete_stack(StackName="one")
    cfn.update_termination_protection(StackName="one", EnableTerminationProtection=False)
    cfn.delete_stack(StackName="one")

    assert cfn.describe_stacks()["Stacks"] == []


def test_parameters_in_describe_stacks(cfn: CloudFormationClient) -> None:
    boto3.client("ssm", region_name=REGION).put_parameter(Name="/a/b", Value="from ssm", Type="String")
    parameters = {
        "Plain": {"Type": "Number", "Default": 1},
        "Hidden": {"Type": "String", "NoEcho": True},
        "Read": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a/b"},
    }
    template = body(
        {"A": group("a", Description={"Fn::Sub": "${Read} ${Hidden} {{resolve:ssm:/a/b}}"})},
        Parameters=parameters,
        Outputs={"Out": {"Value": {"Ref": "Read"}}},
    )

    cfn.create_stack(
        StackName="one", TemplateBody=template, Parameters=[{"ParameterKey": "Hidden", "ParameterValue": "x"}]
    )

    assert cfn.describe_stacks(StackName="one")["Stacks"][0]["Parameters"] == [
        {"ParameterKey": "Plain", "ParameterValue": "1"},
        {"ParameterKey": "Hidden", "ParameterValue": "****"},
        {"ParameterKey": "Read", "ParameterValue": "/a/b", "ResolvedValue": "from ssm"},
    ]
    assert outputs(cfn) == {"Out": "from ssm"}


@pytest.mark.parametrize("operation", ["create_stack", "create_change_set", "validate_template"])
def test_template_body_is_too_long(cfn: CloudFormationClient, operation: str) -> None:
    names: dict[str, Any] = {"create_stack": {"StackName": "s"}, "validate_template": {}}
    supplied = names.get(operation, {"StackName": "s", "ChangeSetName": "c", "ChangeSetType": "CREATE"})
    text = body({"T": {"Type": "AWS::SNS::Topic"}}, Description="x")
    call = getattr(cfn, operation)
    with pytest.raises(ClientError, match=r"at 'templateBody' failed .* less than or equal to 51200"):
        call(TemplateBody=text + " " * (51_201 - len(text)), **supplied)
    call(TemplateBody=text + " " * (51_200 - len(text)), **supplied)


@pytest.mark.parametrize("there", [True, False])
def test_rules_look_up_resources(cfn: CloudFormationClient, there: bool) -> None:
    ec2 = boto3.client("ec2", region_name=REGION)
    vpcs = [ec2.create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in range(2)]
    subnet = ec2.create_subnet(VpcId=vpcs[0], CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    within = {"Fn::EachMemberIn": [{"Fn::ValueOfAll": [SUBNET, "VpcId"]}, {"Fn::RefAll": VPC}]}
    same = {"Fn::Equals": [{"Fn::ValueOf": ["Subnet", "VpcId"]}, {"Ref": "Vpc"}]}
    assertions = [{"Assert": within}, {"Assert": same, "AssertDescription": "stranger"}]
    template = body(
        {"A": group("a")},
        Parameters={
            "Vpc": {"Type": VPC, "Default": vpcs[0 if there else 1]},
            "Subnet": {"Type": SUBNET, "Default": subnet},
        },
        Rules={"Net": {"Assertions": assertions}},
    )
    if there:
        cfn.create_stack(StackName="one", TemplateBody=template)
        assert status(cfn)[0] == "CREATE_COMPLETE"
        return
    with pytest.raises(ClientError) as error:
        cfn.create_stack(StackName="one", TemplateBody=template)
    assert error.value.response["Error"]["Message"] == (
        "Template validation error: Rule Net failed: stranger"
    )


def test_malformed_rules(cfn: CloudFormationClient) -> None:
    template = body({"A": group("a")}, Rules={"Net": {"Assertions": [{"Assert": {"Fn::If": ["A", "b"]}}]}})
    with pytest.raises(ClientError) as error:
        cfn.create_stack(StackName="one", TemplateBody=template)
    assert error.value.response["Error"]["Message"].startswith(
        "Template format error: rule Net: Fn::If is none of Fn::And, "
    )


def test_tags_reach_resources(cfn: CloudFormationClient) -> None:
    template = body({"Topic": {"Type": "AWS::SNS::Topic"}})
    stack_id = cfn.create_stack(
        StackName="one", TemplateBody=template, Tags=[{"Key": "team", "Value": "ml"}]
    )["StackId"]

    sns = boto3.client("sns", region_name=REGION)
    (topic,) = sns.list_topics()["Topics"]
    tags = {
        tag["Key"]: tag["Value"] for tag in sns.list_tags_for_resource(ResourceArn=topic["TopicArn"])["Tags"]
    }
    assert tags == {
        "team": "ml",
        "aws:cloudformation:stack-name": "one",
        "aws:cloudformation:stack-id": stack_id,
        "aws:cloudformation:logical-id": "Topic",
    }


def test_events_are_published(cfn: CloudFormationClient) -> None:
    sqs, sns = boto3.client("sqs", region_name=REGION), boto3.client("sns", region_name=REGION)
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    topic = sns.create_topic(Name="events")["TopicArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:{REGION}:123456789012:events",
        Attributes={"RawMessageDelivery": "true"},
    )

    cfn.create_stack(
        StackName="one",
        TemplateBody=body({"A": group("a")}),
        NotificationARNs=[topic, f"arn:aws:sns:{REGION}:123456789012:gone"],
    )

    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    lines = [dict(line.split("=", 1) for line in message["Body"].splitlines()) for message in messages]
    assert [(line["LogicalResourceId"], line["ResourceStatus"]) for line in lines] == [
        ("'one'", "'CREATE_IN_PROGRESS'"),
        ("'A'", "'CREATE_IN_PROGRESS'"),
        ("'A'", "'CREATE_IN_PROGRESS'"),
        ("'A'", "'CREATE_COMPLETE'"),
        ("'one'", "'CREATE_COMPLETE'"),
    ]


@cases(
    ("operation", "supplied", "message"),
    {
        "enumeration": (
            "create_stack",
            {"StackName": "one", "TemplateBody": body({"A": group("a")}), "OnFailure": "STAY"},
            r"Value 'STAY' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value set",
        ),
        "pattern": (
            "execute_change_set",
            {"ChangeSetName": "1st", "StackName": "one"},
            "Value '1st' at 'changeSetName' failed to satisfy constraint: Member must satisfy regular exp",
        ),
        "length": (
            "delete_stack",
            {"StackName": "one", "ClientRequestToken": "t" * 129},
            "Member must have length less than or equal to 128",
        ),
        "range": (
            "describe_stack_resource_drifts",
            {"StackName": "one", "MaxResults": 101},
            "Member must have value less than or equal to 100",
        ),
    },
)
def test_values_that_the_service_model_excludes(
    cfn: CloudFormationClient, operation: str, supplied: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        getattr(cfn, operation)(**supplied)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
