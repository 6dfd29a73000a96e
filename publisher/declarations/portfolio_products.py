"""A portfolio against the products that the families declare, and their constraints against the templates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from publisher.declarations.fields import Steps
from publisher.declarations.portfolio import (
    CONSTRAINTS_PER_PRODUCT,
    AnyConstraint,
    Notification,
    PortfolioFile,
    Template,
    conditions,
)
from publisher.declarations.product import Variant
from publisher.declarations.rule_functions import references, unknown_attribute
from publisher.declarations.rule_values import Impossible, compared, impossible
from publisher.errors import Problem, Where, command, did_you_mean, nearest, quoted

_EXCLUDES = {"LAUNCH": "STACKSET", "STACKSET": "LAUNCH"}
# Account vending makes a portfolio of its own, where these are not.
_NOT_VENDED = ("NOTIFICATION", "STACKSET", "TEMPLATE")
_VERSION = re.compile(
    r"(?<![a-z0-9])(?:v(?:ersion)?[ ._-]?[0-9]+(?:[._-][0-9]+)*|[0-9]+(?:[._-][0-9]+)+)(?![a-z0-9])",
    re.IGNORECASE,
)
# They are about templates and stack sets of CloudFormation.
_OF_STACKS = ("STACKSET", "TEMPLATE")


def constraints_of(portfolio: PortfolioFile, product: str) -> Iterator[tuple[Steps, AnyConstraint]]:
    """The constraints of a product in a portfolio, each with its path in the document."""
    for n, entry in enumerate(portfolio.products):
        if entry.matches(product):
            for m, constraint in enumerate(entry.constraints):
                yield ("products", n, "constraints", m), constraint


def products_of(portfolio: PortfolioFile, products: Iterable[str]) -> list[str]:
    """Those of the products that the portfolio holds."""
    named = {entry.product for entry in portfolio.products}
    globs = [entry for entry in portfolio.products if entry.is_glob]
    return [key for key in products if key in named or any(entry.matches(key) for entry in globs)]


def check_products(
    portfolio: PortfolioFile, products: Sequence[str], *, may_exist: Callable[[str], bool]
) -> Iterator[Problem]:
    """What is wrong between a portfolio and the products that exist, or of which nobody can say."""
    where, known = portfolio.document.where, frozenset(products)
    for n, entry in enumerate(portfolio.products):
        found = entry.product in known or (entry.is_glob and any(entry.matches(key) for key in products))
        if not found and not may_exist(entry.product):
            yield Problem(
                rule="P115",
                where=where("products", n, "product"),
                message=f"no product matches {quoted(entry.product)}",
                hint=nearest(
                    entry.product.rstrip("*"),
                    products,
                    otherwise=f"run {command('list')} to see the products",
                ),
            )
    held = products_of(portfolio, products)
    yield from _each_once((key, *found) for key in held for found in _slots(portfolio, key))


def _each_once(found: Iterable[tuple[str, Steps, Problem]]) -> Iterator[Problem]:
    """The first problem at each place, about all products that have one there."""
    reported: dict[Steps, tuple[Problem, dict[str, None]]] = {}
    for key, steps, problem in found:
        reported.setdefault(steps, (problem, {}))[1][key] = None
    for problem, keys in reported.values():
        yield replace(problem, products=tuple(keys))


def check_parameters(
    portfolios: Iterable[PortfolioFile], parameters: Mapping[str, Mapping[str, Any] | None]
) -> tuple[Problem, ...]:
    """Rules of TEMPLATE constraints that no launch of a product can satisfy, or that read what is not there.

    `parameters` has the Parameters section of each template, by product key; None if it cannot be rendered.
    """
    problems: defaultdict[Where, list[Problem]] = defaultdict(list)
    for portfolio in portfolios:
        possible: set[Where] = set()
        unlikely: defaultdict[Where, list[Problem]] = defaultdict(list)
        for key in products_of(portfolio, sorted(parameters)):
            known = parameters[key]
            for path, condition in _conditions_of(portfolio, key):
                literal = {portfolio.document.where(*steps) for steps, _ in compared(condition, path)}
                if known is not None:
                    for each in _unknown_parameters(portfolio, key, known, path, condition):
                        problems[each.where].append(each)
                    for value in impossible(condition, path, known):
                        each = _never(portfolio, key, value)
                        unlikely[each.where].append(each)
                        literal.discard(each.where)
                possible |= literal
        # One constraint may be for several products: a value that one of them can have is in its place.
        for where, some in unlikely.items():
            if where not in possible:
                problems[where] += some
    found = [
        replace(some[0], products=tuple(dict.fromkeys(it.products[0] for it in some)))
        for some in problems.values()
    ]
    return tuple(sorted(found, key=lambda problem: problem.sort_key))


def _conditions_of(portfolio: PortfolioFile, key: str) -> Iterator[tuple[Steps, Any]]:
    for steps, constraint in constraints_of(portfolio, key):
        if isinstance(constraint, Template):
            yield from conditions(constraint, steps)


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
                hint = "it has none; change the entry to match other products"
            yield Problem(rule="P120", where=where, message=message, hint=hint, products=(key,))
        elif attribute is not None and isinstance(known[name], Mapping):
            found = unknown_attribute(str(known[name].get("Type")), attribute)
            if found is not None:
                message = f"parameter {quoted(name)} of {quoted(key)}: {found[0]}"
                yield Problem(rule="P127", where=where, message=message, hint=found[1], products=(key,))


def _never(portfolio: PortfolioFile, key: str, value: Impossible) -> Problem:
    message = f"parameter {quoted(value.parameter)} of {quoted(key)} cannot be {quoted(value.text)}"
    return Problem(
        rule="P121",
        where=portfolio.document.where(*value.steps),
        message=f"{message}: {value.reason}",
        hint=value.hint,
        products=(key,),
    )


def check_external(portfolio: PortfolioFile, variants: Iterable[Variant]) -> Iterator[Problem]:
    """Constraints that only stacks know, and products that nobody can launch for want of a role."""
    where = portfolio.document.where
    only_of_stacks: list[tuple[str, Steps, Problem]] = []
    for variant in variants:
        key = variant.key
        if variant.family.product_type != "EXTERNAL":
            continue
        entries = [n for n, entry in enumerate(portfolio.products) if entry.matches(key)]
        if not entries:
            continue
        constraints = list(constraints_of(portfolio, key))
        for steps, constraint in constraints:
            if constraint.type in _OF_STACKS:
                message = f"EXTERNAL product {quoted(key)} cannot have a {constraint.type} constraint"
                hint = "remove the constraint, or change the entry to match other products"
                problem = Problem(rule="P128", where=where(*steps, "type"), message=message, hint=hint)
                only_of_stacks.append((key, steps, problem))
        if variant.family.file.retire is None and not any(it.type == "LAUNCH" for _, it in constraints):
            # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/getstarted-launchconstraint-Terraform.html
            yield Problem(
                rule="P129",
                where=where("products", entries[0], "product"),
                message=f"EXTERNAL product {quoted(key)} has no LAUNCH constraint, so it cannot be launched",
                hint="add one: - {type: LAUNCH}",
                severity="warning",
            )
    yield from _each_once(only_of_stacks)


def check_blueprints(portfolio: PortfolioFile, variants: Iterable[Variant]) -> Iterator[Problem]:
    """What account vending cannot follow, or does not take over, if the portfolio is of its blueprints.

    https://docs.aws.amazon.com/controltower/latest/userguide/af-customization-page.html
    """
    if not portfolio.blueprint:
        return
    where = portfolio.document.where
    if portfolio.shares:
        message, hint = "a portfolio of blueprints has shares", "remove them: account vending shares its own"
        yield Problem(rule="P143", where=where("shares", key=True), message=message, hint=hint)
    for n, entry in enumerate(portfolio.products):
        for m, constraint in enumerate(entry.constraints):
            if constraint.type in _NOT_VENDED:
                yield Problem(
                    rule="P144",
                    where=where("products", n, "constraints", m, "type"),
                    message=f"a {constraint.type} constraint of blueprints does not apply to vended accounts",
                    hint="remove it: account vending launches from a portfolio of its own",
                    severity="warning",
                )
    named: list[tuple[str, Steps, Problem]] = []
    for variant in variants:
        if any(entry.matches(variant.key) for entry in portfolio.products):
            if variant.family.file.retire in ("disassociate", "delete"):
                place = variant.family.document.where("retire")
                message = (
                    "blueprints are retired: accounts that were vended with them cannot be updated any more"
                )
                hint = "use deprecate; an account has one blueprint, and an update cannot change its product"
                problem = Problem(rule="P182", where=place, message=message, hint=hint, severity="warning")
                named.append((variant.key, (place.path, "retire"), problem))
            for key, name in (("family", variant.key), ("display_name", variant.display_name)):
                if found := _VERSION.search(name):
                    place = variant.family.document.where(key)
                    message = f"blueprint {quoted(name)} has a version in its name: {quoted(found[0])}"
                    hint = "remove it, and raise version: account vending updates accounts within one product"
                    problem = Problem(rule="P142", where=place, message=message, hint=hint)
                    named.append((variant.key, (place.path, key), problem))
    yield from _each_once(named)


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
                f"{quoted(product)} has both a {constraint.type} and a "
                f"{_EXCLUDES[constraint.type]} constraint at {where(*other)}"
            )
            hint = "keep one of them: a launch is either a stack or a stack set"
            yield steps, Problem(rule="P122", where=where(*steps), message=message, hint=hint)
    if count > CONSTRAINTS_PER_PRODUCT:
        message = f"{quoted(product)} has {count} constraints, at most {CONSTRAINTS_PER_PRODUCT} are allowed"
        hint = "merge the rules of some constraints"
        place = where("products", key=True)
        yield ("products",), Problem(rule="P118", where=place, message=message, hint=hint)


def _second(where: Where, product: str, slot: tuple[str, str], first: Where) -> Problem:
    kind, name = slot
    what = f"{kind} constraint {quoted(name)}" if name else f"{kind} constraint"
    hint = "rename it" if name else "keep one, or use globs that do not overlap"
    return Problem(
        rule="P117" if name else "P116",
        where=where,
        message=f"{quoted(product)} has a second {what}; the first is at {first}",
        hint=hint,
    )
