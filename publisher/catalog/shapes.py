"""Portfolios, products and versions: from Service Catalog's shapes to the model, and back. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from publisher.model import Portfolio, Product, ProvisioningArtifact, Resource

# Launches get the tags of their portfolio and of their product, and some fail with a duplicate key: no key
# of publisher is on both. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_Tag.html
PORTFOLIO_TAG = "publisher:portfolio"
PRODUCT_TAG = "publisher:product"
FAMILY_TAG = "publisher:family"
UNFINISHED_TAG = "publisher:unfinished"
# Followed by the id of a TagOption that is being deleted.
# Stored in accounts, so it keeps the name that older versions wrote.
PENDING_TAG = "publisher:leaving:"
_OWN_TAGS = "publisher:"
_AWS_TAGS = "aws:"
_DIGEST = re.compile(r"(?:^|\s)(sha256:[0-9a-f]{12})$")

Answer = Mapping[str, Any]
Request = dict[str, Any]


def portfolio_key(answer: Answer) -> str | None:
    """The ownership key of a described portfolio; None when it is unmanaged."""
    return _tags(answer).get(PORTFOLIO_TAG)


def product_key(answer: Answer) -> str | None:
    """The ownership key of a described product; None when it is unmanaged."""
    return _tags(answer).get(PRODUCT_TAG)


def pending_deletions(answer: Answer) -> dict[str, str]:
    """By tag, the ids of TagOptions whose deletion a described portfolio or product records."""
    return {
        key: key.removeprefix(PENDING_TAG) for key in sorted(_tags(answer)) if key.startswith(PENDING_TAG)
    }


def portfolio(answer: Answer) -> Portfolio:
    """A portfolio from DescribePortfolio."""
    detail, carried = answer["PortfolioDetail"], _tags(answer)
    return Portfolio(
        name=carried.get(PORTFOLIO_TAG, ""),
        display_name=detail["DisplayName"],
        provider_name=detail["ProviderName"],
        description=detail.get("Description") or "",
        tags=_free_tags(carried),
        unfinished=UNFINISHED_TAG in carried,
    )


def product(answer: Answer) -> Product:
    """A product from DescribeProductAsAdmin."""
    view, carried = answer["ProductViewDetail"]["ProductViewSummary"], _tags(answer)
    return Product(
        name=carried.get(PRODUCT_TAG, ""),
        family=carried.get(FAMILY_TAG, ""),
        display_name=view["Name"],
        owner=view["Owner"],
        product_type=view.get("Type", "CLOUD_FORMATION_TEMPLATE"),
        description=view.get("ShortDescription") or "",
        distributor=view.get("Distributor") or "",
        support_description=view.get("SupportDescription") or "",
        support_email=view.get("SupportEmail") or "",
        support_url=view.get("SupportUrl") or "",
        tags=_free_tags(carried),
    )


def artifact(product_name: str, detail: Answer) -> ProvisioningArtifact:
    """A version from a detail of ListProvisioningArtifacts."""
    text, digest = split(detail.get("Description") or "", _DIGEST)
    return ProvisioningArtifact(
        product=product_name,
        version=detail["Name"],
        digest=digest,
        artifact_type=detail.get("Type", "CLOUD_FORMATION_TEMPLATE"),
        description=text,
        active=detail.get("Active", True),
        guidance=detail.get("Guidance", "DEFAULT"),
    )


def portfolio_fields(resource: Portfolio) -> Request:
    """The fields that CreatePortfolio and UpdatePortfolio share."""
    return {
        "DisplayName": resource.display_name,
        "ProviderName": resource.provider_name,
        "Description": resource.description,
    }


def tags(resource: Resource) -> dict[str, str]:
    """All tags of a resource, including ownership tags."""
    match resource:
        case Portfolio():
            unfinished = {UNFINISHED_TAG: "true"} if resource.unfinished else {}
            return dict(resource.tags) | {PORTFOLIO_TAG: resource.name} | unfinished
        case Product():
            return dict(resource.tags) | {PRODUCT_TAG: resource.name, FAMILY_TAG: resource.family}
        case _:
            return {}


def product_fields(resource: Product) -> Request:
    """The fields that CreateProduct and UpdateProduct share."""
    return {
        "Name": resource.display_name,
        "Owner": resource.owner,
        "Description": resource.description,
        "Distributor": resource.distributor,
        "SupportDescription": resource.support_description,
        "SupportEmail": resource.support_email,
        "SupportUrl": resource.support_url,
    }


def product_changes(observed: Resource, desired: Product) -> Request:
    """The changed fields for UpdateProduct, which rejects an empty SupportUrl.

    https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProduct.html
    """
    before = product_fields(observed) if isinstance(observed, Product) else {}
    changed = {name: value for name, value in product_fields(desired).items() if before.get(name) != value}
    return changed | tag_changes(observed, desired)


def artifact_parameters(resource: ProvisioningArtifact, template_url: str) -> Request:
    """A version as CreateProduct and CreateProvisioningArtifact take it."""
    return {
        "Name": resource.version,
        "Description": f"{resource.description} {resource.short_digest}".strip(),
        "Info": {"LoadTemplateFromURL": template_url},
        "Type": resource.artifact_type,
    }


def new_product(resource: Product, version: ProvisioningArtifact, template_url: str) -> Request:
    """CreateProduct's request, without its token."""
    filled = {name: value for name, value in product_fields(resource).items() if value}
    return filled | {
        "ProductType": resource.product_type,
        "Tags": tag_list(tags(resource)),
        "ProvisioningArtifactParameters": artifact_parameters(version, template_url),
    }


def tag_list(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in the API's shape, sorted."""
    return [{"Key": key, "Value": value} for key, value in sorted(values.items())]


def tag_changes(observed: Resource, desired: Resource) -> Request:
    """AddTags and RemoveTags of an update; adding an existing key changes its value."""
    before, after = tags(observed), tags(desired)
    added = {key: value for key, value in after.items() if before.get(key) != value}
    removed = sorted(before.keys() - after.keys())
    request: Request = {"AddTags": tag_list(added)} if added else {}
    return request | ({"RemoveTags": removed} if removed else {})


def _tags(answer: Answer) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or ()}


def _free_tags(carried: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item for item in carried.items() if not item[0].startswith((_OWN_TAGS, _AWS_TAGS))))


def split(description: str, suffix: re.Pattern[str]) -> tuple[str, str]:
    """A description's text and the suffix that the pattern finds, or an empty one."""
    match = suffix.search(description)
    return (description[: match.start()], match[1]) if match else (description, "")
