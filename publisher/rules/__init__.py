"""Checks over the catalog that the files ask for: an id, a title, a source each. One subject a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from publisher.errors import Problem
from publisher.rules import arns, limits, sharing, studio, tags
from publisher.rules.rule import Placed, Rule, Target

__all__ = ["EVERYWHERE", "PER_TARGET", "RULES", "Placed", "Rule", "Target", "check"]

RULES: tuple[Rule, ...] = (
    limits.PORTFOLIOS,
    limits.PRODUCTS,
    arns.PRINCIPALS_DIFFER,
    arns.PARTITION,
    arns.TOPIC_REGION,
    limits.OPTIONS_PER_RESOURCE,
    limits.VALUES_PER_KEY,
    tags.OPTION_STATE,
    tags.COMMON_VALUE,
    tags.TAG_AND_OPTION,
    limits.ACTIONS,
    sharing.OWN_ACCOUNT,
    sharing.LOCAL_ROLE,
    sharing.PATTERN,
    arns.STACK_SET_PARTITION,
    sharing.OVERLAP,
    tags.TAG_TWICE,
    arns.OWN_ACCOUNT,
    limits.ACTION_SIZE,
    studio.NAMES,
    studio.ONE_PORTFOLIO,
    studio.POLICY_SIZE,
)
EVERYWHERE = tuple(rule for rule in RULES if not rule.per_target)
PER_TARGET = tuple(rule for rule in RULES if rule.per_target)


def check(placed: Sequence[Placed], target: Target, rules: Iterable[Rule] = RULES) -> Iterator[Problem]:
    """What the rules find in a desired catalog, each once: products of a family share the places."""
    found = (problem for rule in rules for problem in rule.check(rule, placed, target))
    yield from dict.fromkeys(found)
