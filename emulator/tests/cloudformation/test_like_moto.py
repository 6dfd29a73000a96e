"""Where moto does otherwise than AWS, and its users may count on it: it stays, unless settings are strict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from catalog_emulator import settings
from catalog_emulator.cloudformation.engine.backend import engine
from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import body, group, history, outputs, status

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

UNKNOWN: dict[str, Any] = {"Type": "AWS::No::Thing", "Properties": {"A": 1}}


def test_a_custom_resource_waits_while_the_caller_goes_on(cloudformation: CloudFormationClient) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "lambda.amazonaws.com"},
    }
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Runtime": "python3.13",
                "Handler": "index.handler",
                "Code": {"ZipFile": "def handler(event, context): pass"},
            },
        },
        "Own": {
            "Type": "Custom::Own",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}},
        },
    }
    template = body(resources, Outputs={"Told": {"Value": {"Fn::GetAtt": ["Own", "told"]}}})

    cloudformation.create_stack(StackName="one", TemplateBody=template)
    assert status(cloudformation)[0] == "CREATE_IN_PROGRESS"

    stack = engine("123456789012", REGION).get_stack("one")
    stack.get_custom_resource("Own").set_data({"told": "answer"})
    stack.verify_readiness()
    assert status(cloudformation)[0] == "CREATE_COMPLETE"
    assert outputs(cloudformation) == {"Told": "answer"}


def test_the_first_missing_parameter(cloudformation: CloudFormationClient) -> None:
    template = body({"A": group("a")}, Parameters={"P": {"Type": "String"}, "Q": {"Type": "String"}})

    with pytest.raises(ClientError, match=r"Missing parameter P$"):
        cloudformation.create_stack(StackName="one", TemplateBody=template)


def test_a_type_that_nobody_knows(cloudformation: CloudFormationClient) -> None:
    told = "Tried to parse AWS::No::Thing but it's not supported"
    with pytest.warns(UserWarning, match=told):
        cloudformation.create_stack(StackName="one", TemplateBody=body({"A": UNKNOWN}))
    assert status(cloudformation)[0] == "CREATE_COMPLETE"
    changed = {**UNKNOWN, "Properties": {"A": 2}}
    with pytest.warns(UserWarning, match=told):
        cloudformation.update_stack(StackName="one", TemplateBody=body({"A": changed}))
    cloudformation.detect_stack_drift(StackName="one")
    assert cloudformation.describe_stack_resource_drifts(StackName="one")["StackResourceDrifts"] == []
    cloudformation.delete_stack(StackName="one")


@pytest.mark.parametrize(
    ("resource", "code", "message"),
    [
        pytest.param(
            {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": "vpc-0", "CidrBlock": "10.0.0.0/24"}},
            "InvalidVpcID.NotFound",
            "vpc-0",
            id="ours",
        ),
        pytest.param(
            {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": "nobody"}},
            "NoSuchEntity",
            "nobody",
            id="moto's",
        ),
        pytest.param(
            group("g", Description={"Fn::ImportValue": "none"}),
            "ValidationError",
            "No export named none found",
            id="template",
        ),
    ],
)
def test_the_error_of_a_resource_is_the_caller_s(
    resource: dict[str, Any], code: str, message: str, cloudformation: CloudFormationClient
) -> None:
    with pytest.raises(ClientError, match=message) as refusal:
        cloudformation.create_stack(StackName="one", TemplateBody=body({"A": resource}))

    assert refusal.value.response["Error"]["Code"] == code
    assert status(cloudformation)[0] == "ROLLBACK_COMPLETE"


def test_only_the_stack_s_own_events_are_told(cloudformation: CloudFormationClient) -> None:
    topic = boto3.client("sns", region_name=REGION).create_topic(Name="told")["TopicArn"]
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    boto3.client("sns", region_name=REGION).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    cloudformation.create_stack(
        StackName="one", TemplateBody=body({"A": group("a")}), NotificationARNs=[topic]
    )

    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    texts = [json.loads(message["Body"])["Message"] for message in messages]
    assert ["ResourceStatusReason='None'" in text for text in texts] == [False, True]
    assert all("LogicalResourceId='one'" in text for text in texts)


def test_updates_have_no_clean_up(cloudformation: CloudFormationClient) -> None:
    cloudformation.create_stack(StackName="one", TemplateBody=body({"A": group("a")}))
    cloudformation.update_stack(StackName="one", TemplateBody=body({"A": group("b")}))

    assert [state for name, state in history(cloudformation) if name == "one"] == [
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_a_change_set_of_nothing(cloudformation: CloudFormationClient) -> None:
    cloudformation.create_stack(StackName="one", TemplateBody=body({"A": group("a")}))

    with pytest.raises(ClientError, match=r"No updates are to be performed\.$"):
        cloudformation.create_change_set(StackName="one", ChangeSetName="next", UsePreviousTemplate=True)


def test_a_stack_set_may_have_a_name_twice(cloudformation: CloudFormationClient) -> None:
    made = [
        cloudformation.create_stack_set(StackSetName="s", TemplateBody=body({"A": group("a")}))["StackSetId"]
        for _ in range(2)
    ]
    assert made[0] != made[1]


def test_an_instance_that_cannot_be_started_is_refused(cloudformation: CloudFormationClient) -> None:
    template = body({"A": group("a")}, Parameters={"P": {"Type": "String"}})
    cloudformation.create_stack_set(StackSetName="s", TemplateBody=template)

    with pytest.raises(ClientError, match="Missing parameter P"):
        cloudformation.create_stack_instances(StackSetName="s", Accounts=["123456789012"], Regions=[REGION])
    assert cloudformation.list_stack_instances(StackSetName="s")["Summaries"] == []


def test_parameters_and_rules_are_not_checked(cloudformation: CloudFormationClient) -> None:
    parameters = {
        "P": {"Type": "String", "AllowedPattern": "a+", "Default": "b"},
        "Key": {"Type": "AWS::EC2::KeyPair::KeyName"},
    }
    rules = {"R": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "P"}, "a"]}}]}}
    given = {"Key": "none", "Nobody": "knows"}
    cloudformation.create_stack(
        StackName="one",
        TemplateBody=body({"A": group("a")}, Parameters=parameters, Rules=rules),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
    )
    assert status(cloudformation)[0] == "CREATE_COMPLETE"


def test_properties_are_not_checked(cloudformation: CloudFormationClient) -> None:
    wrong = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "t", "Nme": "t"}}
    cloudformation.create_stack(StackName="one", TemplateBody=body({"A": wrong}))
    assert status(cloudformation)[0] == "CREATE_COMPLETE"


def test_resources_are_listed_as_the_template_has_them(cloudformation: CloudFormationClient) -> None:
    template = body({"B": group("b"), "A": group("a")})
    cloudformation.create_stack(StackName="one", TemplateBody=template)

    def names() -> list[str]:
        listed = cloudformation.list_stack_resources(StackName="one")["StackResourceSummaries"]
        return [one["LogicalResourceId"] for one in listed]

    assert names() == ["B", "A"]
    settings.strict = True
    assert names() == ["A", "B"]


def test_moto_s_models_decide_what_an_update_replaces(cloudformation: CloudFormationClient) -> None:
    def stream(**properties: Any) -> str:
        return body({"A": {"Type": "AWS::Kinesis::Stream", "Properties": properties}})

    kinesis = boto3.client("kinesis", region_name=REGION)
    cloudformation.create_stack(StackName="one", TemplateBody=stream(Name="numbers", ShardCount=1))
    cloudformation.update_stack(StackName="one", TemplateBody=stream(ShardCount=2))
    assert kinesis.list_streams()["StreamNames"] == ["numbers"]


def test_a_ref_is_the_thing_itself_where_moto_has_no_id(cloudformation: CloudFormationClient) -> None:
    subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}}
    subnets = {"Description": "d", "SubnetIds": [{"Ref": "Subnet"}]}
    cluster = {
        "ClusterType": "single-node",
        "NodeType": "dc1.large",
        "DBName": "d",
        "MasterUsername": "u",
        "MasterUserPassword": "Password1",
        "ClusterSubnetGroupName": {"Ref": "Subnets"},
    }
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Subnet": subnet,
        "Subnets": {"Type": "AWS::Redshift::ClusterSubnetGroup", "Properties": subnets},
        "Cluster": {"Type": "AWS::Redshift::Cluster", "Properties": cluster},
    }
    told = {"Port": {"Value": {"Fn::GetAtt": ["Cluster", "Endpoint.Port"]}}}
    cloudformation.create_stack(StackName="one", TemplateBody=body(resources, Outputs=told))
    clusters = boto3.client("redshift", region_name=REGION).describe_clusters()["Clusters"]
    assert [one["DBName"] for one in clusters] == ["d"]
    assert outputs(cloudformation) == {"Port": "5439"}


@pytest.mark.parametrize(("strict", "url"), [(False, "s3-website.us"), (True, "s3-website-us")])
def test_address_of_a_website(strict: bool, url: str, cloudformation: CloudFormationClient) -> None:
    settings.strict = strict
    template = body(
        {"A": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "site"}}},
        Outputs={"Url": {"Value": {"Fn::GetAtt": ["A", "WebsiteURL"]}}},
    )
    cloudformation.create_stack(StackName="one", TemplateBody=template)
    assert outputs(cloudformation) == {"Url": f"http://site.{url}-west-2.amazonaws.com"}
