"""Templates as people write them: created, changed, in sync, deleted."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from moto import mock_aws

from catalog_emulator import install
from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import physical_ids
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

CAPABILITIES: Any = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}]}
TRUST["Statement"][0]["Action"] = "sts:AssumeRole"


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def allow(action: str, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": on}], **more}


ROLE = resource(
    "IAM::Role",
    AssumeRolePolicyDocument=TRUST,
    Policies=[{"PolicyName": "old", "PolicyDocument": allow("s3:GetObject", Version="2008-10-17")}],
)
VPC = resource("EC2::VPC", CidrBlock="10.0.0.0/16")
NAMES = {
    "Zone": resource("Route53::HostedZone", Name="example.com"),
    "Group": resource(
        "Route53::RecordSetGroup",
        HostedZoneId={"Ref": "Zone"},
        RecordSets=[
            {"Name": "api.example.com", "Type": "A", "TTL": "60", "ResourceRecords": ["10.0.0.1"]},
            {"Name": "www.example.com", "Type": "CNAME", "TTL": "60", "ResourceRecords": ["api.example.com"]},
        ],
    ),
}
DISK = {"VolumeType": "gp3", "DeleteOnTermination": True}
IMAGE = "{{resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base}}"
MACHINES = {
    "Vpc": VPC,
    "Subnet": resource("EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.1.0/24"),
    "Template": resource(
        "EC2::LaunchTemplate",
        LaunchTemplateData={
            "ImageId": IMAGE,
            "InstanceType": "t3.micro",
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": DISK}],
        },
    ),
    "Group": resource(
        "AutoScaling::AutoScalingGroup",
        MinSize="1",
        MaxSize="1",
        VPCZoneIdentifier=[{"Ref": "Subnet"}],
        LaunchTemplate={
            "LaunchTemplateId": {"Ref": "Template"},
            "Version": {"Fn::GetAtt": "Template.LatestVersionNumber"},
        },
    ),
    "Queue": resource("SQS::Queue"),
    "Name": resource("SSM::Parameter", Type="String", Value={"Fn::GetAtt": "Queue.QueueName"}),
}
SPREAD = {
    "Fn::ForEach::Queues": [
        "Kind",
        ["Orders", "Mails"],
        {"Queue${Kind}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "q-${Kind}"}}}},
    ],
    "Name": resource("SSM::Parameter", Type="String", Value={"Ref": {"Fn::Sub": "QueueOrders"}}),
    "Arn": resource(
        "SSM::Parameter", Type="String", Value={"Fn::GetAtt": [{"Fn::Sub": "QueueMails"}, "Arn"]}
    ),
}
BEHIND = {
    "Vpc": VPC,
    "Group": resource(
        "EC2::SecurityGroup",
        GroupDescription="web",
        VpcId={"Ref": "Vpc"},
        SecurityGroupIngress=[{"IpProtocol": "TCP", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}],
    ),
    "Targets": resource(
        "ElasticLoadBalancingV2::TargetGroup", Port=80, Protocol="HTTP", VpcId={"Ref": "Vpc"}
    ),
    "Cluster": resource("ECS::Cluster"),
    "Address": resource("EC2::EIP"),
    "Api": resource("ApiGateway::RestApi", Name="api"),
    "Volume": resource("EC2::Volume", Size=8, AvailabilityZone={"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
    "Zone": resource("Route53::HostedZone", Name="example.com"),
    "Subnet": resource("EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.1.0/24"),
    "Second": resource(
        "EC2::Subnet",
        VpcId={"Ref": "Vpc"},
        CidrBlock="10.0.2.0/24",
        AvailabilityZone={"Fn::Select": [1, {"Fn::GetAZs": ""}]},
    ),
    "Balancer": resource(
        "ElasticLoadBalancingV2::LoadBalancer",
        Type="network",
        SubnetMappings=[{"SubnetId": {"Ref": "Subnet"}}, {"SubnetId": {"Ref": "Second"}}],
    ),
    "Listener": resource(
        "ElasticLoadBalancingV2::Listener",
        LoadBalancerArn={"Ref": "Balancer"},
        Port=80,
        Protocol="TCP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
    ),
    "Bucket": resource("S3::Bucket", NotificationConfiguration={"QueueConfigurations": []}),
    "User": resource("IAM::User", UserName="builder"),
    "Document": resource("SSM::Document", Content={"schemaVersion": "2.2", "mainSteps": []}),
    "Nothing": {
        "Type": "AWS::SQS::Queue",
        "Properties": {"Fn::If": ["Never", {"QueueName": "q"}, {"Ref": "AWS::NoValue"}]},
    },
}
EVERYTHING = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:*"}


@pytest.mark.usefixtures("images")
@cases(
    "resources",
    {
        "policies without a version": {"Role": ROLE},
        "all of IAM in an account": {
            "Role": ROLE,
            "Policy": resource(
                "IAM::Policy",
                PolicyName="list",
                PolicyDocument=allow("iam:ListRoles", EVERYTHING),
                Roles=[{"Ref": "Role"}],
            ),
        },
        "the image's size of a disk, a generated name": MACHINES,
        "references with computed names": SPREAD,
        "a group of records in a zone": NAMES,
        "what moto's models cannot delete or change": BEHIND,
    },
)
def test_create_update_drift_delete(cfn: CloudFormationClient, resources: dict[str, Any]) -> None:
    template = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Mail": {"Type": "String", "Default": "a", "AllowedPattern": r"[\w-\+]+"}},
        "Conditions": {"Never": {"Fn::Equals": [{"Ref": {"Fn::Sub": "Mail"}}, "b"]}},
        "Resources": resources,
    }
    before = _counts()
    assert _run(cfn, template) == ["CREATE_COMPLETE", "UPDATE_COMPLETE", "IN_SYNC", "DELETE_COMPLETE"]
    assert _counts() == before


def _counts() -> dict[str, int]:
    """Numbers of the things that moto's models leave behind."""
    ec2, elb = boto3.client("ec2", REGION), boto3.client("elbv2", REGION)
    return {
        "addresses": len(ec2.describe_addresses()["Addresses"]),
        "apis": len(boto3.client("apigateway", REGION).get_rest_apis()["items"]),
        "network ACLs": len(ec2.describe_network_acls()["NetworkAcls"]),
        "target groups": len(elb.describe_target_groups()["TargetGroups"]),
        "volumes": len(ec2.describe_volumes()["Volumes"]),
        "zones": len(boto3.client("route53", REGION).list_hosted_zones()["HostedZones"]),
    }


@cases(
    ("template", "message"),
    {
        "a macro inside": (
            {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Fn::Transform": "Own"}}}},
            "No transform named Own found.",
        ),
        "of AWS": (
            {"Transform": "AWS::CodeStar", "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}},
            "Transform AWS::CodeStar is not implemented by this endpoint",
        ),
    },
)
def test_macros_are_refused_before_the_stack(
    cfn: CloudFormationClient, template: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as refusal:
        cfn.create_stack(StackName="macro", TemplateBody=json.dumps(template), Capabilities=CAPABILITIES)
    error = refusal.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("ValidationError", message)


FUNCTION = {
    "Role": resource("IAM::Role", AssumeRolePolicyDocument=TRUST),
    "Function": resource(
        "Lambda::Function",
        Role={"Fn::GetAtt": "Role.Arn"},
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": "def handler(event, context): pass"},
    ),
    "Own": {"Type": "Custom::Own", "Properties": {"ServiceToken": {"Fn::GetAtt": "Function.Arn"}}},
}


def test_custom_resource_needs_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    install()
    with mock_aws(config={"lambda": {"use_docker": True}}):
        cfn = boto3.client("cloudformation", region_name=REGION)
        cfn.create_stack(
            StackName="own", TemplateBody=json.dumps({"Resources": FUNCTION}), Capabilities=CAPABILITIES
        )

        assert _final_step(cfn, "own").endswith(
            "of this custom resource cannot be run. moto runs functions with Docker, which is not there."
        )
        assert "Own: Custom::Own is not implemented by this endpoint: " in _final_step(cfn, "own")


MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"digest": "sha256:0", "size": 1},
        "layers": [],
    }
)


def _of_the_cdk(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"Custom::{name}", "Properties": {"ServiceToken": "arn:aws:lambda:::f", **properties}}


def _tag(name: str) -> list[dict[str, str]]:
    return [{"Key": f"aws-cdk:auto-delete-{name}", "Value": "true"}]


def test_custom_resources_of_the_cdk_that_tidy_up(
    cfn: CloudFormationClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    install()
    s3, ecr = boto3.client("s3", REGION), boto3.client("ecr", REGION)
    ec2, logs = boto3.client("ec2", REGION), boto3.client("logs", REGION)
    resources: dict[str, Any] = {
        "Bucket": resource("S3::Bucket", BucketName="objects", Tags=_tag("objects")),
        "Repository": resource("ECR::Repository", RepositoryName="images", Tags=_tag("images")),
        "Network": resource("EC2::VPC", CidrBlock="10.0.0.0/16"),
        "EmptyBucket": _of_the_cdk("S3AutoDeleteObjects", BucketName={"Ref": "Bucket"}),
        "EmptyRepository": _of_the_cdk("ECRAutoDeleteImages", RepositoryName={"Ref": "Repository"}),
        "ClosedGroup": _of_the_cdk(
            "VpcRestrictDefaultSG",
            DefaultSecurityGroupId={"Fn::GetAtt": "Network.DefaultSecurityGroup"},
            Account={"Ref": "AWS::AccountId"},
        ),
        "Logs": _of_the_cdk("LogRetention", LogGroupName="l", RetentionInDays=7, RemovalPolicy="destroy"),
    }
    with mock_aws(config={"core": {"reset_boto3_session": False}, "lambda": {"use_docker": True}}):
        cfn.create_stack(StackName="own", TemplateBody=json.dumps({"Resources": resources}))
        assert _final_step(cfn, "own") == "CREATE_COMPLETE"
        (group,) = ec2.describe_security_groups(
            Filters=[{"Name": "vpc-id", "Values": [physical_ids(cfn, "own")["Network"]]}]
        )["SecurityGroups"]
        assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
        assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
        s3.put_bucket_versioning(Bucket="objects", VersioningConfiguration={"Status": "Enabled"})
        s3.put_object(Bucket="objects", Key="k", Body=b"1")
        s3.delete_object(Bucket="objects", Key="k")
        ecr.put_image(repositoryName="images", imageManifest=MANIFEST, imageTag="t")

        resources["Logs"]["Properties"].pop("RetentionInDays")
        cfn.update_stack(StackName="own", TemplateBody=json.dumps({"Resources": resources}))
        assert _final_step(cfn, "own") == "UPDATE_COMPLETE"
        assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]

        stack = cfn.describe_stacks(StackName="own")["Stacks"][0]["StackId"]
        cfn.delete_stack(StackName="own")
        assert _final_step(cfn, stack) == "DELETE_COMPLETE"
        assert (s3.list_buckets()["Buckets"], logs.describe_log_groups()["logGroups"]) == ([], [])

        other = _of_the_cdk("LogRetention", LogGroupName="l", Mine=True)
        cfn.create_stack(StackName="own", TemplateBody=json.dumps({"Resources": {"Own": other}}))
        assert "Custom::LogRetention is not implemented by this endpoint" in _final_step(cfn, "own")


@cases(
    ("answer", "status"),
    {
        "failed": (
            {"Status": "FAILED", "Reason": "No room."},
            (
                "ROLLBACK_COMPLETE; Own: Received response status [FAILED] from custom resource. "
                "Message returned: No room. (RequestId: "
            ),
        ),
        "succeeded": ({"Status": "SUCCESS", "PhysicalResourceId": "own-1", "Data": {}}, "CREATE_COMPLETE"),
    },
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_custom_resource_answer(cfn: CloudFormationClient, answer: dict[str, Any], status: str) -> None:
    stack = cfn.create_stack(
        StackName="own", TemplateBody=json.dumps({"Resources": FUNCTION}), Capabilities=CAPABILITIES
    )["StackId"]

    body = {"StackId": stack, "LogicalResourceId": "Own", **answer}
    url = f"https://cloudformation.{REGION}.amazonaws.com/cloudformation_{REGION}/cfnresponse?stack={stack}"
    requests.put(url, data=json.dumps(body), timeout=5)

    assert _final_step(cfn, stack).startswith(status)
    own = cfn.describe_stack_events(StackName=stack)["StackEvents"]
    ids = {one["PhysicalResourceId"] for one in own if one["LogicalResourceId"] == "Own"}
    assert ("own-1" in ids) == (status == "CREATE_COMPLETE")


def _final_step(client: CloudFormationClient, stack: str) -> str:
    for _ in range(500):
        if not client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(0.01)
    return _step(client, stack)


def _run(client: CloudFormationClient, template: dict[str, Any]) -> list[str]:
    """The steps of a stack that is created, tagged again, checked for drift, and deleted."""
    text = json.dumps(template)
    stack = client.create_stack(StackName="foreign", TemplateBody=text, Capabilities=CAPABILITIES)["StackId"]
    steps = [_step(client, stack)]
    if steps != ["CREATE_COMPLETE"]:
        return steps
    client.update_stack(
        StackName=stack,
        UsePreviousTemplate=True,
        Capabilities=CAPABILITIES,
        Tags=[{"Key": "stage", "Value": "next"}],
    )
    steps.append(_step(client, stack))
    found = client.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
    detection = client.describe_stack_drift_detection_status(StackDriftDetectionId=found)
    steps.append(str(detection["StackDriftStatus"]))
    client.delete_stack(StackName=stack)
    return [*steps, _step(client, stack)]


def _step(client: CloudFormationClient, stack: str) -> str:
    status: str = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    if status.endswith("_COMPLETE") and "ROLLBACK" not in status:
        return status
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return "; ".join(
        [status, *(f"{one['LogicalResourceId']}: {one['ResourceStatusReason']}" for one in failed)]
    )
