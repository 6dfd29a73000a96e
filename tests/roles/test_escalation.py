"""Templates of somebody who may use a launch role, and would be more than its product: each launch fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from catalog_emulator.server.endpoint_record import ACCOUNT_ID

from tests.conftest import cases
from tests.roles.account import Launches, Product, launches
from tests.roles.products import granted

STARTER, BY_SSM = "ml-project-starter-s3", "ml-project-enterprise-s3-standalone-ssm"
BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/launch-{STARTER}-boundary"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
OURS = "/ml-project/acme-dev-a001-us-west-2-x-ml/"
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
INLINE = {"PolicyName": "all", "PolicyDocument": EVERYTHING}


def trusting(arn: str) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}]}


def role(**properties: Any) -> dict[str, Any]:
    trust = trusting(f"arn:aws:iam::{ACCOUNT_ID}:root")
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, **properties}}


def written(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::IAM::{kind}", "Properties": {"PolicyDocument": EVERYTHING, **properties}}


@pytest.fixture(scope="module")
def account() -> Iterator[Launches]:
    with launches() as made:
        made.iam.create_policy(
            PolicyName=f"launch-{STARTER}-boundary", PolicyDocument=json.dumps(granted(STARTER).boundary)
        )
        made.iam.create_role(RoleName="admin", AssumeRolePolicyDocument=json.dumps(trusting("*")))
        made.client("ssm").put_parameter(Name="/prod/db/password", Value="secret", Type="String")
        yield made


def attack(name: str, resource: dict[str, Any], **sections: Any) -> Product:
    body = json.dumps({"Resources": {"Evil": resource}, **sections})
    return Product(name=f"evil-{name}", body=body, changed=body, parameters={}, others={})


@cases(
    ("resource", "action"),
    {
        "any role": (role(RoleName="owned", ManagedPolicyArns=[ADMINISTRATOR]), "iam:CreateRole"),
        "role of the product's path": (role(Path=OURS, ManagedPolicyArns=[ADMINISTRATOR]), "iam:CreateRole"),
        "another boundary": (role(Path=OURS, PermissionsBoundary=ADMINISTRATOR), "iam:CreateRole"),
        "attached policy": (
            role(Path=OURS, PermissionsBoundary=BOUNDARY, ManagedPolicyArns=[ADMINISTRATOR]),
            "iam:AttachRolePolicy",
        ),
        "policy of the launch role": (
            written("RolePolicy", PolicyName="all", RoleName=f"launch-{STARTER}"),
            "iam:PutRolePolicy",
        ),
        "policy of another role": (
            written("RolePolicy", PolicyName="all", RoleName="admin"),
            "iam:PutRolePolicy",
        ),
        "managed policy": (written("ManagedPolicy", Roles=["admin"]), "iam:CreatePolicy"),
        "boundary": (
            written("ManagedPolicy", ManagedPolicyName=f"launch-{STARTER}-boundary"),
            "iam:CreatePolicy",
        ),
        "user": ({"Type": "AWS::IAM::User", "Properties": {"Policies": [INLINE]}}, "iam:CreateUser"),
        "group": ({"Type": "AWS::IAM::Group", "Properties": {"Policies": [INLINE]}}, "iam:CreateGroup"),
        "role of others": (
            {
                "Type": "AWS::CodeBuild::Project",
                "Properties": {
                    "Name": "acme-dev-a001-us-west-2-x-build",
                    "ServiceRole": f"arn:aws:iam::{ACCOUNT_ID}:role/admin",
                    "Artifacts": {"Type": "NO_ARTIFACTS"},
                    "Source": {"Type": "NO_SOURCE", "BuildSpec": "version: 0.2"},
                    "Environment": {
                        "Type": "LINUX_CONTAINER",
                        "ComputeType": "BUILD_GENERAL1_SMALL",
                        "Image": "aws/codebuild/standard:7.0",
                    },
                },
            },
            "iam:PassRole",
        ),
    },
)
def test_a_launch_role_makes_nobody_an_administrator(
    account: Launches, resource: dict[str, Any], action: str, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id.replace(" ", "-").replace("'", "")
    outcome = account.run(attack(name, resource), granted(STARTER), operations=("launch",))
    assert outcome.failed == "launch"
    assert f"is not authorized to perform: {action} on" in outcome.reason
    assert [it["RoleName"] for it in account.iam.list_roles()["Roles"] if it["Path"] == OURS] == []


def test_a_role_with_everything_is_limited_to_the_boundary(account: Launches) -> None:
    made = role(Path=OURS, PermissionsBoundary=BOUNDARY, Policies=[INLINE])
    outcome = account.run(attack("inline", made), granted(STARTER), operations=("launch",))
    assert (outcome.failed, outcome.reason) == (None, "")
    [found] = [it for it in account.iam.list_roles()["Roles"] if it["Path"] == OURS]
    actions = ["iam:CreateUser", "iam:DeleteRolePermissionsBoundary", "ecr:GetAuthorizationToken"]
    answer = account.iam.simulate_principal_policy(PolicySourceArn=found["Arn"], ActionNames=actions)
    decisions = {it["EvalActionName"]: it["EvalDecision"] for it in answer["EvaluationResults"]}
    assert decisions == dict(zip(actions, ["implicitDeny", "implicitDeny", "allowed"], strict=True))


def test_no_parameter_shows_the_ssm_parameters_of_others(account: Launches) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Read"}}}
    read = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/prod/db/password"}
    stolen = attack("ssm", topic, Parameters={"Read": read})
    outcome = account.run(stolen, granted(BY_SSM), operations=("launch",))
    assert outcome.failed == "launch"
    assert "is not authorized to perform: ssm:GetParameters on" in outcome.reason
