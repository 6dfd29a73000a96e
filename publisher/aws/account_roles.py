"""The IAM roles of an account with what they may do, from one listing. Only reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws

Document = Mapping[str, Any]

_PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role. `attached` has the ARNs of its managed policies, `inline` its inline policies by name.

    `boundary` is the ARN of its permissions boundary, if it has one.
    """

    name: str
    trust: Document
    attached: tuple[str, ...] = ()
    inline: Mapping[str, Document] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    boundary: str = ""


@dataclass(frozen=True, kw_only=True)
class AccountRoles:
    """The roles by name, and the default versions of the account's own managed policies by ARN."""

    roles: Mapping[str, Role]
    policies: Mapping[str, Document]

    @classmethod
    def read(cls, aws: Aws) -> AccountRoles:
        """All of the account: IAM is global, so the Region does not matter. Raises AwsError.

        GetAccountAuthorizationDetails answers in a few pages what takes at least three calls a role else.
        https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
        """
        paginator = aws.client("iam").get_paginator("get_account_authorization_details")
        roles: dict[str, Role] = {}
        policies: dict[str, Document] = {}
        with aws_errors("cannot read the roles of the account"):
            pages = paginator.paginate(
                Filter=["Role", "LocalManagedPolicy"], PaginationConfig={"PageSize": _PAGE}
            )
            for page in pages:
                roles |= {entry["RoleName"]: _role(entry) for entry in page["RoleDetailList"]}
                policies |= dict(_documents(page["Policies"]))
        return cls(roles=roles, policies=policies)


def _role(entry: Mapping[str, Any]) -> Role:
    return Role(
        name=entry["RoleName"],
        trust=_document(entry.get("AssumeRolePolicyDocument")),
        attached=tuple(sorted(it["PolicyArn"] for it in entry.get("AttachedManagedPolicies", ()))),
        inline={it["PolicyName"]: _document(it["PolicyDocument"]) for it in entry.get("RolePolicyList", ())},
        tags={it["Key"]: it["Value"] for it in entry.get("Tags", ())},
        boundary=entry.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
    )


def _documents(entries: list[Mapping[str, Any]]) -> Iterator[tuple[str, Document]]:
    for entry in entries:
        for version in entry.get("PolicyVersionList", ()):
            if version["IsDefaultVersion"]:
                yield entry["Arn"], _document(version.get("Document"))


def _document(value: object) -> Document:
    """botocore answers a document that is not JSON as text."""
    return value if isinstance(value, Mapping) else {}
