"""Checks over the catalog that the files ask for: an id, a title, a source each. One subject a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.errors import Problem
from publisher.rules import arns, limits
from publisher.rules.rule import Placed, Rule, Target

__all__ = ["RULES", "Placed", "Rule", "Target", "check"]

RULES: tuple[Rule, ...] = (
    limits.PORTFOLIOS,
    limits.PRODUCTS,
    arns.PRINCIPALS_DIFFER,
    arns.PARTITION,
)


def check(placed: Sequence[Placed], target: Target) -> Iterator[Problem]:
    """What the rules find in a desired catalog."""
    for rule in RULES:
        yield from rule.check(rule, placed, target)
