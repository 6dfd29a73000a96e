"""Provisioning artifacts: the versions of products.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisioningArtifact.html and its siblings.
"""

from collections.abc import Mapping
from typing import Any

from catalog_emulator.cloudformation.template.document import Template
from catalog_emulator.servicecatalog.exceptions import InUse, InvalidParameters, NotFound
from catalog_emulator.servicecatalog.stacks import own_stack
from catalog_emulator.servicecatalog.state import by_name, check_either, update
from catalog_emulator.servicecatalog.templates import check, fetch, parameter_details, parse
from catalog_emulator.servicecatalog.values import Answer, Artifact, Product
from catalog_emulator.servicecatalog.visible_portfolios import Operations


class Artifacts(Operations):
    """Operations on provisioning artifacts."""

    def create_provisioning_artifact(self, *, product_id: str, parameters: Mapping[str, Any]) -> Answer:
        """CreateProvisioningArtifact: the answer says CREATING, the next read AVAILABLE."""
        artifact = self.add(self._state.product(product_id), parameters)
        return _described(artifact, "CREATING")

    def list_provisioning_artifacts(self, *, product_id: str) -> Answer:
        """ListProvisioningArtifacts: all in one answer."""
        return {"ProvisioningArtifactDetails": list(self._visible.product(product_id).artifacts.values())}

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
        """DescribeProvisioningArtifact; Verbose adds the template, which AWS does not document."""
        product = self._visible.product_by(product_id, product_name)
        artifact = artifact_by(product, provisioning_artifact_id, provisioning_artifact_name)
        answer = _described(artifact)
        if verbose:
            answer["Info"]["CloudFormationTemplate"] = artifact.template
        if include_provisioning_artifact_parameters:
            answer["ProvisioningArtifactParameters"] = parameter_details(parsed(artifact))
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
        artifact = artifact_of(self._state.product(product_id), provisioning_artifact_id)
        update(artifact, name=name, description=description, active=active, guidance=guidance)
        return _described(artifact)

    def delete_provisioning_artifact(self, *, product_id: str, provisioning_artifact_id: str) -> None:
        """DeleteProvisioningArtifact: not the last one. Launches of it continue."""
        product = self._state.product(product_id)
        artifact_of(product, provisioning_artifact_id)
        if len(product.artifacts) == 1:
            raise InUse(
                f"Provisioning artifact {provisioning_artifact_id} is the last one of product {product_id}."
            )
        if any(
            (product_id, provisioning_artifact_id) in one.artifacts
            for one in self._state.service_actions.values()
        ):
            raise InUse(
                f"Provisioning artifact {provisioning_artifact_id} is associated with service actions."
            )
        del product.artifacts[provisioning_artifact_id]

    def add(self, product: Product, properties: Mapping[str, Any]) -> Artifact:
        """Names are not unique, may be left out, and may have spaces, although the API's pages allow none.

        The versions of Control Tower's own product are all named "AWS Control Tower Account Factory":
        https://github.com/hashicorp/terraform-provider-aws/issues/24362
        """
        self._state.quotas.check("versions_per_product", len(product.artifacts))
        kind = properties.get("Type", "CLOUD_FORMATION_TEMPLATE")
        if kind != product.type:
            raise InvalidParameters(
                f"A product of type {product.type} has no provisioning artifacts of type {kind}."
            )
        source, template = self._source(properties.get("Info") or {}, kind)
        if kind == "CLOUD_FORMATION_TEMPLATE" and not properties.get("DisableTemplateValidation"):
            check(parse(template))
        artifact = Artifact(
            id=self._state.new_id("pa"),
            name=properties.get("Name"),
            description=properties.get("Description"),
            type=kind,
            template=template,
            source=source,
        )
        product.artifacts[artifact.id] = artifact
        return artifact

    def _source(self, info: Mapping[str, str], kind: str) -> tuple[dict[str, str], str]:
        match dict(info):
            case {"LoadTemplateFromURL": url, **rest} if not rest:
                return {"TemplateUrl": url}, fetch(url, archive=kind == "EXTERNAL")
            case {"ImportFromPhysicalId": stack_id, **rest} if not rest:
                return {"ImportFromPhysicalId": stack_id}, self._stack_template(stack_id)
            case _:
                raise InvalidParameters(
                    "Info must have exactly one of LoadTemplateFromURL and ImportFromPhysicalId."
                )

    def _stack_template(self, stack_id: str) -> str:
        stack = own_stack(self._state, stack_id)
        if stack is None:
            raise InvalidParameters(f"Stack {stack_id} does not exist.")
        return str(stack.template)


def artifact_of(product: Product, identifier: str) -> Artifact:
    """The version of a product, or ResourceNotFoundException."""
    if identifier not in product.artifacts:
        raise NotFound(f"Provisioning artifact {identifier} of product {product.id} not found.")
    return product.artifacts[identifier]


def artifact_by(product: Product, identifier: str | None, name: str | None) -> Artifact:
    """A version of a product by its id or by its name."""
    check_either("provisioning artifact", identifier, name)
    if identifier is not None:
        return artifact_of(product, identifier)
    return by_name(product.artifacts.values(), "Provisioning artifact", name or "")


def parsed(artifact: Artifact) -> Template:
    """The template of a version; do not modify it.

    Only the engine of an EXTERNAL product knows its parameters, and no engine is called here:
    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/external-engine.html
    """
    if artifact.type != "CLOUD_FORMATION_TEMPLATE":
        raise InvalidParameters(
            f"Provisioning artifact {artifact.id} is of type {artifact.type}: only an engine can read and "
            "launch it, and the local Service Catalog calls none."
        )
    return parse(artifact.template)


def _described(artifact: Artifact, status: str = "AVAILABLE") -> Answer:
    return {"ProvisioningArtifactDetail": artifact, "Info": dict(artifact.source), "Status": status}
