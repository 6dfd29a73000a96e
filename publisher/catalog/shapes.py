"""Service Catalog's shapes to the model, and back. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, assert_never

from publisher.model import (
    Constraint,
    LaunchConstraint,
    Portfolio,
    Product,
    ProvisioningArtifact,
    Resource,
    TemplateConstraint,
)

KEY_TAG = "publisher:key"
FAMILY_TAG = "publisher:family"
UNFINISHED_TAG = "publisher:unfinished"
_OUR_TAGS = "publisher:"
_AWS_TAGS = "aws:"
_PRODUCT_TYPE = "CLOUD_FORMATION_TEMPLATE"
_DIGEST = re.compile(r"(?:^|\s)(sha256:[0-9a-f]{12})$")
_NAME = re.compile(r"(?:^|\s)\(([a-z][a-z0-9-]*)\)$")

Answer = Mapping[str, Any]
Request = dict[str, Any]


def key_of(answer: Answer) -> str | None:
    """The ownership key of a described portfolio or product; None when it is not ours."""
    return _tags(answer).get(KEY_TAG)


def portfolio(answer: Answer) -> Portfolio:
    """A portfolio of ours from DescribePortfolio."""
    detail, carried = answer["PortfolioDetail"], _tags(answer)
    return Portfolio(
        name=carried.get(KEY_TAG, ""),
        display_name=detail["DisplayName"],
        provider_name=detail["ProviderName"],
        description=detail.get("Description") or "",
        tags=_free_tags(carried),
        unfinished=UNFINISHED_TAG in carried,
    )


def product(answer: Answer) -> Product:
    """A product of ours from DescribeProductAsAdmin."""
    view, carried = answer["ProductViewDetail"]["ProductViewSummary"], _tags(answer)
    return Product(
        name=carried.get(KEY_TAG, ""),
        family=carried.get(FAMILY_TAG, ""),
        display_name=view["Name"],
        owner=view["Owner"],
        description=view.get("ShortDescription") or "",
        distributor=view.get("Distributor") or "",
        support_description=view.get("SupportDescription") or "",
        support_email=view.get("SupportEmail") or "",
        support_url=view.get("SupportUrl") or "",
        tags=_free_tags(carried),
    )


def artifact(product_name: str, detail: Answer) -> ProvisioningArtifact:
    """A version from one of the details of ListProvisioningArtifacts."""
    text, digest = _split(detail.get("Description") or "", _DIGEST)
    return ProvisioningArtifact(
        product=product_name,
        version=detail["Name"],
        digest=digest,
        description=text,
        active=detail.get("Active", True),
        guidance=detail.get("Guidance", "DEFAULT"),
    )


def constraint_name(detail: Answer) -> str | None:
    """A name for a constraint that is of a kind we keep and is ours; "" for LAUNCH, which has one slot."""
    match detail["Type"]:
        case "LAUNCH":
            return ""
        case "TEMPLATE":
            return _split(detail.get("Description") or "", _NAME)[1] or None
        case _:
            return None


def constraint(portfolio_name: str, product_name: str, answer: Answer) -> Constraint:
    """A constraint from DescribeConstraint; its `constraint_name` must not be None."""
    detail, parameters = answer["ConstraintDetail"], json.loads(answer["ConstraintParameters"])
    description = detail.get("Description") or ""
    if detail["Type"] == "LAUNCH":
        return LaunchConstraint(
            portfolio=portfolio_name,
            product=product_name,
            local_role_name=parameters.get("LocalRoleName", ""),
            role_arn=parameters.get("RoleArn", ""),
            description=description,
            status=answer.get("Status", "AVAILABLE"),
        )
    text, name = _split(description, _NAME)
    return TemplateConstraint(
        portfolio=portfolio_name,
        product=product_name,
        name=name,
        rules=canonical(parameters.get("Rules", {})),
        description=text,
        status=answer.get("Status", "AVAILABLE"),
    )


def portfolio_fields(resource: Portfolio) -> Request:
    """The fields that CreatePortfolio and UpdatePortfolio share."""
    return {
        "DisplayName": resource.display_name,
        "ProviderName": resource.provider_name,
        "Description": resource.description,
    }


def tags(resource: Resource) -> dict[str, str]:
    """All the tags a resource is to carry, ours included."""
    match resource:
        case Portfolio():
            unfinished = {UNFINISHED_TAG: "true"} if resource.unfinished else {}
            return dict(resource.tags) | {KEY_TAG: resource.name} | unfinished
        case Product():
            return dict(resource.tags) | {KEY_TAG: resource.name, FAMILY_TAG: resource.family}
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


def artifact_parameters(resource: ProvisioningArtifact, template_url: str) -> Request:
    """A version as CreateProduct and CreateProvisioningArtifact take it."""
    return {
        "Name": resource.version,
        "Description": f"{resource.description} {resource.short_digest}".strip(),
        "Info": {"LoadTemplateFromURL": template_url},
        "Type": _PRODUCT_TYPE,
    }


def new_product(resource: Product, version: ProvisioningArtifact, template_url: str) -> Request:
    """CreateProduct's request, without its token."""
    filled = {name: value for name, value in product_fields(resource).items() if value}
    return filled | {
        "ProductType": _PRODUCT_TYPE,
        "Tags": tag_list(tags(resource)),
        "ProvisioningArtifactParameters": artifact_parameters(version, template_url),
    }


def constraint_fields(resource: Constraint) -> Request:
    """Description and Parameters of a constraint."""
    match resource:
        case LaunchConstraint(role_arn=""):
            parameters: dict[str, Any] = {"LocalRoleName": resource.local_role_name}
            description = resource.description
        case LaunchConstraint():
            parameters, description = {"RoleArn": resource.role_arn}, resource.description
        case TemplateConstraint():
            parameters = {"Rules": json.loads(resource.rules)}
            description = f"{resource.description} ({resource.name})".strip()
        case _:
            assert_never(resource)
    return {"Description": description, "Parameters": canonical(parameters)}


def constraint_type(resource: Constraint) -> str:
    """The API's word for a kind of constraint."""
    match resource:
        case LaunchConstraint():
            return "LAUNCH"
        case TemplateConstraint():
            return "TEMPLATE"
        case _:
            assert_never(resource)


def fills(resource: Constraint, detail: Answer) -> bool:
    """Whether a listed constraint of the same product and portfolio has the same slot."""
    name = resource.name if isinstance(resource, TemplateConstraint) else ""
    return detail["Type"] == constraint_type(resource) and constraint_name(detail) == name


def tag_list(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in the API's shape, sorted."""
    return [{"Key": key, "Value": value} for key, value in sorted(values.items())]


def tag_changes(observed: Resource, desired: Resource) -> Request:
    """AddTags and RemoveTags of an update; adding a key that is there changes its value."""
    before, after = tags(observed), tags(desired)
    added = {key: value for key, value in after.items() if before.get(key) != value}
    removed = sorted(before.keys() - after.keys())
    request: Request = {"AddTags": tag_list(added)} if added else {}
    return request | ({"RemoveTags": removed} if removed else {})


def canonical(value: Any) -> str:
    """JSON that is the same text for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _tags(answer: Answer) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags") or ()}


def _free_tags(carried: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(item for item in carried.items() if not item[0].startswith((_OUR_TAGS, _AWS_TAGS))))


def _split(description: str, suffix: re.Pattern[str]) -> tuple[str, str]:
    """A description's text and the mark at its end; no mark is an empty one."""
    match = suffix.search(description)
    return (description[: match.start()], match[1]) if match else (description, "")
