"""The policies derived from a template let a role make, change and delete every type that is made for real.

What the derivation takes from resource schemas is held against the calls that are made, which know no schema.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from publisher.permissions import Scope, launch_policies
from tests.account import ACCOUNT, REGION
from tests.emulator_tests import load

pytestmark = pytest.mark.usefixtures("moto")
_cases = load("cloudformation/types/resource_cases")
RESOURCE_CASES, closure, resolve = _cases.RESOURCE_CASES, _cases.closure, _cases.resolve


@cache
def client(service: str) -> Any:
    made: Any = boto3.Session(region_name=REGION)
    return made.client(service)


SCOPE = Scope(for_="cloudformation", stack="it")
TAKERS = ["codebuild", "codepipeline", "events", "sagemaker", "states", "vpc-flow-logs"]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": [f"{name}.amazonaws.com" for name in TAKERS]},
            "Action": "sts:AssumeRole",
        }
    ],
}
CLOUDFORMATION = json.dumps(TRUST).replace("codebuild", "cloudformation")


def _reference(name: str, attribute: str) -> Any:
    return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}


def _template(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    resources = {
        needed: {
            "Type": RESOURCE_CASES[needed].type_name,
            "Properties": resolve(
                properties if needed == name else RESOURCE_CASES[needed].properties, _reference
            ),
        }
        for needed in (*closure(name), *(["Attachment"] if name == "Route" else []))
    }
    for resource in resources.values():
        # Roles here are taken by services of all kinds, and content lies in the template bucket only.
        if resource["Type"] == "AWS::IAM::Role":
            resource["Properties"]["AssumeRolePolicyDocument"] = TRUST
        resource["Properties"].pop("Code", None)
        # What is launched in a stack is launched by the stack's role.
        if "PrincipalARN" in resource["Properties"]:
            resource["Properties"]["PrincipalARN"] = "arn:aws:iam:::role/launch"
    if name == "Route":
        resources["Route"]["DependsOn"] = "Attachment"
    return {"Resources": resources}


def _changed(case: Any) -> dict[str, Any]:
    """No launch role takes a boundary off a role."""
    kept = {key: value for key, value in case.properties.items() if key == "PermissionsBoundary"}
    return {**case.changed(), **kept}


def _failures() -> list[tuple[str, str]]:
    stacks = client("cloudformation").list_stacks()["StackSummaries"]
    events = client("cloudformation").describe_stack_events(StackName=stacks[0]["StackId"])["StackEvents"]
    return [
        (event["LogicalResourceId"], event.get("ResourceStatusReason", ""))
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    ]


@pytest.mark.parametrize("name", RESOURCE_CASES)
def test_a_resource_is_made_changed_and_deleted(name: str) -> None:
    before, after = (
        _template(name, properties)
        for properties in (RESOURCE_CASES[name].properties, _changed(RESOURCE_CASES[name]))
    )
    _cases.make_seed_bucket(client, REGION)
    iam, formation = client("iam"), client("cloudformation")
    role = iam.create_role(RoleName="launch", AssumeRolePolicyDocument=CLOUDFORMATION)["Role"]["Arn"]
    for policy in launch_policies(before, scope=SCOPE):
        document = json.dumps(policy.resolved(partition="aws", account_id=ACCOUNT))
        iam.put_role_policy(RoleName="launch", PolicyName=str(policy.number), PolicyDocument=document)
    capable = {"StackName": "it", "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    formation.create_stack(**capable, TemplateBody=json.dumps(before), RoleARN=role)
    assert _failures() == []
    try:
        formation.update_stack(**capable, TemplateBody=json.dumps(after))
    except ClientError as error:
        assert error.response["Error"]["Message"] == "No updates are to be performed."
    assert _failures() == []
    formation.delete_stack(StackName="it")
    assert _failures() == []
