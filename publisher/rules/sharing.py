"""Portfolios that other accounts get."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from publisher.errors import Problem, quoted
from publisher.model import LaunchConstraint, PortfolioShare, Principal
from publisher.rules.rule import Placed, Rule, Target

_HOW = "servicecatalog/latest/adminguide/catalogs_portfolios_sharing_how-to-share.html"


@Rule.of("P212", _HOW, per_target=True)
def own_account(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A portfolio is not shared with the account that owns it."""
    for each in placed:
        match each.resource:
            case PortfolioShare(principal_id=account) if account == target.account_id:
                message = f"{quoted(account)} owns the portfolio at {target} and cannot be a recipient"
                yield rule.problem(each.where, message, "remove the share")


@Rule.of("P213", "servicecatalog/latest/adminguide/constraints-launch.html", severity="warning")
def local_role(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """Launch constraints of a shared portfolio use a local role."""
    shared = {it.resource.portfolio for it in placed if isinstance(it.resource, PortfolioShare)}
    for each in placed:
        match each.resource:
            case LaunchConstraint(portfolio=portfolio, role_arn=arn) if arn and portfolio in shared:
                message = f"{quoted(portfolio)} is shared, but its launch role is in a single account"
                hint = "use local_role_name, a role in every launching account"
                yield rule.problem(each.at(arn), message, hint)


@Rule.of("P214", _HOW, severity="warning")
def pattern(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A portfolio that shares its principals has an IAM_PATTERN."""
    patterns: defaultdict[str, int] = defaultdict(int)
    for each in placed:
        match each.resource:
            case Principal(portfolio=portfolio, principal_type="IAM_PATTERN"):
                patterns[portfolio] += 1
    for each in placed:
        match each.resource:
            case PortfolioShare(portfolio=portfolio, share_principals=True) if not patterns[portfolio]:
                message = f"{quoted(portfolio)} shares its principals, but none of them is an IAM_PATTERN"
                hint = "add a pattern: a full role ARN has no effect in other accounts"
                yield rule.problem(each.where, message, hint)


@Rule.of("P216", _HOW)
def overlap(rule: Rule, placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """A portfolio is shared with an organization or parts of it, not both.

    Who gets a portfolio with the whole organization cannot get it once more as a part of it.
    """
    everybody = {
        it.resource.portfolio: it
        for it in placed
        if isinstance(it.resource, PortfolioShare) and it.resource.share_type == "ORGANIZATION"
    }
    for each in placed:
        match each.resource:
            case PortfolioShare(
                portfolio=portfolio,
                share_type="ORGANIZATIONAL_UNIT" | "ORGANIZATION_MEMBER_ACCOUNT",
                principal_id=node,
            ) if portfolio in everybody:
                at = everybody[portfolio].where
                message = f"{quoted(node)} is part of the organization that gets {quoted(portfolio)} at {at}"
                yield rule.problem(each.where, message, "keep one of them")
