"""The quotas of an account.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html
"""

from dataclasses import dataclass

from catalog_emulator.servicecatalog.exceptions import LimitExceeded


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """How many of each resource an account can have; the defaults are AWS's."""

    portfolios: int = 100
    products: int = 350
    products_per_portfolio: int = 150
    principals_per_portfolio: int = 100
    patterns_per_portfolio: int = 10
    versions_per_product: int = 100
    constraints_per_product: int = 100
    tags_per_resource: int = 20
    tag_options_per_resource: int = 25
    values_per_tag_option: int = 25
    tags_per_launch: int = 50
    shared_accounts: int = 5000
    service_actions: int = 200
    service_actions_per_version: int = 25
    # Not among the documented quotas: the console offers to associate one.
    budgets_per_resource: int = 1


def check_quota(quota: int, existing: int, what: str) -> None:
    """Raises LimitExceededException when the quota is used up."""
    if existing >= quota:
        raise LimitExceeded(f"You have reached the limit of {quota} {what}.")
