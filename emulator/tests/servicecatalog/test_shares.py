from typing import Any

import pytest

from catalog_emulator import settings
from catalog_emulator.servicecatalog.state import state_of
from catalog_emulator.servicecatalog.values import Share
from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, REGION, Account, Elsewhere, client, refused

OTHER = "222222222222"


def kinds(account: Account, portfolio: str, kind: str = "ACCOUNT") -> list[dict[str, Any]]:
    found = account.admin.describe_portfolio_shares(PortfolioId=portfolio, Type=kind)
    details: list[dict[str, Any]] = found["PortfolioShareDetails"]
    return details


class Company:
    """An organization of the tests' account: a unit in a unit, with an account each."""

    def __init__(self, *, access: bool = True) -> None:
        self.client = client("organizations")
        self.id = self.client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        root = self.client.list_roots()["Roots"][0]["Id"]
        self.outer, outer_account = self.unit(root)
        self.inner, inner_account = self.unit(self.outer)
        self.in_outer, self.in_inner = Elsewhere(outer_account), Elsewhere(inner_account)
        if access:
            client("servicecatalog").enable_aws_organizations_access()

    def unit(self, parent: str) -> tuple[str, str]:
        """An organizational unit's id and the account in it."""
        unit = self.client.create_organizational_unit(ParentId=parent, Name=f"in {parent}")
        identifier = unit["OrganizationalUnit"]["Id"]
        made = self.client.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]
        root = self.client.list_roots()["Roots"][0]["Id"]
        self.client.move_account(
            AccountId=made["AccountId"], SourceParentId=root, DestinationParentId=identifier
        )
        return identifier, made["AccountId"]

    def delegate(self) -> Elsewhere:
        """The outer account, as a delegated administrator."""
        self.client.register_delegated_administrator(
            AccountId=self.in_outer.account_id, ServicePrincipal="servicecatalog.amazonaws.com"
        )
        return self.in_outer


@pytest.fixture
def company(account: Account) -> Company:
    return Company()


def unit(identifier: str) -> dict[str, str]:
    return {"Type": "ORGANIZATIONAL_UNIT", "Value": identifier}


def test_with_an_account(account: Account) -> None:
    portfolio = account.portfolio()
    assert "PortfolioShareToken" not in account.admin.create_portfolio_share(
        PortfolioId=portfolio, AccountId=OTHER, ShareTagOptions=True
    )
    share = {
        "PrincipalId": OTHER,
        "Type": "ACCOUNT",
        "Accepted": False,
        "ShareTagOptions": True,
        "SharePrincipals": False,
    }
    assert kinds(account, portfolio) == [share]
    assert kinds(account, portfolio, "ORGANIZATION") == []
    # Again has no effect: the flags stay.
    account.admin.create_portfolio_share(PortfolioId=portfolio, AccountId=OTHER)
    assert kinds(account, portfolio) == [share]
    assert account.admin.list_portfolio_access(PortfolioId=portfolio)["AccountIds"] == [OTHER]
    updated = account.admin.update_portfolio_share(
        PortfolioId=portfolio, AccountId=OTHER, ShareTagOptions=False
    )
    assert updated["Status"] == "COMPLETED"
    assert kinds(account, portfolio) == [{**share, "ShareTagOptions": False}]
    with refused("ResourceInUseException", f"Portfolio {portfolio} still has shares."):
        account.admin.delete_portfolio(Id=portfolio)
    account.admin.delete_portfolio_share(PortfolioId=portfolio, AccountId=OTHER)
    assert kinds(account, portfolio) == []
    account.admin.delete_portfolio(Id=portfolio)


def test_pages(account: Account) -> None:
    portfolio = account.portfolio()
    accounts = [f"{number:012}" for number in range(3)]
    for account_id in accounts:
        account.admin.create_portfolio_share(PortfolioId=portfolio, AccountId=account_id)
    first = account.admin.describe_portfolio_shares(PortfolioId=portfolio, Type="ACCOUNT", PageSize=2)
    rest = account.admin.describe_portfolio_shares(
        PortfolioId=portfolio, Type="ACCOUNT", PageSize=2, PageToken=first["NextPageToken"]
    )
    found = [*first["PortfolioShareDetails"], *rest["PortfolioShareDetails"]]
    assert [one["PrincipalId"] for one in found] == accounts
    access = account.admin.list_portfolio_access(PortfolioId=portfolio, PageSize=2)
    more = account.admin.list_portfolio_access(
        PortfolioId=portfolio, PageSize=2, PageToken=access["NextPageToken"]
    )
    assert [*access["AccountIds"], *more["AccountIds"]] == accounts


@cases(
    ("recipient", "message"),
    {
        "nobody": ({}, "Specify either AccountId or OrganizationNode."),
        "both": (
            {"AccountId": OTHER, "OrganizationNode": {"Type": "ACCOUNT", "Value": OTHER}},
            "Specify either AccountId or OrganizationNode.",
        ),
        "oneself": ({"AccountId": ACCOUNT}, "cannot be shared with the account that owns it."),
        "half an organization node": (
            {"OrganizationNode": {"Type": "ACCOUNT"}},
            "must have a Type and a Value.",
        ),
        "another type": (
            {"OrganizationNode": {"Type": "ACCOUNT", "Value": "o-0123456789"}},
            "o-0123456789 is not of type ACCOUNT.",
        ),
        "principals with an account": (
            {"AccountId": OTHER, "SharePrincipals": True},
            "Principals can be shared only with nodes of type ORGANIZATION or ORGANIZATIONAL_UNIT.",
        ),
    },
)
def test_invalid_recipients(account: Account, recipient: dict[str, Any], message: str) -> None:
    portfolio = account.portfolio()
    with refused("InvalidParametersException", message):
        account.admin.create_portfolio_share(PortfolioId=portfolio, **recipient)
    if "SharePrincipals" not in recipient:
        for call in (account.admin.update_portfolio_share, account.admin.delete_portfolio_share):
            with refused("InvalidParametersException", message):
                call(PortfolioId=portfolio, **recipient)


def test_unknown_ids(account: Account) -> None:
    for call in (
        account.admin.create_portfolio_share,
        account.admin.update_portfolio_share,
        account.admin.delete_portfolio_share,
    ):
        with refused("ResourceNotFoundException", "Portfolio port-none not found."):
            call(PortfolioId="port-none", AccountId=OTHER)
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        account.admin.describe_portfolio_shares(PortfolioId="port-none", Type="ACCOUNT")
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        account.admin.list_portfolio_access(PortfolioId="port-none")
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        account.admin.list_organization_portfolio_access(
            PortfolioId="port-none", OrganizationNodeType="ACCOUNT"
        )
    portfolio = account.portfolio()
    for call in (account.admin.update_portfolio_share, account.admin.delete_portfolio_share):
        with refused("ResourceNotFoundException", f"{portfolio} is not shared with ACCOUNT {OTHER}."):
            call(PortfolioId=portfolio, AccountId=OTHER)
    with refused("ResourceNotFoundException", "Organization node ou-none not found."):
        account.admin.list_portfolio_access(PortfolioId=portfolio, OrganizationParentId="ou-none")
    with refused("ResourceNotFoundException", "Portfolio share operation share-none not found."):
        account.admin.describe_portfolio_share_status(PortfolioShareToken="share-none")
    with refused("InvalidParametersException", "Not a token of a portfolio share: port-none"):
        account.admin.describe_portfolio_share_status(PortfolioShareToken="port-none")


def test_quota(account: Account) -> None:
    portfolio = account.portfolio()
    state = state_of(ACCOUNT, REGION)
    state.shares[portfolio] = [
        Share(kind="ACCOUNT", recipient=f"{n:012}", tag_options=False, principals=False, ready_at=0)
        for n in range(5000)
    ]
    with refused("LimitExceededException", "the limit of 5000 accounts that a portfolio is shared with."):
        account.admin.create_portfolio_share(PortfolioId=portfolio, AccountId=OTHER)


def test_organization_nodes(account: Account, company: Company) -> None:
    portfolio = account.portfolio()
    outer, inner = company.in_outer.account_id, company.in_inner.account_id
    node = unit(company.outer)
    token = account.admin.create_portfolio_share(
        PortfolioId=portfolio, OrganizationNode=node, SharePrincipals=True
    )["PortfolioShareToken"]
    status = account.admin.describe_portfolio_share_status(PortfolioShareToken=token)
    status.pop("ResponseMetadata")
    assert status == {
        "PortfolioShareToken": token,
        "PortfolioId": portfolio,
        "OrganizationNodeValue": company.outer,
        "Status": "COMPLETED",
        "ShareDetails": {"SuccessfulShares": [outer, inner], "ShareErrors": []},
    }
    assert kinds(account, portfolio, "ORGANIZATIONAL_UNIT") == [
        {
            "PrincipalId": company.outer,
            "Type": "ORGANIZATIONAL_UNIT",
            "Accepted": True,
            "ShareTagOptions": False,
            "SharePrincipals": True,
        }
    ]
    access = account.admin.list_portfolio_access
    assert access(PortfolioId=portfolio)["AccountIds"] == [outer, inner]
    assert access(PortfolioId=portfolio, OrganizationParentId=company.inner)["AccountIds"] == [inner]
    listed = account.admin.list_organization_portfolio_access(
        PortfolioId=portfolio, OrganizationNodeType="ORGANIZATIONAL_UNIT"
    )
    assert listed["OrganizationNodes"] == [node]
    gone = account.admin.delete_portfolio_share(PortfolioId=portfolio, OrganizationNode=node)
    assert gone["PortfolioShareToken"].startswith("share-")
    assert access(PortfolioId=portfolio)["AccountIds"] == []


def test_accounts_that_already_have_it(account: Account, company: Company) -> None:
    portfolio = account.portfolio()
    outer, inner = company.in_outer.account_id, company.in_inner.account_id
    account.admin.create_portfolio_share(
        PortfolioId=portfolio, OrganizationNode={"Type": "ACCOUNT", "Value": inner}
    )
    statuses = []
    for node in (company.outer, company.inner):
        token = account.admin.create_portfolio_share(PortfolioId=portfolio, OrganizationNode=unit(node))
        status = account.admin.describe_portfolio_share_status(
            PortfolioShareToken=token["PortfolioShareToken"]
        )
        statuses.append((status["Status"], status["ShareDetails"]))
    error = {
        "Accounts": [inner],
        "Message": f"Portfolio {portfolio} is already shared with these accounts.",
        "Error": "DuplicateResourceException",
    }
    assert statuses == [
        ("COMPLETED_WITH_ERRORS", {"SuccessfulShares": [outer], "ShareErrors": [error]}),
        ("ERROR", {"SuccessfulShares": [], "ShareErrors": [error]}),
    ]


def test_the_whole_organization_by_arn(account: Account, company: Company) -> None:
    portfolio = account.portfolio()
    arn = company.client.describe_organization()["Organization"]["Arn"]
    account.admin.create_portfolio_share(
        PortfolioId=portfolio, OrganizationNode={"Type": "ORGANIZATION", "Value": arn}
    )
    assert [one["PrincipalId"] for one in kinds(account, portfolio, "ORGANIZATION")] == [company.id]
    outer, inner = company.in_outer.account_id, company.in_inner.account_id
    access = account.admin.list_portfolio_access(PortfolioId=portfolio)["AccountIds"]
    assert access == [outer, inner]


def test_nodes_are_for_administrators(account: Account) -> None:
    portfolio = account.portfolio()
    node = {"Type": "ORGANIZATIONAL_UNIT", "Value": "ou-abcd-12345678"}
    with refused("ResourceNotFoundException", f"Account {ACCOUNT} is not in an organization."):
        account.admin.create_portfolio_share(PortfolioId=portfolio, OrganizationNode=node)
    company = Company(access=False)
    with refused("ResourceNotFoundException", "Organization node ou-abcd-12345678 not found."):
        account.admin.create_portfolio_share(PortfolioId=portfolio, OrganizationNode=node)
    with refused("InvalidStateException", "Access of Service Catalog to AWS Organizations is not enabled."):
        account.admin.create_portfolio_share(PortfolioId=portfolio, OrganizationNode=unit(company.inner))
    member = company.in_outer.admin
    made = member.create_portfolio(DisplayName="P", ProviderName="T")["PortfolioDetail"]["Id"]
    for call in (member.create_portfolio_share, member.update_portfolio_share, member.delete_portfolio_share):
        with refused("OperationNotSupportedException", "nor a delegated administrator."):
            call(PortfolioId=made, OrganizationNode=unit(company.inner))
    with refused("OperationNotSupportedException", "nor a delegated administrator."):
        member.list_organization_portfolio_access(PortfolioId=made, OrganizationNodeType="ACCOUNT")


def test_delegated_administrators(account: Account, company: Company) -> None:
    delegate = company.delegate()
    made = delegate.admin.create_portfolio(DisplayName="P", ProviderName="T")["PortfolioDetail"]["Id"]
    token = delegate.admin.create_portfolio_share(
        PortfolioId=made, OrganizationNode=unit(company.inner), SharePrincipals=True
    )["PortfolioShareToken"]
    accepted = company.in_inner.admin.list_accepted_portfolio_shares
    assert len(accepted(PortfolioShareType="AWS_ORGANIZATIONS")["PortfolioDetails"]) == 1
    # De-registered, it loses the shares that it made.
    company.client.deregister_delegated_administrator(
        AccountId=delegate.account_id, ServicePrincipal="servicecatalog.amazonaws.com"
    )
    assert accepted(PortfolioShareType="AWS_ORGANIZATIONS")["PortfolioDetails"] == []
    with refused("OperationNotSupportedException", "nor a delegated administrator."):
        delegate.admin.describe_portfolio_share_status(PortfolioShareToken=token)
    delegate.admin.delete_portfolio(Id=made)


def test_one_action_at_a_time(account: Account) -> None:
    now = [1000.0]
    settings.clock = lambda: now[0]
    settings.share_seconds = 10.0
    portfolio, other = account.portfolio(), account.portfolio()
    account.admin.create_portfolio_share(PortfolioId=portfolio, AccountId=OTHER)
    with refused("InvalidStateException", f"of account {ACCOUNT} is in progress."):
        account.admin.create_portfolio_share(PortfolioId=other, AccountId=OTHER)
    with refused("InvalidStateException", f"The share of portfolio {portfolio} is still being created."):
        account.admin.update_portfolio_share(PortfolioId=portfolio, AccountId=OTHER)
    with refused("InvalidStateException", f"of account {ACCOUNT} is in progress."):
        account.admin.delete_portfolio_share(PortfolioId=portfolio, AccountId=OTHER)
    recipient = Elsewhere()
    with refused("ResourceNotFoundException", f"Portfolio {portfolio} not found."):
        recipient.admin.accept_portfolio_share(PortfolioId=portfolio)
    now[0] += 10
    recipient.admin.accept_portfolio_share(PortfolioId=portfolio)
    updated = account.admin.update_portfolio_share(PortfolioId=portfolio, AccountId=OTHER)
    assert updated["Status"] == "IN_PROGRESS"
    now[0] += 10
    status = account.admin.describe_portfolio_share_status(PortfolioShareToken=updated["PortfolioShareToken"])
    assert status["Status"] == "COMPLETED"


def test_access_to_the_organization(account: Account) -> None:
    status = account.admin.get_aws_organizations_access_status
    for call in (
        status,
        account.admin.enable_aws_organizations_access,
        account.admin.disable_aws_organizations_access,
    ):
        with refused("ResourceNotFoundException", f"Account {ACCOUNT} is not in an organization."):
            call()
    company = Company(access=False)
    assert status()["AccessStatus"] == "DISABLED"
    for _ in range(2):
        account.admin.enable_aws_organizations_access()
    assert status()["AccessStatus"] == "ENABLED"
    services = company.client.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [one["ServicePrincipal"] for one in services] == ["servicecatalog.amazonaws.com"]
    member = company.in_outer.admin
    for call in (
        member.get_aws_organizations_access_status,
        member.enable_aws_organizations_access,
        member.disable_aws_organizations_access,
    ):
        with refused("OperationNotSupportedException", "is neither the management account"):
            call()
    delegate = company.delegate().admin
    assert delegate.get_aws_organizations_access_status()["AccessStatus"] == "ENABLED"
    for call in (delegate.enable_aws_organizations_access, delegate.disable_aws_organizations_access):
        with refused("OperationNotSupportedException", "is not the management account"):
            call()
    with refused("InvalidStateException", "The organization has delegated administrators:"):
        account.admin.disable_aws_organizations_access()
    company.client.deregister_delegated_administrator(
        AccountId=company.in_outer.account_id, ServicePrincipal="servicecatalog.amazonaws.com"
    )
    account.admin.disable_aws_organizations_access()
    assert status()["AccessStatus"] == "DISABLED"


def test_consolidated_billing_only(account: Account) -> None:
    client("organizations").create_organization(FeatureSet="CONSOLIDATED_BILLING")
    with refused("InvalidStateException", "has consolidated billing features only."):
        account.admin.enable_aws_organizations_access()
