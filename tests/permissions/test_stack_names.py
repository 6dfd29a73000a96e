from __future__ import annotations

from typing import Any

from publisher.permissions.private_dns import private_dns
from publisher.permissions.stack_names import stack_names
from publisher.templates.checks import Check
from publisher.templates.render import Rendered
from tests.conftest import cases

STACK: dict[str, Any] = {"Ref": "AWS::StackName"}
CAPITALS, HYPHENS = "capital letters are not allowed", "hyphens are not allowed"


def longer(characters: int, most: int) -> str:
    return f"it has at least {characters} characters, at most {most} are allowed"


def found(rule: Check, resources: dict[str, Any], **sections: Any) -> list[str]:
    """What a rule finds in a template, without its places."""
    unread: Any = None
    template = {"Resources": resources, **sections}
    rendered = Rendered(variant=unread, template=template, body="", digest="", content=())
    return [message for _, message in rule.find(rendered)]


def sub(text: str) -> dict[str, Any]:
    return {"Fn::Sub": text}


@cases(
    ("type_name", "key", "value", "refusal"),
    {
        "bucket": ("AWS::S3::Bucket", "BucketName", sub("${AWS::StackName}-data"), CAPITALS),
        "bucket by itself": ("AWS::S3::Bucket", "BucketName", STACK, CAPITALS),
        "joined": ("AWS::S3::Bucket", "BucketName", {"Fn::Join": ["-", ["a", STACK]]}, CAPITALS),
        "one choice": ("AWS::S3::Bucket", "BucketName", {"Fn::If": ["Short", "a-b", STACK]}, CAPITALS),
        "by a variable": ("AWS::S3::Bucket", "BucketName", {"Fn::Sub": ["${N}-x", {"N": STACK}]}, CAPITALS),
        "part of its ID": (
            "AWS::S3::Bucket",
            "BucketName",
            {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]},
            CAPITALS,
        ),
        "access point": ("AWS::S3::AccessPoint", "Name", sub("${AWS::StackName}-p"), CAPITALS),
        "image repository": ("AWS::ECR::Repository", "RepositoryName", sub("a/${AWS::StackName}"), CAPITALS),
        "sign-in page": ("AWS::Cognito::UserPoolDomain", "Domain", STACK, CAPITALS),
        "search": ("AWS::OpenSearchService::Domain", "DomainName", STACK, longer(33, 28)),
        "target group": ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name", STACK, longer(33, 32)),
        "load balancer": (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Name",
            sub("${AWS::StackName}-${P}"),
            longer(35, 32),
        ),
        "classic": ("AWS::ElasticLoadBalancing::LoadBalancer", "LoadBalancerName", STACK, longer(33, 32)),
        "role": ("AWS::IAM::Role", "RoleName", sub("${AWS::StackName}" + "r" * 32), longer(65, 64)),
        "role of a place": (
            "AWS::IAM::Role",
            "RoleName",
            sub("${AWS::StackName}-${AWS::Region}-${AWS::AccountId}-execution"),
            longer(66, 64),
        ),
        "user": ("AWS::IAM::User", "UserName", sub("${AWS::StackName}-" + "u" * 31), longer(65, 64)),
        "function": (
            "AWS::Lambda::Function",
            "FunctionName",
            sub("${AWS::StackName}-" + "f" * 31),
            longer(65, 64),
        ),
        "event rule": ("AWS::Events::Rule", "Name", sub("${AWS::StackName}-" + "e" * 31), longer(65, 64)),
        "topic rule": ("AWS::IoT::TopicRule", "RuleName", STACK, HYPHENS),
        "database": ("AWS::RDS::DBInstance", "DBName", STACK, HYPHENS),
        "warehouse": ("AWS::Redshift::Cluster", "ClusterIdentifier", STACK, CAPITALS),
        "cache": (
            "AWS::ElastiCache::ReplicationGroup",
            "ReplicationGroupId",
            sub("${AWS::StackName}-replica"),
            longer(41, 40),
        ),
        "cluster": ("AWS::DAX::Cluster", "ClusterName", STACK, longer(33, 20)),
        "queue": ("AWS::SQS::Queue", "QueueName", sub("${AWS::StackName}-" + "q" * 47), longer(81, 80)),
    },
)
def test_names_that_no_launch_can_have(type_name: str, key: str, value: Any, refusal: str) -> None:
    parameters = {"P": {"Type": "String"}}
    conditions = {"Short": {"Fn::Equals": [{"Ref": "P"}, "a"]}}
    one = {"A": {"Type": type_name, "Properties": {key: value}}}
    name = "SC-<account>-pp-<13 characters>"
    assert found(stack_names, one, Parameters=parameters, Conditions=conditions) == [
        f"{key} is made of the stack's name, {name} in a launch: {refusal}"
    ]


@cases(
    ("type_name", "key", "value"),
    {
        "role": ("AWS::IAM::Role", "RoleName", sub("${AWS::StackName}" + "r" * 31)),
        "topic": ("AWS::SNS::Topic", "TopicName", sub("${AWS::StackName}-topic")),
        "instance": ("AWS::RDS::DBInstance", "DBInstanceIdentifier", STACK),
        "log group": ("AWS::Logs::LogGroup", "LogGroupName", sub("/aws/${AWS::StackName}")),
        "words": ("AWS::IAM::Role", "Description", sub("Role of ${AWS::StackName}")),
        "last part of the ID": (
            "AWS::S3::Bucket",
            "BucketName",
            {"Fn::Join": ["-", ["a", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]]},
        ),
        "last part of the name": (
            "AWS::S3::Bucket",
            "BucketName",
            {"Fn::Select": [3, {"Fn::Split": ["-", STACK]}]},
        ),
        "parameter": ("AWS::S3::Bucket", "BucketName", {"Ref": "P"}),
        "capitals of its own": ("AWS::S3::Bucket", "BucketName", sub("Data-${P}")),
        "unknown type": ("A::B::C", "Name", STACK),
        "no value": ("AWS::S3::Bucket", "BucketName", {"Fn::Nothing": STACK}),
    },
)
def test_names_that_a_launch_can_have(type_name: str, key: str, value: Any) -> None:
    one = {"A": {"Type": type_name, "Properties": {key: value}}}
    assert found(stack_names, one, Parameters={"P": {"Type": "String"}}) == []


GROUP = {"Fn::GetAtt": ["Group", "GroupId"]}
MEMBERS = {"IpProtocol": "-1", "SourceSecurityGroupId": {"Ref": "Other"}}
RANGE = {"IpProtocol": "-1", "CidrIp": {"Ref": "Range"}}


def endpoint(private: Any = True, groups: Any = None, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::VPCEndpoint",
        "Properties": {
            "VpcEndpointType": "Interface",
            "PrivateDnsEnabled": private,
            "SecurityGroupIds": [GROUP] if groups is None else groups,
            **properties,
        },
    }


def group(*rules: Any) -> dict[str, Any]:
    return {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": list(rules)}}


def ingress(condition: str, **rule: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Condition": condition,
        "Properties": {"GroupId": {"Ref": "Group"}, **rule},
    }


@cases(
    ("resources", "is_cut_off"),
    {
        "members only": ({"E": endpoint(), "Group": group(MEMBERS)}, True),
        "no rule": ({"E": endpoint(), "Group": group()}, True),
        "the VPC's default group": ({"E": endpoint(groups=[])}, True),
        "private DNS by a parameter": ({"E": endpoint({"Ref": "Private"}), "Group": group(MEMBERS)}, True),
        "on by default, the range empty": (
            {"E": endpoint({"Ref": "On"}), "Group": group(), "I": ingress("HasRange", **RANGE)},
            True,
        ),
        "off by default, a range possible": (
            {"E": endpoint({"Ref": "Private"}), "Group": group(), "I": ingress("HasRange", **RANGE)},
            False,
        ),
        "a range": ({"E": endpoint(), "Group": group({"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"})}, False),
        "a prefix list": (
            {"E": endpoint(), "Group": group({"IpProtocol": "-1", "SourcePrefixListId": "pl-1"})},
            False,
        ),
        "a range of IPv6": (
            {"E": endpoint(), "Group": group({"IpProtocol": "-1", "CidrIpv6": "::/0"})},
            False,
        ),
        "the range of a VPC": (
            {"E": endpoint(), "Group": group({"CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}})},
            False,
        ),
        "one of two groups": ({"E": endpoint(groups=[GROUP, "sg-1"]), "Group": group(MEMBERS)}, False),
        "the caller's group": ({"E": endpoint(groups=[{"Ref": "Private"}])}, False),
        "no private DNS": ({"E": endpoint(False), "Group": group(MEMBERS)}, False),
        "gateway": ({"E": endpoint(VpcEndpointType="Gateway"), "Group": group(MEMBERS)}, False),
        "a choice of rules": (
            {"E": endpoint(), "Group": group({"Fn::If": ["HasRange", RANGE, {"Ref": "AWS::NoValue"}]})},
            True,
        ),
    },
)
def test_endpoints_that_cut_a_vpc_off(resources: dict[str, Any], is_cut_off: bool) -> None:
    parameters = {
        "Private": {"Type": "String", "Default": "false", "AllowedValues": ["true", "false"]},
        "On": {"Type": "String", "Default": "true", "AllowedValues": ["true", "false"]},
        "Range": {"Type": "String", "Default": ""},
    }
    conditions = {"HasRange": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Range"}, ""]}]}}
    message = (
        "endpoint 'E' can take over its service's name in the whole VPC, "
        "and admits only members of its security groups"
    )
    problems = found(private_dns, resources, Parameters=parameters, Conditions=conditions)
    assert problems == ([message] if is_cut_off else [])
