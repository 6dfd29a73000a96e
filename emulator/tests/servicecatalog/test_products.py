import re
from typing import Any

import pytest

from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, REGION, Account, refused

TEXTS = {
    "Description": "A topic.",
    "Distributor": "IT",
    "SupportDescription": "Ask.",
    "SupportEmail": "ml@example.com",
    "SupportUrl": "https://example.com",
}


def test_create_and_describe(account: Account) -> None:
    made = account.admin.create_product(
        Name="topic",
        Owner="Team",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        Tags=[{"Key": "a", "Value": "b"}],
        ProvisioningArtifactParameters={**account.version("1.0.0"), "Description": "First sha256:abc"},
        **TEXTS,
    )
    view = made["ProductViewDetail"]
    summary = view["ProductViewSummary"]
    assert re.fullmatch(r"prod-[a-z2-7]{13}", summary["ProductId"])
    assert re.fullmatch(r"prodview-[a-z2-7]{13}", summary["Id"])
    assert view["Status"] == "CREATED"
    assert view["ProductARN"] == f"arn:aws:catalog:{REGION}:{ACCOUNT}:product/{summary['ProductId']}"
    texts = {name: value for name, value in TEXTS.items() if name != "Description"}
    assert summary == {
        "Id": summary["Id"],
        "ProductId": summary["ProductId"],
        "Name": "topic",
        "Owner": "Team",
        "ShortDescription": "A topic.",
        "Type": "CLOUD_FORMATION_TEMPLATE",
        "HasDefaultPath": False,
        **texts,
    }
    artifact = made["ProvisioningArtifactDetail"]
    found = account.admin.describe_product_as_admin(Id=summary["ProductId"])
    found.pop("ResponseMetadata")
    assert found == {
        "ProductViewDetail": view,
        "ProvisioningArtifactSummaries": [
            {name: artifact[name] for name in ("Id", "Name", "Description", "CreatedTime")}
            | {"ProvisioningArtifactMetadata": {"SourceProvisioningArtifactId": artifact["Id"]}}
        ],
        "Tags": [{"Key": "a", "Value": "b"}],
        "TagOptions": [],
        "Budgets": [],
    }


def test_describe_by_name(account: Account) -> None:
    product, _ = account.product("topic")
    found = account.admin.describe_product_as_admin(Name="topic")
    assert found["ProductViewDetail"]["ProductViewSummary"]["ProductId"] == product
    with refused("ResourceNotFoundException", "Product with name queue not found."):
        account.admin.describe_product_as_admin(Name="queue")
    account.product("topic")
    with refused("InvalidParametersException", "More than one product has the name topic."):
        account.admin.describe_product_as_admin(Name="topic")
    for named in ({}, {"Id": product, "Name": "topic"}):
        with refused("InvalidParametersException", "Specify either the product's id or its name."):
            account.admin.describe_product_as_admin(**named)


def test_describe_in_a_portfolio(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    account.admin.describe_product_as_admin(Id=product, SourcePortfolioId=portfolio)
    other = account.portfolio()
    with refused("ResourceNotFoundException", f"is not associated with portfolio {other}."):
        account.admin.describe_product_as_admin(Id=product, SourcePortfolioId=other)


@cases(
    ("change", "message"),
    {
        "marketplace": ({"ProductType": "MARKETPLACE"}, "Products of type MARKETPLACE"),
        "closed type": ({"ProductType": "TERRAFORM_OPEN_SOURCE"}, "cannot be created"),
        "long name": ({"Name": "x" * 101}, "A product's name must have 1 to 100 characters"),
        "other artifact": ({"ProductType": "EXTERNAL"}, "has no provisioning artifacts of type"),
        "no version": ({"ProvisioningArtifactParameters": None}, "Parameters are required"),
        "tags": ({"Tags": [{"Key": "a", "Value": "b"}] * 2}, "Duplicate tag key: a"),
    },
)
def test_refused(account: Account, change: dict[str, Any], message: str) -> None:
    params = {
        "Name": "topic",
        "Owner": "Team",
        "ProductType": "CLOUD_FORMATION_TEMPLATE",
        "ProvisioningArtifactParameters": account.version("1.0.0"),
        **change,
    }
    with refused("InvalidParametersException", message):
        account.admin.create_product(**{name: value for name, value in params.items() if value is not None})
    assert account.admin.search_products_as_admin()["ProductViewDetails"] == []


def test_external(account: Account) -> None:
    made = account.admin.create_product(
        Name="tf",
        Owner="Team",
        ProductType="EXTERNAL",
        ProvisioningArtifactParameters={**account.version("1", account.put("a.tf", "x")), "Type": "EXTERNAL"},
    )
    assert made["ProvisioningArtifactDetail"]["Type"] == "EXTERNAL"


def test_update(account: Account) -> None:
    product, _ = account.product(Tags=[{"Key": "a", "Value": "1"}], Description="Old.")
    changed = account.admin.update_product(
        Id=product, Name="new", Owner="Others", AddTags=[{"Key": "b", "Value": "2"}], RemoveTags=["a"]
    )
    assert changed["Tags"] == [{"Key": "b", "Value": "2"}]
    summary = changed["ProductViewDetail"]["ProductViewSummary"]
    assert (summary["Name"], summary["Owner"], summary["ShortDescription"]) == ("new", "Others", "Old.")
    with refused("InvalidParametersException", "A product can have 20 tags."):
        account.admin.update_product(Id=product, AddTags=[{"Key": str(n), "Value": "x"} for n in range(20)])
    with refused("InvalidParametersException", "has no source connection."):
        account.admin.update_product(
            Id=product,
            SourceConnection={
                "ConnectionParameters": {
                    "CodeStar": {
                        "ConnectionArn": "arn:aws:codestar-connections:us-west-2:1:connection/x",
                        "Repository": "r",
                        "Branch": "b",
                        "ArtifactPath": "p",
                    }
                }
            },
        )


def test_delete(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    option = account.admin.create_tag_option(Key="k", Value="v")["TagOptionDetail"]["Id"]
    account.admin.associate_tag_option_with_resource(ResourceId=product, TagOptionId=option)
    with refused("ResourceInUseException", f"is associated with {portfolio}."):
        account.admin.delete_product(Id=product)
    account.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    with refused("ResourceInUseException", "is associated with TagOptions."):
        account.admin.delete_product(Id=product)
    account.admin.disassociate_tag_option_from_resource(ResourceId=product, TagOptionId=option)
    account.admin.delete_product(Id=product)
    for call in (
        account.admin.describe_product_as_admin,
        account.admin.update_product,
        account.admin.delete_product,
    ):
        with refused("ResourceNotFoundException", f"Product {product} not found."):
            call(Id=product)


def names(answer: Any) -> list[str]:
    return [one["ProductViewSummary"]["Name"] for one in answer["ProductViewDetails"]]


def test_search(account: Account) -> None:
    portfolio, _, _ = account.associated_product("Beta topic", Description="Sends mail")
    account.product("alpha queue")
    many, _ = account.product("gamma")
    account.admin.create_provisioning_artifact(ProductId=many, Parameters=account.version("2.0.0"))
    search = account.admin.search_products_as_admin
    assert names(search()) == ["Beta topic", "alpha queue", "gamma"]
    assert names(search(PortfolioId=portfolio)) == ["Beta topic"]
    assert names(search(SortBy="Title")) == ["alpha queue", "Beta topic", "gamma"]
    assert names(search(SortBy="Title", SortOrder="DESCENDING")) == ["gamma", "Beta topic", "alpha queue"]
    assert names(search(SortBy="VersionCount", SortOrder="DESCENDING"))[0] == "gamma"
    assert names(search(SortBy="CreationDate"))[0] == "Beta topic"
    assert names(search(Filters={"FullTextSearch": ["alpha mail"]})) == ["Beta topic", "alpha queue"]
    assert names(search(Filters={"Owner": ["Team"], "ProductType": ["MARKETPLACE"]})) == []
    assert names(search(Filters={"Owner": ["Nobody", "Team"]}, ProductSource="ACCOUNT")) == names(search())
    assert names(search(Filters={"SourceProductId": ["prod-x"]})) == []
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        search(PortfolioId="port-none")
    with refused("ValidationException", "Value '21' at 'pageSize'"):
        search(PageSize=21)


@pytest.mark.parametrize("url", ["www.example.com", "ftp://example.com"])
def test_support_url(account: Account, url: str) -> None:
    with refused("InvalidParametersException", f"A SupportUrl must start with http:// or https://: {url}"):
        account.product(SupportUrl=url)
    product, _ = account.product(SupportUrl="https://example.com")
    with refused("InvalidParametersException", "A SupportUrl must start with"):
        account.admin.update_product(Id=product, SupportUrl=url)


def test_unknown_filter(account: Account) -> None:
    with refused("ValidationException", "Value 'Colour' at 'filters' failed to satisfy constraint"):
        account.admin.search_products_as_admin(Filters={"Colour": ["x"]})


def test_search_in_pages(account: Account) -> None:
    made = [f"p{number}" for number in range(25)]
    for name in made:
        account.product(name)
    first = account.admin.search_products_as_admin()
    assert names(first) == made[:20]
    assert names(account.admin.search_products_as_admin(PageToken=first["NextPageToken"])) == made[20:]
    pages = account.admin.get_paginator("search_products_as_admin").paginate(PaginationConfig={"PageSize": 7})
    assert [name for one in pages for name in names(one)] == made


def test_quota(account: Account) -> None:
    for number in range(350):
        account.product(f"p{number}")
    with refused("LimitExceededException", "the limit of 350 products."):
        account.product()
