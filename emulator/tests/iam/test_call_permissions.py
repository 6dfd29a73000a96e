from pathlib import Path
from typing import Any

import botocore.session
import moto.backends
import pytest
import yaml
from botocore.model import OperationModel
from moto.core.utils import get_service_model

from catalog_emulator.iam import Place, actions, needs
from catalog_emulator.iam.actions import actions_of, reads
from catalog_emulator.iam.call_permissions import passed_roles
from catalog_emulator.iam.reference import action, services
from tests.conftest import cases

PLACE = Place(partition="aws", region="us-west-2", account_id="111111111111")
HERE = "us-west-2:111111111111"
CONNECTION = f"arn:aws:codestar-connections:{HERE}:connection/0a001000-0000-4000-8000-000000000001"
ROLE = "arn:aws:iam::111111111111:role/ml/build"
OTHER_ROLE = "arn:aws:iam::222222222222:role/r"
TAGS = [{"Key": "Team", "Value": "ml"}]


def model(service: str, operation: str) -> OperationModel:
    found: OperationModel = get_service_model(service).operation_model(operation)
    return found


@cases(
    ("call", "parameters", "expected"),
    {
        "by name": ("sns:CreateTopic", {"Name": "a"}, [("sns:CreateTopic", f"arn:aws:sns:{HERE}:a")]),
        "tags at creation": (
            "sns:CreateTopic",
            {"Name": "a", "Tags": TAGS},
            [("sns:CreateTopic", f"arn:aws:sns:{HERE}:a"), ("sns:TagResource", f"arn:aws:sns:{HERE}:a")],
        ),
        "a subscription is its topic's": (
            "sns:Unsubscribe",
            {"SubscriptionArn": f"arn:aws:sns:{HERE}:a:6f1d0a10"},
            [("sns:Unsubscribe", f"arn:aws:sns:{HERE}:a")],
        ),
        "S3's other name": (
            "s3:PutBucketEncryption",
            {"Bucket": "b", "ServerSideEncryptionConfiguration": {}},
            [("s3:PutEncryptionConfiguration", "arn:aws:s3:::b")],
        ),
        "an object": (
            "s3:GetObject",
            {"Bucket": "b", "Key": "c/d.zip"},
            [("s3:GetObject", "arn:aws:s3:::b/c/d.zip")],
        ),
        "a name of one kind alone": (
            "lambda:CreateFunction",
            {"FunctionName": "f", "Tags": {"a": "b"}},
            [
                ("lambda:CreateFunction", f"arn:aws:lambda:{HERE}:function:f"),
                ("lambda:TagResource", f"arn:aws:lambda:{HERE}:function:f"),
            ],
        ),
        "an id that is not known before the name": (
            "autoscaling:CreateAutoScalingGroup",
            {"AutoScalingGroupName": "g"},
            [
                (
                    "autoscaling:CreateAutoScalingGroup",
                    f"arn:aws:autoscaling:{HERE}:autoScalingGroup:*:autoScalingGroupName/g",
                )
            ],
        ),
        "a family": (
            "ecs:RegisterTaskDefinition",
            {"family": "f"},
            [("ecs:RegisterTaskDefinition", f"arn:aws:ecs:{HERE}:task-definition/f:*")],
        ),
        "no resource": ("s3:ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
        "a profile's role, which EC2 gets": (
            "iam:AddRoleToInstanceProfile",
            {"InstanceProfileName": "p", "RoleName": "r"},
            [
                ("iam:AddRoleToInstanceProfile", "arn:aws:iam::111111111111:instance-profile/p"),
                ("iam:PassRole", "arn:aws:iam::111111111111:role/r"),
            ],
        ),
        "a version of a parameter": (
            "ssm:GetParameters",
            {"Names": ["/a/b:3", "c"]},
            [("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/{name}") for name in ("a/b", "c")],
        ),
        "a parameter of AWS": (
            "ssm:GetParameters",
            {"Names": ["/aws/service/ami/latest"]},
            [("ssm:GetParameters", "arn:aws:ssm:us-west-2::parameter/aws/service/ami/latest")],
        ),
        "role with path": (
            "iam:CreateRole",
            {
                "RoleName": "build",
                "Path": "/ml/",
                "PermissionsBoundary": "arn:aws:iam::111111111111:policy/b",
            },
            [("iam:CreateRole", ROLE)],
        ),
        "on the role, not on the policy": (
            "iam:AttachRolePolicy",
            {"RoleName": "build", "PolicyArn": "arn:aws:iam::111111111111:policy/b"},
            [("iam:AttachRolePolicy", "arn:aws:iam::111111111111:role/build")],
        ),
        "a role is passed; CodeBuild's tags need nothing": (
            "codebuild:CreateProject",
            {"name": "p", "serviceRole": ROLE, "tags": [{"key": "a", "value": "b"}]},
            [("codebuild:CreateProject", f"arn:aws:codebuild:{HERE}:project/p"), ("iam:PassRole", ROLE)],
        ),
        "a request in one structure": (
            "codepipeline:CreatePipeline",
            {"pipeline": {"name": "p", "roleArn": ROLE, "stages": [{"actions": [{"roleArn": ROLE}]}]}},
            [("codepipeline:CreatePipeline", f"arn:aws:codepipeline:{HERE}:p"), ("iam:PassRole", ROLE)],
        ),
        "an action's role in another account is assumed, not passed": (
            "codepipeline:CreatePipeline",
            {"pipeline": {"name": "p", "roleArn": ROLE, "stages": [{"actions": [{"roleArn": OTHER_ROLE}]}]}},
            [("codepipeline:CreatePipeline", f"arn:aws:codepipeline:{HERE}:p"), ("iam:PassRole", ROLE)],
        ),
        "a connection is passed": (
            "codepipeline:CreatePipeline",
            {
                "pipeline": {
                    "name": "p",
                    "stages": [{"actions": [{"configuration": {"ConnectionArn": CONNECTION}}]}],
                }
            },
            [
                ("codepipeline:CreatePipeline", f"arn:aws:codepipeline:{HERE}:p"),
                ("codestar-connections:PassConnection", CONNECTION),
            ],
        ),
        "rule of the default bus": (
            "events:PutTargets",
            {"Rule": "r", "EventBusName": "default", "Targets": [{"Id": "a", "Arn": "x", "RoleArn": ROLE}]},
            [("events:PutTargets", f"arn:aws:events:{HERE}:rule/r"), ("iam:PassRole", ROLE)],
        ),
        "rule of a bus of one's own": (
            "events:PutRule",
            {"Name": "r", "EventBusName": "mine", "Tags": TAGS},
            [
                ("events:PutRule", f"arn:aws:events:{HERE}:rule/mine/r"),
                ("events:TagResource", f"arn:aws:events:{HERE}:rule/mine/r"),
            ],
        ),
        "a bus": (
            "events:CreateEventBus",
            {"Name": "mine"},
            [("events:CreateEventBus", f"arn:aws:events:{HERE}:event-bus/mine")],
        ),
        "what is made has no id yet": (
            "ec2:CreateSubnet",
            {
                "VpcId": "vpc-0c001000000000001",
                "TagSpecifications": [{"ResourceType": "subnet", "Tags": TAGS}],
            },
            [
                ("ec2:CreateSubnet", f"arn:aws:ec2:{HERE}:subnet/*"),
                ("ec2:CreateSubnet", f"arn:aws:ec2:{HERE}:vpc/vpc-0c001000000000001"),
                ("ec2:CreateTags", f"arn:aws:ec2:{HERE}:subnet/*"),
            ],
        ),
        "the role of a flow log": (
            "ec2:CreateFlowLogs",
            {"ResourceIds": ["vpc-0c001000000000001"], "DeliverLogsPermissionArn": ROLE},
            [
                ("ec2:CreateFlowLogs", f"arn:aws:ec2:{HERE}:vpc-flow-log/*"),
                ("ec2:CreateFlowLogs", f"arn:aws:ec2:{HERE}:vpc/vpc-0c001000000000001"),
                ("iam:PassRole", ROLE),
            ],
        ),
        "a peering": (
            "ec2:DeleteVpcPeeringConnection",
            {"VpcPeeringConnectionId": "pcx-0c001000000000001"},
            [
                (
                    "ec2:DeleteVpcPeeringConnection",
                    f"arn:aws:ec2:{HERE}:vpc-peering-connection/pcx-0c001000000000001",
                )
            ],
        ),
        "tags of an endpoint": (
            "ec2:DeleteTags",
            {"Resources": ["vpce-0c001000000000001"], "Tags": TAGS},
            [("ec2:DeleteTags", f"arn:aws:ec2:{HERE}:vpc-endpoint/vpce-0c001000000000001")],
        ),
        "EC2 lists": ("ec2:DescribeVpcs", {"VpcIds": ["vpc-1"]}, [("ec2:DescribeVpcs", "*")]),
        "log groups have two forms": (
            "logs:CreateLogGroup",
            {"logGroupName": "/ml/build", "tags": {"a": "b"}},
            [
                ("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:/ml/build:log-stream:"),
                ("logs:TagResource", f"arn:aws:logs:{HERE}:log-group:/ml/build"),
            ],
        ),
        "alias and key": (
            "kms:CreateAlias",
            {"AliasName": "alias/ml", "TargetKeyId": "1234"},
            [
                ("kms:CreateAlias", f"arn:aws:kms:{HERE}:alias/ml"),
                ("kms:CreateAlias", f"arn:aws:kms:{HERE}:key/1234"),
            ],
        ),
        "an ARN where an id could be": (
            "kms:ScheduleKeyDeletion",
            {"KeyId": f"arn:aws:kms:{HERE}:key/1234"},
            [("kms:ScheduleKeyDeletion", f"arn:aws:kms:{HERE}:key/1234")],
        ),
        "several names": (
            "ssm:GetParameters",
            {"Names": ["/a/b", "c"]},
            [
                ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/a/b"),
                ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/c"),
            ],
        ),
        "names of a kind": (
            "cloudwatch:DeleteDashboards",
            {"DashboardNames": ["d"]},
            [("cloudwatch:DeleteDashboards", "arn:aws:cloudwatch::111111111111:dashboard/d")],
        ),
        "an action that IAM's reference lacks": (
            "cloudformation:SetAlias",
            {},
            [("cloudformation:SetAlias", None)],
        ),
        "untold": ("sqs:SendMessage", {}, [("sqs:SendMessage", None)]),
        "a queue by its URL": (
            "sqs:SendMessageBatch",
            {"QueueUrl": "http://127.0.0.1:4566/111111111111/q"},
            [("sqs:SendMessage", f"arn:aws:sqs:{HERE}:q")],
        ),
        "a service with another prefix": (
            "elbv2:ModifyTargetGroupAttributes",
            {"TargetGroupArn": f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/g/73e2d6bc24d8a067"},
            [
                (
                    "elasticloadbalancing:ModifyTargetGroupAttributes",
                    f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/g/73e2d6bc24d8a067",
                )
            ],
        ),
        "a name with an id to come": (
            "elbv2:CreateTargetGroup",
            {"Name": "g", "Tags": TAGS},
            [
                (
                    "elasticloadbalancing:CreateTargetGroup",
                    f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/g/*",
                ),
                ("elasticloadbalancing:AddTags", f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/g/*"),
            ],
        ),
        "one of several kinds": (
            "elbv2:CreateLoadBalancer",
            {"Name": "b"},
            [("elasticloadbalancing:CreateLoadBalancer", None)],
        ),
        "an HTTP method": (
            "apigateway:CreateRestApi",
            {"name": "a"},
            [("apigateway:POST", "arn:aws:apigateway:us-west-2::/restapis")],
        ),
        "a path of API Gateway": (
            "apigateway:UpdateStage",
            {"restApiId": "a1", "stageName": "prod", "patchOperations": []},
            [("apigateway:PATCH", "arn:aws:apigateway:us-west-2::/restapis/a1/stages/prod")],
        ),
        "a path of API Gateway's second version": (
            "apigatewayv2:DeleteApi",
            {"ApiId": "a1"},
            [("apigateway:DELETE", "arn:aws:apigateway:us-west-2::/apis/a1")],
        ),
        "a function": (
            "lambda:Invoke",
            {"FunctionName": "f"},
            [("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:f")],
        ),
        "several actions": (
            "kms:ReEncrypt",
            {"DestinationKeyId": "1234"},
            [("kms:ReEncryptFrom", None), ("kms:ReEncryptTo", None)],
        ),
        "tags of a parameter": (
            "ssm:AddTagsToResource",
            {"ResourceType": "Parameter", "ResourceId": "/a", "Tags": TAGS},
            [("ssm:AddTagsToResource", f"arn:aws:ssm:{HERE}:parameter/a")],
        ),
        "a tagging action of the kind": (
            "firehose:CreateDeliveryStream",
            {"DeliveryStreamName": "s", "Tags": TAGS},
            [
                ("firehose:CreateDeliveryStream", f"arn:aws:firehose:{HERE}:deliverystream/s"),
                ("firehose:TagDeliveryStream", f"arn:aws:firehose:{HERE}:deliverystream/s"),
            ],
        ),
    },
)
def test_what_a_call_needs(
    call: str, parameters: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    service, operation = call.split(":")
    found = needs(model(service, operation), parameters, PLACE)
    assert [(need.action, need.resource) for need in found] == expected


def test_context() -> None:
    boundary = "arn:aws:iam::111111111111:policy/b"
    [need, tagging] = needs(
        model("iam", "CreateRole"),
        {"RoleName": "build", "PermissionsBoundary": boundary, "Tags": [*TAGS, {"Key": "b", "Value": "2"}]},
        PLACE,
    )
    assert (need.action, tagging.action) == ("iam:CreateRole", "iam:TagRole")
    expected = {
        "aws:requesttag/team": ("ml",),
        "aws:requesttag/b": ("2",),
        "aws:tagkeys": ("Team", "b"),
        "iam:permissionsboundary": (boundary,),
    }
    assert need.context == tagging.context == expected


@pytest.mark.parametrize(
    ("service", "operation", "receiver"),
    [
        ("events", "PutRule", "events.amazonaws.com"),
        ("ec2", "CreateFlowLogs", "vpc-flow-logs.amazonaws.com"),
        ("stepfunctions", "CreateStateMachine", "states.amazonaws.com"),
    ],
)
def test_the_service_that_a_role_is_passed_to(service: str, operation: str, receiver: str) -> None:
    *_, need = needs(model(service, operation), {"roleArn": ROLE}, PLACE)
    assert (need.action, need.context) == ("iam:PassRole", {"iam:passedtoservice": (receiver,)})


@cases(
    ("value", "roles"),
    {
        "RoleArn": ({"RoleArn": ROLE}, (ROLE,)),
        "inside": ({"Role": ROLE, "Inner": [{"ExecutionRoleArn": f"{ROLE}2"}]}, (ROLE, f"{ROLE}2")),
        "several": ({"RoleArns": [ROLE]}, (ROLE,)),
        "of an integration": ({"Credentials": ROLE, "CredentialsArn": f"{ROLE}2"}, (ROLE, f"{ROLE}2")),
        "the caller's": ({"Credentials": "arn:aws:iam::*:user/*"}, ()),
        "a variable's value": ({"Environment": {"value": ROLE}}, ()),
        "a name": ({"Role": "build"}, ()),
        "in a document": ({"Policy": f'{{"Principal": "{ROLE}"}}'}, ()),
    },
)
def test_passed_roles(value: Any, roles: tuple[str, ...]) -> None:
    assert passed_roles(value) == roles


def test_reading() -> None:
    assert [reads(action) for action in ("s3:GetObject", "iam:ListRoles", "sns:Publish")] == [
        True,
        True,
        False,
    ]


def moto_services() -> list[str]:
    known = set(botocore.session.get_session().get_available_services())
    return sorted(set(moto.backends.list_of_moto_modules()) & known)


PREFIXES = {
    "apigatewayv2": "apigateway",
    "application-autoscaling": "application-autoscaling",
    "cloudcontrol": "cloudformation",
    "cloudwatch": "cloudwatch",
    "docdb": "rds",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "keyspaces": "cassandra",
    "mturk": "mechanicalturk",
    "opensearch": "es",
    "pinpoint": "mobiletargeting",
    "resourcegroupstaggingapi": "tag",
    "sesv2": "ses",
    "stepfunctions": "states",
}


@pytest.mark.parametrize(("service", "prefix"), PREFIXES.items())
def test_prefixes(service: str, prefix: str) -> None:
    assert actions.prefix_of(get_service_model(service)) == prefix


def test_every_service_of_moto_has_a_prefix_of_IAM() -> None:
    """But for those that IAM's reference does not have."""
    without = {
        name for name in moto_services() if actions.prefix_of(get_service_model(name)) not in services()
    }
    assert without == set()


def test_the_names_in_operations_yaml_exist() -> None:
    named = yaml.safe_load(Path(actions.__file__).with_name("operations.yaml").read_text())
    for service, operations in named["actions"].items():
        found = [name for one in operations for name in actions_of(model(service, one))]
        assert [name for name in found if action(name) is None] == []
    for name in named["receivers"]:
        assert action(name) is not None
    assert set(named["prefixes"].values()) <= services()


@pytest.mark.parametrize("service", moto_services())
def test_operations_have_actions(service: str) -> None:
    """But for a few that are new, or have no permission of their own; more would be something to look at."""
    known = get_service_model(service)
    operations = [known.operation_model(name) for name in known.operation_names]
    unknown = [one.name for one in operations if any(action(name) is None for name in actions_of(one))]
    assert len(unknown) <= max(3, len(operations) * 2 // 5)


def test_the_reference() -> None:
    known = action("sns:createtopic")
    assert known is not None
    assert (known.name, known.levels) == ("sns:CreateTopic", frozenset({"Write"}))
    assert known.forms == {"topic": ("arn:${Partition}:sns:${Region}:${Account}:${TopicName}",)}
    assert known.keys == {"aws:requesttag/${tagkey}", "aws:tagkeys"}
    assert [action(name) for name in ("sns:Nothing", "nothing:CreateTopic", "../sns:x", "sns")] == [None] * 4
