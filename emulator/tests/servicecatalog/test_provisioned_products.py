from typing import Any

import pytest

from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, Account, Launchable, client, refused


class Shop:
    """Launches of two sessions of one role, and of another role."""

    def __init__(self, account: Account) -> None:
        portfolio, self.product, self.version = account.associated_product()
        role = account.role("ml-team-one")
        account.admin.associate_principal_with_portfolio(
            PortfolioId=portfolio, PrincipalARN="arn:aws:iam:::role/ml-*", PrincipalType="IAM_PATTERN"
        )
        self.admin = account.admin
        self.ada, self.bob = account.session(role, name="ada"), account.session(role, name="bob")
        self.other = account.session(account.role("ml-team-two"), name="eve")
        self.records = [
            self.launch(user, name) for user, name in ((self.ada, "a1"), (self.bob, "b1"), (self.other, "e1"))
        ]

    def launch(self, user: Any, name: str) -> Any:
        """The record of a launch."""
        return user.provision_product(
            ProductId=self.product,
            ProvisioningArtifactId=self.version,
            ProvisionedProductName=name,
            Tags=[{"Key": "owner", "Value": name[0]}],
        )["RecordDetail"]


@pytest.fixture
def shop(account: Account) -> Shop:
    return Shop(account)


def found(answer: Any) -> list[str]:
    return [one["Name"] for one in answer["ProvisionedProducts"]]


LEVELS = [
    pytest.param(None, ["a1"], id="by default the caller's own"),
    pytest.param("User", ["a1"], id="user"),
    pytest.param("Role", ["a1", "b1"], id="role"),
    pytest.param("Account", ["a1", "b1", "e1"], id="account"),
]


@pytest.mark.parametrize(("level", "names"), LEVELS)
def test_access_levels(shop: Shop, level: str | None, names: list[str]) -> None:
    request = {} if level is None else {"AccessLevelFilter": {"Key": level, "Value": "self"}}
    assert found(shop.ada.scan_provisioned_products(**request)) == names
    everything = names if level else ["a1", "b1", "e1"]
    assert found(shop.ada.search_provisioned_products(**request)) == everything
    history = shop.ada.list_record_history(**request)["RecordDetails"]
    assert [one["ProvisionedProductName"] for one in history] == names[::-1]


def test_access_level_of_others(shop: Shop) -> None:
    with refused("InvalidParametersException", "The value of an access level filter must be self: bob"):
        shop.ada.scan_provisioned_products(AccessLevelFilter={"Key": "User", "Value": "bob"})


def search(shop: Shop, *queries: str, **more: Any) -> list[str]:
    return found(
        shop.admin.search_provisioned_products(
            AccessLevelFilter={"Key": "Account", "Value": "self"},
            Filters={"SearchQuery": list(queries)},
            **more,
        )
    )


@cases(
    ("queries", "names"),
    {
        "name": (["name:a1"], ["a1"]),
        "wildcard": (["name:*1"], ["a1", "b1", "e1"]),
        "hostile wildcards": ([f"userArn:{'*a' * 40}*-"], []),
        "all of them": (["status:AVAILABLE", "name:b1"], ["b1"]),
        "status": (["status:ERROR"], []),
        "product": (["productName:topic"], ["a1", "b1", "e1"]),
        "role": ([f"userArn:arn:aws:iam::{ACCOUNT}:role/ml-team-two"], ["e1"]),
        "any text": (["ml-team-two"], ["e1"]),
        "tag": (["owner:b"], ["b1"]),
        "tags": (["tags:owner:e"], ["e1"]),
        "none": (["nothing like it"], []),
    },
)
def test_search(shop: Shop, queries: list[str], names: list[str]) -> None:
    assert search(shop, *queries) == names


def test_order(shop: Shop) -> None:
    assert search(shop, "status:available", SortBy="name", SortOrder="DESCENDING") == ["e1", "b1", "a1"]
    assert search(shop, "status:available", SortBy="createdTime") == ["a1", "b1", "e1"]
    with refused("InvalidParametersException", "Unknown sort field colour"):
        search(shop, "x", SortBy="colour")
    with refused("ValidationException", "Member must satisfy enum value set: [SearchQuery]"):
        shop.ada.search_provisioned_products(Filters={"Name": ["x"]})


def test_dashboards(account: Account) -> None:
    body = "Resources: {Look: {Type: 'AWS::CloudWatch::Dashboard', Properties: {DashboardBody: '{}'}}}"
    launchable = Launchable(account, url=account.put("look.yaml", body))
    launchable.provision()
    dashboards = client("cloudwatch").list_dashboards()["DashboardEntries"]
    found = launchable.user.describe_provisioned_product(Name="mine")["CloudWatchDashboards"]
    assert found == [{"Name": one["DashboardName"]} for one in dashboards]
    assert len(found) == 1


def test_attributes(shop: Shop) -> None:
    answer = shop.ada.search_provisioned_products(AccessLevelFilter={"Key": "User", "Value": "self"})
    assert answer["TotalResultsCount"] == 1
    [attributes] = answer["ProvisionedProducts"]
    [stack] = [
        one
        for one in client("cloudformation").describe_stacks()["Stacks"]
        if one["StackName"].endswith(attributes["Id"])
    ]
    assert attributes["PhysicalId"] == stack["StackId"]
    assert attributes["ProvisioningArtifactName"] == "1.0.0"
    assert attributes["UserArn"] == f"arn:aws:iam::{ACCOUNT}:role/ml-team-one"
    assert attributes["UserArnSession"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-one/ada"
    assert {"Key": "owner", "Value": "a"} in attributes["Tags"]


def test_pages(shop: Shop) -> None:
    level = {"AccessLevelFilter": {"Key": "Account", "Value": "self"}}
    first = shop.ada.search_provisioned_products(**level, PageSize=2)
    assert (found(first), first["TotalResultsCount"]) == (["a1", "b1"], 3)
    rest = shop.ada.search_provisioned_products(**level, PageSize=2, PageToken=first["NextPageToken"])
    assert found(rest) == ["e1"]


def test_by_arn(shop: Shop) -> None:
    [attributes] = shop.ada.scan_provisioned_products()["ProvisionedProducts"]
    same = shop.ada.describe_provisioned_product(Id=attributes["Id"])["ProvisionedProductDetail"]
    assert same == attributes
    shop.ada.terminate_provisioned_product(ProvisionedProductName=attributes["Arn"])
    assert found(shop.ada.scan_provisioned_products()) == []


def test_outputs(shop: Shop) -> None:
    outputs = shop.ada.get_provisioned_product_outputs
    keys = [one["OutputKey"] for one in outputs(ProvisionedProductName="a1")["Outputs"]]
    assert keys == ["CloudformationStackARN", "TopicArn"]
    kept = outputs(ProvisionedProductName="a1", OutputKeys=["TopicArn"])["Outputs"]
    assert [one["OutputKey"] for one in kept] == ["TopicArn"]
    with refused("InvalidParametersException", "Invalid output keys: [Colour]"):
        outputs(ProvisionedProductName="a1", OutputKeys=["Colour"])
    with refused("ResourceNotFoundException", "Provisioned product none not found."):
        outputs(ProvisionedProductName="none")


def test_record_history(shop: Shop) -> None:
    first = shop.records[0]
    shop.ada.terminate_provisioned_product(ProvisionedProductName="a1")
    history = shop.ada.list_record_history(
        SearchFilter={"Key": "provisionedproduct", "Value": first["ProvisionedProductId"]}
    )["RecordDetails"]
    assert [one["RecordType"] for one in history] == ["TERMINATE_PROVISIONED_PRODUCT", "PROVISION_PRODUCT"]
    by_product = shop.ada.list_record_history(SearchFilter={"Key": "product", "Value": "prod-none"})
    assert by_product["RecordDetails"] == []
    with refused("InvalidParametersException", "Unknown search filter colour"):
        shop.ada.list_record_history(SearchFilter={"Key": "colour", "Value": "x"})


def test_records(shop: Shop) -> None:
    with refused("ResourceNotFoundException", "Record rec-none not found."):
        shop.ada.describe_record(Id="rec-none")
    record = shop.records[0]["RecordId"]
    first = shop.ada.describe_record(Id=record, PageSize=1)
    rest = shop.ada.describe_record(Id=record, PageSize=1, PageToken=first["NextPageToken"])
    keys = [one["OutputKey"] for page in (first, rest) for one in page["RecordOutputs"]]
    assert keys == ["CloudformationStackARN", "TopicArn"]
