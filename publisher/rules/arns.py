"""ARNs once their placeholders are filled for a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.documents import quoted
from publisher.errors import Problem
from publisher.model import Key, LaunchConstraint, Principal
from publisher.rules.rule import Placed, Rule, Target


def _differ(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    seen: dict[Key, Placed] = {}
    for each in placed:
        if isinstance(each.resource, Principal):
            first = seen.setdefault(each.resource.key, each)
            if first is not each:
                arn = quoted(each.resource.principal_arn)
                message = f"at {target} the principal {arn} is the same as the one at {first.where}"
                yield rule.problem(each.where, message, "keep one of the two")


def _partition(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    reported = set()
    for each in placed:
        arn = _arn(each)
        if arn and arn.split(":")[1] != target.partition and each.where not in reported:
            reported.add(each.where)
            message = f"{quoted(arn)} is not of the partition '{target.partition}' of {target}"
            yield rule.problem(each.where, message, "write arn:{partition}:…")


def _arn(placed: Placed) -> str:
    match placed.resource:
        case Principal(principal_arn=arn) | LaunchConstraint(role_arn=arn):
            return arn
        case _:
            return ""


PRINCIPALS_DIFFER = Rule(
    id="P203",
    title="No two principals of a portfolio are the same once their placeholders are filled",
    source_url="https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html",
    check=_differ,
)
PARTITION = Rule(
    id="P204",
    title="ARNs are of the target's partition",
    source_url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
    check=_partition,
)
