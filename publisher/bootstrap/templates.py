"""The CloudFormation templates of bootstrap's stacks. Knows no AWS client."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

from publisher.bootstrap.roles import DEPLOY, LaunchRole
from publisher.declarations.product import boundary_name
from publisher.errors import InputError
from publisher.permissions import Policy, trust

BUCKET_STACK, ROLES_STACK = "publisher-bootstrap", "publisher-launch-roles"
ACCESS_STACK, ACCESS_ROLE = "publisher-blueprint-access", "AWSControlTowerBlueprintAccess"
BUCKET_PARAMETER = "/publisher/bucket"
PRODUCT_TAG, REGION_TAG = "publisher:product", "publisher:region"
# Of all stacks, and so of everything in them.
STACK_TAGS = {"publisher:stack": "bootstrap"}

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_ROLE_NAME_LENGTH = 64
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
INLINE_SIZE = 51_200

# Parameters of the roles' stacks.
ROLES_REGION, HUB_ACCOUNT = "RolesRegion", "HubAccountId"
_ONLY_FIRST = {"Parameters": HUB_ACCOUNT, "Conditions": "IsSpoke", "Resources": "BucketParameter"}

_VARIABLE = re.compile(r"\$\{(?!AWS::)")

Template = dict[str, Any]


def body(template: Template) -> str:
    """The template as compact JSON."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=True)


def bucket_template() -> Template:
    """The template bucket, who may read its starting content, and the SSM parameter with its name."""
    return _read("bucket")


def roles_frame(number: int) -> Template:
    """A stack of launch roles, counted from 1, without the roles; only the first has the SSM parameter."""
    frame = _read("roles")
    if number > 1:
        for section, name in _ONLY_FIRST.items():
            del frame[section][name]
        frame["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"][0]["Parameters"] = [
            ROLES_REGION
        ]
    return frame


def access_template() -> Template:
    """The role that account vending assumes."""
    return _read("blueprint_access")


def _read(name: str) -> Template:
    template: Template = yaml.safe_load(Path(__file__).with_name(f"{name}.template.yaml").read_bytes())
    return template


def role_resources(role: LaunchRole) -> dict[str, Any]:
    """A role, its policies and its product's boundary. Raises InputError for too long a name."""
    if len(role.name) > _ROLE_NAME_LENGTH:
        raise InputError(
            f"launch role name '{role.name}' has {len(role.name)} characters; IAM allows at most "
            f"{_ROLE_NAME_LENGTH}",
            hint="shorten the family's name or the values of its axes",
        )
    logical = "".join(word[:1].upper() + word[1:] for word in role.product.split("-"))
    about = f"Service Catalog launches {role.product} with this role"
    if role.trust == DEPLOY:
        logical = f"{logical}Deploy"
        about = f"CloudFormation makes SageMaker projects of {role.product} with this role"
    numbered = {f"{logical}Policy{policy.number}": policy for policy in role.policies}
    resources = {name: _policy(f"{role.name}-{policy.number}", policy) for name, policy in numbered.items()}
    if role.boundary is not None:
        resources[f"{logical}Boundary"] = _policy(boundary_name(role.name), role.boundary)
    resources[f"{logical}Role"] = {
        "Type": "AWS::IAM::Role",
        "Condition": "MakesRoles",
        "Properties": {
            "RoleName": role.name,
            "Description": about,
            # No aws:SourceAccount: AWS does not document that Service Catalog sends the key, and a condition
            # on a key that is not sent refuses every launch. Other accounts cannot use the role all the same:
            # a constraint names it by ARN only with iam:PassRole, by name only in its own account.
            # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
            "AssumeRolePolicyDocument": trust(role.trust).document(partition="aws"),
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
        "Properties": {"ManagedPolicyName": name, "PolicyDocument": substituted(policy.document)},
    }


def substituted(value: Any) -> Any:
    """With Fn::Sub around strings that have pseudo parameters; policy variables stay what they are."""
    if isinstance(value, str):
        return {"Fn::Sub": _VARIABLE.sub("${!", value)} if "${AWS::" in value else value
    if isinstance(value, dict):
        return {key: substituted(inner) for key, inner in value.items()}
    return [substituted(inner) for inner in value] if isinstance(value, list) else value
