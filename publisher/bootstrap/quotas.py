"""IAM's quotas of an account, before roles are made, as a stack fails halfway. Only reads."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.bootstrap.role_states import Seen
from publisher.errors import AwsError, Refused

_REQUEST = "aws service-quotas request-service-quota-increase --service-code iam"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


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

    def exceeded() -> Iterator[tuple[str, str, int]]:
        for what, new, used, code in (
            ("roles", roles, "Roles", "L-FE177D64"),
            ("customer managed policies", policies, "Policies", "L-E95E4862"),
        ):
            there, quota = summary.get(used, 0), summary.get(f"{used}Quota")
            if quota is not None and (total := there + new) > quota:
                yield f"{total} {what} of at most {quota}, {new} of them new", code, total
        most = summary.get("AttachedPoliciesPerRoleQuota", attached)
        if attached > most:
            yield f"{attached} policies attached to a role of at most {most}", "L-0DA4ABF3", attached

    if found := list(exceeded()):
        requests = "; ".join(
            f"{_REQUEST} --quota-code {code} --desired-value {total} --region {_HOMES[aws.partition]}"
            for _, code, total in found
        )
        raise Refused(
            f"account {aws.account_id}: the launch roles exceed quotas of IAM: "
            f"{'; '.join(text for text, *_ in found)}",
            hint=f"request an increase: {requests}; or set launch_role in a family",
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
