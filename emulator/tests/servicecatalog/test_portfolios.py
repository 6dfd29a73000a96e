from __future__ import annotations

import re

from tests.servicecatalog.account import ACCOUNT, REGION, Account, refused

TAGS = [{"Key": "publisher:portfolio", "Value": "platform"}]


def test_create_and_describe(world: Account) -> None:
    made = world.admin.create_portfolio(
        DisplayName="Platform", ProviderName="Team", Description="For all.", Tags=TAGS
    )
    detail = made["PortfolioDetail"]
    assert re.fullmatch(r"port-[a-z2-7]{13}", detail["Id"])
    assert {name: value for name, value in detail.items() if name != "CreatedTime"} == {
        "Id": detail["Id"],
        "ARN": f"arn:aws:catalog:{REGION}:{ACCOUNT}:portfolio/{detail['Id']}",
        "DisplayName": "Platform",
        "Description": "For all.",
        "ProviderName": "Team",
    }
    found = world.admin.describe_portfolio(Id=detail["Id"])
    found.pop("ResponseMetadata")
    assert found == {"PortfolioDetail": detail, "Tags": TAGS, "TagOptions": [], "Budgets": []}


def test_names_are_not_unique(world: Account) -> None:
    assert world.portfolio("Platform") != world.portfolio("Platform")


def test_update(world: Account) -> None:
    portfolio = world.portfolio(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    changed = world.admin.update_portfolio(
        Id=portfolio, DisplayName="New", AddTags=[{"Key": "b", "Value": "3"}], RemoveTags=["a", "zzz"]
    )
    assert changed["Tags"] == [{"Key": "b", "Value": "3"}]
    detail = world.admin.describe_portfolio(Id=portfolio)["PortfolioDetail"]
    assert (detail["DisplayName"], detail["ProviderName"]) == ("New", "Team")
    changed = world.admin.update_portfolio(Id=portfolio, Description="", ProviderName="Others")
    assert changed["PortfolioDetail"]["Description"] == ""
    assert changed["PortfolioDetail"]["ProviderName"] == "Others"


def test_pages(world: Account) -> None:
    made = [world.portfolio(f"P{number}") for number in range(23)]
    first = world.admin.list_portfolios()
    assert [one["Id"] for one in first["PortfolioDetails"]] == made[:20]
    rest = world.admin.list_portfolios(PageToken=first["NextPageToken"])
    assert [one["Id"] for one in rest["PortfolioDetails"]] == made[20:]
    assert "NextPageToken" not in rest
    with refused("InvalidParametersException", "The page token is not valid"):
        world.admin.search_products_as_admin(PageToken=first["NextPageToken"])


def test_limits(world: Account) -> None:
    portfolio = world.portfolio(Tags=[{"Key": str(n), "Value": "x"} for n in range(20)])
    with refused("LimitExceededException", "A portfolio can have 20 tags."):
        world.admin.update_portfolio(Id=portfolio, AddTags=TAGS)
    for number in range(99):
        world.portfolio(f"P{number}")
    with refused("LimitExceededException", "You have reached the limit of 100 portfolios."):
        world.portfolio()


def test_tags_are_checked(world: Account) -> None:
    with refused("InvalidParametersException", "Duplicate tag key: a"):
        world.portfolio(Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])
    with refused("InvalidParametersException", "Tag keys that start with aws: are reserved: aws:x"):
        world.portfolio(Tags=[{"Key": "aws:x", "Value": "1"}])


def test_what_is_not_there(world: Account) -> None:
    for call in (world.admin.describe_portfolio, world.admin.update_portfolio, world.admin.delete_portfolio):
        with refused("ResourceNotFoundException", "Portfolio port-none not found."):
            call(Id="port-none")


def test_associations(world: Account) -> None:
    portfolio, product, _ = world.offered()
    world.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    holding = world.admin.list_portfolios_for_product(ProductId=product)["PortfolioDetails"]
    assert [one["Id"] for one in holding] == [portfolio]
    other = world.portfolio()
    world.admin.associate_product_with_portfolio(
        ProductId=product, PortfolioId=other, SourcePortfolioId=portfolio
    )
    world.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    with refused("ResourceNotFoundException", f"is not associated with portfolio {portfolio}."):
        world.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    with refused("ResourceNotFoundException", f"is not associated with portfolio {portfolio}."):
        world.admin.associate_product_with_portfolio(
            ProductId=product, PortfolioId=other, SourcePortfolioId=portfolio
        )


def test_association_of_what_is_not_there(world: Account) -> None:
    portfolio, product, _ = world.offered()
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        world.admin.associate_product_with_portfolio(ProductId="prod-none", PortfolioId=portfolio)
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        world.admin.associate_product_with_portfolio(ProductId=product, PortfolioId="port-none")
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        world.admin.list_portfolios_for_product(ProductId="prod-none")


def test_disassociation_with_constraints(world: Account) -> None:
    portfolio, product, _ = world.offered()
    constraint = world.constrain(portfolio, product, "LAUNCH", {"LocalRoleName": "launch"})
    with refused("ResourceInUseException", "still has constraints in portfolio"):
        world.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    world.admin.delete_constraint(Id=constraint)
    world.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)


def test_delete_wants_it_empty(world: Account) -> None:
    portfolio, product, _ = world.offered()
    option = world.admin.create_tag_option(Key="k", Value="v")["TagOptionDetail"]["Id"]
    world.admin.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId=option)
    constraint = world.constrain(portfolio, product, "LAUNCH", {"LocalRoleName": "launch"})
    principal = {
        "PortfolioId": portfolio,
        "PrincipalARN": "arn:aws:iam:::role/x",
        "PrincipalType": "IAM_PATTERN",
    }
    world.admin.associate_principal_with_portfolio(**principal)
    with refused("ResourceInUseException", "still has products, principals, constraints, TagOptions."):
        world.admin.delete_portfolio(Id=portfolio)
    world.admin.delete_constraint(Id=constraint)
    world.admin.disassociate_principal_from_portfolio(**principal)
    world.admin.disassociate_tag_option_from_resource(ResourceId=portfolio, TagOptionId=option)
    world.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    world.admin.delete_portfolio(Id=portfolio)
    assert world.admin.list_portfolios()["PortfolioDetails"] == []


def test_products_per_portfolio(world: Account) -> None:
    portfolio = world.portfolio()
    products = [world.product(f"p{number}")[0] for number in range(151)]
    for product in products[:150]:
        world.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    with refused("LimitExceededException", "the limit of 150 products in a portfolio."):
        world.admin.associate_product_with_portfolio(ProductId=products[150], PortfolioId=portfolio)
