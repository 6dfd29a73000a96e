"""Checks over the catalog that the files ask for: an id, a title, a source each. One subject a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from publisher.errors import Problem
from publisher.rules import arns, limits, sharing, studio, tags
from publisher.rules.rule import Placed, Rule, Target

__all__ = ["ANYWHERE", "EVERYWHERE", "PER_TARGET", "RULES", "Placed", "Rule", "Target", "check"]

RULES: tuple[Rule, ...] = (
    limits.portfolios,
    limits.products,
    arns.principals_differ,
    arns.partition,
    arns.topic_region,
    limits.options_per_resource,
    limits.values_per_key,
    tags.option_state,
    tags.common_value,
    tags.tag_and_option,
    limits.actions,
    sharing.own_account,
    sharing.local_role,
    sharing.pattern,
    arns.stack_set_partition,
    sharing.overlap,
    tags.tag_twice,
    arns.own_account,
    limits.action_size,
    studio.names,
    studio.one_portfolio,
    studio.policy_size,
    limits.products_of_portfolio,
    limits.principals_of_portfolio,
)
EVERYWHERE = tuple(rule for rule in RULES if not rule.per_target)
# Without declared targets: those that need no account.
ANYWHERE = (*EVERYWHERE, *limits.QUOTA_RULES)
PER_TARGET = tuple(rule for rule in RULES if rule.per_target)


def check(placed: Sequence[Placed], target: Target, rules: Iterable[Rule] = RULES) -> Iterator[Problem]:
    """What the rules find in a desired catalog, each once: products of a family share the places."""
    found = (problem for rule in rules for problem in rule.check(rule, placed, target))
    yield from dict.fromkeys(found)
