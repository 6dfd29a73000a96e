"""Portfolios and the products in them.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolio.html and its siblings.
"""

from collections.abc import Mapping, Sequence

from catalog_emulator.servicecatalog.exceptions import InUse, InvalidParameters, LimitExceeded
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.organizations import shares_of
from catalog_emulator.servicecatalog.state import changed_tags, new_tags, update
from catalog_emulator.servicecatalog.values import Answer, Pairs, Portfolio, Text, tag_list
from catalog_emulator.servicecatalog.visible_portfolios import Operations


class Portfolios(Operations):
    """Operations on portfolios and their product associations."""

    def create_portfolio(
        self, *, display_name: str, provider_name: str, description: Text = None, tags: Pairs = ()
    ) -> Answer:
        """CreatePortfolio: names need not be unique."""
        self._state.quotas.check("portfolios", len(self._state.portfolios))
        identifier = self._state.new_id("port")
        portfolio = Portfolio(
            id=identifier,
            arn=self._state.arn("portfolio", identifier),
            display_name=display_name,
            provider_name=provider_name,
            description=description,
            tags=new_tags(tags),
        )
        self._state.portfolios[identifier] = portfolio
        return {"PortfolioDetail": portfolio, "Tags": tag_list(portfolio.tags)}

    def describe_portfolio(self, *, id: str) -> Answer:
        portfolio = self._visible.portfolio(id)
        shared = [
            option
            for one in self._visible.imported()
            if one.portfolio.id == id and one.tag_options
            for option in one.owner.tag_options_of(id)
        ]
        return {
            "PortfolioDetail": portfolio,
            "Tags": tag_list(portfolio.tags),
            "TagOptions": [*self._state.tag_options_of(id), *shared],
            "Budgets": self._state.budgets_of(id),
        }

    def update_portfolio(
        self,
        *,
        id: str,
        display_name: str | None = None,
        provider_name: str | None = None,
        description: str | None = None,
        add_tags: Sequence[Mapping[str, str]] = (),
        remove_tags: Sequence[str] = (),
    ) -> Answer:
        """UpdatePortfolio: members left out keep their value; tags are removed before others are added."""
        portfolio = self._state.portfolio(id)
        tags = changed_tags(portfolio.tags, add_tags, remove_tags)
        if len(tags) > self._state.quotas.tags_per_resource:
            raise LimitExceeded(f"A portfolio can have {self._state.quotas.tags_per_resource} tags.")
        portfolio.tags = tags
        names = {"display_name": display_name or None, "provider_name": provider_name or None}
        update(portfolio, **names, description=description)
        return {"PortfolioDetail": portfolio, "Tags": tag_list(tags)}

    def delete_portfolio(self, *, id: str) -> None:
        """DeletePortfolio: only when empty. Whether TagOptions count is not documented; here they do."""
        self._state.portfolio(id)
        associated = {
            "products": any(True for _ in self._visible.associations(portfolio_id=id)),
            "principals": bool(self._state.principals.get(id)),
            "constraints": bool(self._state.constraints_of(id)),
            "TagOptions": bool(self._state.tag_options_of(id)),
            "shares": bool(shares_of(self._state, id)),
            "budgets": bool(self._state.budgets.get(id)),
        }
        remaining = [kind for kind, exists in associated.items() if exists]
        if remaining:
            raise InUse(f"Portfolio {id} still has {', '.join(remaining)}.")
        for key in [key for key in self._state.associations if key[0] == id]:
            del self._state.associations[key]
        del self._state.portfolios[id]
        self._state.principals.pop(id, None)
        self._state.shares.pop(id, None)
        self._state.budgets.pop(id, None)

    def list_portfolios(self) -> Listing:
        return Listing("PortfolioDetails", list(self._state.portfolios.values()))

    def list_portfolios_for_product(self, *, product_id: str) -> Listing:
        self._visible.product(product_id)
        portfolios = [one.portfolio for one in self._visible.associations(product_id=product_id)]
        return Listing("PortfolioDetails", portfolios)

    def associate_product_with_portfolio(
        self, *, product_id: str, portfolio_id: str, source_portfolio_id: str | None = None
    ) -> None:
        """AssociateProductWithPortfolio: idempotent. An imported product needs SourcePortfolioId."""
        self._state.portfolio(portfolio_id)
        if source_portfolio_id is None:
            self._state.product(product_id)
        else:
            self._visible.association(source_portfolio_id, product_id)
        foreign = product_id not in self._state.products
        if foreign and shares_of(self._state, portfolio_id):
            raise InvalidParameters(
                f"Portfolio {portfolio_id} is shared and cannot contain product {product_id}, "
                "which belongs to another account."
            )
        if (portfolio_id, product_id) in self._state.associations:
            return
        products = sum(portfolio == portfolio_id for portfolio, _ in self._state.associations)
        self._state.quotas.check("products_per_portfolio", products)
        self._state.associations[portfolio_id, product_id] = self._state.new_id("lpv3")
        if foreign and source_portfolio_id is not None:
            self._state.sources[portfolio_id, product_id] = self._state.sources.get(
                (source_portfolio_id, product_id), source_portfolio_id
            )

    def disassociate_product_from_portfolio(self, *, product_id: str, portfolio_id: str) -> None:
        """DisassociateProductFromPortfolio: not while the product has constraints in the portfolio."""
        self._state.portfolio(portfolio_id)
        if (portfolio_id, product_id) not in self._state.associations:
            self._visible.association(portfolio_id, product_id)
        if self._state.constraints_of(portfolio_id, product_id):
            raise InUse(f"Product {product_id} still has constraints in portfolio {portfolio_id}.")
        del self._state.associations[portfolio_id, product_id]
        self._state.sources.pop((portfolio_id, product_id), None)
