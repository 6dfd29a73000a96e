"""What an account's portfolios hold, be they its own or imported from accounts that share with it.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from moto.servicecatalog.models import servicecatalog_backends

from catalog_emulator.servicecatalog.exceptions import ResourceNotFoundException
from catalog_emulator.servicecatalog.organization import organization_of
from catalog_emulator.servicecatalog.state import State
from catalog_emulator.servicecatalog.values import Constraint, Portfolio, Principal, Product, Share, TagOption
from catalog_emulator.settings import settings

# A product has one of these a portfolio, and a local one takes the place of an imported one.
_ROLES = ("LAUNCH", "STACKSET")
_ADDED = ("NOTIFICATION", "TEMPLATE")


@dataclass(frozen=True, kw_only=True)
class Import:
    """A portfolio of another account, and what its shares with this one include.

    `kinds` are the ways it came, as PortfolioShareType names them.
    """

    home: Holdings
    portfolio: Portfolio
    kinds: frozenset[str]
    tag_options: bool
    principals: bool


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A product in a portfolio. `imported` is the import that the portfolio, or only the product, is of."""

    path_id: str
    portfolio: Portfolio
    product: Product
    imported: Import | None = None


class Holdings(State):
    """Looks things up beyond what the account itself owns."""

    def imports(self) -> Iterator[Import]:
        """The portfolios that other accounts share with this one, those that it accepted."""
        for home in others(self):
            for portfolio_id in home.shares:
                shares = home.shares_of(portfolio_id)
                reaching = [share for share in shares if home.reaches(share, self.account_id)]
                kinds = frozenset(
                    "IMPORTED" if share.kind == "ACCOUNT" else "AWS_ORGANIZATIONS"
                    for share in reaching
                    if share.accepted or (share.kind != "ACCOUNT" and portfolio_id not in self.declined)
                )
                if kinds:
                    yield Import(
                        home=home,
                        portfolio=home.portfolios[portfolio_id],
                        kinds=kinds,
                        tag_options=any(share.tag_options for share in reaching),
                        principals=any(share.principals for share in reaching),
                    )

    def reaches(self, share: Share, account_id: str) -> bool:
        """Whether a share of this account's is for that one."""
        if share.ready_at > settings.clock():
            return False
        return account_id in self.recipients_of(share)

    def recipients_of(self, share: Share) -> Sequence[str]:
        """The accounts that a share of this account's is for; of a node, those but this one."""
        if share.kind == "ACCOUNT":
            return [share.recipient]
        organization = organization_of(self.account_id, self.partition)
        if organization is None:
            return []
        frozen = share.members if not organization.access_enabled else ()
        members = frozen or organization.members(share.recipient)
        return [account for account in members if account != self.account_id]

    def shares_of(self, portfolio_id: str) -> list[Share]:
        """The shares of a portfolio of this account's.

        An account that administers the organization no more loses those within it.
        """
        shares = self.shares.get(portfolio_id, [])
        organization = organization_of(self.account_id, self.partition)
        administers = organization is not None and organization.administered_by(self.account_id)
        if not administers and settings.strict:
            shares[:] = [share for share in shares if share.kind == "ACCOUNT"]
        return shares

    def offers(self, *, portfolio_id: str | None = None, product_id: str | None = None) -> Iterator[Offer]:
        """Every product in a portfolio of this account's, its own and the imported ones."""
        imported = {one.portfolio.id: one for one in self.imports()}
        yield from self._own_offers(imported, portfolio_id, product_id)
        for one in imported.values():
            if portfolio_id not in (None, one.portfolio.id):
                continue
            for offer in one.home._own_offers({}, one.portfolio.id, product_id):
                yield Offer(
                    path_id=offer.path_id, portfolio=offer.portfolio, product=offer.product, imported=one
                )

    def any_portfolio(self, identifier: str) -> Portfolio:
        """A portfolio of this account's or an imported one, or ResourceNotFoundException."""
        found = self.portfolios.get(identifier)
        if found is None:
            found = next((one.portfolio for one in self.imports() if one.portfolio.id == identifier), None)
        return self.portfolio(identifier) if found is None else found

    def any_product(self, identifier: str) -> Product:
        """A product of this account's or an imported one, or ResourceNotFoundException."""
        found = self.products.get(identifier)
        if found is None:
            found = next((offer.product for offer in self.offers(product_id=identifier)), None)
        return self.product(identifier) if found is None else found

    def any_products(self) -> list[Product]:
        """The products of this account and those that others share with it."""
        shared = {offer.product.id: offer.product for offer in self.offers()}
        return list((self.products | shared).values())

    def offered(self, portfolio_id: str, product_id: str) -> Offer:
        """A product in a portfolio, or ResourceNotFoundException."""
        self.any_portfolio(portfolio_id)
        self.any_product(product_id)
        for offer in self.offers(portfolio_id=portfolio_id, product_id=product_id):
            return offer
        raise ResourceNotFoundException(
            f"Product {product_id} is not associated with portfolio {portfolio_id}."
        )

    def constraints_on(self, offer: Offer) -> list[Constraint]:
        """The constraints on a product in a portfolio: its own, and those that are imported with it."""
        own = self.constraints_of(offer.portfolio.id, offer.product.id)
        if offer.imported is None:
            return own
        inherited = offer.imported.home.constraints_of(offer.imported.portfolio.id, offer.product.id)
        kinds = {one.type for one in own}
        if kinds & set(_ROLES):
            kinds.update(_ROLES)
        return own + [one for one in inherited if one.type in _ADDED or one.type not in kinds]

    def principals_of(self, portfolio: Portfolio) -> list[Principal]:
        """Whom a portfolio admits in this account; an import brings patterns along, when they are shared."""
        own = self.principals.get(portfolio.id, [])
        shared = [
            principal
            for one in ([] if portfolio.id in self.portfolios else self.imports())
            if one.portfolio.id == portfolio.id and one.principals
            for principal in one.home.principals.get(portfolio.id, [])
            if principal.type == "IAM_PATTERN"
        ]
        return own + [one for one in shared if one not in own]

    def options_on(self, offer: Offer) -> tuple[list[TagOption], list[TagOption]]:
        """The TagOptions of the portfolio and of the product, with those that are shared."""
        of_portfolio = self.tag_options_of(offer.portfolio.id)
        of_product = self.tag_options_of(offer.product.id)
        if offer.imported is not None and offer.imported.tag_options:
            home = offer.imported.home
            if offer.portfolio.id == offer.imported.portfolio.id:
                of_portfolio += home.tag_options_of(offer.portfolio.id)
            of_product += home.tag_options_of(offer.product.id)
        return of_portfolio, of_product

    def _own_offers(
        self, imported: dict[str, Import], portfolio_id: str | None, product_id: str | None
    ) -> Iterator[Offer]:
        for (portfolio, product), path_id in self.associations.items():
            if portfolio_id not in (None, portfolio) or product_id not in (None, product):
                continue
            source = self.sources.get((portfolio, product))
            if source is None:
                yield Offer(
                    path_id=path_id, portfolio=self.portfolios[portfolio], product=self.products[product]
                )
            # What its owner has taken away is in local portfolios no longer.
            elif source in imported and (source, product) in imported[source].home.associations:
                yield Offer(
                    path_id=path_id,
                    portfolio=self.portfolios[portfolio],
                    product=imported[source].home.products[product],
                    imported=imported[source],
                )


def others(backend: State) -> Iterator[Holdings]:
    """The same Region of the other accounts."""
    registry: Any = servicecatalog_backends
    for account_id, regions in list(registry.items()):
        other = regions.get(backend.region_name)
        if account_id != backend.account_id and other is not None:
            yield other
