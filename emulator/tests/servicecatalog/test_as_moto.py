"""With `settings.strict = False`: what users of moto's own Service Catalog rely on."""

from __future__ import annotations

import pytest

from catalog_emulator import settings
from tests.servicecatalog.account import ACCOUNT, Account, refused

NODE = {"Type": "ORGANIZATION", "Value": "o-exampleorgid"}


@pytest.fixture(autouse=True)
def _lenient(world: Account) -> None:
    settings.strict = False


def test_portfolios(world: Account) -> None:
    request = {"DisplayName": "P", "ProviderName": "T"}
    first = world.admin.create_portfolio(**request, IdempotencyToken="a")["PortfolioDetail"]
    again = world.admin.create_portfolio(DisplayName="Q", ProviderName="T", IdempotencyToken="a")
    assert again["PortfolioDetail"] == first
    world.portfolio()
    assert len(world.admin.list_portfolios(PageSize=1)["PortfolioDetails"]) == 2
    assert world.admin.describe_portfolio(Id=first["Id"])["PortfolioDetail"] == first
    unknown = world.admin.describe_portfolio(Id="none")
    unknown.pop("ResponseMetadata")
    assert unknown == {"PortfolioDetail": {}, "Tags": [], "TagOptions": [], "Budgets": []}
    for identifier in ("none", first["Id"]):
        world.admin.create_portfolio_share(PortfolioId=identifier, AccountId=ACCOUNT)
        world.admin.delete_portfolio(Id=identifier)
    assert len(world.admin.list_portfolios()["PortfolioDetails"]) == 1


def test_shares(world: Account) -> None:
    portfolio = world.portfolio()
    world.admin.create_portfolio_share(PortfolioId=portfolio, AccountId=ACCOUNT)
    made = world.admin.create_portfolio_share(
        PortfolioId=portfolio, OrganizationNode=NODE, ShareTagOptions=True, SharePrincipals=True
    )
    token = f"share-{portfolio}-ORGANIZATION-o-exampleorgid"
    assert made["PortfolioShareToken"] == f"{token}-tags-principals"
    for kind, recipient in (("ACCOUNT", ACCOUNT), ("ORGANIZATION", "o-exampleorgid")):
        [share] = world.admin.describe_portfolio_shares(PortfolioId=portfolio, Type=kind)[
            "PortfolioShareDetails"
        ]
        assert (share["PrincipalId"], share["Accepted"]) == (recipient, True)
    assert world.admin.list_portfolio_access(PortfolioId=portfolio)["AccountIds"] == [ACCOUNT]
    gone = world.admin.delete_portfolio_share(PortfolioId=portfolio, OrganizationNode=NODE)
    assert gone["PortfolioShareToken"] == token
    world.admin.delete_portfolio_share(PortfolioId=portfolio, AccountId=ACCOUNT)
    for kind in ("ACCOUNT", "ORGANIZATION"):
        for identifier in (portfolio, "none"):
            found = world.admin.describe_portfolio_shares(PortfolioId=identifier, Type=kind)
            assert found["PortfolioShareDetails"] == []
    assert world.admin.list_portfolio_access(PortfolioId="none")["AccountIds"] == []


def test_products(world: Account) -> None:
    request = {"Name": "x", "Owner": "T", "ProductType": "CLOUD_FORMATION_TEMPLATE"}
    made = world.admin.create_product(**request)["ProductViewDetail"]
    product = made["ProductViewSummary"]["ProductId"]
    assert made["Status"] == "AVAILABLE"
    unread = world.version("1", "https://nowhere.s3.amazonaws.com/x")
    other = world.admin.create_product(**{**request, "Name": "y"}, ProvisioningArtifactParameters=unread)
    assert "ProvisioningArtifactDetail" not in other
    for named in ({"Id": product}, {"Name": "x"}):
        assert world.admin.describe_product(**named)["ProductViewSummary"]["Id"] == product
    with refused("InvalidParametersException", "Either Id or Name must be specified."):
        world.admin.describe_product()
    for _ in range(2):
        world.admin.delete_product(Id=product)
    with refused("ResourceNotFoundException", f"Product with Id '{product}' not found."):
        world.admin.describe_product(Id=product)
    with refused("ResourceNotFoundException", "Product with Name 'x' not found."):
        world.admin.describe_product(Name="x")


def test_what_aws_has_too_is_as_in_aws(world: Account) -> None:
    portfolio, product, version = world.offered()
    found = world.launcher(portfolio).describe_product(Id=product)
    assert [one["Id"] for one in found["ProvisioningArtifacts"]] == [version]
