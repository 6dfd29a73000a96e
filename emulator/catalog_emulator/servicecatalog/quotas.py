"""The quotas of an account.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html
"""

from dataclasses import dataclass, field, fields
from typing import Any

from catalog_emulator.servicecatalog.exceptions import LimitExceeded


def _quota(default: int, of: str) -> Any:
    return field(default=default, metadata={"of": of})


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """How many of each resource an account can have; the defaults are AWS's."""

    portfolios: int = _quota(100, "portfolios")
    products: int = _quota(350, "products")
    products_per_portfolio: int = _quota(150, "products in a portfolio")
    principals_per_portfolio: int = _quota(100, "principals of a portfolio")
    patterns_per_portfolio: int = _quota(10, "IAM_PATTERN principals of a portfolio")
    versions_per_product: int = _quota(100, "provisioning artifacts of a product")
    constraints_per_product: int = _quota(100, "constraints of a product in a portfolio")
    tags_per_resource: int = 20
    tag_options_per_resource: int = _quota(25, "TagOptions of a resource")
    values_per_tag_option: int = _quota(25, "values of a TagOption key")
    tags_per_launch: int = 50
    shared_accounts: int = _quota(5000, "accounts that a portfolio is shared with")
    service_actions: int = _quota(200, "service actions")
    service_actions_per_version: int = _quota(25, "service actions of a provisioning artifact")
    # Not among the documented quotas: the console offers to associate one.
    budgets_per_resource: int = _quota(1, "budgets of a resource")

    def check(self, name: str, existing: int) -> None:
        """Raises LimitExceededException when the quota is used up."""
        quota = getattr(self, name)
        if existing >= quota:
            [of] = (one.metadata["of"] for one in fields(self) if one.name == name)
            raise LimitExceeded(f"You have reached the limit of {quota} {of}.")
