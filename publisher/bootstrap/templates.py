"""The CloudFormation templates of bootstrap's two stacks. Knows no AWS client."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from publisher.bootstrap.roles import LaunchRole
from publisher.errors import InputError
from publisher.permissions import Policy

BUCKET_STACK, ROLES_STACK = "publisher-bootstrap", "publisher-launch-roles"
BUCKET_PARAMETER = "/publisher/bucket"
PRODUCT_TAG, REGION_TAG = "publisher:product", "publisher:region"
# Of both stacks, and so of everything in them.
STACK_TAGS = {"publisher:stack": "bootstrap"}

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_ROLE_NAME_LENGTH = 64
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
INLINE_SIZE = 51_200
_BODY_SIZE = 1_000_000
_RESOURCES = 500

Template = dict[str, Any]


def bucket_name(*, account_id: str, region: str) -> str:
    """The template bucket of an account and Region."""
    return f"publisher-{account_id}-{region}"


def boundary_name(role: str) -> str:
    """The managed policy that limits the roles made by the product of a launch role."""
    return f"{role}-boundary"


def body(template: Template) -> str:
    """The template as compact JSON. Raises InputError when it exceeds CloudFormation's limits."""
    text = json.dumps(template, separators=(",", ":"), ensure_ascii=True)
    if len(text) > _BODY_SIZE or len(template["Resources"]) > _RESOURCES:
        raise InputError(
            f"the launch roles need a template of {len(text)} bytes and {len(template['Resources'])} "
            f"resources; CloudFormation allows at most {_BODY_SIZE} and {_RESOURCES}",
            hint="set launch_role to an existing role in some families",
        )
    return text


def bucket_template() -> Template:
    """The template bucket, who may read its starting content, and the SSM parameter with its name."""
    return _read("bucket")


def roles_template(roles: Iterable[LaunchRole], *, kept: Template | None = None) -> Template:
    """The launch roles with their policies, and those of the template to be kept.

    Raises InputError for a role's name that is too long.
    """
    template = _read("roles")
    resources = template["Resources"]
    roles = list(roles)
    for role in sorted(roles, key=lambda role: role.product):
        added = _role_resources(role)
        if duplicates := sorted(set(added) & set(resources)):
            raise InputError(
                f"product '{role.product}' and another one both create the resource '{duplicates[0]}'",
                hint="rename one of them: without hyphens their names are the same",
            )
        resources |= added
    resources |= _kept_resources(kept or {"Resources": {}}, {role.name for role in roles})
    return template


def _kept_resources(template: Template, replaced: set[str]) -> dict[str, Any]:
    """The other roles of a template, with their policies."""
    resources = template["Resources"]
    found: dict[str, Any] = {}
    for name, resource in resources.items():
        if resource["Type"] == "AWS::IAM::Role" and resource["Properties"]["RoleName"] not in replaced:
            policies = [it["Ref"] for it in resource["Properties"]["ManagedPolicyArns"]]
            found |= {it: resources[it] for it in (*policies, name)}
    return found


def _read(name: str) -> Template:
    template: Template = yaml.safe_load(Path(__file__).with_name(f"{name}.template.yaml").read_bytes())
    return template


def _role_resources(role: LaunchRole) -> dict[str, Any]:
    if len(role.name) > _ROLE_NAME_LENGTH:
        raise InputError(
            f"launch role name '{role.name}' has {len(role.name)} characters; IAM allows at most "
            f"{_ROLE_NAME_LENGTH}",
            hint="shorten the family's name or the values of its axes",
        )
    logical = "".join(word[:1].upper() + word[1:] for word in role.product.split("-"))
    numbered = {f"{logical}Policy{policy.number}": policy for policy in role.policies}
    resources = {name: _policy(f"{role.name}-{policy.number}", policy) for name, policy in numbered.items()}
    if role.boundary is not None:
        resources[f"{logical}Boundary"] = _policy(boundary_name(role.name), role.boundary)
    resources[f"{logical}Role"] = {
        "Type": "AWS::IAM::Role",
        "Condition": "MakesRoles",
        "Properties": {
            "RoleName": role.name,
            "Description": f"Service Catalog launches {role.product} with this role",
            # No aws:SourceAccount: AWS does not document that Service Catalog sends the key, and a condition
            # on a key that is not sent refuses every launch. Other accounts cannot use the role all the same:
            # a constraint names it by ARN only with iam:PassRole, by name only in its own account.
            # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "servicecatalog.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            },
            "ManagedPolicyArns": [{"Ref": name} for name in numbered],
            "Tags": [
                {"Key": PRODUCT_TAG, "Value": role.product},
                {"Key": REGION_TAG, "Value": {"Ref": "AWS::Region"}},
            ],
        },
    }
    return resources


def _policy(name: str, policy: Policy) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Condition": "MakesRoles",
        "Properties": {"ManagedPolicyName": name, "PolicyDocument": _substituted(policy.document)},
    }


def _substituted(value: Any) -> Any:
    """With Fn::Sub around strings that have pseudo parameters."""
    if isinstance(value, str):
        return {"Fn::Sub": value} if "${AWS::" in value else value
    if isinstance(value, dict):
        return {key: _substituted(inner) for key, inner in value.items()}
    return [_substituted(inner) for inner in value] if isinstance(value, list) else value
