"""The portfolios that an account sees: its own, and those that other accounts share with it.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_portfolios_sharing.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from catalog_emulator.servicecatalog.exceptions import NotFound
from catalog_emulator.servicecatalog.organizations import reaches, shares_of
from catalog_emulator.servicecatalog.state import State, by_name, check_either, other_accounts
from catalog_emulator.servicecatalog.values import Constraint, Portfolio, Principal, Product, TagOption

# A product has one of these in a portfolio, and a local one replaces an imported one.
_ROLE_KINDS = frozenset({"LAUNCH", "STACKSET"})
_CUMULATIVE = ("NOTIFICATION", "TEMPLATE")


@dataclass(frozen=True, kw_only=True)
class ImportedPortfolio:
    """A portfolio of another account, the owner, and what its shares with this one include.

    `types` are those of its accepted shares, as PortfolioShareType names them.
    """

    owner: State
    portfolio: Portfolio
    types: frozenset[str]
    tag_options: bool
    principals: bool


@dataclass(frozen=True, kw_only=True)
class Association:
    """A product in a portfolio. `imported` is where the portfolio, or only the product, is imported from."""

    path_id: str
    portfolio: Portfolio
    product: Product
    imported: ImportedPortfolio | None = None


class VisiblePortfolios:
    """Finds portfolios, products and what is attached to them, own and imported."""

    def __init__(self, state: State) -> None:
        self._state = state

    def imported(self) -> Iterator[ImportedPortfolio]:
        """The portfolios that other accounts share with this one and that it accepted."""
        for owner in other_accounts(self._state):
            for portfolio_id in owner.shares:
                shares = [
                    share
                    for share in shares_of(owner, portfolio_id)
                    if reaches(owner, share, self._state.account_id)
                ]
                types = frozenset(
                    share.type
                    for share in shares
                    if share.accepted
                    or (share.kind != "ACCOUNT" and portfolio_id not in self._state.declined)
                )
                if types:
                    yield ImportedPortfolio(
                        owner=owner,
                        portfolio=owner.portfolios[portfolio_id],
                        types=types,
                        tag_options=any(share.tag_options for share in shares),
                        principals=any(share.principals for share in shares),
                    )

    def associations(
        self, *, portfolio_id: str | None = None, product_id: str | None = None
    ) -> Iterator[Association]:
        """Every product in every portfolio, or only those of one portfolio or of one product."""
        imported = {one.portfolio.id: one for one in self.imported()}
        yield from _associations(self._state, imported, portfolio_id, product_id)
        for one in imported.values():
            if portfolio_id in (None, one.portfolio.id):
                for association in _associations(one.owner, {}, one.portfolio.id, product_id):
                    yield replace(association, imported=one)

    def association(self, portfolio_id: str, product_id: str) -> Association:
        self.portfolio(portfolio_id)
        self.product(product_id)
        for association in self.associations(portfolio_id=portfolio_id, product_id=product_id):
            return association
        raise NotFound(f"Product {product_id} is not associated with portfolio {portfolio_id}.")

    def portfolio(self, identifier: str) -> Portfolio:
        if identifier not in self._state.portfolios:
            for one in self.imported():
                if one.portfolio.id == identifier:
                    return one.portfolio
        return self._state.portfolio(identifier)

    def product(self, identifier: str) -> Product:
        if identifier not in self._state.products:
            for association in self.associations(product_id=identifier):
                return association.product
        return self._state.product(identifier)

    def products(self) -> list[Product]:
        associated = {association.product.id: association.product for association in self.associations()}
        return list((self._state.products | associated).values())

    def product_by(self, identifier: str | None, name: str | None) -> Product:
        check_either("product", identifier, name)
        if identifier is not None:
            return self.product(identifier)
        return by_name(self.products(), "Product", name or "")

    def constraints(self, association: Association) -> list[Constraint]:
        """The constraints on a product in a portfolio: the account's own, and those imported with it."""
        product_id, imported = association.product.id, association.imported
        own = self._state.constraints_of(association.portfolio.id, product_id)
        if imported is None:
            return own
        kinds = {one.type for one in own}
        if kinds & _ROLE_KINDS:
            kinds |= _ROLE_KINDS
        inherited = imported.owner.constraints_of(imported.portfolio.id, product_id)
        return own + [one for one in inherited if one.type in _CUMULATIVE or one.type not in kinds]

    def principals(self, portfolio: Portfolio) -> list[Principal]:
        """The principals that have access to a portfolio in this account; shares may include patterns."""
        own = self._state.principals.get(portfolio.id, [])
        shared = [
            principal
            for one in ([] if portfolio.id in self._state.portfolios else self.imported())
            if one.portfolio.id == portfolio.id and one.principals
            for principal in one.owner.principals.get(portfolio.id, [])
            if principal.type == "IAM_PATTERN"
        ]
        return own + [one for one in shared if one not in own]

    def tag_options(self, association: Association) -> tuple[list[TagOption], list[TagOption]]:
        of_portfolio = self._state.tag_options_of(association.portfolio.id)
        of_product = self._state.tag_options_of(association.product.id)
        imported = association.imported
        if imported is not None and imported.tag_options:
            if association.portfolio.id == imported.portfolio.id:
                of_portfolio += imported.owner.tag_options_of(association.portfolio.id)
            of_product += imported.owner.tag_options_of(association.product.id)
        return of_portfolio, of_product


class Operations:
    """What the classes with operations have in common: each implements some for one account and Region."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._visible = VisiblePortfolios(state)


def _associations(
    state: State, imported: Mapping[str, ImportedPortfolio], portfolio_id: str | None, product_id: str | None
) -> Iterator[Association]:
    for (portfolio, product), path_id in state.associations.items():
        if portfolio_id not in (None, portfolio) or product_id not in (None, product):
            continue
        owner, source = state, None
        if (portfolio, product) in state.sources:
            source = imported.get(state.sources[portfolio, product])
            # A local portfolio loses an imported product that its owner no longer shares.
            if source is None or (source.portfolio.id, product) not in source.owner.associations:
                continue
            owner = source.owner
        yield Association(
            path_id=path_id,
            portfolio=state.portfolios[portfolio],
            product=owner.products[product],
            imported=source,
        )
