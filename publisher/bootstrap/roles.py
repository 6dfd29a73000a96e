"""The launch roles of products, and why they need their actions. Knows no AWS client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from publisher.declarations import Variant
from publisher.errors import InputError, Problem, Where, and_more
from publisher.permissions import Knowledge, Need, Policy, Scope, explain, launch_policies, needs
from publisher.templates.render import Rendered

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class LaunchRole:
    """The launch role of a product, with the policies derived from its template.

    `boundary` is what the roles that the template makes can be allowed at most, None where it makes none.
    """

    product: str
    name: str
    policies: tuple[Policy, ...]
    boundary: Policy | None = None


def derived(variants: Iterable[Variant]) -> tuple[Variant, ...]:
    """The products whose launch roles are derived, not existing roles."""
    return tuple(variant for variant in variants if variant.family.file.launch_role == "derived")


def scope_of(variant: Variant) -> Scope:
    """What the launch role of a product is narrowed to."""
    return Scope(ssm_parameters=tuple(variant.family.file.ssm_parameters))


def launch_roles(rendered: Iterable[Rendered]) -> list[LaunchRole]:
    """The launch roles of products whose roles are derived. Raises InputError with all that cannot be."""
    return _right(derivable(rendered))


def derivable(rendered: Iterable[Rendered]) -> tuple[list[LaunchRole], tuple[Problem, ...]]:
    """The launch roles that can be derived, and why the others cannot be."""
    knowledge = Knowledge.load()

    def role(one: Rendered) -> LaunchRole:
        policies = launch_policies(one.template, scope=scope_of(one.variant), knowledge=knowledge)
        return LaunchRole(product=one.product, name=one.variant.launch_role, policies=policies)

    return _each(rendered, role)


def explained(rendered: Iterable[Rendered], action: str) -> dict[str, tuple[Need, ...]]:
    """By product, what its launch role needs this action for. Raises InputError."""
    knowledge = Knowledge.load()
    reasons = _each(
        rendered,
        lambda one: (
            one.product,
            explain(needs(one.template, scope=scope_of(one.variant), knowledge=knowledge), action),
        ),
    )
    return dict(_right(reasons))


def _each(
    rendered: Iterable[Rendered], derive: Callable[[Rendered], T]
) -> tuple[list[T], tuple[Problem, ...]]:
    found: list[T] = []
    wrong: dict[tuple[str, str, str], list[str]] = {}
    for one in rendered:
        try:
            found.append(derive(one))
        except InputError as error:
            wrong.setdefault((one.variant.template_path, error.message, error.hint), []).append(one.product)
    return found, tuple(
        Problem(
            rule="T030",
            where=Where(path=path),
            message=f"{message}: {and_more(names)}",
            hint=hint,
            products=tuple(names),
        )
        for (path, message, hint), names in wrong.items()
    )


def _right(derived: tuple[list[T], tuple[Problem, ...]]) -> list[T]:
    found, problems = derived
    if problems:
        raise InputError.of(problems)
    return found


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
    rendered: Iterable[Rendered], *, partition: str, account_id: str
) -> list[dict[str, object]]:
    """The policies of the derived launch roles as IAM takes them, by product, role and name."""
    return [
        {
            "product": role.product,
            "role": role.name,
            "name": f"{role.name}-{policy.number}",
            "document": policy.resolved(partition=partition, account_id=account_id),
        }
        for role in launch_roles(rendered)
        for policy in role.policies
    ]
