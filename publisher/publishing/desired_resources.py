"""Portfolios and products with everything in them, as resources for one target. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar, assert_never

from publisher.declarations import PortfolioFile, Variant
from publisher.declarations.fields import Declared, Steps
from publisher.declarations.portfolio import AnyConstraint as DeclaredConstraint
from publisher.declarations.portfolio import Launch, Notification, ResourceUpdate, Share, StackSet, Template
from publisher.declarations.portfolio_products import constraints_of
from publisher.declarations.product import ProductFile
from publisher.declarations.product import ServiceAction as DeclaredAction
from publisher.declarations.tag_options import TagOption as DeclaredOption
from publisher.documents import canonical_json
from publisher.errors import Where
from publisher.model import (
    LAUNCH_ROLE,
    AnyConstraint,
    BudgetAssociation,
    LaunchConstraint,
    NotificationConstraint,
    Owner,
    Portfolio,
    PortfolioShare,
    Principal,
    Product,
    ProductAssociation,
    ProvisioningArtifact,
    Resource,
    ResourceUpdateConstraint,
    Retention,
    ServiceAction,
    ServiceActionAssociation,
    ShareType,
    StackSetConstraint,
    TagOption,
    TagOptionAssociation,
    TemplateConstraint,
)
from publisher.rules import Placed, Target

R = TypeVar("R", bound=Resource)


def portfolio_resources(
    portfolio: PortfolioFile, held: Collection[Variant], target: Target
) -> Iterator[Placed]:
    """The portfolio, its principals, shares, TagOptions and budget, and its products with constraints."""

    def placed(resource: Resource, *steps: str | int) -> Placed:
        return Placed(resource=resource, where=portfolio.document.where(*steps))

    whole = _resource(Portfolio, portfolio, name=portfolio.name)
    where = portfolio.document.where
    tags = {key: where("tags", key, key=True) for key in portfolio.tags}
    yield Placed(resource=whole, where=where(), places=tags)
    for n, principal in enumerate(portfolio.principals):
        arn = target.fill(principal.principal_arn)
        admitted = _resource(Principal, principal, portfolio=portfolio.name, principal_arn=arn)
        yield placed(admitted, "principals", n, "principal_arn")
    for n, share in enumerate(portfolio.shares):
        yield placed(_share(portfolio.name, share), "shares", n)
    yield from _attachments(
        ("portfolio", portfolio.name), portfolio.tag_options, portfolio.budget, portfolio.document.where
    )
    for variant in held:
        if variant.family.file.retire in ("disassociate", "delete"):
            continue
        yield placed(ProductAssociation(portfolio=portfolio.name, product=variant.key), "products")
        for steps, constraint in constraints_of(portfolio, variant.key):
            resource = _constraint(portfolio, variant, constraint, target)
            if resource is not None:
                places = _places(portfolio, steps, constraint, target)
                yield Placed(resource=resource, where=where(*steps), places=places)


def _places(
    portfolio: PortfolioFile, steps: Steps, constraint: DeclaredConstraint, target: Target
) -> Mapping[str, Where]:
    """Where a constraint's ARNs and Regions are declared."""
    where = portfolio.document.where
    match constraint:
        case Launch(role_arn=str(arn)):
            return {target.fill(arn): where(*steps, "role_arn")}
        case Notification(notification_arns=arns):
            topics = target.resolved(arns)
            return {arn: where(*steps, "notification_arns", n) for arn, n in topics.items()}
        case StackSet(admin_role=arn, region_list=regions):
            places = {region: where(*steps, "region_list", n) for n, region in enumerate(regions)}
            return {**places, target.fill(arn): where(*steps, "admin_role")}
        case _:
            return {}


def _share(portfolio: str, share: Share) -> PortfolioShare:
    node = share.organization_node or ""
    share_type: ShareType = "ORGANIZATION_MEMBER_ACCOUNT"
    if share.account_id is not None:
        share_type = "ACCOUNT"
    elif node.startswith("ou-"):
        share_type = "ORGANIZATIONAL_UNIT"
    elif node.startswith("o-"):
        share_type = "ORGANIZATION"
    recipient = share.account_id or node
    return _resource(
        PortfolioShare, share, portfolio=portfolio, share_type=share_type, principal_id=recipient
    )


def _constraint(
    portfolio: PortfolioFile, variant: Variant, constraint: DeclaredConstraint, target: Target
) -> AnyConstraint | None:
    """The constraint; None when the target has none of its topics."""
    place = {"portfolio": portfolio.name, "product": variant.key}
    match constraint:
        case Launch():
            role_arn = target.fill(constraint.role_arn or "")
            name = "" if role_arn else constraint.local_role_name or variant.launch_role
            return _resource(LaunchConstraint, constraint, **place, local_role_name=name, role_arn=role_arn)
        case Template():
            rules = canonical_json({name: rule.section() for name, rule in constraint.rules.items()})
            return _resource(TemplateConstraint, constraint, **place, rules=rules)
        case Notification():
            arns = sorted(target.resolved(constraint.notification_arns))
            if not arns:
                return None
            return _resource(NotificationConstraint, constraint, **place, notification_arns=tuple(arns))
        case ResourceUpdate():
            return _resource(ResourceUpdateConstraint, constraint, **place)
        case StackSet():
            accounts = tuple(sorted({target.fill(it) for it in constraint.account_list}))
            role = target.fill(constraint.admin_role)
            return _resource(StackSetConstraint, constraint, **place, account_list=accounts, admin_role=role)
        case _:
            assert_never(constraint)


def product_resources(
    variant: Variant, digest: str, stored: Iterable[Resource], target: Target
) -> Iterator[Placed]:
    """The product, its version and what that stores, TagOptions, budget and service actions."""
    file, where = variant.family.file, variant.family.document.where
    tags = {key: where("tags", key, key=True) for key in file.tags}
    product = _resource(Product, file, name=variant.key, display_name=variant.display_name)
    yield Placed(resource=product, where=where(), places=tags)
    for resource in (*stored, _artifact(variant, digest)):
        yield Placed(resource=resource, where=where())
    yield from _attachments(("product", variant.key), file.tag_options, file.budget, where)
    for name, action in file.service_actions.items():
        place = where("service_actions", name, key=True)
        resource = _action(f"{file.family}/{name}", action, target)
        association = ServiceActionAssociation(product=variant.key, version="", action=resource.name)
        places = {"Parameters": where("service_actions", name, "parameters", key=True)}
        if action.assume_role:
            places[target.fill(action.assume_role)] = where("service_actions", name, "assume_role")
        yield Placed(resource=resource, where=place, places=places)
        yield Placed(resource=association, where=place)


def _action(name: str, action: DeclaredAction, target: Target) -> ServiceAction:
    definition = {
        "Name": action.document,
        "Version": action.document_version,
        "AssumeRole": target.fill(action.assume_role) if action.assume_role else LAUNCH_ROLE,
    }
    if action.parameters:
        parameters = [{"Name": key, "Type": type_} for key, type_ in sorted(action.parameters.items())]
        definition["Parameters"] = canonical_json(parameters)
    return _resource(ServiceAction, action, name=name, definition=tuple(sorted(definition.items())))


def retention(file: ProductFile) -> Retention | None:
    """The retention of the family's products; None when the file declares none."""
    keep = file.retention
    if not (keep or file.versions or file.retire):
        return None
    return Retention(
        keep=keep.keep if keep else None,
        deprecated=keep.deprecated if keep else None,
        states=dict(file.versions),
        retire=file.retire,
    )


def _artifact(variant: Variant, digest: str) -> ProvisioningArtifact:
    family = variant.family
    return ProvisioningArtifact(
        product=variant.key,
        version=family.version,
        digest=digest,
        artifact_type=family.product_type,
        description=f"{family.name} {family.version}",
    )


def _resource(kind: type[R], declared: Declared, **supplied: Any) -> R:
    """A resource with the supplied fields, and those that it has under the names of the declaration."""
    names = {it.name for it in fields(kind)} & type(declared).model_fields.keys() - supplied.keys()
    return kind(**{name: _model_value(getattr(declared, name)) for name in names}, **supplied)


def _model_value(value: Any) -> Any:
    """A declared value as the model has it: text without its end of line, lists and mappings sorted."""
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case dict():
            return tuple(sorted(value.items()))
        case list():
            return tuple(sorted(value))
        case _:
            return value


def _attachments(
    owner: Owner,
    options: Sequence[DeclaredOption],
    budget: str | None,
    where: Callable[..., Where],
) -> Iterator[Placed]:
    """The TagOptions and the budget of a portfolio or product, each where it is declared."""
    for n, option in enumerate(options):
        for field_name, values in (("values", option.values), ("inactive", option.inactive)):
            for m, value in enumerate(values):
                place = where("tag_options", n, field_name, m)
                active = field_name == "values"
                yield Placed(resource=TagOption(tag_key=option.key, value=value, active=active), where=place)
                association = TagOptionAssociation(owner=owner, tag_key=option.key, value=value)
                yield Placed(resource=association, where=place)
    if budget is not None:
        resource = BudgetAssociation(owner=owner, budget_name=budget)
        yield Placed(resource=resource, where=where("budget"))
