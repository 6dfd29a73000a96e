"""Who still uses what bootstrap made: launches with our roles, published products. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from publisher.aws.clients import Aws, wrapped
from publisher.bootstrap.bodies import PRODUCT_TAG


def launches_with(aws: Aws, roles: Iterable[str]) -> tuple[str, ...]:
    """`name (role)` of each launch in the Region that uses one of these roles, or does not tell which."""
    names = set(roles)
    used = []
    client = aws.client("servicecatalog")
    with wrapped(f"cannot list the launches of {aws.account_id}/{aws.region}"):
        for launch in _launches(client):
            detail = client.describe_provisioned_product(Id=launch["Id"])["ProvisionedProductDetail"]
            role = detail.get("LaunchRoleArn", "").rpartition("/")[2]
            if not role or role in names:
                used.append(f"{launch['Name']} ({role or 'role unknown'})")
    return tuple(sorted(used))


def _launches(client: Any) -> Iterator[dict[str, Any]]:
    """botocore has no paginator for this call."""
    arguments: dict[str, Any] = {"AccessLevelFilter": {"Key": "Account", "Value": "self"}, "PageSize": 100}
    while True:
        page = client.search_provisioned_products(**arguments)
        yield from page["ProvisionedProducts"]
        if not page.get("NextPageToken"):
            return
        arguments["PageToken"] = page["NextPageToken"]


def published(aws: Aws) -> tuple[str, ...]:
    """The keys of the products in the Region that carry our tag."""
    client = aws.client("servicecatalog")
    keys = []
    with wrapped(f"cannot list the products of {aws.account_id}/{aws.region}"):
        for page in client.get_paginator("search_products_as_admin").paginate():
            for detail in page["ProductViewDetails"]:
                product_id = detail["ProductViewSummary"]["ProductId"]
                tags = client.describe_product_as_admin(Id=product_id).get("Tags", [])
                keys += [tag["Value"] for tag in tags if tag["Key"] == PRODUCT_TAG]
    return tuple(sorted(keys))
