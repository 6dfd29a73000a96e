from typing import Any

import boto3
import pytest

from catalog_emulator.iam import Place, needs
from catalog_emulator.iam.actions import action_of, reads
from catalog_emulator.iam.calls import passed_roles
from catalog_emulator.iam.reference import resource_forms

PLACE = Place(partition="aws", region="us-west-2", account_id="111111111111")
HERE = "us-west-2:111111111111"
ROLE = "arn:aws:iam::111111111111:role/ml/build"
TAGS = [{"Key": "Team", "Value": "ml"}]


@pytest.mark.parametrize(
    ("call", "parameters", "expected"),
    [
        pytest.param(
            "sns:CreateTopic", {"Name": "a"}, [("sns:CreateTopic", f"arn:aws:sns:{HERE}:a")], id="by name"
        ),
        pytest.param(
            "sns:CreateTopic",
            {"Name": "a", "Tags": TAGS},
            [("sns:CreateTopic", f"arn:aws:sns:{HERE}:a"), ("sns:TagResource", f"arn:aws:sns:{HERE}:a")],
            id="tags at creation",
        ),
        pytest.param(
            "sns:Unsubscribe",
            {"SubscriptionArn": f"arn:aws:sns:{HERE}:a:6f1d0a10"},
            [("sns:Unsubscribe", f"arn:aws:sns:{HERE}:a")],
            id="a subscription is its topic's",
        ),
        pytest.param(
            "s3:PutBucketEncryption",
            {"Bucket": "b", "ServerSideEncryptionConfiguration": {}},
            [("s3:PutEncryptionConfiguration", "arn:aws:s3:::b")],
            id="S3's other name",
        ),
        pytest.param(
            "s3:GetObject",
            {"Bucket": "b", "Key": "c/d.zip"},
            [("s3:GetObject", "arn:aws:s3:::b/c/d.zip")],
            id="an object",
        ),
        pytest.param("s3:ListBuckets", {}, [("s3:ListAllMyBuckets", "*")], id="no resource"),
        pytest.param(
            "iam:CreateRole",
            {
                "RoleName": "build",
                "Path": "/ml/",
                "PermissionsBoundary": "arn:aws:iam::111111111111:policy/b",
            },
            [("iam:CreateRole", ROLE)],
            id="role with path",
        ),
        pytest.param(
            "iam:AttachRolePolicy",
            {"RoleName": "build", "PolicyArn": "arn:aws:iam::111111111111:policy/b"},
            [("iam:AttachRolePolicy", "arn:aws:iam::111111111111:role/build")],
            id="on the role, not on the policy",
        ),
        pytest.param(
            "codebuild:CreateProject",
            {"name": "p", "serviceRole": ROLE, "tags": [{"key": "a", "value": "b"}]},
            [("codebuild:CreateProject", f"arn:aws:codebuild:{HERE}:project/p"), ("iam:PassRole", ROLE)],
            id="a role is passed; CodeBuild's tags need nothing",
        ),
        pytest.param(
            "codepipeline:CreatePipeline",
            {"pipeline": {"name": "p", "roleArn": ROLE, "stages": [{"actions": [{"roleArn": ROLE}]}]}},
            [("codepipeline:CreatePipeline", f"arn:aws:codepipeline:{HERE}:p"), ("iam:PassRole", ROLE)],
            id="a request in one structure",
        ),
        pytest.param(
            "events:PutTargets",
            {"Rule": "r", "EventBusName": "default", "Targets": [{"Id": "a", "Arn": "x", "RoleArn": ROLE}]},
            [("events:PutTargets", f"arn:aws:events:{HERE}:rule/r"), ("iam:PassRole", ROLE)],
            id="rule of the default bus",
        ),
        pytest.param(
            "events:PutRule",
            {"Name": "r", "EventBusName": "mine", "Tags": TAGS},
            [
                ("events:PutRule", f"arn:aws:events:{HERE}:rule/mine/r"),
                ("events:TagResource", f"arn:aws:events:{HERE}:rule/mine/r"),
            ],
            id="rule of a bus of one's own",
        ),
        pytest.param(
            "events:CreateEventBus",
            {"Name": "mine"},
            [("events:CreateEventBus", f"arn:aws:events:{HERE}:event-bus/mine")],
            id="a bus",
        ),
        pytest.param(
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
            id="what is made has no id yet",
        ),
        pytest.param(
            "ec2:CreateFlowLogs",
            {"ResourceIds": ["vpc-0c001000000000001"], "DeliverLogsPermissionArn": ROLE},
            [
                ("ec2:CreateFlowLogs", f"arn:aws:ec2:{HERE}:vpc-flow-log/*"),
                ("ec2:CreateFlowLogs", f"arn:aws:ec2:{HERE}:vpc/vpc-0c001000000000001"),
                ("iam:PassRole", ROLE),
            ],
            id="the role of a flow log",
        ),
        pytest.param("ec2:DescribeVpcs", {"VpcIds": ["vpc-1"]}, [("ec2:DescribeVpcs", "*")], id="EC2 lists"),
        pytest.param(
            "logs:CreateLogGroup",
            {"logGroupName": "/ml/build", "tags": {"a": "b"}},
            [
                ("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:/ml/build:log-stream:"),
                ("logs:TagResource", f"arn:aws:logs:{HERE}:log-group:/ml/build"),
            ],
            id="log groups have two forms",
        ),
        pytest.param(
            "kms:CreateAlias",
            {"AliasName": "alias/ml", "TargetKeyId": "1234"},
            [
                ("kms:CreateAlias", f"arn:aws:kms:{HERE}:alias/ml"),
                ("kms:CreateAlias", f"arn:aws:kms:{HERE}:key/1234"),
            ],
            id="alias and key",
        ),
        pytest.param(
            "kms:ScheduleKeyDeletion",
            {"KeyId": f"arn:aws:kms:{HERE}:key/1234"},
            [("kms:ScheduleKeyDeletion", f"arn:aws:kms:{HERE}:key/1234")],
            id="an ARN where an id could be",
        ),
        pytest.param(
            "ssm:GetParameters",
            {"Names": ["/a/b", "c"]},
            [
                ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/a/b"),
                ("ssm:GetParameters", f"arn:aws:ssm:{HERE}:parameter/c"),
            ],
            id="several names",
        ),
        pytest.param(
            "cloudwatch:DeleteDashboards",
            {"DashboardNames": ["d"]},
            [("cloudwatch:DeleteDashboards", "arn:aws:cloudwatch::111111111111:dashboard/d")],
            id="names of a kind",
        ),
        pytest.param("sqs:ReceiveLetters", {}, [("sqs:ReceiveLetters", None)], id="an unknown action"),
        pytest.param("sqs:SendMessage", {"QueueUrl": "x"}, [("sqs:SendMessage", None)], id="untold"),
    ],
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


@pytest.mark.parametrize(
    ("value", "roles"),
    [
        pytest.param({"RoleArn": ROLE}, (ROLE,), id="RoleArn"),
        pytest.param(
            {"Role": ROLE, "Inner": [{"ExecutionRoleArn": f"{ROLE}2"}]}, (ROLE, f"{ROLE}2"), id="inside"
        ),
        pytest.param({"Environment": {"value": ROLE}}, (), id="a variable's value"),
        pytest.param({"Role": "build"}, (), id="a name"),
        pytest.param({"Policy": f'{{"Principal": "{ROLE}"}}'}, (), id="in a document"),
    ],
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
