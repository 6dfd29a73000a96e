"""What still uses bootstrap's stacks: launches with its roles, published products. Only reads."""

from __future__ import annotations

from collections.abc import Iterable

from publisher.aws.calls import aws_errors, pages
from publisher.aws.clients import Aws
from publisher.bootstrap.templates import PRODUCT_TAG


def launches_with(aws: Aws, roles: Iterable[str]) -> tuple[str, ...]:
    """`name (role)` of each launch in the Region whose role is one of these, or unknown."""
    names = set(roles)
    used = []
    client = aws.client("servicecatalog")
    with aws_errors(f"cannot list the launches of {aws.account_id}/{aws.region}"):
        for launch in pages(
            client.search_provisioned_products,
            "ProvisionedProducts",
            AccessLevelFilter={"Key": "Account", "Value": "self"},
            PageSize=100,
        ):
            detail = client.describe_provisioned_product(Id=launch["Id"])["ProvisionedProductDetail"]
            role = detail.get("LaunchRoleArn", "").rpartition("/")[2]
            if not role or role in names:
                used.append(f"{launch['Name']} ({role or 'role unknown'})")
    return tuple(sorted(used))


def published(aws: Aws) -> tuple[str, ...]:
    """The keys of the products in the Region that have our ownership tag."""
    client = aws.client("servicecatalog")
    keys = []
    with aws_errors(f"cannot list the products of {aws.account_id}/{aws.region}"):
        for page in client.get_paginator("search_products_as_admin").paginate():
            for detail in page["ProductViewDetails"]:
                product_id = detail["ProductViewSummary"]["ProductId"]
                tags = client.describe_product_as_admin(Id=product_id).get("Tags", [])
                keys += [tag["Value"] for tag in tags if tag["Key"] == PRODUCT_TAG]
    return tuple(sorted(keys))
