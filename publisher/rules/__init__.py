"""Checks over the catalog that the files ask for: an id, a title, a source each. One subject a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from publisher.errors import Problem
from publisher.rules import arns, attachments, limits, sharing
from publisher.rules.rule import Placed, Rule, Target

__all__ = ["RULES", "Placed", "Rule", "Target", "check"]

RULES: tuple[Rule, ...] = (
    limits.PORTFOLIOS,
    limits.PRODUCTS,
    arns.PRINCIPALS_DIFFER,
    arns.PARTITION,
    arns.TOPIC_REGION,
    attachments.OPTIONS_PER_RESOURCE,
    attachments.VALUES_PER_KEY,
    attachments.OPTION_STATE,
    attachments.COMMON_VALUE,
    attachments.TAG_AND_OPTION,
    attachments.ACTIONS,
    sharing.OWN_ACCOUNT,
    sharing.LOCAL_ROLE,
    sharing.PATTERN,
    arns.STACK_SET_PARTITION,
    sharing.OVERLAP,
    attachments.TAG_TWICE,
)


def check(placed: Sequence[Placed], target: Target, *, everywhere: bool = False) -> Iterator[Problem]:
    """What the rules find in a desired catalog; `everywhere` leaves out what depends on the target."""
    for rule in RULES:
        if not (everywhere and rule.per_target):
            yield from rule.check(rule, placed, target)
