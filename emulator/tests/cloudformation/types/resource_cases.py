"""One resource of each type with many properties, and a change to it; `@Name.Attribute` is another's."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

OWN = [{"Key": "own", "Value": "1"}]
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::x/*"}],
}
WRITE = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::x/*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["codepipeline.amazonaws.com", "codebuild.amazonaws.com"]},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        },
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "sts:AssumeRole",
        },
    ],
}
TLS_ONLY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "arn:aws:s3:::ml-artifacts/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}
EMPTY_DASHBOARD = json.dumps({"widgets": []})
TEXT = {"type": "text", "x": 0, "y": 0, "width": 3, "height": 3, "properties": {"markdown": "a"}}
EXPIRE = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
            "action": {"type": "expire"},
        }
    ]
}


def publish(sid: str, resource: str = "*") -> dict[str, Any]:
    """A resource policy for EventBridge."""
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": resource,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def key_policy(*more: str) -> dict[str, Any]:
    """A key policy for the account and more principals."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::123456789012:{principal}"},
            "Action": "kms:*",
            "Resource": "*",
        }
        for principal in ("root", *more)
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def content() -> bytes:
    """A zip for a repository."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("README.md", "hello")
    return buffer.getvalue()


def pipeline(provider: str) -> list[dict[str, Any]]:
    """Two stages."""
    return [
        {
            "Name": "Source",
            "Actions": [
                {
                    "Name": "Fetch",
                    "ActionTypeId": {
                        "Category": "Source",
                        "Owner": "AWS",
                        "Provider": "CodeCommit",
                        "Version": "1",
                    },
                    "Configuration": {
                        "RepositoryName": "model-build",
                        "BranchName": "main",
                        "PollForSourceChanges": False,
                    },
                    "OutputArtifacts": [{"Name": "source"}],
                    "RunOrder": "1",
                }
            ],
        },
        {
            "Name": "Build",
            "Actions": [
                {
                    "Name": "Build",
                    "ActionTypeId": {
                        "Category": "Build",
                        "Owner": "AWS",
                        "Provider": provider,
                        "Version": "1",
                    },
                    "Configuration": {"ProjectName": "project"},
                    "InputArtifacts": [{"Name": "source"}],
                }
            ],
        },
    ]


@dataclass(frozen=True, kw_only=True)
class ResourceCase:
    """A resource's properties, and a change to them; a read does not show the `unreadable` ones."""

    type_name: str
    properties: Mapping[str, Any]
    change: Mapping[str, Any] = field(default_factory=dict)
    unreadable: frozenset[str] = frozenset()

    def needs(self) -> set[str]:
        """Names of the cases that this one refers to."""
        return {*_references(self.properties), *_references(self.change)}

    def changed(self) -> dict[str, Any]:
        """The properties after the change; None takes one away."""
        merged = {**self.properties, **self.change}
        return {name: value for name, value in merged.items() if value is not None}


def resolve(value: Any, lookup: Callable[[str, str], Any]) -> Any:
    """The value with its references looked up."""
    match value:
        case str() if value.startswith("@"):
            name, _, attribute = value[1:].partition(".")
            return lookup(name, attribute)
        case Mapping():
            return {key: resolve(item, lookup) for key, item in value.items()}
        case list():
            return [resolve(item, lookup) for item in value]
    return value


def _references(value: Any) -> Iterator[str]:
    match value:
        case str() if value.startswith("@"):
            yield value[1:].partition(".")[0]
        case Mapping():
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)


def closure(name: str) -> list[str]:
    """The case and what it needs, in an order in which they can be made."""
    left, order = [name], [name]
    while left:
        needed = RESOURCE_CASES[left.pop()].needs()
        order.extend(needed)
        left.extend(needed)
    names = list(RESOURCE_CASES)
    return sorted(set(order), key=names.index)


RESOURCE_CASES: dict[str, ResourceCase] = {
    "Key": ResourceCase(
        type_name="AWS::KMS::Key",
        properties={
            "KeyPolicy": key_policy(),
            "EnableKeyRotation": "true",
            "Description": "d",
            "PendingWindowInDays": "30",
            "Tags": OWN,
        },
        change={"Description": "e", "KeyPolicy": key_policy("role/x"), "EnableKeyRotation": False},
        unreadable=frozenset(["PendingWindowInDays"]),
    ),
    "Alias": ResourceCase(
        type_name="AWS::KMS::Alias", properties={"AliasName": "alias/x", "TargetKeyId": "@Key"}
    ),
    "Bucket": ResourceCase(
        type_name="AWS::S3::Bucket",
        properties={
            "BucketName": "ml-artifacts",
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {
                        "ServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": "@Key.Arn",
                        },
                        "BucketKeyEnabled": True,
                    }
                ]
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": "true",
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "a",
                        "Status": "Enabled",
                        "NoncurrentVersionExpiration": {"NoncurrentDays": "30"},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    },
                    {"Id": "b", "Status": "Enabled", "Prefix": "x/", "ExpirationInDays": 3},
                ]
            },
            "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
            "Tags": OWN,
        },
        change={"VersioningConfiguration": {"Status": "Suspended"}},
    ),
    "BucketPolicy": ResourceCase(
        type_name="AWS::S3::BucketPolicy", properties={"Bucket": "@Bucket", "PolicyDocument": TLS_ONLY}
    ),
    "ManagedPolicy": ResourceCase(
        type_name="AWS::IAM::ManagedPolicy",
        properties={"PolicyDocument": READ, "Path": "/a/", "Description": "x"},
        change={"PolicyDocument": WRITE},
    ),
    "Boundary": ResourceCase(type_name="AWS::IAM::ManagedPolicy", properties={"PolicyDocument": READ}),
    "Role": ResourceCase(
        type_name="AWS::IAM::Role",
        properties={
            "Path": "/ml/x/",
            "AssumeRolePolicyDocument": TRUST,
            "Policies": [{"PolicyName": "p", "PolicyDocument": READ}],
            "ManagedPolicyArns": ["@ManagedPolicy"],
            "PermissionsBoundary": "@Boundary",
            "Tags": OWN,
        },
        change={
            "Description": "new",
            "PermissionsBoundary": None,
            "Policies": [{"PolicyName": "q", "PolicyDocument": WRITE}],
            "ManagedPolicyArns": None,
        },
    ),
    "Policy": ResourceCase(
        type_name="AWS::IAM::Policy",
        properties={"PolicyName": "q", "PolicyDocument": READ, "Roles": ["@Role"]},
        change={"PolicyName": "qq"},
    ),
    "LogGroup": ResourceCase(
        type_name="AWS::Logs::LogGroup",
        properties={
            "LogGroupName": "/ml/x/compliance",
            "RetentionInDays": "365",
            "KmsKeyId": "@Key.Arn",
            "ResourcePolicyDocument": publish("a", "arn:aws:logs:us-west-2:123456789012:log-group:/ml/x:*"),
            "Tags": OWN,
        },
        change={"RetentionInDays": 30},
    ),
    "Topic": ResourceCase(
        type_name="AWS::SNS::Topic",
        properties={"TopicName": "alerts", "KmsMasterKeyId": "@Key", "DisplayName": "D", "Tags": OWN},
        change={"DisplayName": "E"},
    ),
    "TopicPolicy": ResourceCase(
        type_name="AWS::SNS::TopicPolicy",
        properties={
            "Topics": ["@Topic"],
            "PolicyDocument": publish("a", "arn:aws:sns:us-west-2:123456789012:alerts"),
        },
    ),
    "Subscription": ResourceCase(
        type_name="AWS::SNS::Subscription",
        properties={
            "TopicArn": "@Topic",
            "Protocol": "sqs",
            "Endpoint": "arn:aws:sqs:us-west-2:123456789012:alerts",
            "FilterPolicy": {"a": ["b"]},
        },
    ),
    "Rule": ResourceCase(
        type_name="AWS::Events::Rule",
        properties={
            "Description": "x",
            "EventPattern": {"source": ["aws.codepipeline"], "detail": {"state": ["FAILED"]}},
            "State": "ENABLED",
            "Targets": [
                {
                    "Id": "t",
                    "Arn": "@Topic",
                    "InputTransformer": {
                        "InputPathsMap": {"p": "$.detail.pipeline"},
                        "InputTemplate": '"Pipeline <p>"',
                    },
                },
                {
                    "Id": "a",
                    "Arn": "arn:aws:codepipeline:us-west-2:123456789012:pipe",
                    "RoleArn": "@Role.Arn",
                },
            ],
            "Tags": OWN,
        },
        change={"State": "DISABLED"},
    ),
    "Bus": ResourceCase(
        type_name="AWS::Events::EventBus", properties={"Name": "bus", "Tags": OWN, "Description": "d"}
    ),
    "BusPolicy": ResourceCase(
        type_name="AWS::Events::EventBusPolicy",
        properties={
            "EventBusName": "@Bus",
            "StatementId": "s1",
            "Statement": {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "events:PutEvents",
                "Resource": "arn:aws:events:us-west-2:123456789012:event-bus/bus",
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
            },
        },
        unreadable=frozenset(["Statement", "EventBusName"]),
    ),
    "BusRule": ResourceCase(
        type_name="AWS::Events::Rule",
        properties={"EventBusName": "@Bus", "EventPattern": {"source": ["x"]}, "Tags": OWN},
        change={"Description": "z"},
        unreadable=frozenset(["EventBusName"]),
    ),
    "Parameter": ResourceCase(
        type_name="AWS::SSM::Parameter",
        properties={
            "Name": "/ml/x/A",
            "Type": "String",
            "Value": "v",
            "Description": "d",
            "Tags": {"own": "1"},
        },
        change={"Value": "w"},
    ),
    "List": ResourceCase(
        type_name="AWS::SSM::Parameter", properties={"Name": "/ml/x/L", "Type": "StringList", "Value": "a,b"}
    ),
    "Vpc": ResourceCase(
        type_name="AWS::EC2::VPC",
        properties={
            "CidrBlock": "10.0.0.0/16",
            "EnableDnsSupport": True,
            "EnableDnsHostnames": "true",
            "Tags": OWN,
        },
        change={"EnableDnsHostnames": False},
    ),
    "Subnet": ResourceCase(
        type_name="AWS::EC2::Subnet",
        properties={
            "VpcId": "@Vpc",
            "CidrBlock": "10.0.1.0/24",
            "AvailabilityZone": "us-west-2a",
            "MapPublicIpOnLaunch": "false",
            "Tags": OWN,
        },
        change={"MapPublicIpOnLaunch": True},
    ),
    "Gateway": ResourceCase(type_name="AWS::EC2::InternetGateway", properties={"Tags": OWN}),
    "Attachment": ResourceCase(
        type_name="AWS::EC2::VPCGatewayAttachment",
        properties={"VpcId": "@Vpc", "InternetGatewayId": "@Gateway"},
    ),
    "Table": ResourceCase(type_name="AWS::EC2::RouteTable", properties={"VpcId": "@Vpc", "Tags": OWN}),
    "Route": ResourceCase(
        type_name="AWS::EC2::Route",
        properties={"RouteTableId": "@Table", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "@Gateway"},
    ),
    "Association": ResourceCase(
        type_name="AWS::EC2::SubnetRouteTableAssociation",
        properties={"RouteTableId": "@Table", "SubnetId": "@Subnet"},
    ),
    "Group": ResourceCase(
        type_name="AWS::EC2::SecurityGroup",
        properties={
            "GroupDescription": "g",
            "VpcId": "@Vpc",
            "SecurityGroupIngress": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": "443",
                    "CidrIp": "10.0.0.0/16",
                    "Description": "d",
                }
            ],
            "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "127.0.0.1/32"}],
            "Tags": OWN,
        },
        change={"SecurityGroupIngress": []},
    ),
    "Ingress": ResourceCase(
        type_name="AWS::EC2::SecurityGroupIngress",
        properties={
            "GroupId": "@Group",
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "SourceSecurityGroupId": "@Group",
            "Description": "self",
        },
        change={"Description": "other"},
    ),
    "Egress": ResourceCase(
        type_name="AWS::EC2::SecurityGroupEgress",
        properties={
            "GroupId": "@Group",
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "CidrIp": "0.0.0.0/0",
        },
    ),
    "Interface": ResourceCase(
        type_name="AWS::EC2::VPCEndpoint",
        properties={
            "VpcId": "@Vpc",
            "ServiceName": "com.amazonaws.us-west-2.sagemaker.api",
            "VpcEndpointType": "Interface",
            "PrivateDnsEnabled": "true",
            "SubnetIds": ["@Subnet"],
            "SecurityGroupIds": ["@Group"],
            "Tags": OWN,
        },
        change={"PrivateDnsEnabled": False},
    ),
    "S3Endpoint": ResourceCase(
        type_name="AWS::EC2::VPCEndpoint",
        properties={
            "VpcId": "@Vpc",
            "ServiceName": "com.amazonaws.us-west-2.s3",
            "RouteTableIds": ["@Table"],
            "PolicyDocument": READ,
        },
    ),
    "FlowLog": ResourceCase(
        type_name="AWS::EC2::FlowLog",
        properties={
            "ResourceId": "@Vpc",
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogGroupName": "@LogGroup",
            "DeliverLogsPermissionArn": "@Role.Arn",
            "Tags": OWN,
        },
        unreadable=frozenset(["ResourceType"]),
    ),
    "Repository": ResourceCase(
        type_name="AWS::CodeCommit::Repository",
        properties={
            "RepositoryName": "repo",
            "RepositoryDescription": "d",
            "KmsKeyId": "@Key.Arn",
            "Code": {"BranchName": "main", "S3": {"Bucket": "seed", "Key": "a.zip"}},
            "Tags": OWN,
        },
        change={"RepositoryDescription": "dd"},
        unreadable=frozenset(["Code"]),
    ),
    "Project": ResourceCase(
        type_name="AWS::CodeBuild::Project",
        properties={
            "Name": "proj",
            "ServiceRole": "@Role.Arn",
            "EncryptionKey": "@Key.Arn",
            "Source": {"Type": "CODEPIPELINE", "BuildSpec": "buildspec.yml"},
            "Artifacts": {"Type": "CODEPIPELINE"},
            "Environment": {
                "Type": "LINUX_CONTAINER",
                "ComputeType": "BUILD_GENERAL1_SMALL",
                "Image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "EnvironmentVariables": [
                    {"Name": "A", "Value": "1"},
                    {"Name": "B", "Value": 2, "Type": "PLAINTEXT"},
                ],
            },
            "LogsConfig": {"CloudWatchLogs": {"Status": "ENABLED", "GroupName": "g"}},
            "TimeoutInMinutes": "30",
            "Tags": OWN,
        },
        change={"Description": "x"},
    ),
    "Pipeline": ResourceCase(
        type_name="AWS::CodePipeline::Pipeline",
        properties={
            "Name": "pipe",
            "RoleArn": "@Role.Arn",
            "PipelineType": "V2",
            "ExecutionMode": "QUEUED",
            "ArtifactStore": {
                "Type": "S3",
                "Location": "@Bucket",
                "EncryptionKey": {"Id": "@Key.Arn", "Type": "KMS"},
            },
            "Stages": pipeline("CodeBuild"),
            "Tags": OWN,
        },
        change={"ExecutionMode": "SUPERSEDED", "Stages": pipeline("Jenkins")},
    ),
    "ModelGroup": ResourceCase(
        type_name="AWS::SageMaker::ModelPackageGroup",
        properties={
            "ModelPackageGroupName": "g",
            "ModelPackageGroupDescription": "d",
            "Tags": OWN,
            "ModelPackageGroupPolicy": READ,
        },
    ),
    "Model": ResourceCase(
        type_name="AWS::SageMaker::Model",
        properties={
            "ExecutionRoleArn": "@Role.Arn",
            "PrimaryContainer": {"Image": "i", "ModelDataUrl": "s3://x"},
            "Tags": OWN,
        },
    ),
    "EndpointConfig": ResourceCase(
        type_name="AWS::SageMaker::EndpointConfig",
        properties={
            "ProductionVariants": [
                {
                    "ModelName": "@Model.ModelName",
                    "VariantName": "v",
                    "InitialInstanceCount": "1",
                    "InstanceType": "ml.t2.medium",
                    "InitialVariantWeight": "1.0",
                }
            ],
            "Tags": OWN,
        },
    ),
    "Endpoint": ResourceCase(
        type_name="AWS::SageMaker::Endpoint",
        properties={"EndpointConfigName": "@EndpointConfig.EndpointConfigName", "Tags": OWN},
    ),
    "Dashboard": ResourceCase(
        type_name="AWS::CloudWatch::Dashboard",
        properties={"DashboardName": "dash", "DashboardBody": EMPTY_DASHBOARD},
        change={"DashboardBody": json.dumps({"widgets": [TEXT]})},
    ),
    "Images": ResourceCase(
        type_name="AWS::ECR::Repository",
        properties={
            "ImageScanningConfiguration": {"ScanOnPush": "true"},
            "ImageTagMutability": "IMMUTABLE",
            "RepositoryPolicyText": publish("a"),
            "LifecyclePolicy": {"LifecyclePolicyText": json.dumps(EXPIRE)},
            "Tags": OWN,
        },
        change={"ImageTagMutability": "MUTABLE"},
    ),
}
