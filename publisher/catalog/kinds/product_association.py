"""Products in portfolios. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociateProductWithPortfolio.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from typing_extensions import override

from publisher.catalog.engine import Request, found_or_none, list_all
from publisher.catalog.kind import Association
from publisher.catalog.kinds.product import views
from publisher.model import ProductAssociation, Unmanaged


class ProductAssociationKind(Association[ProductAssociation]):
    """Read by the portfolios of its product."""

    associate: ClassVar[str] = "associate_product_with_portfolio"
    disassociate: ClassVar[str] = "disassociate_product_from_portfolio"

    @override
    def request(self, resource: ProductAssociation) -> Request:
        return self.engine.place(resource.portfolio, resource.product)

    @override
    def read(self, resource: ProductAssociation) -> ProductAssociation | None:
        portfolio_id, product_id = self.request(resource).values()
        listing = "list_portfolios_for_product"
        found = found_or_none(
            lambda: list_all(self.engine.client, listing, "PortfolioDetails", ProductId=product_id)
        )
        return resource if any(it["Id"] == portfolio_id for it in found or ()) else None


def observed(
    client: Any, portfolio: str, id_: str, names: Mapping[str, str]
) -> list[ProductAssociation | Unmanaged]:
    """The products in a portfolio; `names` has the managed ones by id."""
    return [
        ProductAssociation(portfolio=portfolio, product=names[product_id])
        if product_id in names
        else Unmanaged(portfolio=portfolio, kind="product", id=product_id, name=name)
        for product_id, name in views(client, PortfolioId=id_).items()
    ]
