"""IAM's quotas of an account, before roles are made, as a stack fails halfway. Only reads."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.bootstrap.role_states import Seen
from publisher.errors import AwsError, Refused


def check_quotas(aws: Aws, seen: Seen) -> str:
    """Why the quotas could not be read, or nothing. Raises Refused with all that are too small.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
    """
    roles, policies = _new(seen)
    attached = max((len(it.policies) for it in seen.wanted.values()), default=0)
    if not roles and not policies:
        return ""
    try:
        with aws_errors("cannot read the quotas of IAM"):
            summary = aws.client("iam").get_account_summary()["SummaryMap"]
    except AwsError as error:
        return str(error)

    def exceeded() -> Iterator[str]:
        for what, new, used, quota in (
            ("roles", roles, "Roles", "RolesQuota"),
            ("customer managed policies", policies, "Policies", "PoliciesQuota"),
        ):
            if quota in summary and (total := summary.get(used, 0) + new) > summary[quota]:
                yield f"{total} {what} of at most {summary[quota]}, {new} of them new"
        most = summary.get("AttachedPoliciesPerRoleQuota", attached)
        if attached > most:
            yield f"{attached} policies attached to a role of at most {most}"

    if found := list(exceeded()):
        raise Refused(
            f"account {aws.account_id}: the launch roles exceed quotas of IAM: {'; '.join(found)}",
            hint="request an increase in Service Quotas (IAM, in us-east-1), or set launch_role in a family",
        )
    return ""


def _new(seen: Seen) -> tuple[int, int]:
    """How many roles and policies are made."""
    known = seen.stack.values()
    policies = {arn for it in known for arn in it.documents}
    roles = {it.name for it in known}
    if seen.account is not None:
        roles, policies = {*seen.account.roles}, {*seen.account.policies}
    wanted = {arn for it in seen.wanted.values() for arn in it.documents}
    return len(seen.wanted.keys() - roles), len(wanted - policies)
