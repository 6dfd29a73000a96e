"""Lists are read in pages, and a page costs what it shows: reading all of a list is linear in its length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from catalog_emulator import install
from catalog_emulator.servicecatalog import browsing, provisioned, records
from moto import mock_aws

_BUCKET = "templates"
_BODY = b"Parameters: {Name: {Type: String}}\nResources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"
# What is made for every item that an answer shows.
_SHOWN = [(browsing, "product_view_summary"), (provisioned, "provisioned_detail"), (records, "record_detail")]


class Account:
    """Small products in a portfolio that its user may launch from."""

    def __init__(self) -> None:
        self.user = self.client("iam").create_user(UserName="ada")["User"]
        self._key = self.client("iam").create_access_key(UserName="ada")["AccessKey"]
        self.catalog = self.client(
            "servicecatalog",
            aws_access_key_id=self._key["AccessKeyId"],
            aws_secret_access_key=self._key["SecretAccessKey"],
        )
        s3 = self.client("s3")
        s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        s3.put_object(Bucket=_BUCKET, Key="t.yaml", Body=_BODY)
        made = self.catalog.create_portfolio(DisplayName="p", ProviderName="us")
        self._portfolio = made["PortfolioDetail"]["Id"]
        self.catalog.associate_principal_with_portfolio(
            PortfolioId=self._portfolio, PrincipalARN=self.user["Arn"], PrincipalType="IAM"
        )
        self._launched = 0

    @staticmethod
    def client(service: str, **keys: str) -> Any:
        session: Any = boto3.Session()
        return session.client(service, region_name="us-west-2", **keys)

    def launch(self, count: int) -> None:
        """So many more products, each launched once."""
        for number in range(self._launched, self._launched + count):
            made = self.catalog.create_product(
                Name=f"product-{number}",
                Owner="us",
                ProductType="CLOUD_FORMATION_TEMPLATE",
                ProvisioningArtifactParameters={
                    "Name": "1",
                    "Type": "CLOUD_FORMATION_TEMPLATE",
                    "Info": {"LoadTemplateFromURL": f"https://{_BUCKET}.s3.us-west-2.amazonaws.com/t.yaml"},
                },
            )
            product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
            self.catalog.associate_product_with_portfolio(PortfolioId=self._portfolio, ProductId=product)
            self.catalog.provision_product(
                ProductId=product,
                ProvisioningArtifactName="1",
                ProvisionedProductName=f"launch-{number}",
                ProvisioningParameters=[{"Key": "Name", "Value": f"n{number}"}],
            )
        self._launched += count

    def everything(self, operation: str) -> int:
        """How many items a list has, read page after page."""
        items = 0
        token: dict[str, str] = {}
        while True:
            answer = getattr(self.catalog, operation)(PageSize=5, **token)
            items += sum(len(shown) for shown in answer.values() if isinstance(shown, list))
            if not answer.get("NextPageToken"):
                return items
            token = {"PageToken": answer["NextPageToken"]}


@pytest.fixture
def account() -> Iterator[Account]:
    install()
    with mock_aws():
        yield Account()


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many items were made for answers."""
    counts: Counter[str] = Counter()

    def counting(name: str, original: Any) -> Any:
        def counted(*arguments: Any, **named: Any) -> Any:
            counts[name] += 1
            return original(*arguments, **named)

        return counted

    for module, name in _SHOWN:
        monkeypatch.setattr(module, name, counting(name, getattr(module, name)))
    return counts


def test_reading_all_pages_is_linear(account: Account, shown: Counter[str]) -> None:
    operations = [
        "search_products",
        "search_provisioned_products",
        "scan_provisioned_products",
        "list_record_history",
    ]
    for total in (10, 20):
        account.launch(10)
        for operation in operations:
            shown.clear()
            assert account.everything(operation) == total
            assert shown.total() == total, operation
