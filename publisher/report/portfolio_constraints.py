"""The constraints of a portfolio in words, each once with all products that have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from publisher.errors import enumerated
from publisher.model import (
    AnyConstraint,
    LaunchConstraint,
    NotificationConstraint,
    ResourceUpdateConstraint,
    StackSetConstraint,
    TemplateConstraint,
)
from publisher.report.access import stack_set_words
from publisher.report.product_contents import rules_of


@dataclass(frozen=True, kw_only=True)
class ConstraintRow:
    """What all these products have. `what` is a sentence, or one for each rule."""

    type: str
    name: str
    what: tuple[str, ...]
    description: str
    products: tuple[str, ...]


def constraint_rows(constraints: Iterable[AnyConstraint]) -> tuple[ConstraintRow, ...]:
    """The rows in the order of the types; roles that are named after their products are one row."""
    rows: dict[tuple[str, str, tuple[str, ...], str], list[str]] = {}
    for it in constraints:
        name = it.slot[-1] if len(it.slot) > 1 else ""
        rows.setdefault((it.type, name, tuple(_words(it)), it.description), []).append(it.product)
    return tuple(
        ConstraintRow(type=type_, name=name, what=what, description=words, products=tuple(sorted(products)))
        for (type_, name, what, words), products in sorted(rows.items())
    )


def _words(constraint: AnyConstraint) -> list[str]:
    match constraint:
        case LaunchConstraint(role_arn="", local_role_name=role, product=product):
            role = role.replace(product, "<product>") if role.endswith(f"-{product}") else role
            return [f"Launches run as the role {role} of the launching account."]
        case LaunchConstraint(role_arn=arn):
            return [f"Launches run as {arn}."]
        case TemplateConstraint():
            return [
                f"If {rule.when}: {demand}" if rule.when else demand
                for rule in rules_of(constraint)
                for demand in rule.demands
            ]
        case NotificationConstraint(notification_arns=arns):
            return [f"Stack events go to {enumerated(arns)}." if arns else "Stack events go to no topic."]
        case ResourceUpdateConstraint(tag_update_on_provisioned_product=permission):
            return [f"Updates of a launch {'can' if permission == 'ALLOWED' else 'cannot'} change its tags."]
        case StackSetConstraint(admin_role=admin, execution_role=role):
            words = stack_set_words(constraint)
            return [f"{words[:1].upper()}{words[1:]}.", f"Made by {admin}, with {role} in each account."]
        case _:
            assert_never(constraint)
