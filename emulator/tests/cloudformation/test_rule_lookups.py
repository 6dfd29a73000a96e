from functools import partial
from typing import Any

import boto3
import pytest

from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.template.rule_lookups import attribute, existing
from catalog_emulator.cloudformation.template.rules import RuleError
from tests.cloudformation.conftest import REGION

ACCOUNT = "123456789012"


def client(service: Any) -> Any:
    return boto3.client(service, region_name=REGION)


def test_attributes_of_resources(mocked: None) -> None:
    ec2 = client("ec2")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "team", "Value": "ml"}]}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags)["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}b")
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    group = ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"][0]["GroupId"]
    acl = ec2.describe_network_acls(Filters=of_vpc)["NetworkAcls"][0]["NetworkAclId"]
    read = partial(attribute, clients(ACCOUNT, REGION))
    subnet_id = subnet["Subnet"]["SubnetId"]
    assert read("AWS::EC2::VPC::Id", vpc, "Tags.team") == "ml"
    assert read("AWS::EC2::VPC::Id", vpc, "Tags.owner") == ""
    assert read("AWS::EC2::VPC::Id", vpc, "DefaultSecurityGroup") == group
    assert read("AWS::EC2::VPC::Id", vpc, "DefaultNetworkAcl") == acl
    assert read("AWS::EC2::Subnet::Id", subnet_id, "VpcId") == vpc
    assert read("AWS::EC2::Subnet::Id", subnet_id, "AvailabilityZone") == f"{REGION}b"
    assert read("AWS::EC2::SecurityGroup::Id", group, "Tags.x") == ""


@pytest.mark.parametrize(
    ("kind", "value", "name", "message"),
    [
        ("AWS::EC2::VPC::Id", "vpc-none", "Tags.x", "vpc-none does not exist"),
        ("String", "x", "Tags.x", "values of type String cannot be looked up"),
    ],
)
def test_missing_resources(mocked: None, kind: str, value: str, name: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        attribute(clients(ACCOUNT, REGION), kind, value, name)


def test_unknown_attribute(mocked: None) -> None:
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    with pytest.raises(RuleError, match="AWS::EC2::VPC::Id has no attribute Colour"):
        attribute(clients(ACCOUNT, REGION), "AWS::EC2::VPC::Id", vpc, "Colour")


@pytest.mark.usefixtures("images")
def test_existing_values(mocked: None) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    group = ec2.create_security_group(GroupName="team", Description="x", VpcId=vpc)["GroupId"]
    ec2.create_key_pair(KeyName="mine")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    zone = client("route53").create_hosted_zone(Name="a.example", CallerReference="x")["HostedZone"]["Id"]
    read = partial(existing, clients(ACCOUNT, REGION))
    assert read("AWS::EC2::KeyPair::KeyName") == ["mine"]
    assert read("AWS::EC2::Instance::Id") == [instance]
    assert read("AWS::Route53::HostedZone::Id") == [zone.rpartition("/")[2]]
    for kind, value in (
        ("AvailabilityZone::Name", f"{REGION}b"),
        ("Image::Id", image),
        ("SecurityGroup::GroupName", "team"),
        ("SecurityGroup::Id", group),
        ("VPC::Id", vpc),
        ("Volume::Id", volume),
    ):
        assert value in read(f"AWS::EC2::{kind}")
    with pytest.raises(RuleError, match="values of type String cannot be looked up"):
        read("String")
