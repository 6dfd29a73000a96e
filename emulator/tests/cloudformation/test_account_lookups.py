from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.engine.account_lookups import AccountLookups
from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.differences import keeps_custom_name, replacement
from catalog_emulator.cloudformation.resources.schema import schema
from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import body, group, outputs, physical_ids, status
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

ACCOUNT = "123456789012"


@pytest.fixture
def lookups(mocked: None) -> AccountLookups:
    boto3.client("ssm", region_name=REGION).put_parameter(Name="/a", Value="v", Type="String")
    secrets = boto3.client("secretsmanager", region_name=REGION)
    secrets.create_secret(Name="s", SecretString=json.dumps({"user": "ann"}))
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="snippets")
    s3.put_object(Bucket="snippets", Key="map.yaml", Body=b"a: {b: c}")
    return AccountLookups(ACCOUNT, clients(ACCOUNT, REGION))


@cases(
    ("service", "reference", "value"),
    {
        "ssm": ("ssm", "/a", "v"),
        "ssm version": ("ssm", "/a:1", "v"),
        "secret": ("secretsmanager", "s", '{"user": "ann"}'),
        "key of a secret": ("secretsmanager", "s:SecretString:user", "ann"),
        "stage of a secret": ("secretsmanager", "s:SecretString:user:AWSCURRENT", "ann"),
    },
)
def test_dynamic_references(lookups: AccountLookups, service: str, reference: str, value: str) -> None:
    assert lookups.dynamic(service, reference) == value


@cases(
    ("service", "reference", "message"),
    {
        "ssm": ("ssm", "/gone", "Unable to fetch parameters [/gone]"),
        "ssm version": ("ssm", "/a:7", "Parameters: [ssm:/a:7] cannot be found."),
        "secret": ("secretsmanager", "gone", "Secrets Manager can't find the specified secret."),
        "key": ("secretsmanager", "s:SecretString:k", "Could not find a value associated"),
    },
)
def test_missing_dynamic_references(
    lookups: AccountLookups, service: str, reference: str, message: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        lookups.dynamic(service, reference)

    assert message in raised.value.message


def test_snippets_and_zones(lookups: AccountLookups) -> None:
    assert lookups.included("s3://snippets/map.yaml") == {"a": {"b": "c"}}
    assert lookups.zones(REGION)[:2] == [f"{REGION}a", f"{REGION}b"]
    assert lookups.zones("eu-north-1") == ["eu-north-1a", "eu-north-1b", "eu-north-1c"]


def test_moto_types_are_created_updated_and_deleted(cfn: CloudFormationClient) -> None:
    resources: dict[str, Any] = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": "30"}},
        "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}},
        "Volume": {"Type": "AWS::EC2::Volume", "Properties": {"AvailabilityZone": f"{REGION}a", "Size": 1}},
    }
    shown = {"Arn": {"Value": {"Fn::GetAtt": "Queue.Arn"}}}
    cfn.create_stack(StackName="one", TemplateBody=body(resources, Outputs=shown))
    assert status(cfn) == ("CREATE_COMPLETE", None)
    before = physical_ids(cfn)
    assert outputs(cfn)["Arn"].startswith(f"arn:aws:sqs:{REGION}:{ACCOUNT}:one-Queue-")

    resources["Queue"]["Properties"]["VisibilityTimeout"] = 60
    cfn.update_stack(StackName="one", TemplateBody=body(resources, Outputs=shown))

    sqs = boto3.client("sqs", region_name=REGION)
    assert physical_ids(cfn) == before
    attributes = sqs.get_queue_attributes(QueueUrl=before["Queue"], AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"] == {"VisibilityTimeout": "60"}
    (volume,) = boto3.client("ec2", region_name=REGION).describe_volumes()["Volumes"]
    assert {"Key": "aws:cloudformation:logical-id", "Value": "Volume"} in volume["Tags"]
    cfn.delete_stack(StackName="one")
    assert "QueueUrls" not in sqs.list_queues()


def test_custom_resource_without_its_function_fails(cfn: CloudFormationClient) -> None:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:gone"
    resources = {"Own": {"Type": "Custom::Thing", "Properties": {"ServiceToken": arn}}, "G": group("g")}

    cfn.create_stack(StackName="one", TemplateBody=body(resources))

    assert status(cfn)[0] == "ROLLBACK_COMPLETE"


@cases(
    ("type_name", "before", "after", "needed"),
    {
        "name": ("AWS::SNS::Topic", {"TopicName": "a"}, {"TopicName": "b"}, "True"),
        "in place": ("AWS::SNS::Topic", {"DisplayName": "a"}, {}, "False"),
        "no schema": ("AWS::No::Thing", {"a": 1}, {"a": 2}, "False"),
        "inside": (
            "AWS::Pipes::Pipe",
            {"SourceParameters": {"RabbitMQBrokerParameters": {"QueueName": "a", "BatchSize": 1}}},
            {"SourceParameters": {"RabbitMQBrokerParameters": {"QueueName": "b", "BatchSize": 1}}},
            "True",
        ),
        "beside": (
            "AWS::Pipes::Pipe",
            {"SourceParameters": {"RabbitMQBrokerParameters": {"QueueName": "a", "BatchSize": 1}}},
            {"SourceParameters": {"RabbitMQBrokerParameters": {"QueueName": "a", "BatchSize": 2}}},
            "False",
        ),
    },
)
def test_create_only_properties_need_replacement(
    type_name: str, before: dict[str, Any], after: dict[str, Any], needed: str
) -> None:
    assert replacement(schema(type_name, REGION), before, after) == needed


def test_custom_names_are_kept() -> None:
    group_type = schema("AWS::MediaConvert::Queue", REGION)

    assert keeps_custom_name(group_type, {"Name": "a"}, {"Name": "a"})
    assert not keeps_custom_name(group_type, {"Name": "a"}, {"Name": "b"})
    assert not keeps_custom_name(schema("AWS::SNS::Topic", REGION), {"TopicName": "a"}, {"TopicName": "a"})
    assert not keeps_custom_name(None, {}, {})


@cases(
    ("kind", "there"),
    {
        "zone": ("AWS::EC2::AvailabilityZone::Name", "us-west-2b"),
        "key pair": ("AWS::EC2::KeyPair::KeyName", "mine"),
        "group name": ("AWS::EC2::SecurityGroup::GroupName", "default"),
        "hosted zone": ("AWS::Route53::HostedZone::Id", ""),
        "volumes": ("List<AWS::EC2::Volume::Id>", ""),
        "image": ("AWS::EC2::Image::Id", ""),
        "instance": ("AWS::EC2::Instance::Id", ""),
        "VPC": ("AWS::EC2::VPC::Id", ""),
    },
)
def test_values_of_aws_types_must_exist(cfn: CloudFormationClient, kind: str, there: str) -> None:
    ec2 = boto3.client("ec2", region_name=REGION)
    ec2.create_key_pair(KeyName="mine")
    template = body({"A": group("a")}, Parameters={"P": {"Type": kind}})
    for name, value in (("gone", "xyz-0"), ("there", there)):
        if value:
            supplied: Any = [{"ParameterKey": "P", "ParameterValue": value}]
            cfn.create_stack(StackName=name, TemplateBody=template, Parameters=supplied)
    assert status(cfn, "gone") == (
        "ROLLBACK_COMPLETE",
        "Parameter validation failed: parameter value xyz-0 for parameter name P does not exist. "
        "Rollback requested by user.",
    )
    if there:
        assert status(cfn, "there")[0] == "CREATE_COMPLETE"


def test_secure_strings_are_refused_for_parameters(lookups: AccountLookups) -> None:
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name="/secret", Value="v", Type="SecureString")
    with pytest.raises(ValidationError) as raised:
        lookups.parameter("/secret")
    assert raised.value.message == (
        "Parameters [/secret] referenced by template have types not supported by CloudFormation."
    )
    assert lookups.dynamic("ssm-secure", "/secret") == "v"
