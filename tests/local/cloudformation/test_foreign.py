"""Forms that templates of others have, and that a stack must cope with: made, changed, in sync, deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

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
IPV6 = {"Fn::Select": [0, {"Fn::GetAtt": ["Vpc", "Ipv6CidrBlocks"]}]}
DUAL = {
    "Vpc": VPC,
    "Block": resource("EC2::VPCCidrBlock", VpcId={"Ref": "Vpc"}, AmazonProvidedIpv6CidrBlock=True),
    "Subnet": resource(
        "EC2::Subnet",
        VpcId={"Ref": "Vpc"},
        CidrBlock={"Fn::Select": [1, {"Fn::Cidr": [{"Fn::GetAtt": "Vpc.CidrBlock"}, 4, 8]}]},
        Ipv6CidrBlock={"Fn::Select": [3, {"Fn::Cidr": [IPV6, 4, 64]}]},
    )
    | {"DependsOn": "Block"},
    "WayOut": resource("EC2::EgressOnlyInternetGateway", VpcId={"Ref": "Vpc"}),
    "Table": resource("EC2::RouteTable", VpcId={"Ref": "Vpc"}),
    "Route": resource(
        "EC2::Route",
        RouteTableId={"Ref": "Table"},
        DestinationIpv6CidrBlock="::/0",
        EgressOnlyInternetGatewayId={"Ref": "WayOut"},
    ),
}
IMAGE = "{{resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base}}"
MACHINES = {
    "Vpc": VPC,
    "Subnet": resource("EC2::Subnet", VpcId={"Ref": "Vpc"}, CidrBlock="10.0.1.0/24"),
    "Template": resource(
        "EC2::LaunchTemplate",
        LaunchTemplateData={
            "ImageId": IMAGE,
            "InstanceType": "t3.micro",
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeType": "gp3"}}],
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
EVERYTHING = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:*"}


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param({"Role": ROLE}, id="policies without a version"),
        pytest.param(
            {
                "Role": ROLE,
                "Policy": resource(
                    "IAM::Policy",
                    PolicyName="list",
                    PolicyDocument=allow("iam:ListRoles", EVERYTHING),
                    Roles=[{"Ref": "Role"}],
                ),
            },
            id="all of IAM in an account",
        ),
        pytest.param(DUAL, id="a block of IPv6"),
        pytest.param(MACHINES, id="the image's size of a disk, a name that nobody gave"),
    ],
)
def test_lives(strict: CloudFormationClient, resources: dict[str, Any]) -> None:
    assert life(strict, {"Resources": resources}) == [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "IN_SYNC",
        "DELETE_COMPLETE",
    ]


def life(client: CloudFormationClient, template: dict[str, Any]) -> list[str]:
    """The stations of a stack that is made, tagged anew, looked at for drift, and deleted."""
    text = json.dumps(template)
    stack = client.create_stack(StackName="foreign", TemplateBody=text, Capabilities=CAPABILITIES)["StackId"]
    stations = [_station(client, stack)]
    if stations != ["CREATE_COMPLETE"]:
        return stations
    client.update_stack(
        StackName=stack,
        UsePreviousTemplate=True,
        Capabilities=CAPABILITIES,
        Tags=[{"Key": "stage", "Value": "next"}],
    )
    stations.append(_station(client, stack))
    found = client.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
    told = client.describe_stack_drift_detection_status(StackDriftDetectionId=found)
    stations.append(str(told["StackDriftStatus"]))
    client.delete_stack(StackName=stack)
    return [*stations, _station(client, stack)]


def _station(client: CloudFormationClient, stack: str) -> str:
    status: str = client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    if status.endswith("_COMPLETE") and "ROLLBACK" not in status:
        return status
    events = client.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return "; ".join(
        [status, *(f"{one['LogicalResourceId']}: {one['ResourceStatusReason']}" for one in failed)]
    )
