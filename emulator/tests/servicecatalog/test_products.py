from __future__ import annotations

import re
from typing import Any

import pytest

from tests.servicecatalog.account import ACCOUNT, REGION, Account, refused

TEXTS = {
    "Description": "A topic.",
    "Distributor": "IT",
    "SupportDescription": "Ask.",
    "SupportEmail": "ml@example.com",
    "SupportUrl": "https://example.com",
}


def test_create_and_describe(world: Account) -> None:
    made = world.admin.create_product(
        Name="topic",
        Owner="Team",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        Tags=[{"Key": "a", "Value": "b"}],
        ProvisioningArtifactParameters={**world.version("1.0.0"), "Description": "First sha256:abc"},
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
    found = world.admin.describe_product_as_admin(Id=summary["ProductId"])
    found.pop("ResponseMetadata")
    assert found == {
        "ProductViewDetail": view,
        "ProvisioningArtifactSummaries": [
            {name: artifact[name] for name in ("Id", "Name", "Description", "CreatedTime")}
        ],
        "Tags": [{"Key": "a", "Value": "b"}],
        "TagOptions": [],
        "Budgets": [],
    }


def test_describe_by_name(world: Account) -> None:
    product, _ = world.product("topic")
    found = world.admin.describe_product_as_admin(Name="topic")
    assert found["ProductViewDetail"]["ProductViewSummary"]["ProductId"] == product
    with refused("ResourceNotFoundException", "Product with name queue not found."):
        world.admin.describe_product_as_admin(Name="queue")
    world.product("topic")
    with refused("InvalidParametersException", "More than one product has the name topic."):
        world.admin.describe_product_as_admin(Name="topic")
    for named in ({}, {"Id": product, "Name": "topic"}):
        with refused("InvalidParametersException", "Specify either the product's id or its name."):
            world.admin.describe_product_as_admin(**named)


def test_describe_in_a_portfolio(world: Account) -> None:
    portfolio, product, _ = world.offered()
    world.admin.describe_product_as_admin(Id=product, SourcePortfolioId=portfolio)
    other = world.portfolio()
    with refused("ResourceNotFoundException", f"is not associated with portfolio {other}."):
        world.admin.describe_product_as_admin(Id=product, SourcePortfolioId=other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"ProductType": "MARKETPLACE"}, "Products of type MARKETPLACE", id="marketplace"),
        pytest.param({"ProductType": "TERRAFORM_OPEN_SOURCE"}, "cannot be created", id="closed type"),
        pytest.param({"Name": "x" * 101}, "A product's name has 1 to 100 characters", id="long name"),
        pytest.param(
            {"ProductType": "EXTERNAL"}, "has no provisioning artifacts of type", id="other artifact"
        ),
        pytest.param({"ProvisioningArtifactParameters": None}, "Parameters are required", id="no version"),
        pytest.param({"Tags": [{"Key": "a", "Value": "b"}] * 2}, "Duplicate tag key: a", id="tags"),
    ],
)
def test_refused(world: Account, change: dict[str, Any], message: str) -> None:
    params = {
        "Name": "topic",
        "Owner": "Team",
        "ProductType": "CLOUD_FORMATION_TEMPLATE",
        "ProvisioningArtifactParameters": world.version("1.0.0"),
        **change,
    }
    with refused("InvalidParametersException", message):
        world.admin.create_product(**{name: value for name, value in params.items() if value is not None})
    assert world.admin.search_products_as_admin()["ProductViewDetails"] == []


def test_external(world: Account) -> None:
    made = world.admin.create_product(
        Name="tf",
        Owner="Team",
        ProductType="EXTERNAL",
        ProvisioningArtifactParameters={**world.version("1", world.put("a.tf", "x")), "Type": "EXTERNAL"},
    )
    assert made["ProvisioningArtifactDetail"]["Type"] == "EXTERNAL"


def test_update(world: Account) -> None:
    product, _ = world.product(Tags=[{"Key": "a", "Value": "1"}], Description="Old.")
    changed = world.admin.update_product(
        Id=product, Name="new", Owner="Others", AddTags=[{"Key": "b", "Value": "2"}], RemoveTags=["a"]
    )
    assert changed["Tags"] == [{"Key": "b", "Value": "2"}]
    summary = changed["ProductViewDetail"]["ProductViewSummary"]
    assert (summary["Name"], summary["Owner"], summary["ShortDescription"]) == ("new", "Others", "Old.")
    with refused("InvalidParametersException", "A product can have 20 tags."):
        world.admin.update_product(Id=product, AddTags=[{"Key": str(n), "Value": "x"} for n in range(20)])
    with refused("InvalidParametersException", "has no source connection."):
        world.admin.update_product(
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


def test_delete(world: Account) -> None:
    portfolio, product, _ = world.offered()
    option = world.admin.create_tag_option(Key="k", Value="v")["TagOptionDetail"]["Id"]
    world.admin.associate_tag_option_with_resource(ResourceId=product, TagOptionId=option)
    with refused("ResourceInUseException", f"is associated with {portfolio}."):
        world.admin.delete_product(Id=product)
    world.admin.disassociate_product_from_portfolio(ProductId=product, PortfolioId=portfolio)
    with refused("ResourceInUseException", "is associated with TagOptions."):
        world.admin.delete_product(Id=product)
    world.admin.disassociate_tag_option_from_resource(ResourceId=product, TagOptionId=option)
    world.admin.delete_product(Id=product)
    for call in (
        world.admin.describe_product_as_admin,
        world.admin.update_product,
        world.admin.delete_product,
    ):
        with refused("ResourceNotFoundException", f"Product {product} not found."):
            call(Id=product)


def names(answer: Any) -> list[str]:
    return [one["ProductViewSummary"]["Name"] for one in answer["ProductViewDetails"]]


def test_search(world: Account) -> None:
    portfolio, _, _ = world.offered("Beta topic", Description="Sends mail")
    world.product("alpha queue")
    many, _ = world.product("gamma")
    world.admin.create_provisioning_artifact(ProductId=many, Parameters=world.version("2.0.0"))
    search = world.admin.search_products_as_admin
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
def test_support_url(world: Account, url: str) -> None:
    with refused("InvalidParametersException", f"A SupportUrl begins with http:// or https://: {url}"):
        world.product(SupportUrl=url)
    product, _ = world.product(SupportUrl="https://example.com")
    with refused("InvalidParametersException", "A SupportUrl begins with"):
        world.admin.update_product(Id=product, SupportUrl=url)


def test_unknown_filter(world: Account) -> None:
    with refused("ValidationException", "Value 'Colour' at 'filters' failed to satisfy constraint"):
        world.admin.search_products_as_admin(Filters={"Colour": ["x"]})


def test_search_in_pages(world: Account) -> None:
    made = [f"p{number}" for number in range(25)]
    for name in made:
        world.product(name)
    first = world.admin.search_products_as_admin()
    assert names(first) == made[:20]
    assert names(world.admin.search_products_as_admin(PageToken=first["NextPageToken"])) == made[20:]
    pages = world.admin.get_paginator("search_products_as_admin").paginate(PaginationConfig={"PageSize": 7})
    assert [name for one in pages for name in names(one)] == made


def test_limit(world: Account) -> None:
    for number in range(350):
        world.product(f"p{number}")
    with refused("LimitExceededException", "the limit of 350 products."):
        world.product()
