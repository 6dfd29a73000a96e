"""The launch roles of products, and why they need their actions. Knows no AWS client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from publisher.declarations import Variant
from publisher.errors import InputError
from publisher.permissions import Knowledge, Need, Policy, explain, launch_policies, needs
from publisher.templates.render import render_all


@dataclass(frozen=True, kw_only=True)
class LaunchRole:
    """The launch role of a product, with the policies derived from its template."""

    product: str
    name: str
    policies: tuple[Policy, ...]


def derived(variants: Iterable[Variant]) -> tuple[Variant, ...]:
    """The products whose launch roles are derived, not existing roles."""
    return tuple(variant for variant in variants if variant.family.file.launch_role == "derived")


def launch_roles(variants: Iterable[Variant]) -> list[LaunchRole]:
    """The derived launch roles. Raises InputError for a template that is wrong or has unknown types."""
    chosen, knowledge = derived(variants), Knowledge.load()
    return [
        LaunchRole(
            product=variant.key,
            name=variant.launch_role,
            policies=launch_policies(rendered.template, product=variant.key, knowledge=knowledge),
        )
        for variant, rendered in zip(chosen, render_all(chosen), strict=True)
    ]


def explained(variants: Iterable[Variant], action: str) -> dict[str, tuple[Need, ...]]:
    """By product, what its launch role needs this action for."""
    knowledge = Knowledge.load()
    return {
        rendered.product: explain(
            needs(rendered.template, product=rendered.product, knowledge=knowledge), action
        )
        for rendered in render_all(tuple(variants))
    }


def require_derived(variants: Sequence[Variant]) -> tuple[Variant, ...]:
    """`derived`. Raises InputError when there is none."""
    found = derived(variants)
    if not found:
        first = variants[0]
        raise InputError(
            f"{first.key}: the launch role is not derived; it is the existing role '{first.launch_role}'",
            hint="set launch_role: derived in the family's product.yaml to derive it",
        )
    return found


def policy_documents(
    variants: Iterable[Variant], *, partition: str, account_id: str
) -> list[dict[str, object]]:
    """The policies of the derived launch roles as IAM takes them, by product, role and name."""
    return [
        {
            "product": role.product,
            "role": role.name,
            "name": f"{role.name}-{policy.number}",
            "document": policy.resolved(partition=partition, account_id=account_id),
        }
        for role in launch_roles(variants)
        for policy in role.policies
    ]
