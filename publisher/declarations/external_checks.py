"""What portfolios may ask of EXTERNAL products, which an engine of one's own launches and not CloudFormation.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/external-engine.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.declarations.constraint_types import Steps
from publisher.declarations.portfolio import PortfolioFile
from publisher.declarations.portfolio_checks import constraints_of
from publisher.declarations.product import Variant
from publisher.documents import quoted
from publisher.errors import Problem

# They are about templates and stack sets of CloudFormation.
_OF_STACKS = ("STACKSET", "TEMPLATE")


def check_external(portfolio: PortfolioFile, variants: Iterable[Variant]) -> Iterator[Problem]:
    """Constraints that only stacks know, and products that nobody can launch for want of a role."""
    where = portfolio.document.where
    reported: set[Steps] = set()
    for variant in variants:
        key = variant.key
        entries = [n for n, entry in enumerate(portfolio.products) if entry.matches(key)]
        if variant.family.product_type != "EXTERNAL" or not entries:
            continue
        constraints = list(constraints_of(portfolio, key))
        for steps, constraint in constraints:
            if constraint.type in _OF_STACKS and steps not in reported:
                reported.add(steps)
                message = f"{quoted(key)} is EXTERNAL, which takes no {constraint.type} constraint"
                hint = "take the constraint out, or let the entry match other products only"
                yield Problem(rule="P128", where=where(*steps, "type"), message=message, hint=hint)
        if variant.family.file.retire is None and not any(it.type == "LAUNCH" for _, it in constraints):
            # https://docs.aws.amazon.com/servicecatalog/latest/adminguide/getstarted-launchconstraint-Terraform.html
            yield Problem(
                rule="P129",
                where=where("products", entries[0], "product"),
                message=f"{quoted(key)} is EXTERNAL and has no LAUNCH constraint: nobody can launch it",
                hint="add one: - {type: LAUNCH}",
                severity="warning",
            )
