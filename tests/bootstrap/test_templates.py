from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cfnlint.api import lint
from cfnlint.config import ManualArgs

from publisher.bootstrap.placement import place_roles
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.templates import Template, body, bucket_template
from publisher.errors import InputError
from publisher.permissions import Scope, launch_policies
from tests.bootstrap.account import launch_role
from tests.conftest import cases, raising

REGIONS = ["us-west-2", "us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1"]
PRODUCT = {
    "Parameters": {"Vpc": {"Type": "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>"}},
    "Resources": {
        name.replace("::", ""): {"Type": name}
        for name in (
            "AWS::CloudWatch::Dashboard",
            "AWS::CodeBuild::Project",
            "AWS::CodeCommit::Repository",
            "AWS::CodePipeline::Pipeline",
            "AWS::EC2::SecurityGroup",
            "AWS::EC2::SecurityGroupIngress",
            "AWS::EC2::VPCEndpoint",
            "AWS::Events::Rule",
            "AWS::IAM::Policy",
            "AWS::IAM::Role",
            "AWS::KMS::Alias",
            "AWS::KMS::Key",
            "AWS::Logs::LogGroup",
            "AWS::S3::Bucket",
            "AWS::S3::BucketPolicy",
            "AWS::SNS::Subscription",
            "AWS::SNS::Topic",
            "AWS::SNS::TopicPolicy",
            "AWS::SSM::Parameter",
            "AWS::SageMaker::ModelPackageGroup",
        )
    },
}


def roles_template(roles: Iterable[LaunchRole]) -> Template:
    (template,) = place_roles(roles).templates
    return template


def findings(template: dict[str, Any]) -> list[str]:
    config = ManualArgs(regions=REGIONS, include_checks=["I"])
    return [str(match) for match in lint(body(template), None, REGIONS, config)]


def test_cfn_lint_finds_nothing_in_the_bucket_template() -> None:
    assert findings(bucket_template()) == []


def test_cfn_lint_finds_nothing_in_the_roles_template() -> None:
    role = LaunchRole(
        product="ml",
        name="launch-ml",
        policies=launch_policies(dict(PRODUCT), scope=Scope(ssm_parameters=("/vpc/*",))),
    )
    assert findings(roles_template([role])) == []


def test_cfn_lint_finds_a_missing_deletion_policy() -> None:
    template = bucket_template()
    del template["Resources"]["Bucket"]["DeletionPolicy"]
    assert findings(template) != []


def test_bucket() -> None:
    properties = bucket_template()["Resources"]["Bucket"]["Properties"]
    assert properties["BucketName"] == {"Fn::Sub": "publisher-${AWS::AccountId}-${AWS::Region}"}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}


def test_only_content_is_shared() -> None:
    policy = bucket_template()["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"]
    tls, organization, accounts = policy["Statement"]
    content = {"Fn::Sub": "${Bucket.Arn}/content/*"}
    nothing = {"Ref": "AWS::NoValue"}
    assert (tls["Effect"], tls["Principal"], tls["Condition"]) == (
        "Deny",
        "*",
        {"Bool": {"aws:SecureTransport": "false"}},
    )
    assert organization == {
        "Fn::If": [
            "HasOrganization",
            {
                "Sid": "OrganizationReadsContent",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": content,
                "Condition": {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}},
            },
            nothing,
        ]
    }
    assert accounts == {
        "Fn::If": [
            "HasAccounts",
            {
                "Sid": "AccountsReadContent",
                "Effect": "Allow",
                "Principal": {"AWS": {"Ref": "ReaderAccounts"}},
                "Action": "s3:GetObject",
                "Resource": content,
            },
            nothing,
        ]
    }


def test_roles() -> None:
    roles = [launch_role("ml-b", policies=2, boundary="sns:Publish"), launch_role("ml-a")]
    resources = roles_template(roles)["Resources"]
    assert list(resources) == [
        "BucketParameter",
        "MlAPolicy1",
        "MlARole",
        "MlBPolicy1",
        "MlBPolicy2",
        "MlBBoundary",
        "MlBRole",
    ]
    assert resources["MlBBoundary"]["Properties"]["ManagedPolicyName"] == "launch-ml-b-boundary"
    assert resources["MlBRole"] == {
        "Type": "AWS::IAM::Role",
        "Condition": "MakesRoles",
        "Properties": {
            "RoleName": "launch-ml-b",
            "Description": "Service Catalog launches ml-b with this role",
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
            "ManagedPolicyArns": [{"Ref": "MlBPolicy1"}, {"Ref": "MlBPolicy2"}],
            "Tags": [
                {"Key": "publisher:product", "Value": "ml-b"},
                {"Key": "publisher:region", "Value": {"Ref": "AWS::Region"}},
            ],
        },
    }
    assert resources["MlBPolicy2"]["Properties"] == {
        "ManagedPolicyName": "launch-ml-b-2",
        "PolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Only2",
                    "Effect": "Allow",
                    "Action": ["sns:Subscribe"],
                    "Resource": {"Fn::Sub": "arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*"},
                }
            ],
        },
    }


def test_the_same_roles_in_any_order_are_the_same_bytes() -> None:
    roles = [launch_role("ml-a"), launch_role("ml-b"), launch_role("ml-c")]
    assert body(roles_template(roles)) == body(roles_template(reversed(roles)))


def test_body_is_json() -> None:
    assert json.loads(body(bucket_template())) == bucket_template()


@cases(
    ("roles", "message", "hint"),
    {
        "name too long": (
            [launch_role("ml-" + "x" * 57)],
            f"launch role name 'launch-ml-{'x' * 57}' has 67 characters; IAM allows at most 64",
            "shorten the family's name or the values of its axes",
        ),
        "larger than a stack": (
            [launch_role("ml-a", *(f"sns:{number:099}" for number in range(10_000)))],
            "launch role 'launch-ml-a' does not fit in a stack: CloudFormation allows templates of at most "
            "1000000 bytes and 500 resources",
            "split the product, or set launch_role to an existing role",
        ),
    },
)
def test_roles_that_cannot_be_made(roles: list[LaunchRole], message: str, hint: str) -> None:
    with raising(InputError, message, hint):
        roles_template(roles)
