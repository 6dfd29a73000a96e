"""The two roles that a repository's GitHub workflows assume, as one template: to plan, and to publish.

Knows no AWS client; the same bytes for the same files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.bootstrap.templates import substituted
from publisher.errors import InputError, quoted
from publisher.permissions.policies import POLICIES_PER_ROLE, Policy

# https://docs.github.com/en/actions/reference/security/oidc
_ISSUER = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"
_PROVIDER = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:oidc-provider/{_ISSUER}"
# With the numbers of owner and repository if GitHub puts them into the subject, as of all that are new.
# https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}(@\d+)?/[A-Za-z0-9._-]{1,100}(@\d+)?")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, kw_only=True)
class Workflows:
    """Whose workflows assume the roles. Without an environment any run of the branch publishes.

    Raises InputError for what GitHub has no name for, wildcards among it.
    """

    repository: str
    branch: str = "main"
    environment: str = ""

    def __post_init__(self) -> None:
        for what, value, form, example in (
            ("repository", self.repository, _REPOSITORY, "OWNER/NAME"),
            ("branch", self.branch, _BRANCH, "main"),
            ("environment", self.environment or "-", re.compile(f"-|{_ENVIRONMENT.pattern}"), "production"),
        ):
            if not form.fullmatch(value):
                raise InputError(f"invalid {what} {quoted(value)}", hint=f"write its name, e.g. {example}")

    def plan_trust(self) -> dict[str, Any]:
        """Pull requests, which see files under review, and the branch: it plans what it publishes."""
        return self._trust({"sub": [f"repo:{self.repository}:pull_request", self._of_branch]})

    def sync_trust(self) -> dict[str, Any]:
        """Only the branch, also for an environment: GitHub lets any branch name one that has no rules.

        https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
        """
        if not self.environment:
            return self._trust({"sub": self._of_branch})
        subject = f"repo:{self.repository}:environment:{self.environment}"
        return self._trust({"sub": subject, "ref": f"refs/heads/{self.branch}"})

    @property
    def _of_branch(self) -> str:
        return f"repo:{self.repository}:ref:refs/heads/{self.branch}"

    def _trust(self, claims: Mapping[str, Any]) -> dict[str, Any]:
        equal = {f"{_ISSUER}:{claim}": value for claim, value in {"aud": _AUDIENCE, **claims}.items()}
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": {"Fn::Sub": _PROVIDER}},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": equal},
        }
        return {"Version": "2012-10-17", "Statement": [statement]}


def github_template(
    workflows: Workflows, *, plan: Sequence[Policy], sync: Sequence[Policy]
) -> dict[str, Any]:
    """The stack of the roles, with the policies of each, and the provider if the account has none yet.

    Raises InputError when a role cannot hold its policies.
    """
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"publisher: roles of the GitHub workflows of {workflows.repository}",
        "Parameters": {
            "CreateProvider": {
                "Type": "String",
                "AllowedValues": ["true", "false"],
                "Default": "true",
                "Description": f"false if the account has the identity provider {_ISSUER} (it can have one)",
            }
        },
        "Conditions": {"CreatesProvider": {"Fn::Equals": [{"Ref": "CreateProvider"}, "true"]}},
        "Resources": {
            "Provider": {
                "Type": "AWS::IAM::OIDCProvider",
                "Condition": "CreatesProvider",
                # IAM finds out the thumbprint. Roles of others may trust it by then.
                # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-oidcprovider.html
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": {"Url": f"https://{_ISSUER}", "ClientIdList": [_AUDIENCE]},
            },
            **_role("plan", workflows.plan_trust(), plan),
            **_role("sync", workflows.sync_trust(), sync),
        },
        "Outputs": {
            f"{step.title()}Role": {
                "Description": f"role-to-assume of the action with the command {step}",
                "Value": {"Fn::GetAtt": [f"{step.title()}Role", "Arn"]},
            }
            for step in ("plan", "sync")
        },
    }


def _role(step: str, trust: Mapping[str, Any], policies: Sequence[Policy]) -> dict[str, Any]:
    if len(policies) > POLICIES_PER_ROLE:
        raise InputError(
            f"the role to {step} needs {len(policies)} policies, {POLICIES_PER_ROLE} are allowed",
            hint="name some of the targets with --target, and render roles for each group",
        )
    managed = {
        f"{step.title()}Policy{policy.number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": substituted(policy.document)},
        }
        for policy in policies
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Fn::Sub": f"${{AWS::StackName}}-{step}"},
            "Description": f"publisher: GitHub workflows {step} with this role",
            "AssumeRolePolicyDocument": trust,
            "ManagedPolicyArns": [{"Ref": name} for name in managed],
        },
    }
    return {**managed, f"{step.title()}Role": role}
