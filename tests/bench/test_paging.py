"""Lists are read in pages, and a page costs what it shows: reading all of a list is linear in its length."""

from __future__ import annotations

from typing import Any

import boto3

from tests.account import ACCOUNT, REGION, Account
from tests.bench.counting import counted

# Operation → the function that makes what an answer shows of one item.
SHOWN = {
    "search_products": "product_view_summary",
    "search_provisioned_products": "_attributes",
    "scan_provisioned_products": "_as_is",
    "list_record_history": "current",
}


def launching_user(account: Account) -> Any:
    """Service Catalog as a user sees it who launches."""
    iam = account.client("iam")
    iam.create_user(UserName="ada")
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    session: Any = boto3.Session()
    return session.client(
        "servicecatalog",
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def everything(catalog: Any, operation: str) -> int:
    """How many items a list has, read page after page."""
    items, token = 0, dict[str, str]()
    while True:
        page = getattr(catalog, operation)(PageSize=5, **token)
        items += sum(len(shown) for shown in page.values() if isinstance(shown, list))
        if not page.get("NextPageToken"):
            return items
        token = {"PageToken": page["NextPageToken"]}


def test_reading_all_pages_is_linear(account: Account) -> None:
    catalog = launching_user(account)
    portfolio = account.build.portfolio(principal=f"arn:aws:iam::{ACCOUNT}:user/ada")
    for total in (10, 20):
        for number in range(total - 10, total):
            account.build.product(f"product-{number}", portfolio=portfolio)
            catalog.provision_product(
                ProductName=f"product-{number}",
                ProvisioningArtifactName="1.0.0",
                ProvisionedProductName=f"launch-{number}",
                ProvisioningParameters=[{"Key": "Size", "Value": "s"}],
            )
        for operation, function in SHOWN.items():
            with counted(function) as calls:
                assert everything(catalog, operation) == total
            assert calls.total() == total, operation
