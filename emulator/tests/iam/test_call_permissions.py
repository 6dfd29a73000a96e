from typing import Any

import boto3
import pytest

from catalog_emulator.iam import Place, needs
from catalog_emulator.iam.actions import action_of, reads
from catalog_emulator.iam.call_permissions import passed_roles
from catalog_emulator.iam.reference import resource_forms
from tests.conftest import cases

PLACE = Place(partition="aws", region="us-west-2", account_id="111111111111")
HERE = "us-west-2:111111111111"
ROLE = "arn:aws:iam::111111111111:role/ml/build"
TAGS = [{"Key": "Team", "Value": "ml"}]


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
        "no resource": ("s3:ListBuckets", {}, [("s3:ListAllMyBuckets", "*")]),
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
        "an unknown action": ("sqs:ReceiveLetters", {}, [("sqs:ReceiveLetters", None)]),
        "untold": ("sqs:SendMessage", {"QueueUrl": "x"}, [("sqs:SendMessage", None)]),
    },
)
def test_what_a_call_needs(
    call: str, parameters: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    service, operation = call.split(":")
    found = needs(service, operation, parameters, PLACE)
    assert [(need.action, need.resource) for need in found] == expected


def test_context() -> None:
    boundary = "arn:aws:iam::111111111111:policy/b"
    [need, tagging] = needs(
        "iam",
        "CreateRole",
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
    *_, need = needs(service, operation, {"roleArn": ROLE}, PLACE)
    assert (need.action, need.context) == ("iam:PassRole", {"iam:passedtoservice": (receiver,)})


@cases(
    ("value", "roles"),
    {
        "RoleArn": ({"RoleArn": ROLE}, (ROLE,)),
        "inside": ({"Role": ROLE, "Inner": [{"ExecutionRoleArn": f"{ROLE}2"}]}, (ROLE, f"{ROLE}2")),
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


@pytest.mark.parametrize(
    "operation", ["PutBucketPolicy", "HeadBucket", "PutPublicAccessBlock", "GetBucketCors"]
)
def test_S3_operations_have_actions(operation: str) -> None:
    assert resource_forms(action_of("s3", operation)) is not None


@pytest.mark.parametrize(
    "service",
    ["codebuild", "codecommit", "codepipeline", "ecr", "events", "iam", "kms", "logs", "sns", "ssm"],
)
def test_operations_have_the_names_of_actions(service: str) -> None:
    """But for a few that have no permission of their own; more of them would be something to look at."""
    client: Any = boto3.client(service, region_name="us-west-2")  # type: ignore[call-overload]
    names = client.meta.method_to_api_mapping.values()
    assert len([name for name in names if resource_forms(f"{service}:{name}") is None]) <= 5


def test_the_reference() -> None:
    assert resource_forms("kms:CreateKey") == {}
    assert resource_forms("sns:CreateTopic") == {"topic": ("arn:${Partition}:sns:${Region}:${Account}:",)}
    assert resource_forms("sns:Nothing") is None
    assert resource_forms("nothing:CreateTopic") is None
