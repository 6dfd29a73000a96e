"""SimulatePrincipalPolicy and SimulateCustomPolicy."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from catalog_emulator import install
from tests.conftest import cases

ACCOUNT = "123456789012"
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
TOPIC = f"arn:aws:sns:us-west-2:{ACCOUNT}:alerts"
TEAM = {"StringEquals": {"aws:RequestTag/team": "ml"}}


def document(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def iam() -> Iterator[Any]:
    install()
    with mock_aws():
        yield boto3.client("iam", region_name="us-west-2")


def decisions(answer: Any) -> list[tuple[str, str, str, list[str]]]:
    return [
        (
            one["EvalActionName"],
            one["EvalResourceName"],
            one["EvalDecision"],
            [statement["SourcePolicyId"] for statement in one["MatchedStatements"]],
        )
        for one in answer["EvaluationResults"]
    ]


@cases(
    ("policies", "more", "expected"),
    {
        "allowed": ([document("sns:*")], {}, ("allowed", ["PolicyInputList.1"], [])),
        "nothing allows it": ([document("s3:*")], {}, ("implicitDeny", [], [])),
        "denied": (
            [document("sns:*"), document("sns:Publish", effect="Deny")],
            {},
            ("explicitDeny", ["PolicyInputList.2"], []),
        ),
        "another resource": ([document("sns:*", f"{TOPIC}2")], {}, ("implicitDeny", [], [])),
        "outside the boundary": (
            [document("*")],
            {"PermissionsBoundaryPolicyInputList": [document("s3:*")]},
            ("implicitDeny", [], []),
        ),
        "a missing key": (
            [document("sns:*", Condition=TEAM)],
            {},
            ("implicitDeny", [], ["aws:requesttag/team"]),
        ),
        "a key": (
            [document("sns:*", Condition=TEAM)],
            {
                "ContextEntries": [
                    {
                        "ContextKeyName": "aws:RequestTag/team",
                        "ContextKeyValues": ["ml"],
                        "ContextKeyType": "string",
                    }
                ]
            },
            ("allowed", ["PolicyInputList.1"], []),
        ),
    },
)
def test_custom_policies(
    iam: Any, policies: list[str], more: dict[str, Any], expected: tuple[str, list[str], list[str]]
) -> None:
    answer = iam.simulate_custom_policy(
        PolicyInputList=policies, ActionNames=["sns:Publish"], ResourceArns=[TOPIC], **more
    )
    decision, matched, missing = expected
    assert decisions(answer) == [("sns:Publish", TOPIC, decision, matched)]
    assert answer["EvaluationResults"][0]["MissingContextValues"] == missing


def test_principals(iam: Any) -> None:
    role = iam.create_role(RoleName="team", Path="/ml/", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    iam.put_role_policy(RoleName="team", PolicyName="p", PolicyDocument=document("sns:Publish", TOPIC))
    user = iam.create_user(UserName="ann")["User"]
    group = iam.create_group(GroupName="ml")["Group"]
    iam.add_user_to_group(UserName="ann", GroupName="ml")
    managed = iam.create_policy(PolicyName="own", PolicyDocument=document("s3:Get*"))["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="ml", PolicyArn=managed)

    def simulated(arn: str, *actions: str, **more: Any) -> list[tuple[str, str, str, list[str]]]:
        return decisions(iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, **more))

    assert simulated(role["Arn"], "sns:Publish", ResourceArns=[TOPIC, f"{TOPIC}2"]) == [
        ("sns:Publish", TOPIC, "allowed", ["role_team_p"]),
        ("sns:Publish", f"{TOPIC}2", "implicitDeny", []),
    ]
    for arn in (user["Arn"], group["Arn"]):
        assert simulated(arn, "s3:GetObject", "s3:PutObject") == [
            ("s3:GetObject", "*", "allowed", ["own"]),
            ("s3:PutObject", "*", "implicitDeny", []),
        ]
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=document("s3:*", effect="Deny"))
    iam.put_role_permissions_boundary(RoleName="team", PermissionsBoundary=boundary["Policy"]["Arn"])
    more = simulated(role["Arn"], "sns:Publish", "s3:GetObject", PolicyInputList=[document("s3:*")])
    assert more == [("sns:Publish", "*", "implicitDeny", []), ("s3:GetObject", "*", "explicitDeny", [])]


def test_pages(iam: Any) -> None:
    asked = {"PolicyInputList": [document("s3:*")], "ActionNames": ["s3:GetObject", "s3:PutObject"]}
    first = iam.simulate_custom_policy(**asked, MaxItems=1)
    assert (first["IsTruncated"], len(first["EvaluationResults"])) == (True, 1)
    found = iam.get_paginator("simulate_custom_policy").paginate(**asked, PaginationConfig={"PageSize": 1})
    assert [one["EvalActionName"] for one in found.search("EvaluationResults[]")] == asked["ActionNames"]


@cases(
    ("call", "arguments", "code", "message"),
    {
        "nobody": (
            "simulate_principal_policy",
            {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/none"},
            "NoSuchEntity",
            f"The entity with ARN arn:aws:iam::{ACCOUNT}:user/none cannot be found.",
        ),
        "no policy": (
            "simulate_custom_policy",
            {"PolicyInputList": ["{"]},
            "InvalidInput",
            "Invalid policy in PolicyInputList: Syntax errors in policy.",
        ),
        "another partition": (
            "simulate_principal_policy",
            {"PolicySourceArn": f"arn:none:iam::{ACCOUNT}:user/none"},
            "NoSuchEntity",
            "cannot be found",
        ),
        "no effect": (
            "simulate_custom_policy",
            {"PolicyInputList": [document("s3:*", effect="Maybe")]},
            "InvalidInput",
            "Invalid policy in PolicyInputList",
        ),
        "no resource": (
            "simulate_custom_policy",
            {"PolicyInputList": [document("s3:*", {})]},
            "InvalidInput",
            "Invalid policy in PolicyInputList",
        ),
        "nesting": (
            "simulate_custom_policy",
            {"PolicyInputList": ["[" * 9999]},
            "InvalidInput",
            "Invalid policy in PolicyInputList",
        ),
        "a page": (
            "simulate_custom_policy",
            {"PolicyInputList": ["{}"], "MaxItems": 1001},
            "ValidationError",
            "less than or equal to 1000",
        ),
        "a long marker": (
            "simulate_custom_policy",
            {"PolicyInputList": [document("s3:*")], "Marker": "9" * 5000},
            "ValidationError",
            "less than or equal to 320",
        ),
        "no statement": (
            "simulate_custom_policy",
            {"PolicyInputList": ['{"Statement": ["x"]}']},
            "InvalidInput",
            "Invalid policy in PolicyInputList",
        ),
        "a wildcard": (
            "simulate_custom_policy",
            {"PolicyInputList": [document("s3:*")], "ActionNames": ["s3:*"]},
            "InvalidInput",
            "Invalid Action Name: s3:*",
        ),
        "a resource policy": (
            "simulate_custom_policy",
            {"PolicyInputList": ["{}"], "ResourcePolicy": "{}"},
            "InvalidInput",
            "This endpoint does not simulate resource policies",
        ),
        "a marker": (
            "simulate_custom_policy",
            {"PolicyInputList": [document("s3:*")], "Marker": "x"},
            "InvalidInput",
            "Invalid Marker",
        ),
    },
)
def test_refusals(iam: Any, call: str, arguments: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(iam, call)(**{"ActionNames": ["s3:GetObject"], **arguments})
    error = refused.value.response["Error"]
    assert (error["Code"], message in error["Message"]) == (code, True)
