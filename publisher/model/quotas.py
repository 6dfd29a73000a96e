"""The quotas of Service Catalog that AWS adjusts for an account. What they are there, others read."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.model.access import Principal
from publisher.model.catalog import Resource
from publisher.model.products import Portfolio, Product, ProductAssociation, ProvisioningArtifact

QUOTAS_SERVICE = "servicecatalog"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota: its code in Service Quotas, AWS's default, and how messages name what it counts."""

    code: str
    default: int
    counts: str

    def counted(self, count: int, owner: str = "") -> str:
        """How messages say that there are so many, e.g. `151 products in portfolio 'tools'`."""
        return f"{count} {self.counts}" if not owner else f"{count} {self.counts} '{owner}'"


# https://docs.aws.amazon.com/general/latest/gr/servicecatalog.html, which has no codes of other quotas.
QUOTAS = {
    "portfolios": Quota(code="L-C6458716", default=100, counts="portfolios in a Region"),
    "products": Quota(code="L-764CF6A1", default=350, counts="products in a Region"),
    "products_per_portfolio": Quota(code="L-AB79E48B", default=150, counts="products in portfolio"),
    "principals_per_portfolio": Quota(code="L-E8959660", default=100, counts="principals of portfolio"),
    "versions_per_product": Quota(code="L-A5846085", default=100, counts="versions of product"),
}


def quota_of(resource: Resource) -> tuple[str, str] | None:
    """The quota that a resource uses up, and the portfolio or product that it is about, if it is one."""
    match resource:
        case Portfolio():
            return "portfolios", ""
        case Product():
            return "products", ""
        case ProductAssociation(portfolio=portfolio):
            return "products_per_portfolio", portfolio
        case Principal(portfolio=portfolio):
            return "principals_per_portfolio", portfolio
        case ProvisioningArtifact(product=product):
            return "versions_per_product", product
        case _:
            return None
