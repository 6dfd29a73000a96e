"""Products in portfolios. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociateProductWithPortfolio.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar

from typing_extensions import override

from publisher.catalog.engine import Request, found_or_none, list_all
from publisher.catalog.kind import Association
from publisher.catalog.kinds.product import views
from publisher.catalog.together import Shows
from publisher.model import Key, ProductAssociation, Unmanaged

# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProductsAsAdmin.html
_PAGE = 20


class ProductAssociationKind(Association[ProductAssociation]):
    """Many are read by the products of their portfolio, few by the portfolios of their products.

    The listing of many may show them later.
    """

    associate: ClassVar[str] = "associate_product_with_portfolio"
    disassociate: ClassVar[str] = "disassociate_product_from_portfolio"

    @override
    def request(self, resource: ProductAssociation) -> Request:
        return self.engine.place(resource.portfolio, resource.product)

    @override
    def place(self, resource: ProductAssociation) -> Key:
        return ("portfolio", resource.portfolio)

    @override
    def look(self, some: Sequence[ProductAssociation]) -> Shows[ProductAssociation]:
        products = sum(key[0] == "product" for key in list(self.engine.ids))
        if len(some) * _PAGE < products:
            return super().look(some)
        id_of, (portfolio, *_) = self.engine.id_of, some
        listed = partial(views, self.engine.client, PortfolioId=id_of("portfolio", portfolio.portfolio))
        there = found_or_none(listed) or {}
        return lambda it: id_of("product", it.product) in there or self.read(it) is not None

    @override
    def read(self, resource: ProductAssociation) -> ProductAssociation | None:
        portfolio_id, product_id = self.request(resource).values()
        listing = "list_portfolios_for_product"
        found = found_or_none(
            lambda: list_all(self.engine.client, listing, "PortfolioDetails", ProductId=product_id)
        )
        return resource if any(it["Id"] == portfolio_id for it in found or ()) else None


def observed(
    portfolio: str, products: Mapping[str, str], names: Mapping[str, str]
) -> list[ProductAssociation | Unmanaged]:
    """The products in a portfolio, with display names by id; `names` has the managed ones by id."""
    return [
        ProductAssociation(portfolio=portfolio, product=names[product_id])
        if product_id in names
        else Unmanaged(portfolio=portfolio, kind="product", id=product_id, name=name)
        for product_id, name in products.items()
    ]
