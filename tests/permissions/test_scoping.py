"""To which ARNs the actions on a template's resources are narrowed, and what is refused instead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from publisher.errors import InputError
from publisher.permissions import Need, Scope, needs
from tests.conftest import cases, raising

HERE = "${AWS::AccountId}"
STACK = f"SC-{HERE}-pp-*"
IAM = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"
BOUNDARY = f"{IAM}policy/launch-it-boundary"
ORGANIZATION = f"{IAM}policy/org-boundary"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}]}
PARAMETERS = {
    "Name": {"Type": "String"},
    "Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]},
    "Topic": {"Type": "String"},
}
HINT = "set launch_role in product.yaml to an existing role"
FIXED = f"{HINT}, or begin its name with fixed text or ${{AWS::StackName}}, or leave its name out"


def resource(type_name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{type_name}", "Properties": properties}


def role(**properties: Any) -> dict[str, Any]:
    return resource("IAM::Role", AssumeRolePolicyDocument=TRUST, **properties)


def arn(service: str, end: str, *, region: str = "*", account: str = HERE) -> str:
    return f"arn:${{AWS::Partition}}:{service}:{region}:{account}:{end}"


def of(resources: Mapping[str, Any], action: str, **scope: Any) -> list[Need]:
    template = {"Parameters": PARAMETERS, "Resources": resources}
    return [need for need in needs(template, scope=Scope(**scope)) if need.action == action]


@cases(
    ("resources", "action", "arns"),
    {
        "name of the template": (
            {"It": resource("SNS::Topic", TopicName={"Fn::Sub": "t-${Name}-${Stage}"})},
            "sns:CreateTopic",
            [arn("sns", "t-*-dev"), arn("sns", "t-*-prod")],
        ),
        "name that CloudFormation makes": (
            {"It": resource("SNS::Topic")},
            "sns:CreateTopic",
            [arn("sns", f"{STACK}-It-*")],
        ),
        "in lowercase": (
            {"Files": resource("S3::Bucket")},
            "s3:CreateBucket",
            [arn("s3", f"sc-{HERE}-pp-*-files-*", region="", account="")],
        ),
        "that may be cut": (
            {"AnEventsRuleWithALongName": resource("Events::Rule")},
            "events:PutRule",
            [arn("events", f"rule/{STACK}-AnEventsRuleWithA*-*")],
        ),
        "set or made": (
            {"It": resource("SNS::Topic", TopicName={"Fn::If": ["C", "t", {"Ref": "AWS::NoValue"}]})},
            "sns:CreateTopic",
            [arn("sns", f"{STACK}-It-*"), arn("sns", "t")],
        ),
        "rule of its own bus": (
            {"It": resource("Events::Rule", Name="r", EventBusName="mine")},
            "events:PutRule",
            [arn("events", "rule/mine/r"), arn("events", "rule/r")],
        ),
        "ID": ({"It": resource("EC2::VPC")}, "ec2:DeleteVpc", [arn("ec2", "vpc/*")]),
        "part of a resource": (
            {"It": resource("CodePipeline::Pipeline", Name="p")},
            "codepipeline:DisableStageTransition",
            [arn("codepipeline", "p/*")],
        ),
        "tags of the resource alone": (
            {"It": resource("SageMaker::Model", ModelName="M")},
            "sagemaker:AddTags",
            [arn("sagemaker", "model/M"), arn("sagemaker", "model/m")],
        ),
        "alias and its key": (
            {
                "It": resource("KMS::Alias", AliasName="alias/a", TargetKeyId={"Ref": "Key"}),
                "Key": resource("KMS::Key"),
            },
            "kms:CreateAlias",
            [arn("kms", "alias/a"), arn("kms", "key/*")],
        ),
        "resource that is referred to": (
            {
                "It": resource("SNS::TopicPolicy", Topics=[{"Ref": "Own"}]),
                "Own": resource("SNS::Topic", TopicName="own"),
            },
            "sns:SetTopicAttributes",
            [arn("sns", "own")],
        ),
        "literal that is referred to": (
            {"It": resource("SNS::TopicPolicy", Topics=["arn:aws:sns:us-east-1:222222222222:t"])},
            "sns:SetTopicAttributes",
            ["arn:aws:sns:us-east-1:222222222222:t"],
        ),
        "name that is referred to": (
            {"It": resource("S3::BucketPolicy", Bucket="b")},
            "s3:PutBucketPolicy",
            [arn("s3", "b", region="", account="")],
        ),
        "parameter that is referred to": (
            {"It": resource("SNS::TopicPolicy", Topics=[{"Ref": "Topic"}])},
            "sns:SetTopicAttributes",
            [arn("sns", "*", account="*")],
        ),
        "nothing that is referred to": (
            {"It": resource("EC2::Subnet")},
            "ec2:CreateSubnet",
            [
                arn("ec2", "subnet/*"),
                arn("ec2", "vpc/*", account="*"),
                arn("ec2", "ipam-pool/*", region="", account="*"),
            ],
        ),
        "two forms of an ARN": (
            {"It": resource("Logs::LogGroup", LogGroupName="/a/b")},
            "logs:CreateLogGroup",
            [arn("logs", "log-group:/a/b"), arn("logs", "log-group:/a/b:*")],
        ),
        "parameter": (
            {"It": resource("SSM::Parameter", Name="/a/b"), "To": resource("SSM::Parameter", Name="c")},
            "ssm:PutParameter",
            [arn("ssm", "parameter/a/b"), arn("ssm", "parameter/c")],
        ),
        "tags that are read, of a type that IAM's list lacks": (
            {"It": resource("SES::MailManagerRuleSet")},
            "ses:ListTagsForResource",
            [arn("ses", "mailmanager-rule-set/*")],
        ),
        "type of two services with one prefix": (
            {"It": resource("Lex::Bot", Name="b")},
            "lex:DescribeBot",
            [arn("lex", "bot/*"), arn("lex", "bot:b")],
        ),
        "type without handlers": (
            {"It": resource("DMS::ReplicationInstance")},
            "dms:ModifyReplicationInstance",
            [arn("dms", "rep:*")],
        ),
        "path": (
            {"It": role(Path="/team/", RoleName="r")},
            "iam:CreateRole",
            [f"{IAM}role/team/r"],
        ),
        "paths of an API": (
            {"It": resource("ApiGateway::RestApi")},
            "apigateway:POST",
            [arn("apigateway", "/*", account="")],
        ),
        "subscription": ({"It": resource("SNS::Subscription", TopicArn="t")}, "sns:Unsubscribe", ["*"]),
        "no narrower form": ({"It": resource("SNS::Topic")}, "sns:ListTopics", ["*"]),
        "custom resource of an own function": (
            {
                "It": {"Type": "Custom::It", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Run", "Arn"]}}},
                "Run": resource("Lambda::Function", FunctionName="run"),
            },
            "lambda:InvokeFunction",
            [arn("lambda", "function:run")],
        ),
        "custom resource of one parameter": (
            {
                "It": {
                    "Type": "Custom::It",
                    "Properties": {"ServiceToken": {"Fn::Sub": "arn:aws:sns:us-west-2:1:${Stage}"}},
                }
            },
            "sns:Publish",
            ["arn:aws:sns:us-west-2:1:dev", "arn:aws:sns:us-west-2:1:prod"],
        ),
        "secret of an own name": (
            {
                "It": resource("SecretsManager::Secret"),
                "Topic": resource(
                    "SNS::Topic", DisplayName={"Fn::Sub": "{{resolve:secretsmanager:${It}:SecretString:p}}"}
                ),
            },
            "secretsmanager:GetSecretValue",
            [arn("secretsmanager", "secret:It-*"), arn("secretsmanager", "secret:It-*-??????")],
        ),
        "service-linked role": (
            {"It": resource("IAM::ServiceLinkedRole", AWSServiceName="es.amazonaws.com")},
            "iam:DeleteServiceLinkedRole",
            [f"{IAM}role/aws-service-role/*"],
        ),
        "a last snapshot": (
            {"It": resource("DocDB::DBCluster")},
            "rds:CreateDBClusterSnapshot",
            [arn("rds", "cluster:*"), arn("rds", "cluster-snapshot:*", account="*")],
        ),
        "two versions of a service": (
            {"It": resource("ElasticLoadBalancingV2::LoadBalancer", Name="b")},
            "elasticloadbalancing:CreateLoadBalancer",
            [
                arn("elasticloadbalancing", end)
                for end in (
                    "loadbalancer/app/b/*",
                    "loadbalancer/b",
                    "loadbalancer/gwy/b/*",
                    "loadbalancer/net/b/*",
                )
            ],
        ),
        "tags of a type that IAM's list lacks": (
            {"It": resource("ElasticLoadBalancingV2::TargetGroup", Name="g")},
            "elasticloadbalancing:AddTags",
            [arn("elasticloadbalancing", "targetgroup/g/*")],
        ),
        "tags of volumes made with an instance": (
            {"It": resource("EC2::Instance", PropagateTagsToVolumeOnCreation=True)},
            "ec2:CreateTags",
            [arn("ec2", "instance/*"), arn("ec2", "volume/*")],
        ),
        "tags that a launch template gives": (
            {"It": resource("EC2::LaunchTemplate", LaunchTemplateData={})},
            "ec2:CreateTags",
            [arn("ec2", "instance/*"), arn("ec2", "launch-template/*"), arn("ec2", "volume/*")],
        ),
        "made of optional resources that are left out": (
            {"It": resource("CloudHSM::Cluster", HsmType="h", SubnetIds=["s"])},
            "cloudhsm:CreateCluster",
            ["*"],
        ),
        "secret": (
            {"It": resource("SecretsManager::Secret", Name="db")},
            "secretsmanager:DeleteSecret",
            [arn("secretsmanager", "secret:db"), arn("secretsmanager", "secret:db-??????")],
        ),
        "alarms that are listed": ({"It": resource("CloudWatch::Alarm")}, "cloudwatch:DescribeAlarms", ["*"]),
        "what a property asks for": (
            {
                "It": resource(
                    "CodePipeline::Pipeline",
                    Stages=[{"Actions": [{"Configuration": {"ConnectionArn": "arn:aws:c"}}]}],
                )
            },
            "codeconnections:PassConnection",
            ["arn:aws:c"],
        ),
        "what an ARN of another service does not ask for": (
            {
                "It": resource(
                    "CodePipeline::Pipeline",
                    Stages=[{"ConnectionArn": "arn:aws:codestar-connections:us-west-2:1:connection/c"}],
                )
            },
            "codeconnections:PassConnection",
            [],
        ),
        "connections that no stage uses": (
            {"It": resource("CodePipeline::Pipeline")},
            "codeconnections:PassConnection",
            [],
        ),
        "code that is in the template": (
            {"It": resource("Lambda::Function", Code={"ZipFile": "x"})},
            "s3:GetObject",
            ["*", arn("s3", "publisher-*/content/*", region="", account="")],
        ),
        "what no property asks for": ({"It": resource("S3::Bucket")}, "s3tables:CreateTable", []),
        "roles that no property names": ({"It": resource("SNS::Topic")}, "iam:GetRole", []),
        "a boundary that is taken off": ({"It": role()}, "iam:DeleteRolePermissionsBoundary", []),
        "policies that are not attached": ({"It": role()}, "iam:AttachRolePolicy", []),
        "keys that are not given": ({"It": resource("RDS::DBInstance")}, "kms:CreateGrant", []),
    },
)
def test_actions_are_narrowed(resources: dict[str, Any], action: str, arns: list[str]) -> None:
    found = of(resources, action)
    assert sorted({one for need in found for one in need.resources}) == arns
    assert all(bool(need.why_wide) == ("*" in need.resources) for need in found)


@cases(
    ("resources", "action", "condition"),
    {
        "role": ({"It": role()}, "iam:CreateRole", {"ArnLike": {"iam:PermissionsBoundary": [BOUNDARY]}}),
        "user": (
            {"It": resource("IAM::User")},
            "iam:PutUserPolicy",
            {"ArnLike": {"iam:PermissionsBoundary": [BOUNDARY]}},
        ),
        "what takes away": (
            {"It": role()},
            "iam:DeleteRolePolicy",
            {"ArnLikeIfExists": {"iam:PermissionsBoundary": [BOUNDARY]}},
        ),
        "attached policies": (
            {
                "It": role(ManagedPolicyArns=[{"Ref": "Own"}, "arn:aws:iam::aws:policy/ReadOnlyAccess"]),
                "Own": resource("IAM::ManagedPolicy", ManagedPolicyName="own"),
            },
            "iam:AttachRolePolicy",
            {
                "ArnLike": {
                    "iam:PermissionsBoundary": [BOUNDARY],
                    "iam:PolicyARN": [f"{IAM}policy/own", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
                }
            },
        ),
        "key that IAM does not have": ({"It": role()}, "iam:TagRole", None),
    },
)
def test_iam_writes_have_conditions(
    resources: dict[str, Any], action: str, condition: dict[str, Any] | None
) -> None:
    (need,) = of(resources, action, boundary=BOUNDARY)
    assert (json.loads(need.condition) if need.condition else None) == condition


@cases(
    ("resources", "message", "hint"),
    {
        "role named by a parameter": (
            {"It": role(RoleName={"Fn::Sub": "${Name}-role"})},
            f"It (AWS::IAM::Role) cannot be derived: its name can be that of another: '{IAM}role/*-role'",
            FIXED,
        ),
        "role named as launch roles are": (
            {"It": role(RoleName="launch-it")},
            f"It (AWS::IAM::Role) cannot be derived: its name can be that of another: '{IAM}role/launch-it'",
            FIXED,
        ),
        "role that another may be": (
            {"It": role(RoleName={"Fn::Sub": "l${Name}"})},
            f"It (AWS::IAM::Role) cannot be derived: its name can be that of another: '{IAM}role/l*'",
            FIXED,
        ),
        "role whose name is a pattern of IAM": (
            {"It": role(RoleName={"Fn::Sub": "laun?h-${Name}"})},
            f"It (AWS::IAM::Role) cannot be derived: its name can be that of another: '{IAM}role/laun?h-*'",
            FIXED,
        ),
        "role whose name is a variable of IAM": (
            {"It": role(RoleName={"Fn::Sub": "x${!aws:username}"})},
            "It (AWS::IAM::Role) cannot be derived: its name can be that of another: "
            f"'{IAM}role/x${{aws:username}}'",
            FIXED,
        ),
        "policy that can be the boundary": (
            {"It": resource("IAM::ManagedPolicy", ManagedPolicyName={"Fn::Sub": "org-${Name}"})},
            f"It (AWS::IAM::ManagedPolicy) cannot be derived: its name can be that of another: "
            f"'{IAM}policy/org-*'",
            FIXED,
        ),
        "keys of a user of others": (
            {"It": resource("IAM::AccessKey", UserName="admin")},
            "AWS::IAM::AccessKey cannot be derived: iam:CreateAccessKey is for the template's own alone, "
            f"not '{IAM}user/admin'; nor that of AWS::IAM::AccessKey: iam:DeleteAccessKey is for the "
            f"template's own alone, not '{IAM}user/admin'; nor that of AWS::IAM::AccessKey: "
            f"iam:UpdateAccessKey is for the template's own alone, not '{IAM}user/admin'",
            HINT,
        ),
        "launch role to a service": (
            {"It": resource("Lambda::Function", Role={"Fn::Sub": f"{IAM}role/launch-other"})},
            f"It (AWS::Lambda::Function) cannot be derived: Role can be a launch role: "
            f"'{IAM}role/launch-other'",
            HINT,
        ),
        "policy on a role of others": (
            {"It": resource("IAM::RolePolicy", RoleName={"Ref": "Name"})},
            "AWS::IAM::RolePolicy cannot be derived: iam:DeleteRolePolicy is for the template's own alone, "
            f"not '{IAM}role/*'; nor that of AWS::IAM::RolePolicy: iam:PutRolePolicy is for the template's "
            f"own alone, not '{IAM}role/*'",
            HINT,
        ),
        "any role to a service": (
            {"It": resource("Lambda::Function", Role={"Ref": "Name"})},
            "It (AWS::Lambda::Function) cannot be derived: Role can be any role: '*'",
            f"{HINT}, or limit the parameter with AllowedValues",
        ),
        "any function": (
            {"It": {"Type": "Custom::It", "Properties": {"ServiceToken": {"Ref": "Topic"}}}},
            "It (Custom::It) cannot be derived: ServiceToken can be any function or topic: '*'",
            f"{HINT}, or write its ARN, or limit the parameter with AllowedValues",
        ),
        "any secret": (
            {"It": resource("SNS::Topic", DisplayName={"Fn::Sub": "{{resolve:secretsmanager:${Name}}}"})},
            "{{resolve:secretsmanager:*}} cannot be derived: it can name every secret",
            f"{HINT}, or begin its name with fixed text, or limit the parameter with AllowedValues",
        ),
        "any secure parameter": (
            {"It": resource("SNS::Topic", DisplayName="{{resolve:ssm-secure:?*}}")},
            "{{resolve:ssm-secure:?*}} cannot be derived: it can name every SSM parameter",
            f"{HINT}, or begin its name with fixed text, or limit the parameter with AllowedValues",
        ),
        "group with policies": (
            {"It": resource("IAM::Group", Policies=[{"PolicyName": "p"}])},
            "It (AWS::IAM::Group) cannot be derived: no permissions boundary limits what a group is allowed",
            f"{HINT}, or give its policies to users or roles, or set permissions_boundary: none",
        ),
    },
)
def test_escalations_are_refused(resources: dict[str, Any], message: str, hint: str) -> None:
    with raising(InputError, f"the launch policy of {message}", hint):
        of(resources, "", boundary=ORGANIZATION if "ManagedPolicy" in message else BOUNDARY)


@cases(
    ("parameter", "scope", "arns"),
    {
        "globs": (
            {},
            {"ssm_parameters": ("/vpc/*", "/sg/*")},
            [arn("ssm", "parameter/sg/*"), arn("ssm", "parameter/vpc/*")],
        ),
        "default, too": (
            {"Default": "/a"},
            {"ssm_parameters": ("/vpc/*",)},
            [arn("ssm", "parameter/a"), arn("ssm", "parameter/vpc/*")],
        ),
        "allowed values": (
            {"AllowedValues": ["/a", "b"]},
            {"ssm_parameters": ("/c",)},
            [arn("ssm", "parameter/a"), arn("ssm", "parameter/b")],
        ),
        "of AWS": (
            {"Default": "/aws/service/ami"},
            {},
            [arn("ssm", "parameter/aws/service/ami", account="")],
        ),
        "of one launch": (
            {"Default": "/a"},
            {"parameters": {"It": "/mine"}, "region": "us-west-2", "ssm_parameters": ("/*",)},
            [arn("ssm", "parameter/mine", region="us-west-2")],
        ),
    },
)
def test_ssm_parameters_are_read_by_name(
    parameter: dict[str, Any], scope: dict[str, Any], arns: list[str]
) -> None:
    declared = {"It": {"Type": "AWS::SSM::Parameter::Value<String>", **parameter}}
    found = needs({"Parameters": declared}, scope=Scope(**scope))
    assert [list(need.resources) for need in found if need.action == "ssm:GetParameters"] == [arns]


@cases(
    ("parameter", "globs"),
    {
        "no glob": ({}, ()),
        "glob of all": ({}, ("/?*",)),
        "default that is a pattern": ({"Default": "/prod/*"}, ()),
        "allowed values that are patterns": ({"AllowedValues": ["/a", "/b?"]}, ("/c",)),
    },
)
def test_an_ssm_parameter_of_any_name_is_refused(parameter: dict[str, Any], globs: tuple[str, ...]) -> None:
    with raising(
        InputError,
        "the launch policy of It (AWS::SSM::Parameter::Value<String>) cannot be derived: "
        "it can name every SSM parameter",
        f"{HINT}, or list the names that it may read as ssm_parameters in product.yaml",
    ):
        needs(
            {"Parameters": {"It": {"Type": "AWS::SSM::Parameter::Value<String>", **parameter}}},
            scope=Scope(ssm_parameters=globs),
        )


@pytest.mark.parametrize(
    ("text", "arns"),
    [
        ("{{resolve:ssm:/a/b:1}}", [arn("ssm", "parameter/a/b")]),
        ({"Fn::Sub": "x{{resolve:ssm-secure:/a/${Name}}}"}, [arn("ssm", "parameter/a/*")]),
        ("{{resolve:secretsmanager:db:SecretString:p}}", [arn("secretsmanager", "secret:db-??????")]),
        (
            "{{resolve:secretsmanager:arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf:SecretString}}",
            [f"arn:aws:secretsmanager:eu-west-1:1:secret:db-AbCdEf{end}" for end in ("", "-??????")],
        ),
    ],
)
def test_dynamic_references_are_read_by_name(text: Any, arns: list[str]) -> None:
    actions = {"ssm:GetParameters", "secretsmanager:GetSecretValue"}
    template = {"Resources": {"It": resource("SNS::Topic", DisplayName=text)}, "Parameters": PARAMETERS}
    assert [list(need.resources) for need in needs(template) if need.action in actions] == [arns]


def test_availability_zones_are_listed() -> None:
    zone = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    found = of({"It": resource("EC2::Subnet", AvailabilityZone=zone)}, "ec2:DescribeAvailabilityZones")
    assert [need.reason.partition(" (")[0] for need in found] == [
        "Fn::GetAZs: CloudFormation lists the Availability Zones"
    ]
