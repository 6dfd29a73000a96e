"""ARNs once their placeholders are filled for a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.aws.arns import Arn, partition_of
from publisher.errors import Problem, quoted
from publisher.model import (
    ExecutionRolePolicy,
    Key,
    LaunchConstraint,
    NotificationConstraint,
    Principal,
    ServiceAction,
    StackSetConstraint,
)
from publisher.rules.rule import Placed, Rule, Target


@Rule.of("P203", "servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html", per_target=True)
def principals_differ(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """Principals of a portfolio differ after their placeholders are filled."""
    seen: dict[Key, Placed] = {}
    for each in placed:
        if isinstance(each.resource, Principal):
            first = seen.setdefault(each.resource.key, each)
            if first is not each:
                arn = quoted(each.resource.principal_arn)
                message = f"at {target}, principal {arn} duplicates the one at {first.where}"
                yield rule.problem(each.where, message, "keep one of the two")


@Rule.of("P204", "IAM/latest/UserGuide/reference-arns.html", per_target=True)
def partition(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """ARNs are in the target's partition."""
    for each in placed:
        for arn in _arns(each):
            if Arn.parse(arn).partition != target.partition:
                message = f"{quoted(arn)} is not in partition '{target.partition}' of {target}"
                yield rule.problem(each.at(arn), message, "write arn:{partition}:…")


def _arns(placed: Placed) -> tuple[str, ...]:
    match placed.resource:
        case (
            Principal(principal_arn=arn)
            | StackSetConstraint(admin_role=arn)
            | ExecutionRolePolicy(role_arn=arn)
        ):
            # A variable of the target may hold anything.
            return (arn,) if arn.startswith("arn:") else ()
        case LaunchConstraint(role_arn=arn):
            return (arn,) if arn else ()
        case NotificationConstraint(notification_arns=arns):
            return tuple(arn for arn in arns if arn.startswith("arn:"))
        case _:
            return ()


@Rule.of("P205", "servicecatalog/latest/adminguide/constraints-notification.html", per_target=True)
def topic_region(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """Topics of NOTIFICATION constraints are in the target's Region."""
    for each in placed:
        if not isinstance(each.resource, NotificationConstraint):
            continue
        for arn in each.resource.notification_arns:
            if not _is_topic(arn, target.region):
                message = f"{quoted(arn)} is not a topic in the Region of {target}"
                hint = "write arn:{partition}:sns:{region}:{account_id}:<topic>, or fix the target's variable"
                yield rule.problem(each.at(arn), message, hint)


def _is_topic(arn: str, region: str) -> bool:
    parts = Arn.parse(arn)
    return (
        arn.startswith("arn:")
        and (parts.service, parts.region) == ("sns", region)
        and all(parts)
        and ":" not in parts.resource
    )


@Rule.of("P215", "IAM/latest/UserGuide/reference-arns.html", per_target=True)
def stack_set_partition(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """Regions of STACKSET constraints are in the target's partition."""
    for each in placed:
        for region in each.resource.region_list if isinstance(each.resource, StackSetConstraint) else ():
            if partition_of(region) != target.partition:
                message = f"{quoted(region)} is not in partition '{target.partition}' of {target}"
                hint = "publish it only to targets in that partition"
                yield rule.problem(each.at(region), message, hint)


# For principals it is not documented; but AWS keeps their unique ids, which it knows of its own only.
@Rule.of("P218", "IAM/latest/UserGuide/id_roles_use_passrole.html", per_target=True)
def own_account(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """Principals and roles by ARN are in the target's account.

    What is handed to AWS as a role or principal must be the account's own.
    """
    for each in placed if target.account_id else ():
        for arn in (*_arns(each), *_assumed(each)):
            parts = Arn.parse(arn)
            if parts.service == "iam" and parts.account_id not in ("", target.account_id):
                message = f"{quoted(arn)} is in a different account than {target}"
                yield rule.problem(each.at(arn), message, "use {account_id}, or a pattern without an account")


def _assumed(placed: Placed) -> tuple[str, ...]:
    match placed.resource:
        case ServiceAction(definition=definition):
            role = dict(definition).get("AssumeRole", "")
            return (role,) if role.startswith("arn:") else ()
        case _:
            return ()
