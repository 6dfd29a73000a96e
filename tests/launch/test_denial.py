"""The wording of AWS for what a launch role lacks, as documented or reported, and what a hint makes of it."""

from __future__ import annotations

import pytest

from publisher.errors import PublisherError, Refused
from publisher.launch.denial import Denial, denial_in, remedy
from publisher.launch.preflight import prepare
from publisher.launch.provision import provision
from publisher.launch.provisioned import get
from tests.conftest import cases, raising
from tests.launch.account import NAME, PATH, PRODUCT, Account, launch_request

ROLE = "launch-x"
USER = f"User: arn:aws:sts::111111111111:assumed-role/{ROLE}/servicecatalog is not authorized to perform:"
BUCKET = "arn:aws:s3:::b"
BOOTSTRAP = "ask the platform team to run publisher bootstrap"
OTHER = f"{BOOTSTRAP}; if nothing changes, another policy denies it"


def needed(action: str) -> str:
    return f" (publisher policy {ROLE.removeprefix('launch-')} --explain {action} shows what needs it)"


LACKS = f"role '{ROLE}' lacks s3:CreateBucket on '{BUCKET}'{needed('s3:CreateBucket')}"


def test_nothing_was_denied_by_other_failures() -> None:
    for reason in (
        "",
        "Bucket taken is public",
        "Resource creation cancelled",
        # https://github.com/gtaws/ProtectWithWAF/issues/4: no subscription of an image
        "API: ec2:RunInstances Not authorized for images: [ami-0dbbd6f952e12feba]",
        # A role that the template gives to a service: the template is wrong, not the launch role.
        "CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::111111111111:role/p",
    ):
        assert denial_in(reason) is None, reason
        assert remedy(reason, ROLE) == "fix this"


# Unless a row says otherwise its wording is that of
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
@cases(
    ("reason", "hint"),
    {
        "no policy allows it": (
            f"{USER} s3:CreateBucket on resource: {BUCKET} because no identity-based policy allows the "
            "s3:CreateBucket action",
            f"{LACKS}: {BOOTSTRAP}",
        ),
        "in a handler's message": (
            f'Resource handler returned message: "{USER} s3:CreateBucket on resource: "{BUCKET}" because no '
            "identity-based policy allows the s3:CreateBucket action (Service: S3, Status Code: 403, "
            'Request ID: 1)" (RequestToken: 2, HandlerErrorCode: AccessDenied)',
            f"{LACKS}: {BOOTSTRAP}",
        ),
        # https://github.com/aws-solutions-library-samples/data-lakes-on-aws/issues/275
        "passing a role": (
            f"API: cloudFormation {USER} iam:PassRole on resource: arn:aws:iam::111111111111:role/p "
            "because no identity-based policy allows the iam:PassRole action",
            f"role '{ROLE}' lacks iam:PassRole on 'arn:aws:iam::111111111111:role/p'"
            f"{needed('iam:PassRole')}: "
            f"{BOOTSTRAP}; if "
            "nothing changes, the launch passes a role that its template does not name",
        ),
        # https://github.com/aws-samples/well-architected-iac-analyzer/issues/108
        "a resource without an ARN": (
            f"{USER} iam:UpdateAssumeRolePolicy on resource: role p because no identity-based policy allows "
            "the iam:UpdateAssumeRolePolicy action",
            f"role '{ROLE}' lacks iam:UpdateAssumeRolePolicy on 'role p'"
            f"{needed('iam:UpdateAssumeRolePolicy')}: "
            f"{BOOTSTRAP}; if nothing changes, "
            "the role, policy or user is not of the template, or lacks the product's permissions boundary",
        ),
        "a parameter outside the globs": (
            f"{USER} ssm:GetParameters on resource: arn:aws:ssm:us-west-2:111111111111:parameter/p because "
            "no identity-based policy allows the ssm:GetParameters action",
            f"role '{ROLE}' lacks ssm:GetParameters on 'arn:aws:ssm:us-west-2:111111111111:parameter/p'"
            f"{needed('ssm:GetParameters')}: "
            f"{BOOTSTRAP}; if nothing changes, the parameter is not in ssm_parameters of product.yaml",
        ),
        "any resource": (
            f"{USER} codepipeline:CreatePipeline on resource: * because no identity-based policy allows the "
            "codepipeline:CreatePipeline action",
            f"role '{ROLE}' lacks codepipeline:CreatePipeline"
            f"{needed('codepipeline:CreatePipeline')}: {BOOTSTRAP}",
        ),
        "no policy named": (f"{USER} s3:CreateBucket on resource: {BUCKET}", f"{LACKS}: {OTHER}"),
        "no resource named": (
            f"{USER} kms:CreateKey",
            f"role '{ROLE}' lacks kms:CreateKey{needed('kms:CreateKey')}: {OTHER}",
        ),
        "explicit deny": (
            f"{USER} s3:CreateBucket on resource: {BUCKET} with an explicit deny",
            f"{LACKS}: {OTHER}",
        ),
        "explicit deny in the role's policy": (
            f"{USER} s3:CreateBucket on resource: {BUCKET} with an explicit deny in an identity-based policy",
            f"{LACKS}: {OTHER}",
        ),
        "a policy of the organization": (
            f"{USER} s3:CreateBucket on resource: {BUCKET} with an explicit deny in a service control "
            "policy: arn:aws:organizations::222222222222:policy/o-1/service_control_policy/p-1",
            f"{LACKS}: ask those who manage the service control policy to allow it; bootstrap cannot",
        ),
        "a boundary": (
            f"{USER} s3:CreateBucket on resource: {BUCKET} because no permissions boundary allows the "
            "s3:CreateBucket action",
            f"{LACKS}: ask those who manage the permissions boundary to allow it; bootstrap cannot",
        ),
        "a boundary that denies": (
            f"{USER} s3:CreateBucket on resource: {BUCKET} with an explicit deny in a permissions boundary",
            f"{LACKS}: ask those who manage the permissions boundary to allow it; bootstrap cannot",
        ),
        "an endpoint's policy": (
            f"{USER} s3:CreateBucket on resource: {BUCKET} because no VPC endpoint policy allows the "
            "s3:CreateBucket action",
            f"{LACKS}: ask those who manage the vpc endpoint policy to allow it; bootstrap cannot",
        ),
        "a role that is not ours": (
            f"{USER.replace(ROLE, 'TeamRole')} s3:CreateBucket on resource: {BUCKET} because no "
            "identity-based policy allows the s3:CreateBucket action",
            f"role 'TeamRole' lacks s3:CreateBucket on '{BUCKET}': ask the owner of the role to allow it",
        ),
        # https://github.com/eksctl-io/eksctl/issues/365
        "EC2's call": (
            "API: ec2:DescribeVpcs You are not authorized to perform this operation.",
            f"role '{ROLE}' lacks ec2:DescribeVpcs{needed('ec2:DescribeVpcs')}: {OTHER}",
        ),
        # https://github.com/trailofbits/algo/issues/14369
        "EC2's encoded message": (
            "API: ec2:DeleteRoute You are not authorized to perform this operation. Encoded authorization "
            "failure message: ZCyj9c9CjLY9TKMxeP1P1XN4",
            f"role '{ROLE}' lacks ec2:DeleteRoute{needed('ec2:DeleteRoute')}: {OTHER}; "
            "aws sts decode-authorization-message shows the rest",
        ),
        # https://github.com/aws-amplify/amplify-cli/issues/10116
        "EC2's handler": (
            'Resource handler returned message: "You are not authorized to perform this operation. (Service: '
            'Ec2, Status Code: 403, Request ID: 1)" (RequestToken: 2, HandlerErrorCode: AccessDenied)',
            f"role '{ROLE}' lacks a permission: {OTHER}",
        ),
        "S3's call": (
            "API: s3:CreateBucket Access Denied",
            f"role '{ROLE}' lacks s3:CreateBucket{needed('s3:CreateBucket')}: {OTHER}",
        ),
        "S3's handler": (
            "Access Denied (Service: S3, Status Code: 403, Request ID: 1, Extended Request ID: 2)",
            f"role '{ROLE}' lacks a permission: {OTHER}",
        ),
        "a handler's operation": (
            "Access denied for operation 'CreatePipeline'.",
            f"role '{ROLE}' lacks CreatePipeline: {OTHER}",
        ),
        "the launch role": (
            f"Access denied while assuming the role arn:aws:iam::111111111111:role/{ROLE}",
            f"role '{ROLE}' does not exist or cannot be assumed: {BOOTSTRAP}",
        ),
    },
)
def test_the_hint_names_role_action_and_who_can_fix_it(reason: str, hint: str) -> None:
    assert remedy(reason, ROLE) == hint


def test_an_unknown_launch_role() -> None:
    assert (
        remedy("Access Denied", "")
        == "the launch role lacks a permission: ask the owner of the role to allow it"
    )
    assert denial_in("Access Denied") == Denial()


def test_a_launch_role_that_is_gone(account: Account) -> None:
    account.publish()
    prepared = prepare(account.aws, launch_request(), report=account.lines.append)
    iam = account.client("iam")
    iam.delete_role_policy(RoleName=f"launch-{PRODUCT}", PolicyName="all")
    iam.delete_role(RoleName=f"launch-{PRODUCT}")
    operation = provision(account.aws, prepared)
    fix = f"role 'launch-{PRODUCT}' does not exist or cannot be assumed: {BOOTSTRAP}"
    again = f"run publisher terminate {PATH} --force"
    with pytest.raises(PublisherError) as caught:
        account.follow(operation)
    assert caught.value.hint == f"{fix}, then {again} to remove what is left and launch again"
    held = get(account.aws, NAME)
    message = f"{NAME}: already launched from this config: {PRODUCT} 1.0.0, ERROR: {held.reason}"
    with raising(Refused, message, f"{fix}, then {again} and launch again"):
        prepare(account.aws, launch_request(), report=account.lines.append)
