"""The policies of the roles that launches of a product run as, where they are derived from its template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from publisher.declarations.product import DERIVED, Variant, boundary_name
from publisher.documents import canonical_json
from publisher.errors import InputError
from publisher.launch.request import ROLE_PREFIX, deploy_role
from publisher.model import (
    Catalog,
    LaunchConstraint,
    Product,
    ProductAssociation,
    ProjectTemplate,
    StackSetConstraint,
)
from publisher.permissions import Scope, derive, trust
from publisher.report.role_policy import RolePolicy, role_policy, underived_role

_LAUNCH, _DEPLOY, _PERSON = "service-catalog", "cloudformation", "person"
_OWNED = "its policies are those that its owner gave it"
_BOUNDARY = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/"


def product_policies(
    catalog: Catalog, product: str, template: Mapping[str, Any] | None, variant: Variant | None = None
) -> tuple[RolePolicy, ...]:
    """Those of a product's roles: for launches, then for SageMaker projects of its template in S3.

    `template` is that of the version shown (long form), `variant` its declaration, if there is one.
    """
    roles: dict[str, str] = {}
    for it in catalog:
        match it:
            case LaunchConstraint(product=of) if of == product:
                roles[it.local_role_name or it.role_arn] = ""
            case StackSetConstraint(product=of) if of == product:
                roles[it.execution_role] = f"it is in each account of the stack sets of {it.admin_role}"
    if not roles and variant is not None and ProductAssociation not in map(type, _of(catalog, product)):
        roles[variant.launch_role] = ""
    found = [_launch(catalog, product, role, how, template, variant) for role, how in roles.items()]
    found = found or [_without_role(product, template, variant)]
    if any(isinstance(it, ProjectTemplate) for it in _of(catalog, product)):
        found.append(_deploy(product, template, variant))
    return tuple(found)


def _of(catalog: Catalog, product: str) -> Iterator[object]:
    return (it for it in catalog if ("product", product) in it.owners)


def _launch(
    catalog: Catalog,
    product: str,
    role: str,
    how: str,
    template: Mapping[str, Any] | None,
    variant: Variant | None,
) -> RolePolicy:
    title = trust(_LAUNCH).title
    if how:
        return underived_role(role, f"{how}: {_OWNED}", title=title)
    own = ROLE_PREFIX + product
    derived = variant.family.launch_role == DERIVED if variant else role == own
    described = catalog.resources.get(("product", product))
    if isinstance(described, Product) and described.product_type == "EXTERNAL":
        derived = False
    if not derived or role != (variant.launch_role if variant else own):
        return underived_role(role, f"the role exists already: {_OWNED}", title=title)
    return _derived(role, title, _scope(role, template, variant), template)


def _deploy(product: str, template: Mapping[str, Any] | None, variant: Variant | None) -> RolePolicy:
    role = deploy_role(product)
    of_launches = variant.launch_role if variant else ROLE_PREFIX + product
    made = trust(_DEPLOY)
    scope = replace(_scope(of_launches, template, variant), for_=_DEPLOY, stack=made.stacks())
    title = "the role that CloudFormation assumes for a SageMaker project of the template in S3"
    return _derived(role, title, scope, template)


def _without_role(product: str, template: Mapping[str, Any] | None, variant: Variant | None) -> RolePolicy:
    scope = replace(_scope(ROLE_PREFIX + product, template, variant), for_=_PERSON)
    title = "there is no launch constraint: whoever launches the product needs all of this"
    return _derived("", title, scope, template)


def _scope(role: str, template: Mapping[str, Any] | None, variant: Variant | None) -> Scope:
    """That of the declaration; without one the boundary is read from the template's text."""
    if variant is not None:
        return Scope.of(variant)
    name = boundary_name(role)
    try:
        named = template is not None and f":policy/{name}" in canonical_json(template)
    except RecursionError:
        named = False
    return Scope(boundary=f"{_BOUNDARY}{name}" if named else "")


def _derived(role: str, title: str, scope: Scope, template: Mapping[str, Any] | None) -> RolePolicy:
    if template is None:
        return underived_role(role, "its template is not known, so neither are its policies", title=title)
    limits = scope.boundary == f"{_BOUNDARY}{boundary_name(role)}"
    try:
        made = derive({**template}, scope, limits=limits)
    except InputError as error:
        return underived_role(
            role, f"{error.message} ({error.hint})" if error.hint else str(error), title=title
        )
    except RecursionError:
        return underived_role(role, "its template is nested too deeply", title=title)
    return role_policy(role, made, boundary=scope.boundary, title=title)
