"""Portfolios and the products in them.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreatePortfolio.html and its siblings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog_emulator.servicecatalog.exceptions import (
    InvalidParametersException,
    LimitExceededException,
    ResourceInUseException,
)
from catalog_emulator.servicecatalog.holdings import Holdings
from catalog_emulator.servicecatalog.limits import (
    PORTFOLIOS,
    PRODUCTS_PER_PORTFOLIO,
    TAGS_PER_RESOURCE,
    under,
)
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.state import new_tags, present, tag_list
from catalog_emulator.servicecatalog.tag_options import tag_option_detail
from catalog_emulator.servicecatalog.values import Answer, Portfolio


class Portfolios(Holdings):
    """Operations on portfolios and their product associations."""

    def create_portfolio(
        self,
        *,
        display_name: str,
        provider_name: str,
        description: str | None = None,
        tags: Sequence[Mapping[str, str]] = (),
    ) -> Answer:
        """CreatePortfolio: names need not be unique."""
        under(PORTFOLIOS, len(self.portfolios), "portfolios")
        identifier = self.new_id("port")
        portfolio = Portfolio(
            id=identifier,
            arn=self.arn("portfolio", identifier),
            display_name=display_name,
            provider_name=provider_name,
            description=description,
            tags=new_tags(tags),
        )
        self.portfolios[identifier] = portfolio
        return {"PortfolioDetail": portfolio_detail(portfolio), "Tags": tag_list(portfolio.tags)}

    def describe_portfolio(self, *, id: str) -> Answer:
        """DescribePortfolio."""
        portfolio = self.any_portfolio(id)
        shared = [
            option
            for one in self.imports()
            if one.portfolio.id == id and one.tag_options
            for option in one.home.tag_options_of(id)
        ]
        return {
            "PortfolioDetail": portfolio_detail(portfolio),
            "Tags": tag_list(portfolio.tags),
            "TagOptions": [tag_option_detail(one) for one in (*self.tag_options_of(id), *shared)],
            "Budgets": self.budgets_of(id),
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
        """UpdatePortfolio: what is not given stays; tags are removed before others are added."""
        portfolio = self.portfolio(id)
        tags = {key: value for key, value in portfolio.tags.items() if key not in remove_tags}
        tags |= new_tags(add_tags)
        if len(tags) > TAGS_PER_RESOURCE:
            raise LimitExceededException(f"A portfolio can have {TAGS_PER_RESOURCE} tags.")
        portfolio.tags = tags
        portfolio.display_name = display_name or portfolio.display_name
        portfolio.provider_name = provider_name or portfolio.provider_name
        if description is not None:
            portfolio.description = description
        return {"PortfolioDetail": portfolio_detail(portfolio), "Tags": tag_list(tags)}

    def delete_portfolio(self, *, id: str) -> None:
        """DeletePortfolio: only an empty one. That TagOptions count is not documented; the stricter holds."""
        self.portfolio(id)
        holds = {
            "products": any(True for _ in self.offers(portfolio_id=id)),
            "principals": bool(self.principals.get(id)),
            "constraints": bool(self.constraints_of(id)),
            "TagOptions": bool(self.tag_options_of(id)),
            "shares": bool(self.shares_of(id)),
            "budgets": bool(self.budgets.get(id)),
        }
        associated = [kind for kind, some in holds.items() if some]
        if associated:
            raise ResourceInUseException(f"Portfolio {id} still has {', '.join(associated)}.")
        for key in [key for key in self.associations if key[0] == id]:
            del self.associations[key]
        del self.portfolios[id]
        self.principals.pop(id, None)
        self.shares.pop(id, None)
        self.budgets.pop(id, None)

    def list_portfolios(self, *, page_size: int | None = None, page_token: str | None = None) -> Answer:
        """ListPortfolios."""
        found, following = page(
            list(self.portfolios.values()), of="portfolios", size=page_size, token=page_token
        )
        return with_token({"PortfolioDetails": [portfolio_detail(one) for one in found]}, following)

    def list_portfolios_for_product(
        self, *, product_id: str, page_size: int | None = None, page_token: str | None = None
    ) -> Answer:
        """ListPortfoliosForProduct."""
        self.any_product(product_id)
        holding = [offer.portfolio for offer in self.offers(product_id=product_id)]
        found, following = page(holding, of=f"portfolios {product_id}", size=page_size, token=page_token)
        return with_token({"PortfolioDetails": [portfolio_detail(one) for one in found]}, following)

    def associate_product_with_portfolio(
        self, *, product_id: str, portfolio_id: str, source_portfolio_id: str | None = None
    ) -> None:
        """AssociateProductWithPortfolio: again changes nothing. An imported product names its source."""
        self.portfolio(portfolio_id)
        if source_portfolio_id is None:
            self.product(product_id)
        else:
            self.offered(source_portfolio_id, product_id)
        foreign = product_id not in self.products
        if foreign and self.shares_of(portfolio_id):
            raise InvalidParametersException(
                f"Portfolio {portfolio_id} is shared and cannot hold product {product_id} of another account."
            )
        if (portfolio_id, product_id) in self.associations:
            return
        holds = sum(portfolio == portfolio_id for portfolio, _ in self.associations)
        under(PRODUCTS_PER_PORTFOLIO, holds, "products in a portfolio")
        self.associations[portfolio_id, product_id] = self.new_id("lpv3")
        if foreign and source_portfolio_id is not None:
            self.sources[portfolio_id, product_id] = self.sources.get(
                (source_portfolio_id, product_id), source_portfolio_id
            )

    def disassociate_product_from_portfolio(self, *, product_id: str, portfolio_id: str) -> None:
        """DisassociateProductFromPortfolio: not while it has constraints there."""
        self.portfolio(portfolio_id)
        if (portfolio_id, product_id) not in self.associations:
            self.offered(portfolio_id, product_id)
        if self.constraints_of(portfolio_id, product_id):
            raise ResourceInUseException(
                f"Product {product_id} still has constraints in portfolio {portfolio_id}."
            )
        del self.associations[portfolio_id, product_id]
        self.sources.pop((portfolio_id, product_id), None)


def portfolio_detail(portfolio: Portfolio) -> Answer:
    """PortfolioDetail."""
    return present(
        Id=portfolio.id,
        ARN=portfolio.arn,
        DisplayName=portfolio.display_name,
        Description=portfolio.description,
        CreatedTime=portfolio.created,
        ProviderName=portfolio.provider_name,
    )
