"""A portfolio with all that is in it, as values for one target."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, assert_never

from publisher.declarations import PortfolioFile, Variant
from publisher.declarations.fields import Steps
from publisher.declarations.portfolio import AnyConstraint as Declared
from publisher.declarations.portfolio import Launch, Notification, ResourceUpdate, Share, StackSet, Template
from publisher.declarations.portfolio_products import constraints_of
from publisher.documents import canonical_json
from publisher.errors import Where
from publisher.model import (
    AnyConstraint,
    LaunchConstraint,
    NotificationConstraint,
    Portfolio,
    PortfolioShare,
    Principal,
    ProductAssociation,
    Resource,
    ResourceUpdateConstraint,
    ShareType,
    StackSetConstraint,
    TemplateConstraint,
)
from publisher.publishing.desired_attachments import attachments, sorted_tags
from publisher.rules import Placed, Target


def portfolio_resources(
    portfolio: PortfolioFile, held: Collection[Variant], target: Target
) -> Iterator[Placed]:
    """The portfolio, its principals, shares and attachments, and its products with their constraints."""

    def placed(resource: Resource, *steps: str | int) -> Placed:
        return Placed(resource=resource, where=portfolio.document.where(*steps))

    whole = Portfolio(
        name=portfolio.name,
        display_name=portfolio.display_name,
        provider_name=portfolio.provider_name,
        description=portfolio.description.strip(),
        tags=sorted_tags(portfolio.tags),
    )
    where = portfolio.document.where
    tags = {key: where("tags", key, key=True) for key in portfolio.tags}
    yield Placed(resource=whole, where=where(), places=tags)
    for n, principal in enumerate(portfolio.principals):
        arn = target.fill(principal.principal_arn)
        yield placed(
            Principal(portfolio=portfolio.name, principal_arn=arn, principal_type=principal.principal_type),
            "principals",
            n,
            "principal_arn",
        )
    for n, share in enumerate(portfolio.shares):
        yield placed(_share(portfolio.name, share), "shares", n)
    yield from attachments(
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
    portfolio: PortfolioFile, steps: Steps, constraint: Declared, target: Target
) -> Mapping[str, Where]:
    """Where a constraint's ARNs and Regions are written."""
    where = portfolio.document.where
    match constraint:
        case Launch(role_arn=str(arn)):
            return {target.fill(arn): where(*steps, "role_arn")}
        case Notification(notification_arns=arns):
            topics = ((target.topic(arn), n) for n, arn in enumerate(arns))
            return {arn: where(*steps, "notification_arns", n) for arn, n in topics if arn}
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
    return PortfolioShare(
        portfolio=portfolio,
        share_type=share_type,
        principal_id=share.account_id or node,
        share_principals=share.share_principals,
        share_tag_options=share.share_tag_options,
    )


def _constraint(
    portfolio: PortfolioFile, variant: Variant, constraint: Declared, target: Target
) -> AnyConstraint | None:
    """The constraint; None when it is for topics that the target does not have."""
    place: dict[str, Any] = {
        "portfolio": portfolio.name,
        "product": variant.key,
        "description": constraint.description.strip(),
    }
    match constraint:
        case Launch():
            role_arn = target.fill(constraint.role_arn or "")
            name = "" if role_arn else constraint.local_role_name or variant.launch_role
            return LaunchConstraint(**place, local_role_name=name, role_arn=role_arn)
        case Template():
            rules = canonical_json({name: rule.section() for name, rule in constraint.rules.items()})
            return TemplateConstraint(**place, name=constraint.name, rules=rules)
        case Notification():
            arns = {arn for it in constraint.notification_arns if (arn := target.topic(it))}
            topics = tuple(sorted(arns))
            return (
                NotificationConstraint(**place, name=constraint.name, notification_arns=topics)
                if arns
                else None
            )
        case ResourceUpdate():
            permission = constraint.tag_update_on_provisioned_product
            return ResourceUpdateConstraint(**place, tag_update_on_provisioned_product=permission)
        case StackSet():
            return StackSetConstraint(
                **place,
                account_list=tuple(sorted({target.fill(it) for it in constraint.account_list})),
                region_list=tuple(sorted(constraint.region_list)),
                admin_role=target.fill(constraint.admin_role),
                execution_role=constraint.execution_role,
                stack_instance_control=constraint.stack_instance_control,
            )
        case _:
            assert_never(constraint)
