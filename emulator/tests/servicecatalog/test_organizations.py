"""Shares with nodes when the organization changes.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DisableAWSOrganizationsAccess.html
"""

from tests.servicecatalog.account import Account
from tests.servicecatalog.test_shares import Company


def test_shares_follow_the_organization_while_access_is_enabled(account: Account) -> None:
    company = Company()
    portfolio = account.portfolio()
    node = {"Type": "ORGANIZATIONAL_UNIT", "Value": company.inner}
    account.admin.create_portfolio_share(PortfolioId=portfolio, OrganizationNode=node)
    inner, outer = company.in_inner, company.in_outer

    def move(account_id: str, source: str, destination: str) -> None:
        company.client.move_account(
            AccountId=account_id, SourceParentId=source, DestinationParentId=destination
        )

    def holders() -> tuple[list[str], list[str]]:
        """Who has access, and whose lists show the portfolio."""
        listed = [
            one.account_id
            for one in (inner, outer)
            if one.admin.list_accepted_portfolio_shares(PortfolioShareType="AWS_ORGANIZATIONS")[
                "PortfolioDetails"
            ]
        ]
        return account.admin.list_portfolio_access(PortfolioId=portfolio)["AccountIds"], listed

    assert holders() == ([inner.account_id], [inner.account_id])
    account.admin.disable_aws_organizations_access()
    move(outer.account_id, company.outer, company.inner)
    move(inner.account_id, company.inner, company.outer)
    assert holders() == ([inner.account_id], [inner.account_id])
    account.admin.enable_aws_organizations_access()
    assert holders() == ([outer.account_id], [outer.account_id])
