"""Who may launch: principals in words, with whom portfolios are shared, what the launcher needs besides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from publisher.declarations.form import Form
from publisher.model import (
    Catalog,
    LaunchConstraint,
    PortfolioShare,
    Principal,
    ProductAssociation,
    ProjectTemplate,
    StackSetConstraint,
)
from publisher.report.launcher_rights import Right, rights

_IAM = re.compile(r"arn:([^:]*):iam::([^:]*):(role|user|group)/(.*/)?([^/]+)")
_WILD = re.compile(r"[*?]")


@dataclass(frozen=True, kw_only=True)
class Who:
    """A principal. `words` say whom it admits, `portfolios` from which portfolios (display names)."""

    words: str
    arn: str
    pattern: bool
    portfolios: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share. `words` say with whom, and what has to happen there."""

    words: str
    id: str
    portfolio: str


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who may launch a product, or what is in a portfolio. `stack_sets`: in which accounts, in words.

    `as_role`: whether launches of the product run as a role of their own.
    """

    principals: tuple[Who, ...]
    shares: tuple[Share, ...]
    stack_sets: tuple[str, ...]
    rights: tuple[Right, ...]
    as_role: bool = True


def access(catalog: Catalog, product: str = "", *, portfolio: str = "", form: Form | None = None) -> Access:
    """That of a product in all its portfolios, or of one portfolio."""
    held = {it.portfolio for it in catalog if isinstance(it, ProductAssociation) and it.product == product}
    of = {portfolio} if portfolio else held
    titles = {name: portfolio_title(catalog, name) for name in sorted(of)}
    admitted: dict[tuple[str, bool], list[str]] = {}
    shares: list[Share] = []
    stack_sets: dict[str, None] = {}
    placed = as_role = False
    for it in catalog:
        match it:
            case Principal() if it.portfolio in of:
                found = admitted.setdefault((it.principal_arn, it.principal_type == "IAM_PATTERN"), [])
                found.append(titles[it.portfolio])
            case PortfolioShare() if it.portfolio in of:
                shares.append(
                    Share(words=share_words(it), id=it.principal_id, portfolio=titles[it.portfolio])
                )
            case StackSetConstraint() if it.portfolio in of and product in ("", it.product):
                stack_sets[stack_set_words(it)] = None
                as_role = True
            case LaunchConstraint() if it.portfolio in of and it.product == product:
                as_role = True
            case ProjectTemplate() if it.product == product:
                placed = True
            case _:
                pass
    return Access(
        principals=tuple(
            Who(words=principal_words(arn), arn=arn, pattern=pattern, portfolios=tuple(names))
            for (arn, pattern), names in sorted(admitted.items())
        ),
        shares=tuple(sorted(shares, key=lambda it: (it.portfolio, it.id))),
        stack_sets=tuple(stack_sets),
        rights=tuple(rights(form, placed=placed)) if product else (),
        as_role=as_role,
    )


def portfolio_title(catalog: Catalog, name: str) -> str:
    """What people call a portfolio: its display name, where the catalog has it."""
    found = catalog.resources.get(("portfolio", name))
    return str(getattr(found, "display_name", name))


def principal_words(arn: str) -> str:
    """Whom a principal's ARN or pattern admits.

    A pattern has no account, and holds in each account where the portfolio is; `*` is any text, `?` one
    character or none: https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociatePrincipalWithPortfolio.html
    """
    match = _IAM.fullmatch(arn)
    if match is None:
        return arn
    _, account_id, kind, path, name = match.groups()
    where = f"of account {account_id}" if account_id else "of the account"
    where = where.replace("account {account_id}", "the account that it is published to")
    if not _WILD.search(name):
        return f"the {kind} {name} {where}" + (f", with the path /{path}" if path else "")
    if path:
        where += f" with the path /{path}" + ("" if name == "*" else " and a name that")
    elif name != "*":
        where += " with a name that"
    return f"every {kind} {where}{_named(name)}"


def _named(name: str) -> str:
    if name == "*":
        return ""
    begin, end = name[:-1], name[1:]
    if name.endswith("*") and not _WILD.search(begin):
        return f" begins with {begin}"
    if name.startswith("*") and not _WILD.search(end):
        return f" ends with {end}"
    return f" is like {name}"


def share_words(share: PortfolioShare) -> str:
    """With whom a portfolio is shared, and what has to happen there."""
    match share.share_type:
        case "ACCOUNT":
            words = f"account {share.principal_id}, which must accept the share"
        case "ORGANIZATION":
            words = f"every account of the organization {share.principal_id}"
        case "ORGANIZATIONAL_UNIT":
            words = f"every account of the organizational unit {share.principal_id}"
        case "ORGANIZATION_MEMBER_ACCOUNT":
            words = f"account {share.principal_id} of the organization"
    return f"{words}; {'; '.join(_shared(share))}"


def _shared(share: PortfolioShare) -> Iterator[str]:
    if share.share_principals:
        yield "who may launch here by a pattern may do so there"
    else:
        yield "who may launch there is decided there"
    if share.share_tag_options:
        yield "with the TagOptions"


def stack_set_words(constraint: StackSetConstraint) -> str:
    """In which accounts launches are made as stack sets."""
    accounts, regions = ", ".join(constraint.account_list), ", ".join(constraint.region_list)
    control = "can" if constraint.stack_instance_control == "ALLOWED" else "cannot"
    return (
        f"a launch is a stack set: a stack in each of the accounts {accounts}, in {regions}; users {control} "
        "change single stacks"
    )
