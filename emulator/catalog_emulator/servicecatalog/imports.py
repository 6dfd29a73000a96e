"""Imported portfolios: what other accounts share with this one, accepted, rejected, listed.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AcceptPortfolioShare.html and its siblings.
"""

from __future__ import annotations

from collections.abc import Iterator

from catalog_emulator.servicecatalog.exceptions import (
    InvalidParametersException,
    OperationNotSupportedException,
    ResourceNotFoundException,
)
from catalog_emulator.servicecatalog.holdings import others
from catalog_emulator.servicecatalog.limits import PORTFOLIOS, under
from catalog_emulator.servicecatalog.organizations import Organizations
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.portfolios import portfolio_detail
from catalog_emulator.servicecatalog.values import Answer, Share


class Imports(Organizations):
    """Operations on shares, for the account that a portfolio is shared with."""

    def accept_portfolio_share(self, *, portfolio_id: str, portfolio_share_type: str = "IMPORTED") -> None:
        """AcceptPortfolioShare: again changes nothing, nor with what the organization shares."""
        if portfolio_id in self.portfolios:
            raise InvalidParametersException(f"Portfolio {portfolio_id} belongs to this account.")
        shares = self._offered_shares(portfolio_id, portfolio_share_type)
        if portfolio_id not in {one.portfolio.id for one in self.imports()}:
            under(PORTFOLIOS, len(list(self.imports())) + len(self.portfolios), "portfolios")
        if portfolio_share_type == "AWS_ORGANIZATIONS":
            self.declined.discard(portfolio_id)
        for share in shares:
            share.accepted = True

    def reject_portfolio_share(self, *, portfolio_id: str, portfolio_share_type: str = "IMPORTED") -> None:
        """RejectPortfolioShare: the share stays and can be accepted later."""
        shares = self._offered_shares(portfolio_id, portfolio_share_type)
        if portfolio_share_type == "AWS_ORGANIZATIONS":
            self.declined.add(portfolio_id)
        for share in shares:
            share.accepted = False

    def list_accepted_portfolio_shares(
        self,
        *,
        portfolio_share_type: str = "IMPORTED",
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ListAcceptedPortfolioShares: of one type; AWS_SERVICECATALOG is a type of before, and empty."""
        if portfolio_share_type == "AWS_ORGANIZATIONS" and self.organization is None:
            raise OperationNotSupportedException(f"Account {self.account_id} is not in an organization.")
        kept = [one.portfolio for one in self.imports() if portfolio_share_type in one.kinds]
        of = f"accepted {portfolio_share_type}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        return with_token({"PortfolioDetails": [portfolio_detail(one) for one in found]}, following)

    def _offered_shares(self, portfolio_id: str, share_type: str) -> list[Share]:
        found = list(self._reaching(portfolio_id, share_type))
        if not found:
            raise ResourceNotFoundException(f"Portfolio {portfolio_id} not found.")
        return found

    def _reaching(self, portfolio_id: str, share_type: str) -> Iterator[Share]:
        for home in others(self):
            for share in home.shares_of(portfolio_id):
                kind = "IMPORTED" if share.kind == "ACCOUNT" else "AWS_ORGANIZATIONS"
                if kind == share_type and home.reaches(share, self.account_id):
                    yield share
