"""Versions of products. https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisioningArtifact.html"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Any

from typing_extensions import override

from publisher.catalog.creating import Creating, Made
from publisher.catalog.engine import Answer, Request, found_or_none
from publisher.catalog.kind import Includes, split
from publisher.catalog.kinds.service_action import of_version
from publisher.model import DESCRIBED_DIGEST, Catalog, ProvisioningArtifact, Retention, distinct_names


class ProvisioningArtifactKind(Creating[ProvisioningArtifact]):
    """Its content never changes; Active and Guidance cannot be set at create."""

    @override
    def create(self, desired: ProvisioningArtifact, includes: Includes = ()) -> None:
        request = {
            "ProductId": self.engine.id_of("product", desired.product),
            "Parameters": parameters(desired, self.engine.bucket.url(desired.template_key)),
        }

        def create(token: str) -> Made:
            answer = self.engine.client.create_provisioning_artifact(**request, IdempotencyToken=token)
            detail = answer["ProvisioningArtifactDetail"]
            return Made.of(detail["Id"], answer, detail)

        self.create_once(desired, request, create)
        self.set_state(desired)

    def set_state(self, desired: ProvisioningArtifact) -> None:
        """Sets the state of a new version."""
        if not desired.launchable:
            self.update(desired, desired)

    @override
    def parents(self, desired: ProvisioningArtifact) -> tuple[str, ...]:
        return (self.engine.id_of("product", desired.product),)

    @override
    def appeared(self, desired: ProvisioningArtifact, foreign: set[str]) -> bool:
        return any(it.get("Name") == desired.version for it in self._details(desired))

    @override
    def read(self, resource: ProvisioningArtifact) -> ProvisioningArtifact | None:
        id_ = self.engine.id_of(*resource.key)
        return next(
            (it for it, other in observed(resource.product, self._details(resource)) if other == id_), None
        )

    @override
    def update(self, observed: ProvisioningArtifact, desired: ProvisioningArtifact) -> None:
        request = self._place(desired) | {"Active": desired.active, "Guidance": desired.guidance}
        self.engine.retry_until(lambda: self.engine.client.update_provisioning_artifact(**request))
        self.engine.equals(replace(desired, digest=desired.short_digest), self.read)

    @override
    def remove(self, observed: ProvisioningArtifact) -> Any:
        """Deletes it after disassociating its service actions."""
        client, place = self.engine.client, self._place(observed)
        disassociate = client.disassociate_service_action_from_provisioning_artifact
        for action in of_version(client, **place):
            # "Not found" must not look as if the version were gone.
            found_or_none(partial(disassociate, **place, ServiceActionId=action["Id"]))
        return client.delete_provisioning_artifact(**place)

    def _place(self, resource: ProvisioningArtifact) -> Request:
        return {
            "ProductId": self.engine.id_of("product", resource.product),
            "ProvisioningArtifactId": self.engine.id_of(*resource.key),
        }

    def _details(self, resource: ProvisioningArtifact) -> list[Answer]:
        product_id = self.engine.id_of("product", resource.product)
        return found_or_none(lambda: listed(self.engine.client, product_id)) or []


def listed(client: Any, product_id: str) -> list[Answer]:
    """The details of a product's versions."""
    answer = client.list_provisioning_artifacts(ProductId=product_id)
    return list(answer.get("ProvisioningArtifactDetails", ()))


def observed(product: str, details: Collection[Answer]) -> list[tuple[ProvisioningArtifact, str]]:
    """The versions of a product with their ids, from details of ListProvisioningArtifacts."""
    names = distinct_names(details)
    return [(_artifact(product, names[it["Id"]], it), str(it["Id"])) for it in details]


def _artifact(product: str, name: str, detail: Answer) -> ProvisioningArtifact:
    text, digest = split(detail.get("Description") or "", DESCRIBED_DIGEST)
    return ProvisioningArtifact(
        product=product,
        version=name,
        digest=digest,
        artifact_type=detail.get("Type", "CLOUD_FORMATION_TEMPLATE"),
        description=text,
        active=detail.get("Active", True),
        guidance=detail.get("Guidance", "DEFAULT"),
    )


def assumed(
    product: str, summaries: Collection[Answer], catalog: Catalog
) -> list[tuple[ProvisioningArtifact, str]]:
    """The versions in a described product, with ids; Active and Guidance, which it lacks, are assumed."""
    found = []
    for version, id_ in observed(product, summaries):
        same = catalog.resources.get(version.key)
        if isinstance(same, ProvisioningArtifact):
            version = replace(version, active=same.active, guidance=same.guidance)
        found.append((version, id_))
    retention = catalog.retention.get(product, Retention())
    aged = {it.version: it for it in retention.applied(version for version, _ in found)}
    return [(aged[version.version], id_) for version, id_ in found]


def parameters(resource: ProvisioningArtifact, template_url: str) -> Request:
    """A version as CreateProduct and CreateProvisioningArtifact take it."""
    return {
        "Name": resource.version,
        "Description": f"{resource.description} {resource.short_digest}".strip(),
        "Info": {"LoadTemplateFromURL": template_url},
        "Type": resource.artifact_type,
    }
