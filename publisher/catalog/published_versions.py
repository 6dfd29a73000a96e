"""The managed products of an account and Region with their versions, without the rest of the catalog.

Only reads: a call a product, and another one where a version is not that of the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.aws.published_template import template_text
from publisher.catalog.engine import call, found_or_none
from publisher.catalog.kinds import product as products
from publisher.catalog.kinds import provisioning_artifact as artifacts
from publisher.model import ProvisioningArtifact
from publisher.stopping import READERS, Pool


@dataclass(frozen=True, kw_only=True)
class PublishedVersion:
    """A version with its id and that of its product."""

    artifact: ProvisioningArtifact
    product_id: str
    id: str


def published_products(aws: Aws) -> dict[str, Any]:
    """What DescribeProductAsAdmin answers of each managed product, by product key. Raises AwsError."""
    client = aws.client("servicecatalog")
    with aws_errors(f"cannot read the products of {aws.account_id}/{aws.region}"), Pool(READERS) as pool:
        ids = sorted(products.views(client))
        described = pool.map(lambda id_: found_or_none(lambda: call(client, "describe", "product", id_)), ids)
        found = [it for it in described if it]
    return {name: it for it in found if (name := products.product(it).name)}


def other_versions(aws: Aws, digests: Mapping[str, str]) -> list[PublishedVersion]:
    """The versions of these products whose content is not the one with the short digest that is named.

    Raises AwsError.
    """
    client = aws.client("servicecatalog")

    def versions(product: str, answer: Any) -> list[PublishedVersion]:
        def other(details: Any) -> list[tuple[ProvisioningArtifact, str]]:
            found = artifacts.observed(product, details)
            return [it for it in found if it[0].short_digest != digests[product]]

        # Only a list says which versions are active and deprecated.
        product_id = answer["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
        if not other(answer.get("ProvisioningArtifactSummaries", ())):
            return []
        listed = found_or_none(lambda: artifacts.listed(client, product_id)) or ()
        return [PublishedVersion(artifact=it, product_id=product_id, id=id_) for it, id_ in other(listed)]

    wanted = [it for it in published_products(aws).items() if it[0] in digests]
    with aws_errors(f"cannot read the versions of {aws.account_id}/{aws.region}"), Pool(READERS) as pool:
        return [it for some in pool.map(lambda it: versions(*it), wanted) for it in some]


def template_of(aws: Aws, version: PublishedVersion) -> str:
    """The text of its template. Raises AwsError."""
    with aws_errors("the template cannot be read"):
        return template_text(aws, product_id=version.product_id, version_id=version.id)
