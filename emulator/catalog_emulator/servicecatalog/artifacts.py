"""Provisioning artifacts: the versions of products.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisioningArtifact.html and its siblings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from catalog_emulator.cloudformation.template.document import Template
from catalog_emulator.servicecatalog.exceptions import (
    InvalidParametersException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from catalog_emulator.servicecatalog.holdings import Holdings
from catalog_emulator.servicecatalog.limits import VERSIONS_PER_PRODUCT, under
from catalog_emulator.servicecatalog.parameters import described
from catalog_emulator.servicecatalog.state import present
from catalog_emulator.servicecatalog.templates import check, fetch, parse
from catalog_emulator.servicecatalog.values import Answer, Artifact, Product

_NAME_LENGTH = 100


class Artifacts(Holdings):
    """Operations on provisioning artifacts."""

    def create_provisioning_artifact(self, *, product_id: str, parameters: Mapping[str, Any]) -> Answer:
        """CreateProvisioningArtifact: the answer says CREATING, the next read AVAILABLE."""
        artifact = self.new_artifact(self.product(product_id), parameters)
        return {
            "ProvisioningArtifactDetail": artifact_detail(artifact),
            "Info": dict(artifact.source),
            "Status": "CREATING",
        }

    def list_provisioning_artifacts(self, *, product_id: str) -> Answer:
        """ListProvisioningArtifacts: all in one answer."""
        artifacts = self.any_product(product_id).artifacts.values()
        return {"ProvisioningArtifactDetails": [artifact_detail(one) for one in artifacts]}

    def describe_provisioning_artifact(
        self,
        *,
        provisioning_artifact_id: str | None = None,
        product_id: str | None = None,
        provisioning_artifact_name: str | None = None,
        product_name: str | None = None,
        verbose: bool = False,
        include_provisioning_artifact_parameters: bool = False,
    ) -> Answer:
        """DescribeProvisioningArtifact by ids or names; Verbose adds the template, as AWS does unsaid."""
        product = self.product_by(product_id, product_name)
        artifact = self.artifact_by(product, provisioning_artifact_id, provisioning_artifact_name)
        info = dict(artifact.source)
        if verbose:
            info["CloudFormationTemplate"] = artifact.template
        answer: Answer = {
            "ProvisioningArtifactDetail": artifact_detail(artifact),
            "Info": info,
            "Status": "AVAILABLE",
        }
        if include_provisioning_artifact_parameters:
            answer["ProvisioningArtifactParameters"] = described(parsed(artifact))
        return answer

    def update_provisioning_artifact(
        self,
        *,
        product_id: str,
        provisioning_artifact_id: str,
        name: str | None = None,
        description: str | None = None,
        active: bool | None = None,
        guidance: str | None = None,
    ) -> Answer:
        """UpdateProvisioningArtifact: name, description, Active, Guidance; never the template."""
        artifact = self.artifact(self.product(product_id), provisioning_artifact_id)
        if name is not None:
            artifact.name = _named(name)
        if description is not None:
            artifact.description = description
        if active is not None:
            artifact.active = active
        if guidance is not None:
            artifact.guidance = guidance
        return {
            "ProvisioningArtifactDetail": artifact_detail(artifact),
            "Info": dict(artifact.source),
            "Status": "AVAILABLE",
        }

    def delete_provisioning_artifact(self, *, product_id: str, provisioning_artifact_id: str) -> None:
        """DeleteProvisioningArtifact: not the last one. Launches of it go on, and can move to another."""
        product = self.product(product_id)
        self.artifact(product, provisioning_artifact_id)
        if len(product.artifacts) == 1:
            raise ResourceInUseException(
                f"Provisioning artifact {provisioning_artifact_id} is the last one of product {product_id}."
            )
        if any(
            (product_id, provisioning_artifact_id) in one.artifacts for one in self.service_actions.values()
        ):
            raise ResourceInUseException(
                f"Provisioning artifact {provisioning_artifact_id} is associated with service actions."
            )
        del product.artifacts[provisioning_artifact_id]

    def new_artifact(self, product: Product, properties: Mapping[str, Any]) -> Artifact:
        """Adds a version to a product."""
        under(VERSIONS_PER_PRODUCT, len(product.artifacts), "provisioning artifacts of a product")
        kind = properties.get("Type", "CLOUD_FORMATION_TEMPLATE")
        if kind != product.type:
            raise InvalidParametersException(
                f"A product of type {product.type} has no provisioning artifacts of type {kind}."
            )
        source, template = self._source(properties.get("Info") or {}, kind)
        if kind == "CLOUD_FORMATION_TEMPLATE" and not properties.get("DisableTemplateValidation"):
            check(parse(template))
        artifact = Artifact(
            id=self.new_id("pa"),
            name=_named(properties.get("Name") or ""),
            description=properties.get("Description"),
            type=kind,
            template=template,
            source=source,
        )
        product.artifacts[artifact.id] = artifact
        return artifact

    def product_by(self, identifier: str | None, name: str | None) -> Product:
        """A product by id or by name, never by both. A name that two products have is not good enough."""
        if (identifier is None) == (name is None):
            raise InvalidParametersException("Specify either the product's id or its name.")
        if identifier is not None:
            return self.any_product(identifier)
        named = [product for product in self.any_products() if product.name == name]
        if not named:
            raise ResourceNotFoundException(f"Product with name {name} not found.")
        if len(named) > 1:
            raise InvalidParametersException(f"More than one product has the name {name}.")
        return named[0]

    def artifact_by(self, product: Product, identifier: str | None, name: str | None) -> Artifact:
        """A version of a product by id or by name, never by both."""
        if (identifier is None) == (name is None):
            raise InvalidParametersException("Specify either the provisioning artifact's id or its name.")
        if identifier is not None:
            return self.artifact(product, identifier)
        named = [artifact for artifact in product.artifacts.values() if artifact.name == name]
        if not named:
            raise ResourceNotFoundException(f"Provisioning artifact with name {name} not found.")
        if len(named) > 1:
            raise InvalidParametersException(f"More than one provisioning artifact has the name {name}.")
        return named[0]

    def artifact(self, product: Product, identifier: str) -> Artifact:
        """The version, or ResourceNotFoundException."""
        found = product.artifacts.get(identifier)
        if found is None:
            raise ResourceNotFoundException(
                f"Provisioning artifact {identifier} of product {product.id} not found."
            )
        return found

    def _source(self, info: Mapping[str, str], kind: str) -> tuple[dict[str, str], str]:
        match dict(info):
            case {"LoadTemplateFromURL": url, **rest} if not rest:
                return {"TemplateUrl": url}, fetch(url, archive=kind == "EXTERNAL")
            case {"ImportFromPhysicalId": stack_id, **rest} if not rest:
                return {"ImportFromPhysicalId": stack_id}, self._stack_template(stack_id)
            case _:
                raise InvalidParametersException(
                    "Info must have exactly one of LoadTemplateFromURL and ImportFromPhysicalId."
                )

    def _stack_template(self, stack_id: str) -> str:
        stacks: Any = cloudformation_backends[self.account_id][self.region_name]
        try:
            return str(stacks.get_stack(stack_id).template)
        except (ServiceException, HTTPException):
            raise InvalidParametersException(f"Stack {stack_id} does not exist.") from None


def parsed(artifact: Artifact) -> Template:
    """The template of a version, not to be changed.

    Only the engine of an EXTERNAL product knows its parameters, and no engine is called here:
    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/external-engine.html
    """
    if artifact.type != "CLOUD_FORMATION_TEMPLATE":
        raise InvalidParametersException(
            f"Provisioning artifact {artifact.id} is of type {artifact.type}: only an engine can read and "
            "launch it, and the local Service Catalog calls none."
        )
    return parse(artifact.template)


def artifact_detail(artifact: Artifact) -> Answer:
    """ProvisioningArtifactDetail."""
    return present(
        Id=artifact.id,
        Name=artifact.name,
        Description=artifact.description,
        Type=artifact.type,
        CreatedTime=artifact.created,
        Active=artifact.active,
        Guidance=artifact.guidance,
    )


def _named(name: str) -> str:
    # "No spaces are allowed": API_ProvisioningArtifactProperties.
    if not 1 <= len(name) <= _NAME_LENGTH or any(letter.isspace() for letter in name):
        raise InvalidParametersException(
            f"A provisioning artifact's name has 1 to {_NAME_LENGTH} characters and no spaces: '{name}'"
        )
    return name
