"""The quotas of an account. Those with a code in Service Quotas can be increased there.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html
https://docs.aws.amazon.com/general/latest/gr/servicecatalog.html
"""

from dataclasses import dataclass, field, fields
from typing import Any

from catalog_emulator.cloudformation.types.moto_servicequotas import applied
from catalog_emulator.servicecatalog.exceptions import LimitExceeded


def _quota(default: int | None, of: str, code: str = "") -> Any:
    return field(default=default, metadata={"of": of, "code": code})


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """How many of each resource an account can have; the defaults are AWS's, None those of its Region."""

    portfolios: int | None = _quota(None, "portfolios", "L-C6458716")
    products: int | None = _quota(None, "products", "L-764CF6A1")
    products_per_portfolio: int | None = _quota(None, "products in a portfolio", "L-AB79E48B")
    principals_per_portfolio: int | None = _quota(None, "principals of a portfolio", "L-E8959660")
    patterns_per_portfolio: int = _quota(10, "IAM_PATTERN principals of a portfolio")
    versions_per_product: int | None = _quota(None, "provisioning artifacts of a product", "L-A5846085")
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

    account_id: str = ""
    region_name: str = ""

    def check(self, name: str, existing: int) -> None:
        """Raises LimitExceededException when the quota is used up."""
        quota = self.of(name)
        if existing >= quota:
            raise LimitExceeded(f"You have reached the limit of {quota} {self._about(name)['of']}.")

    def of(self, name: str) -> int:
        """The value that counts."""
        value: int | None = getattr(self, name)
        if value is None:
            code = self._about(name)["code"]
            return applied(self.account_id, self.region_name, f"servicecatalog/{code}")
        return value

    def _about(self, name: str) -> Any:
        return next(one.metadata for one in fields(self) if one.name == name)
