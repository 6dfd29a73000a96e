import re

import boto3

from tests.servicecatalog.account import ACCOUNT, REGION, Account, refused

TAGS = [{"Key": "publisher:portfolio", "Value": "platform"}]


def test_create_and_describe(account: Account) -> None:
    made = account.admin.create_portfolio(
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
    found = account.admin.describe_portfolio(Id=detail["Id"])
    found.pop("ResponseMetadata")
    assert found == {"PortfolioDetail": detail, "Tags": TAGS, "TagOptions": [], "Budgets": []}


def test_names_are_not_unique(account: Account) -> None:
    assert account.portfolio("Platform") != account.portfolio("Platform")


def test_update(account: Account) -> None:
    portfolio = account.portfolio(Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    changed = account.admin.update_portfolio(
        Id=portfolio, DisplayName="New", AddTags=[{"Key": "b", "Value": "3"}], RemoveTags=["a", "zzz"]
    )
    assert changed["Tags"] == [{"Key": "b", "Value": "3"}]
    detail = account.admin.describe_portfolio(Id=portfolio)["PortfolioDetail"]
    assert (detail["DisplayName"], detail["ProviderName"]) == ("New", "Team")
    changed = account.admin.update_portfolio(Id=portfolio, Description="", ProviderName="Others")
    assert changed["PortfolioDetail"]["Description"] == ""
    assert changed["PortfolioDetail"]["ProviderName"] == "Others"


def test_pages(account: Account) -> None:
    made = [account.portfolio(f"P{number}") for number in range(23)]
    first = account.admin.list_portfolios()
    assert [one["Id"] for one in first["PortfolioDetails"]] == made[:20]
    rest = account.admin.list_portfolios(PageToken=first["NextPageToken"])
    assert [one["Id"] for one in rest["PortfolioDetails"]] == made[20:]
    assert "NextPageToken" not in rest
    with refused("InvalidParametersException", "The page token is not valid"):
        account.admin.search_products_as_admin(PageToken=first["NextPageToken"])


def test_quotas(account: Account) -> None:
    portfolio = account.portfolio(Tags=[{"Key": str(n), "Value": "x"} for n in range(20)])
    with refused("LimitExceededException", "A portfolio can have 20 tags."):
        account.admin.update_portfolio(Id=portfolio, AddTags=TAGS)
    for number in range(99):
        account.portfolio(f"P{number}")
    with refused("LimitExceededException", "You have reached the limit of 100 portfolios."):
        account.portfolio()
    boto3.client("service-quotas", region_name=REGION).request_service_quota_increase(
        ServiceCode="servicecatalog", QuotaCode="L-C6458716", DesiredValue=101
    )
    account.portfolio()
    with refused("LimitExceededException", "You have reached the limit of 101 portfolios."):
        account.portfolio()


def test_tags_are_checked(account: Account) -> None:
    with refused("InvalidParametersException", "Duplicate tag key: a"):
        account.portfolio(Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])
    with refused("InvalidParametersException", "Tag keys that start with aws: are reserved: aws:x"):
        account.portfolio(Tags=[{"Key": "aws:x", "Value": "1"}])


def test_unknown_ids(account: Account) -> None:
    for call in (
        account.admin.describe_portfolio,
        account.admin.update_portfolio,
        account.admin.delete_portfolio,
    ):
        with refused("ResourceNotFoundException", "Portfolio port-none not found."):
            call(Id="port-none")


def test_associations(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    account.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    holding = account.admin.list_portfolios_for_product(ProductId=product)["PortfolioDetails"]
    assert [one["Id"] for one in holding] == [portfolio]
    other = account.portfolio()
    account.admin.associate_product_with_portfolio(
        ProductId=product, PortfolioId=other, SourcePortfolioId=portfolio
    )
    account.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    with refused("ResourceNotFoundException", f"is not associated with portfolio {portfolio}."):
        account.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    with refused("ResourceNotFoundException", f"is not associated with portfolio {portfolio}."):
        account.admin.associate_product_with_portfolio(
            ProductId=product, PortfolioId=other, SourcePortfolioId=portfolio
        )


def test_association_of_unknown_ids(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        account.admin.associate_product_with_portfolio(ProductId="prod-none", PortfolioId=portfolio)
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        account.admin.associate_product_with_portfolio(ProductId=product, PortfolioId="port-none")
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        account.admin.list_portfolios_for_product(ProductId="prod-none")


def test_disassociation_with_constraints(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    constraint = account.constrain(portfolio, product, "LAUNCH", {"LocalRoleName": "launch"})
    with refused("ResourceInUseException", "still has constraints in portfolio"):
        account.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    account.admin.delete_constraint(Id=constraint)
    account.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)


def test_delete_needs_an_empty_portfolio(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    option = account.admin.create_tag_option(Key="k", Value="v")["TagOptionDetail"]["Id"]
    account.admin.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId=option)
    constraint = account.constrain(portfolio, product, "LAUNCH", {"LocalRoleName": "launch"})
    principal = {
        "PortfolioId": portfolio,
        "PrincipalARN": "arn:aws:iam:::role/x",
        "PrincipalType": "IAM_PATTERN",
    }
    account.admin.associate_principal_with_portfolio(**principal)
    with refused("ResourceInUseException", "still has products, principals, constraints, TagOptions."):
        account.admin.delete_portfolio(Id=portfolio)
    account.admin.delete_constraint(Id=constraint)
    account.admin.disassociate_principal_from_portfolio(**principal)
    account.admin.disassociate_tag_option_from_resource(ResourceId=portfolio, TagOptionId=option)
    account.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    account.admin.delete_portfolio(Id=portfolio)
    assert account.admin.list_portfolios()["PortfolioDetails"] == []


def test_products_per_portfolio(account: Account) -> None:
    portfolio = account.portfolio()
    products = [account.product(f"p{number}")[0] for number in range(151)]
    for product in products[:150]:
        account.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    with refused("LimitExceededException", "the limit of 150 products in a portfolio."):
        account.admin.associate_product_with_portfolio(ProductId=products[150], PortfolioId=portfolio)
