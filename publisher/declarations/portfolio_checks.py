"""What a portfolio's fields must be to each other, and to the products that the families declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from publisher.declarations.attachment_checks import check_tag_options
from publisher.declarations.constraint_types import Steps, did_you_mean, nearest
from publisher.declarations.portfolio import (
    CONSTRAINTS_PER_PRODUCT,
    PRODUCTS_PER_PORTFOLIO,
    AnyConstraint,
    Launch,
    Notification,
    PortfolioFile,
    Template,
)
from publisher.declarations.principal_checks import check_principals
from publisher.declarations.problems import shaped
from publisher.declarations.rule_attributes import unknown_attribute
from publisher.declarations.rule_functions import flaws, references
from publisher.declarations.rule_values import Impossible, compared, impossible
from publisher.documents import Document, quoted
from publisher.errors import Problem, Where

_EXCLUDES = {"LAUNCH": "STACKSET", "STACKSET": "LAUNCH"}


def parse_portfolio(document: Document) -> tuple[PortfolioFile | None, list[Problem]]:
    """The portfolio that a document holds, or None, with all its problems."""
    portfolio, _, problems = shaped(PortfolioFile, document)
    problems.extend(_name(document))
    if portfolio is not None:
        problems.extend(check_principals(portfolio))
        problems.extend(_shares(portfolio))
        problems.extend(check_tag_options(document, portfolio.tag_options))
        problems.extend(_constraints(portfolio))
    return portfolio, problems


def constraints_of(portfolio: PortfolioFile, product: str) -> Iterator[tuple[Steps, AnyConstraint]]:
    """The constraints of a product in a portfolio, each with its path in the document."""
    for n, entry in enumerate(portfolio.products):
        if entry.matches(product):
            for m, constraint in enumerate(entry.constraints):
                yield ("products", n, "constraints", m), constraint


def products_of(portfolio: PortfolioFile, products: Iterable[str]) -> list[str]:
    """Those of the products that the portfolio holds."""
    return [key for key in products if any(entry.matches(key) for entry in portfolio.products)]


def check_products(portfolio: PortfolioFile, products: Sequence[str]) -> Iterator[Problem]:
    """What is wrong between a portfolio and the products that exist."""
    where = portfolio.document.where
    for n, entry in enumerate(portfolio.products):
        if not any(entry.matches(key) for key in products):
            yield Problem(
                rule="P115",
                where=where("products", n, "product"),
                message=f"no product matches {quoted(entry.product)}",
                hint=nearest(
                    entry.product.rstrip("*"), products, otherwise="'publisher list' shows the products"
                ),
            )
    held = products_of(portfolio, products)
    if len(held) > PRODUCTS_PER_PORTFOLIO:
        message = f"the portfolio holds {len(held)} products, {PRODUCTS_PER_PORTFOLIO} are the most"
        hint = "split it into several portfolios"
        yield Problem(rule="P118", where=where("products", key=True), message=message, hint=hint)
    reported: set[Steps] = set()
    for key in held:
        for problem_at, problem in _slots(portfolio, key):
            if problem_at not in reported:
                reported.add(problem_at)
                yield problem


def check_parameters(
    portfolios: Iterable[PortfolioFile], parameters: Mapping[str, Mapping[str, Any]]
) -> tuple[Problem, ...]:
    """Rules of TEMPLATE constraints that no launch of a product can satisfy, or that read what is not there.

    `parameters` has the Parameters section of each rendered template, by product key.
    """
    problems: dict[Where, Problem] = {}
    for portfolio in portfolios:
        possible: set[Where] = set()
        unlikely: dict[Where, Problem] = {}
        for key in products_of(portfolio, sorted(parameters)):
            for path, condition in _conditions_of(portfolio, key):
                for each in _unknown_parameters(portfolio, key, parameters[key], path, condition):
                    problems.setdefault(each.where, each)
                found = {
                    portfolio.document.where(*value.steps): _never(portfolio, key, value)
                    for value in impossible(condition, path, parameters[key])
                }
                literal = {portfolio.document.where(*steps) for steps, _ in compared(condition, path)}
                possible |= literal - found.keys()
                unlikely = found | unlikely
        # One constraint may be for several products: a value that one of them can have is in its place.
        problems |= {where: each for where, each in unlikely.items() if where not in possible}
    return tuple(sorted(problems.values(), key=lambda problem: problem.sort_key))


def ruled(portfolios: Iterable[PortfolioFile], products: Iterable[str]) -> list[str]:
    """Those of the products that a TEMPLATE constraint applies to, sorted."""
    portfolios = tuple(portfolios)
    return sorted(
        key
        for key in products
        if any(
            isinstance(constraint, Template)
            for portfolio in portfolios
            for _, constraint in constraints_of(portfolio, key)
        )
    )


def _conditions_of(portfolio: PortfolioFile, key: str) -> Iterator[tuple[Steps, Any]]:
    for steps, constraint in constraints_of(portfolio, key):
        if isinstance(constraint, Template):
            yield from _conditions(constraint, steps)


def _unknown_parameters(
    portfolio: PortfolioFile, key: str, known: Mapping[str, Any], steps: Steps, condition: Any
) -> Iterator[Problem]:
    for reference in references(condition, steps):
        where = portfolio.document.where(*reference.steps)
        name, attribute = reference.parameter, reference.attribute
        if name not in known:
            message = f"the template of {quoted(key)} has no parameter {quoted(name)}"
            hint = did_you_mean(name, known, what="its parameters are")
            if not known:
                hint = "it has none at all: let the entry match other products only"
            yield Problem(rule="P120", where=where, message=message, hint=hint)
        elif attribute is not None and isinstance(known[name], Mapping):
            found = unknown_attribute(str(known[name].get("Type")), attribute)
            if found is not None:
                message = f"in {quoted(key)} {quoted(name)} cannot be read so: {found[0]}"
                yield Problem(rule="P127", where=where, message=message, hint=found[1])


def _never(portfolio: PortfolioFile, key: str, value: Impossible) -> Problem:
    return Problem(
        rule="P121",
        where=portfolio.document.where(*value.steps),
        message=f"in {quoted(key)} {quoted(value.parameter)} is never {quoted(value.text)}: {value.reason}",
        hint=value.hint,
    )


def _conditions(constraint: Template, steps: Steps) -> Iterator[tuple[Steps, Any]]:
    """Every condition and assertion of a TEMPLATE constraint, with its path."""
    for name, rule in constraint.rules.items():
        here = (*steps, "rules", name)
        if rule.RuleCondition is not None:
            yield (*here, "RuleCondition"), rule.RuleCondition
        for n, assertion in enumerate(rule.Assertions):
            yield (*here, "Assertions", n, "Assert"), assertion.Assert


def _name(document: Document) -> Iterator[Problem]:
    stem = PurePosixPath(document.path).stem
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,63}", stem):
        yield Problem(
            rule="P110",
            where=document.where(),
            message=f"{quoted(stem)} cannot be a portfolio's name, which is that of its file",
            hint="rename the file: small letters, digits and hyphens, first a letter, at most 64",
        )


def _constraints(portfolio: PortfolioFile) -> Iterator[Problem]:
    where = portfolio.document.where
    for n, entry in enumerate(portfolio.products):
        for m, constraint in enumerate(entry.constraints):
            steps: Steps = ("products", n, "constraints", m)
            match constraint:
                case Launch(role_arn=str(), local_role_name=str()):
                    message = "a LAUNCH constraint takes 'role_arn' or 'local_role_name', not both"
                    yield Problem(
                        rule="P113",
                        where=where(*steps, "role_arn", key=True),
                        message=message,
                        hint="keep local_role_name when the portfolio is shared",
                    )
                case Template():
                    for path, condition in _conditions(constraint, steps):
                        for flaw in flaws(condition, path):
                            yield Problem(
                                rule="P119", where=where(*flaw.steps), message=flaw.message, hint=flaw.hint
                            )


def _slots(portfolio: PortfolioFile, product: str) -> Iterator[tuple[Steps, Problem]]:
    """What the API allows once stands once, and not too many of all."""
    where = portfolio.document.where
    taken: dict[tuple[str, str], Steps] = {}
    count = 0
    for steps, constraint in constraints_of(portfolio, product):
        count += 1
        slot = (constraint.type, constraint.name if isinstance(constraint, Template | Notification) else "")
        first = taken.setdefault(slot, steps)
        if first != steps:
            yield steps, _second(where(*steps), product, slot, where(*first))
        other = taken.get((_EXCLUDES[constraint.type], "")) if constraint.type in _EXCLUDES else None
        if other is not None:
            message = (
                f"{quoted(product)} has a {constraint.type} constraint, and a "
                f"{_EXCLUDES[constraint.type]} constraint at {where(*other)}"
            )
            hint = "keep one of the two kinds: launches are stacks of one role, or stack sets"
            yield steps, Problem(rule="P122", where=where(*steps), message=message, hint=hint)
    if count > CONSTRAINTS_PER_PRODUCT:
        message = f"{quoted(product)} has {count} constraints, {CONSTRAINTS_PER_PRODUCT} are the most"
        hint = "merge the rules of some"
        place = where("products", key=True)
        yield ("products",), Problem(rule="P118", where=place, message=message, hint=hint)


def _second(where: Where, product: str, slot: tuple[str, str], first: Where) -> Problem:
    kind, name = slot
    what = f"{kind} constraint {quoted(name)}" if name else f"{kind} constraint"
    hint = "give it another name" if name else "keep one; let the globs of the two not overlap"
    return Problem(
        rule="P117" if name else "P116",
        where=where,
        message=f"{quoted(product)} has a second {what}, the first is at {first}",
        hint=hint,
    )


def _shares(portfolio: PortfolioFile) -> Iterator[Problem]:
    where = portfolio.document.where
    seen: dict[str, int] = {}
    for n, share in enumerate(portfolio.shares):
        place = where("shares", n)
        if (share.account_id is None) == (share.organization_node is None):
            message = "a share names one recipient: 'account_id' or 'organization_node'"
            hint = "keep account_id for an account that is to accept it, else organization_node"
            yield Problem(rule="P123", where=place, message=message, hint=hint)
            continue
        recipient = share.account_id or share.organization_node or ""
        first = seen.setdefault(recipient, n)
        if first != n:
            message = f"the share to {quoted(recipient)} stands twice, first at {where('shares', first)}"
            yield Problem(rule="P124", where=place, message=message, hint="keep one of the two")
        node = share.organization_node or ""
        if share.share_principals and not node.startswith(("o-", "ou-")):
            yield Problem(
                rule="P125",
                where=where("shares", n, "share_principals", key=True),
                message="principals are handed on to an organization or organizational unit only",
                hint="take share_principals out; the account grants access itself",
            )
