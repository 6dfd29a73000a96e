"""Changes that expand access to a published portfolio, or affect unmanaged ones. Pure: no I/O, no ids."""

from __future__ import annotations

from publisher.model import (
    Catalog,
    ExecutionRolePolicy,
    LaunchConstraint,
    PortfolioShare,
    Principal,
    Resource,
    StackSetConstraint,
    StudioDomain,
    TagOption,
)
from publisher.planning.changes import AccessExpansion


def access_expansion(
    resource: Resource, before: Resource | None, observed: Catalog
) -> AccessExpansion | None:
    """The --allow kind that a change needs; none of what is in a portfolio that is new or unfinished."""
    match resource:
        case LaunchConstraint() | StackSetConstraint() if before is not None:
            new = _is_new(resource.portfolio, observed)
            return None if new or not _reaches_further(resource, before) else "launch-role"
        case Principal(principal_type="IAM_PATTERN"):
            return None if _is_new(resource.portfolio, observed) else "principal-pattern"
        case PortfolioShare():
            new = _is_new(resource.portfolio, observed)
            return None if new or not _shares_more(resource, before) else "share"
        case StudioDomain():
            return "studio-domain"
        case ExecutionRolePolicy():
            return "execution-role"
        case TagOption():
            # The state is the same for all portfolios and products that use it.
            return "tag-option" if before and resource.key in observed.used_elsewhere else None
        case _:
            return None


def _reaches_further(resource: LaunchConstraint | StackSetConstraint, before: Resource) -> bool:
    """Whether launches run as another role than before, or reach more accounts or Regions."""
    match resource, before:
        case LaunchConstraint(), LaunchConstraint():
            return (before.role_arn, before.local_role_name) != (resource.role_arn, resource.local_role_name)
        case StackSetConstraint(), StackSetConstraint():
            control = (before.stack_instance_control, resource.stack_instance_control)
            return (
                (before.admin_role, before.execution_role) != (resource.admin_role, resource.execution_role)
                or not {*before.account_list}.issuperset(resource.account_list)
                or not {*before.region_list}.issuperset(resource.region_list)
                or control == ("NOT_ALLOWED", "ALLOWED")
            )
        case _:
            return True


def _shares_more(share: PortfolioShare, before: Resource | None) -> bool:
    if not isinstance(before, PortfolioShare):
        return True
    return (
        share.share_principals > before.share_principals or share.share_tag_options > before.share_tag_options
    )


def _is_new(portfolio: str, observed: Catalog) -> bool:
    key = ("portfolio", portfolio)
    return key not in observed or key in observed.unfinished
