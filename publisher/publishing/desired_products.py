"""A product with its version and attachments, as values for one target."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.declarations import Variant
from publisher.declarations.product import ProductFile
from publisher.declarations.product import ServiceAction as DeclaredAction
from publisher.documents import canonical_json
from publisher.model import (
    LAUNCH_ROLE,
    Product,
    ProvisioningArtifact,
    Retention,
    ServiceAction,
    ServiceActionAssociation,
)
from publisher.publishing.desired_attachments import attachments, sorted_tags
from publisher.rules import Placed, Target


def product_resources(variant: Variant, digest: str, target: Target) -> Iterator[Placed]:
    """The product, the version its content makes, its attachments and service actions."""
    file, where = variant.family.file, variant.family.document.where
    tags = {key: where("tags", key, key=True) for key in file.tags}
    yield Placed(resource=_product(variant), where=where(), places=tags)
    yield Placed(resource=_artifact(variant, digest), where=where())
    yield from attachments(("product", variant.key), file.tag_options, file.budget, where)
    for name, action in file.service_actions.items():
        place = where("service_actions", name, key=True)
        resource = _action(f"{file.family}/{name}", action, target)
        association = ServiceActionAssociation(product=variant.key, version="", action=resource.name)
        places = {"Parameters": where("service_actions", name, "parameters", key=True)}
        if action.assume_role:
            places[target.fill(action.assume_role)] = where("service_actions", name, "assume_role")
        yield Placed(resource=resource, where=place, places=places)
        yield Placed(resource=association, where=place)


def _action(name: str, action: DeclaredAction, target: Target) -> ServiceAction:
    definition = {
        "Name": action.document,
        "Version": action.document_version,
        "AssumeRole": target.fill(action.assume_role) if action.assume_role else LAUNCH_ROLE,
    }
    if action.parameters:
        parameters = [{"Name": key, "Type": type_} for key, type_ in sorted(action.parameters.items())]
        definition["Parameters"] = canonical_json(parameters)
    return ServiceAction(
        name=name,
        display_name=action.display_name,
        definition=tuple(sorted(definition.items())),
        description=action.description.strip(),
    )


def retention(file: ProductFile) -> Retention | None:
    """How long the family's products keep their versions; None when nothing is said of it."""
    keep = file.retention
    if not (keep or file.versions or file.retire):
        return None
    return Retention(
        keep=keep.keep if keep else None,
        deprecated=keep.deprecated if keep else None,
        states=dict(file.versions),
        retire=file.retire,
    )


def _product(variant: Variant) -> Product:
    file = variant.family.file
    return Product(
        name=variant.key,
        family=variant.family.name,
        display_name=variant.display_name,
        owner=file.owner,
        product_type=file.product_type,
        description=file.description.strip(),
        distributor=file.distributor.strip(),
        support_description=file.support_description.strip(),
        support_email=file.support_email or "",
        support_url=file.support_url or "",
        tags=sorted_tags(file.tags),
    )


def _artifact(variant: Variant, digest: str) -> ProvisioningArtifact:
    family = variant.family
    return ProvisioningArtifact(
        product=variant.key,
        version=family.version,
        digest=digest,
        artifact_type=family.product_type,
        description=f"{family.name} {family.version}",
    )
