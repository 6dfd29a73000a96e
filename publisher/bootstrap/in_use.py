"""What still uses bootstrap's stacks: launches with its roles, published products. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from publisher.aws.calls import aws_errors, pages
from publisher.aws.clients import Aws
from publisher.bootstrap.role_states import RoleState
from publisher.bootstrap.templates import PRODUCT_TAG


def launches_with(aws: Aws, roles: Iterable[str]) -> tuple[str, ...]:
    """`name (role)` of each launch in the Region whose role is one of these, or unknown."""
    names = {*roles, ""}
    return tuple(
        sorted(f"{name} ({role or 'role unknown'})" for name, role in _launches(aws) if role in names)
    )


def with_launches(states: tuple[RoleState, ...], places: Iterable[Aws]) -> tuple[RoleState, ...]:
    """The states with the launches that lose something. Those of older versions may still need it.

    Reads launches only if a role loses something. Raises AwsError.
    """
    if not any(it.narrows for it in states):
        return states
    used = [(role, f"{aws.region}/{name}") for aws in places for name, role in _launches(aws)]
    found = {it.name: tuple(sorted(name for role, name in used if role == it.name)) for it in states}
    return tuple(replace(it, launches=found[it.name]) if it.narrows else it for it in states)


def _launches(aws: Aws) -> Iterator[tuple[str, str]]:
    """(name, role) of each launch in the Region; the role is empty where it is unknown."""
    client = aws.client("servicecatalog")
    with aws_errors(f"cannot list the launches of {aws.account_id}/{aws.region}"):
        for launch in pages(
            client.search_provisioned_products,
            "ProvisionedProducts",
            AccessLevelFilter={"Key": "Account", "Value": "self"},
            PageSize=100,
        ):
            detail = client.describe_provisioned_product(Id=launch["Id"])["ProvisionedProductDetail"]
            yield launch["Name"], detail.get("LaunchRoleArn", "").rpartition("/")[2]


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
