"""Which changes widen access to what is published, or reach what is not ours. Pure: no I/O, no ids."""

from __future__ import annotations

from publisher.model import (
    Catalog,
    LaunchConstraint,
    Portfolio,
    PortfolioShare,
    Principal,
    Resource,
    StackSetConstraint,
    TagOption,
)
from publisher.planning.changes import AccessExpansion


def widening(resource: Resource, there: Resource | None, observed: Catalog) -> AccessExpansion | None:
    """The kind of permission a change needs; none inside a portfolio that is itself still new."""
    match resource:
        case LaunchConstraint() | StackSetConstraint() if there is not None:
            new = _is_new(resource.portfolio, observed)
            return None if new or not _reaches_further(resource, there) else "launch-role"
        case Principal(principal_type="IAM_PATTERN"):
            return None if _is_new(resource.portfolio, observed) else "principal-pattern"
        case PortfolioShare():
            return (
                "share"
                if _shares_more(resource, there) and not _is_new(resource.portfolio, observed)
                else None
            )
        case TagOption():
            # Its state is that of all who have it.
            return "tag-option" if isinstance(there, TagOption) and there.used_elsewhere else None
        case _:
            return None


def _reaches_further(resource: LaunchConstraint | StackSetConstraint, there: Resource) -> bool:
    """Whether launches run as another role than before, or get to places where they did not."""
    match resource, there:
        case LaunchConstraint(), LaunchConstraint():
            return (there.role_arn, there.local_role_name) != (resource.role_arn, resource.local_role_name)
        case StackSetConstraint(), StackSetConstraint():
            roles = (there.admin_role, there.execution_role) != (resource.admin_role, resource.execution_role)
            places = {*resource.account_list} - {*there.account_list} or (
                {*resource.region_list} - {*there.region_list}
            )
            control = (there.stack_instance_control, resource.stack_instance_control)
            return roles or bool(places) or control == ("NOT_ALLOWED", "ALLOWED")
        case _:
            return True


def _shares_more(share: PortfolioShare, there: Resource | None) -> bool:
    if not isinstance(there, PortfolioShare):
        return True
    return (share.share_principals and not there.share_principals) or (
        share.share_tag_options and not there.share_tag_options
    )


def _is_new(portfolio: str, observed: Catalog) -> bool:
    there = observed.resources.get(("portfolio", portfolio))
    return not isinstance(there, Portfolio) or there.unfinished
