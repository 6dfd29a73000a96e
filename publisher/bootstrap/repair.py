"""Makes the roles of a stack again what the stack made them.

CloudFormation does not: an update without a changed template is refused, a changed one writes only what
differs between the templates, and drift detection sees neither inline policies nor attachments that no
property of the template names. AWS's remedy is to update the drifted resources directly.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
The names stay the same, and with them the physical IDs in the stack: ARNs of policies, names of roles.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, assert_never

from publisher.aws.account_roles import Document
from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.bootstrap.expected_roles import ExpectedRole
from publisher.bootstrap.role_states import Deviation
from publisher.bootstrap.templates import STACK_TAGS

# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
_VERSIONS = 5


def repair(aws: Aws, role: ExpectedRole, deviations: Iterable[Deviation]) -> None:
    """Undoes the deviations of a role, at least one. Raises AwsError."""
    client = aws.client("iam")
    with aws_errors(f"cannot repair the role {role.name}"):
        for deviation in deviations:
            _repair(client, role, deviation)
        # Of a policy that is attached already it changes nothing.
        for arn in role.policies:
            client.attach_role_policy(RoleName=role.name, PolicyArn=arn)


def _repair(client: Any, role: ExpectedRole, deviation: Deviation) -> None:
    name, subject = role.name, deviation.subject
    match deviation.kind:
        case "role deleted":
            client.create_role(
                RoleName=name,
                Description=role.description,
                AssumeRolePolicyDocument=json.dumps(role.trust),
                Tags=_tags({**STACK_TAGS, **role.tags}),
            )
        case "policy deleted":
            document = _text(role.documents[subject])
            client.create_policy(PolicyName=subject.rpartition("/")[2], PolicyDocument=document)
        case "policy changed":
            _write_version(client, subject, role.documents[subject])
        case "policy detached":
            pass
        case "policy attached":
            client.detach_role_policy(RoleName=name, PolicyArn=subject)
        case "inline policy added":
            client.delete_role_policy(RoleName=name, PolicyName=subject)
        case "trust policy changed":
            client.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(role.trust))
        case "tags changed":
            client.tag_role(RoleName=name, Tags=_tags(role.tags))
        case _:
            assert_never(deviation.kind)


def _write_version(client: Any, arn: str, document: Document) -> None:
    versions = client.list_policy_versions(PolicyArn=arn)["Versions"]
    if len(versions) >= _VERSIONS:
        oldest = min((it for it in versions if not it["IsDefaultVersion"]), key=lambda it: it["CreateDate"])
        client.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
    client.create_policy_version(PolicyArn=arn, PolicyDocument=_text(document), SetAsDefault=True)


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _text(document: Document) -> str:
    return json.dumps(document, separators=(",", ":"))
