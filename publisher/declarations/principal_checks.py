"""What the principals of a portfolio must be: ARNs that IAM can have, once each, not too many patterns.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.declarations.constraint_types import closest, did_you_mean
from publisher.declarations.portfolio import PATTERNS_PER_PORTFOLIO, PortfolioFile
from publisher.declarations.strings import ACCOUNT, GROUP, PARTITION, USER_OR_ROLE
from publisher.documents import quoted
from publisher.errors import Problem

_IAM = re.compile(rf"arn:{PARTITION}:iam::{ACCOUNT}:((role|user)/{USER_OR_ROLE}|group/{GROUP})")
# Wildcards stand for any text, of paths too, but not for the kind.
_PATTERN = re.compile(rf"arn:{PARTITION}:iam:::(role|user|group)/(?!/|.*//)[A-Za-z0-9_+=,.@/*?-]+(?<!/)")
_KINDS = ("role", "user", "group")
_PLACES = ("account_id", "region", "partition")


def check_principals(portfolio: PortfolioFile) -> Iterator[Problem]:
    """Principals that stand twice or are no ARN of their type, and too many patterns."""
    where = portfolio.document.where
    seen: dict[tuple[str, str], int] = {}
    for n, principal in enumerate(portfolio.principals):
        arn, kind = principal.principal_arn, principal.principal_type
        place = where("principals", n, "principal_arn")
        first = seen.setdefault((arn, kind), n)
        if first != n:
            at = where("principals", first, "principal_arn")
            message = f"the principal {quoted(arn)} stands twice, first at {at}"
            yield Problem(rule="P112", where=place, message=message, hint="keep one of the two")
        elif not (_PATTERN if kind == "IAM_PATTERN" else _IAM).fullmatch(arn):
            message = f"{quoted(arn)} is no ARN for {kind}"
            yield Problem(rule="P111", where=place, message=message, hint=_advice(arn, kind))
    patterns = [n for n, each in enumerate(portfolio.principals) if each.principal_type == "IAM_PATTERN"]
    if len(patterns) > PATTERNS_PER_PORTFOLIO:
        place = where("principals", patterns[PATTERNS_PER_PORTFOLIO])
        message = (
            f"the portfolio has {len(patterns)} IAM_PATTERN principals, {PATTERNS_PER_PORTFOLIO} are the most"
        )
        hint = "use wider patterns, or several portfolios"
        yield Problem(rule="P118", where=place, message=message, hint=hint)


def _advice(arn: str, kind: str) -> str:
    """The remedy for what is most likely meant."""
    strange = [name for name in re.findall(r"\{(\w*)\}", arn) if name not in _PLACES]
    if strange:
        return did_you_mean(strange[0], _PLACES, what="the placeholders are")
    resource = arn.split(":", 5)[-1]
    close = closest(resource.split("/")[0], _KINDS)
    if close and not resource.startswith(f"{close}/"):
        return f"did you mean {quoted(close + '/')}? (a principal is a role, user or group)"
    if "//" in arn or arn.endswith("/"):
        return "leave no part of the path empty, and end with the name"
    if kind == "IAM_PATTERN":
        if _IAM.fullmatch(arn):
            return (
                "a pattern has no account: write arn:{partition}:iam:::role/..., or make principal_type IAM"
            )
        return "write 'arn:{partition}:iam:::role/ml-team-*': no account, no other placeholder"
    if _PATTERN.fullmatch(arn):
        return "add the account, {account_id} or twelve digits; or make principal_type IAM_PATTERN"
    if "*" in arn or "?" in arn:
        return "IAM takes no wildcards: make principal_type IAM_PATTERN and leave the account out"
    if re.fullmatch(rf"arn:{PARTITION}:iam::{ACCOUNT}:(role|user|group)/[A-Za-z0-9_+=,.@/{{}}-]+", arn):
        return "shorten the name: 64 characters are the most, 128 of a group"
    return "write 'arn:{partition}:iam::{account_id}:role/<name>'"
