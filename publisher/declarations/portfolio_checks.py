"""What a portfolio's fields must be to each other, and to the products that the families declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from publisher.aws.arns import Arn
from publisher.declarations.fields import Steps
from publisher.declarations.portfolio import (
    PATTERNS_PER_PORTFOLIO,
    Launch,
    PortfolioFile,
    Template,
    conditions,
)
from publisher.declarations.problems import shaped
from publisher.declarations.rule_functions import flaws
from publisher.declarations.strings import ACCOUNT, GROUP, PARTITION, USER_OR_ROLE
from publisher.declarations.tag_options import check_tag_options
from publisher.documents import Document
from publisher.errors import Problem, closest, did_you_mean, quoted

_IAM = re.compile(rf"arn:{PARTITION}:iam::{ACCOUNT}:((role|user)/{USER_OR_ROLE}|group/{GROUP})")
# Wildcards stand for any text, of paths too, but not for the kind.
_PATTERN = re.compile(rf"arn:{PARTITION}:iam:::(role|user|group)/(?!/|.*//)[A-Za-z0-9_+=,.@/*?-]+(?<!/)")
_KINDS = ("role", "user", "group")
_PLACES = ("account_id", "region", "partition")


def parse_portfolio(document: Document) -> tuple[PortfolioFile | None, list[Problem]]:
    """The portfolio that a document holds, or None, with all its problems."""
    portfolio, _, problems = shaped(PortfolioFile, document)
    problems.extend(_name(document))
    if portfolio is not None:
        problems.extend(_principals(portfolio))
        problems.extend(_shares(portfolio))
        problems.extend(check_tag_options(document, portfolio.tag_options))
        problems.extend(_constraints(portfolio))
    return portfolio, problems


def _name(document: Document) -> Iterator[Problem]:
    stem = PurePosixPath(document.path).stem
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,63}", stem):
        yield Problem(
            rule="P110",
            where=document.where(),
            message=f"file name {quoted(stem)} is not a valid portfolio name",
            hint="rename the file: lowercase letters, digits and hyphens, starting with a letter, at most 64",
        )


def _constraints(portfolio: PortfolioFile) -> Iterator[Problem]:
    where = portfolio.document.where
    for n, entry in enumerate(portfolio.products):
        for m, constraint in enumerate(entry.constraints):
            steps: Steps = ("products", n, "constraints", m)
            match constraint:
                case Launch(role_arn=str(), local_role_name=str()):
                    message = "a LAUNCH constraint must have 'role_arn' or 'local_role_name', not both"
                    yield Problem(
                        rule="P113",
                        where=where(*steps, "role_arn", key=True),
                        message=message,
                        hint="keep local_role_name if the portfolio is shared",
                    )
                case Template():
                    for path, condition in conditions(constraint, steps):
                        for flaw in flaws(condition, path):
                            yield Problem(
                                rule="P119", where=where(*flaw.steps), message=flaw.message, hint=flaw.hint
                            )


def _shares(portfolio: PortfolioFile) -> Iterator[Problem]:
    where = portfolio.document.where
    seen: dict[str, int] = {}
    for n, share in enumerate(portfolio.shares):
        place = where("shares", n)
        if (share.account_id is None) == (share.organization_node is None):
            message = "a share must have either 'account_id' or 'organization_node'"
            hint = "use account_id for an account that must accept the share, otherwise organization_node"
            yield Problem(rule="P123", where=place, message=message, hint=hint)
            continue
        recipient = share.account_id or share.organization_node or ""
        first = seen.setdefault(recipient, n)
        if first != n:
            message = f"duplicate share to {quoted(recipient)}, first at {where('shares', first)}"
            yield Problem(rule="P124", where=place, message=message, hint="keep one of the two")
        node = share.organization_node or ""
        if share.share_principals and not node.startswith(("o-", "ou-")):
            yield Problem(
                rule="P125",
                where=where("shares", n, "share_principals", key=True),
                message="principals can only be shared with an organization or organizational unit",
                hint="remove share_principals; the account grants access itself",
            )


def _principals(portfolio: PortfolioFile) -> Iterator[Problem]:
    """Principals that stand twice or are no ARN of their type, and too many patterns."""
    where = portfolio.document.where
    seen: dict[tuple[str, str], int] = {}
    for n, principal in enumerate(portfolio.principals):
        arn, kind = principal.principal_arn, principal.principal_type
        place = where("principals", n, "principal_arn")
        first = seen.setdefault((arn, kind), n)
        if first != n:
            at = where("principals", first, "principal_arn")
            message = f"duplicate principal {quoted(arn)}, first at {at}"
            yield Problem(rule="P112", where=place, message=message, hint="keep one of the two")
        elif not (_PATTERN if kind == "IAM_PATTERN" else _IAM).fullmatch(arn):
            message = f"{quoted(arn)} is not a valid ARN for {kind}"
            yield Problem(rule="P111", where=place, message=message, hint=_advice(arn, kind))
    patterns = [n for n, each in enumerate(portfolio.principals) if each.principal_type == "IAM_PATTERN"]
    if len(patterns) > PATTERNS_PER_PORTFOLIO:
        place = where("principals", patterns[PATTERNS_PER_PORTFOLIO])
        message = f"{len(patterns)} IAM_PATTERN principals, at most {PATTERNS_PER_PORTFOLIO} are allowed"
        hint = "use broader patterns, or split the portfolio"
        yield Problem(rule="P118", where=place, message=message, hint=hint)


def _advice(arn: str, kind: str) -> str:
    """The remedy for what is most likely meant."""
    strange = [name for name in re.findall(r"\{(\w*)\}", arn) if name not in _PLACES]
    if strange:
        return did_you_mean(strange[0], _PLACES, what="placeholders are")
    resource = Arn.parse(arn).resource
    close = closest(resource.split("/")[0], _KINDS)
    if close and not resource.startswith(f"{close}/"):
        return f"did you mean {quoted(close + '/')}? (a principal is a role, user or group)"
    if "//" in arn or arn.endswith("/"):
        return "remove empty path segments, and end with the name"
    if kind == "IAM_PATTERN":
        if _IAM.fullmatch(arn):
            return "remove the account (arn:{partition}:iam:::role/...), or set principal_type to IAM"
        return "write 'arn:{partition}:iam:::role/ml-team-*', without an account or other placeholders"
    if _PATTERN.fullmatch(arn):
        return "add the account ({account_id} or 12 digits), or set principal_type to IAM_PATTERN"
    if "*" in arn or "?" in arn:
        return "set principal_type to IAM_PATTERN and remove the account: IAM does not allow wildcards"
    if re.fullmatch(rf"arn:{PARTITION}:iam::{ACCOUNT}:(role|user|group)/[A-Za-z0-9_+=,.@/{{}}-]+", arn):
        return "shorten the name to at most 64 characters (128 for a group)"
    return "write 'arn:{partition}:iam::{account_id}:role/<name>'"
