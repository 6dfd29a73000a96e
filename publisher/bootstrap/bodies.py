"""The two CloudFormation templates of bootstrap, as data. Knows no AWS client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.errors import InputError
from publisher.permissions import Policy

BUCKET_PARAMETER = "/publisher/bucket"
REGION_TAG = "publisher:region"
PRODUCT_TAG = "publisher:product"

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_ROLE_NAME_LENGTH = 64
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
INLINE_SIZE = 51_200
_BODY_SIZE = 1_000_000
_RESOURCES = 500

Template = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LaunchRole:
    """The launch role of a product, with the policies derived from its template."""

    product: str
    name: str
    policies: tuple[Policy, ...]


def bucket_name(*, account_id: str, region: str) -> str:
    """The template bucket of an account and Region."""
    return f"publisher-{account_id}-{region}"


def body(template: Template) -> str:
    """The template as JSON without spaces. Raises InputError when it is more than CloudFormation takes."""
    text = json.dumps(template, separators=(",", ":"), ensure_ascii=True)
    if len(text) > _BODY_SIZE or len(template["Resources"]) > _RESOURCES:
        raise InputError(
            f"the launch roles take {len(text)} bytes and {len(template['Resources'])} resources, "
            f"a CloudFormation template takes {_BODY_SIZE} and {_RESOURCES}",
            hint="name existing roles as the launch_role of some families",
        )
    return text


def bucket_template() -> Template:
    """The template bucket, who may read the starting content in it, and the SSM parameter that names it."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "publisher: the bucket of product templates and starting content",
        "Metadata": _interface([("Who reads starting content", ["OrganizationId", "ReaderAccounts"])]),
        "Parameters": {
            "OrganizationId": {
                "Type": "String",
                "Default": "",
                "Description": "All accounts of this organization may read starting content; empty: none",
                "AllowedPattern": "^(o-[a-z0-9]{10,32})?$",
                "ConstraintDescription": "an organization's id, o-..., or nothing",
            },
            "ReaderAccounts": {
                "Type": "CommaDelimitedList",
                "Default": "",
                "Description": "These accounts may read starting content; empty: none",
                "AllowedPattern": "^([0-9]{12})?$",
                "ConstraintDescription": "account ids of twelve digits",
            },
        },
        "Conditions": {
            "HasOrganization": {"Fn::Not": [{"Fn::Equals": [{"Ref": "OrganizationId"}, ""]}]},
            "HasAccounts": {"Fn::Not": [{"Fn::Equals": [{"Fn::Join": ["", {"Ref": "ReaderAccounts"}]}, ""]}]},
        },
        "Resources": {
            "Bucket": _bucket(),
            "BucketPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Bucket"},
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": _bucket_statements()},
                },
            },
            "BucketParameter": {
                "Type": "AWS::SSM::Parameter",
                "Properties": {
                    "Name": BUCKET_PARAMETER,
                    "Description": "The bucket of product templates and starting content",
                    "Type": "String",
                    "Value": {"Ref": "Bucket"},
                },
            },
        },
        "Outputs": {
            "BucketName": {
                "Description": "The bucket of product templates and starting content",
                "Value": {"Ref": "Bucket"},
            }
        },
    }


def _bucket() -> dict[str, Any]:
    return {
        "Type": "AWS::S3::Bucket",
        # Removing the stack removes the bucket; S3 itself refuses while it holds anything.
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BucketName": {"Fn::Sub": "publisher-${AWS::AccountId}-${AWS::Region}"},
            # S3's own key: a key of ours would need a grant for every account that reads content.
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "old-versions",
                        "Status": "Enabled",
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
                    }
                ]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "VersioningConfiguration": {"Status": "Enabled"},
        },
    }


def _bucket_statements() -> list[dict[str, Any]]:
    """Templates are not shared: Service Catalog keeps its own copy of them, launching accounts read that.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-launch.html
    """
    everything = [{"Fn::GetAtt": ["Bucket", "Arn"]}, {"Fn::Sub": "${Bucket.Arn}/*"}]
    content = {"Fn::Sub": "${Bucket.Arn}/content/*"}
    return [
        {
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": everything,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        _if(
            "HasOrganization",
            {
                "Sid": "OrganizationReadsContent",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": content,
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}},
            },
        ),
        _if(
            "HasAccounts",
            {
                "Sid": "AccountsReadContent",
                "Effect": "Allow",
                "Principal": {"AWS": {"Ref": "ReaderAccounts"}},
                "Action": "s3:GetObject",
                "Resource": content,
            },
        ),
    ]


def _if(condition: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"Fn::If": [condition, value, {"Ref": "AWS::NoValue"}]}


def roles_template(roles: Iterable[LaunchRole]) -> Template:
    """The launch roles with their policies. Also a StackSet's template, for one Region or for many:

    IAM is global, so RolesRegion says which of the Regions makes them; with HubAccountId every Region gets
    the SSM parameter that names the hub's bucket there. Raises InputError for a role's name that is too long.
    """
    resources: dict[str, Any] = {
        "BucketParameter": {
            "Type": "AWS::SSM::Parameter",
            "Condition": "IsSpoke",
            "Properties": {
                "Name": BUCKET_PARAMETER,
                "Description": "The hub's bucket of product templates and starting content",
                "Type": "String",
                "Value": {"Fn::Sub": "publisher-${HubAccountId}-${AWS::Region}"},
            },
        }
    }
    for role in sorted(roles, key=lambda role: role.product):
        added = _role_resources(role)
        if twins := sorted(set(added) & set(resources)):
            raise InputError(
                f"product '{role.product}' and another one both make the resource '{twins[0]}'",
                hint="rename one of the two: without hyphens their names are the same",
            )
        resources |= added
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "publisher: the launch roles of products; needs CAPABILITY_NAMED_IAM",
        "Metadata": _interface([("As a StackSet", ["RolesRegion", "HubAccountId"])]),
        "Parameters": {
            "RolesRegion": {
                "Type": "String",
                "Default": "",
                "Description": "The one Region whose stack makes the roles; empty: every stack does",
                "AllowedPattern": "^([a-z]{2}(-[a-z]+)+-[0-9])?$",
                "ConstraintDescription": "a Region, e.g. us-west-2, or nothing",
            },
            "HubAccountId": {
                "Type": "String",
                "Default": "",
                "Description": "In launching accounts: the account that holds the content; empty: none",
                "AllowedPattern": "^([0-9]{12})?$",
                "ConstraintDescription": "an account id of twelve digits, or nothing",
            },
        },
        "Conditions": {
            "MakesRoles": {
                "Fn::Or": [
                    {"Fn::Equals": [{"Ref": "RolesRegion"}, ""]},
                    {"Fn::Equals": [{"Ref": "RolesRegion"}, {"Ref": "AWS::Region"}]},
                ]
            },
            "IsSpoke": {
                "Fn::Not": [
                    {
                        "Fn::Or": [
                            {"Fn::Equals": [{"Ref": "HubAccountId"}, ""]},
                            {"Fn::Equals": [{"Ref": "HubAccountId"}, {"Ref": "AWS::AccountId"}]},
                        ]
                    }
                ]
            },
        },
        "Resources": resources,
    }


def _role_resources(role: LaunchRole) -> dict[str, Any]:
    if len(role.name) > _ROLE_NAME_LENGTH:
        raise InputError(
            f"the launch role '{role.name}' has {len(role.name) - _ROLE_NAME_LENGTH} characters too many "
            f"for IAM, which takes {_ROLE_NAME_LENGTH}",
            hint="shorten the family's name or the values of its axes",
        )
    logical = _logical_id(role.product)
    numbered = {f"{logical}Policy{policy.number}": policy for policy in role.policies}
    resources: dict[str, Any] = {
        name: {
            "Type": "AWS::IAM::ManagedPolicy",
            "Condition": "MakesRoles",
            "Properties": {
                "ManagedPolicyName": f"{role.name}-{policy.number}",
                "PolicyDocument": _substituted(policy.document),
            },
        }
        for name, policy in numbered.items()
    }
    resources[f"{logical}Role"] = {
        "Type": "AWS::IAM::Role",
        "Condition": "MakesRoles",
        "Properties": {
            "RoleName": role.name,
            "Description": f"Service Catalog launches {role.product} with this role",
            # No aws:SourceAccount: Service Catalog does not say that it sends the key, and a condition on a
            # key that is not sent refuses every launch. Nobody else's launch can reach the role all the same:
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


def _logical_id(product: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in product.split("-"))


def _substituted(value: Any) -> Any:
    """Texts with pseudo parameters become Fn::Sub."""
    if isinstance(value, str):
        return {"Fn::Sub": value} if "${AWS::" in value else value
    if isinstance(value, dict):
        return {key: _substituted(inner) for key, inner in value.items()}
    return [_substituted(inner) for inner in value] if isinstance(value, list) else value


def _interface(groups: Sequence[tuple[str, Sequence[str]]]) -> dict[str, Any]:
    return {
        "AWS::CloudFormation::Interface": {
            "ParameterGroups": [
                {"Label": {"default": label}, "Parameters": list(names)} for label, names in groups
            ]
        }
    }
