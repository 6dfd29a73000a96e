import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from catalog_emulator.iam import (
    Access,
    DeniedError,
    access_of,
    trusted_services,
)
from catalog_emulator.iam.policy import compiled
from catalog_emulator.iam.principals import with_path
from tests.conftest import cases

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-west-2:{ACCOUNT}:alerts"


def document(effect: str = "Allow", action: str = "sns:*", **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(*services: str, action: Any = "sts:AssumeRole") -> str:
    principal = {"Service": list(services)}
    statements = [
        {"Effect": "Allow", "Principal": principal, "Action": action},
        {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": action},
        {"Effect": "Deny", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": action},
        {"Effect": "Allow", "Principal": "*", "Action": action},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def iam() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("iam", region_name="us-west-2")


def refusal(access: Access | None, action: str = "sns:Publish", resource: str | None = TOPIC) -> str:
    assert access is not None
    try:
        access.check(action, resource)
    except DeniedError as error:
        return str(error)
    return ""


def managed(iam: Any, name: str, text: str) -> str:
    return str(iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"])


@cases(
    ("policies", "boundary", "why"),
    {
        "allowed": ([document()], None, ""),
        "nothing": ([], None, "because no identity-based policy allows the sns:Publish action"),
        "denied": ([document(), document("Deny")], None, "with an explicit deny in an identity-based policy"),
        "within the boundary": ([document()], [document(action="*")], ""),
        "outside the boundary": (
            [document()],
            [document(action="s3:*")],
            "because no permissions boundary allows the sns:Publish action",
        ),
        "denied by the boundary": (
            [document()],
            [document("Deny")],
            "with an explicit deny in a permissions boundary",
        ),
        "boundary only": ([], [document()], "because no identity-based policy allows the sns:Publish action"),
    },
)
def test_messages(policies: list[str], boundary: list[str] | None, why: str) -> None:
    access = Access(
        arn="arn:aws:sts::1:assumed-role/launch/servicecatalog",
        policies=tuple(map(compiled, policies)),
        boundary=None if boundary is None else tuple(map(compiled, boundary)),
    )
    user = "User: arn:aws:sts::1:assumed-role/launch/servicecatalog is not authorized to perform"
    assert refusal(access) == (f"{user}: sns:Publish on resource: {TOPIC} {why}" if why else "")
    untold = refusal(access, resource=None)
    assert untold == (f"{user}: sns:Publish on resource: * {why}" if why else "")


def test_a_role(iam: Any) -> None:
    arn = iam.create_role(
        RoleName="launch", Path="/ml/", AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com")
    )["Role"]["Arn"]

    def access() -> Access | None:
        return access_of(arn, session="servicecatalog", region="us-west-2")

    assert refusal(access()).startswith(
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/launch/servicecatalog is not authorized"
    )
    iam.put_role_policy(RoleName="launch", PolicyName="inline", PolicyDocument=document(action="sns:Publish"))
    policy = managed(iam, "managed", document(action="sns:Subscribe"))
    iam.attach_role_policy(RoleName="launch", PolicyArn=policy)
    assert [refusal(access(), f"sns:{name}") for name in ("Publish", "Subscribe")] == ["", ""]
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=document(action="sns:Tag*"), SetAsDefault=True)
    assert [bool(refusal(access(), f"sns:{name}")) for name in ("Subscribe", "TagResource")] == [True, False]
    boundary = managed(iam, "boundary", document(action="s3:*"))
    iam.put_role_permissions_boundary(RoleName="launch", PermissionsBoundary=boundary)
    assert "because no permissions boundary allows" in refusal(access())
    iam.delete_policy(PolicyArn=boundary)
    assert "because no permissions boundary allows" in refusal(access())


def test_a_user(iam: Any) -> None:
    iam.create_user(UserName="ann", Tags=[{"Key": "Team", "Value": "ml"}])
    iam.create_group(GroupName="ml")
    iam.add_user_to_group(UserName="ann", GroupName="ml")

    def access() -> Access | None:
        return access_of(f"arn:aws:iam::{ACCOUNT}:user/ann", region="us-west-2")

    assert refusal(access()).startswith(f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized")
    condition = {"StringEquals": {"aws:PrincipalTag/Team": "ml", "aws:username": "${aws:username}"}}
    text = document(action="sns:Publish", Condition=condition)
    iam.put_group_policy(GroupName="ml", PolicyName="inline", PolicyDocument=text)
    assert refusal(access()) == ""
    iam.attach_user_policy(UserName="ann", PolicyArn=managed(iam, "no", document("Deny", "sns:Publish")))
    assert "with an explicit deny in an identity-based policy" in refusal(access())


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:PrincipalTag/Team", "ml"),
        ("StringEquals", "aws:RequestedRegion", "us-west-2"),
        ("StringEquals", "aws:PrincipalAccount", ACCOUNT),
        ("StringEquals", "aws:PrincipalType", "AssumedRole"),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/*"),
        ("StringLike", "aws:userid", "AROA*:me"),
        ("Bool", "aws:SecureTransport", "true"),
        ("Bool", "aws:ViaAWSService", "true"),
        ("ForAnyValue:StringEquals", "aws:CalledVia", "cloudformation.amazonaws.com"),
        ("StringEquals", "aws:CalledViaLast", "cloudformation.amazonaws.com"),
        ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"),
    ],
)
def test_context_of_a_role(iam: Any, operator: str, key: str, value: str) -> None:
    tags = [{"Key": "Team", "Value": "ml"}]
    made = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com"), Tags=tags)
    text = document(Condition={operator: {key: value}})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=text)
    via = "cloudformation.amazonaws.com"
    access = access_of(made["Role"]["Arn"], session="me", region="us-west-2", via=via)
    assert refusal(access) == ""


def test_who_is_not_there(iam: Any) -> None:
    for arn in (f"arn:aws:iam::{ACCOUNT}:role/none", "none"):
        assert access_of(arn, session="me", region="us-west-2") is None
        assert trusted_services(arn) is None
    for resource in ("user/none", "assumed-role/none/me", "assumed-role/none", "group/none"):
        assert access_of(f"arn:aws:iam::{ACCOUNT}:{resource}", region="us-west-2") is None
    assert with_path(f"arn:aws:iam::{ACCOUNT}:role/none") == f"arn:aws:iam::{ACCOUNT}:role/none"


def test_trust(iam: Any) -> None:
    services = ("sns.amazonaws.com", "lambda.amazonaws.com")
    for name, action in (("one", "sts:AssumeRole"), ("two", ["sts:TagSession", "sts:*"])):
        made = iam.create_role(
            RoleName=name, Path="/p/", AssumeRolePolicyDocument=trust(*services, action=action)
        )
        assert trusted_services(made["Role"]["Arn"]) == tuple(sorted(services))
        assert with_path(f"arn:aws:iam::{ACCOUNT}:role/{name}") == made["Role"]["Arn"]
    other = trust(*services, action="sts:TagSession")
    made = iam.create_role(RoleName="three", AssumeRolePolicyDocument=other)
    assert trusted_services(made["Role"]["Arn"]) == ()
