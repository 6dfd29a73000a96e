"""Service actions: what end users may do with what they launched, defined by Systems Manager documents.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateServiceAction.html and its siblings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.exceptions import ServiceException

from catalog_emulator.servicecatalog.artifacts import Artifacts
from catalog_emulator.servicecatalog.exceptions import (
    DuplicateResourceException,
    InvalidParametersException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from catalog_emulator.servicecatalog.limits import SERVICE_ACTIONS, SERVICE_ACTIONS_PER_VERSION, under
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.products import product_view_summary
from catalog_emulator.servicecatalog.state import present
from catalog_emulator.servicecatalog.values import Answer, Artifact, ServiceAction

_ROLE = re.compile(r"LAUNCH_ROLE|arn:[a-z0-9-]+:iam::\d{12}:role/[\w+=,.@/-]+")
_PARAMETER_TYPES = ("TARGET", "TEXT_VALUE")
_CODES = {
    "DuplicateResourceException": "DUPLICATE_RESOURCE",
    "LimitExceededException": "LIMIT_EXCEEDED",
    "ResourceNotFoundException": "RESOURCE_NOT_FOUND",
}


class ServiceActions(Artifacts):
    """Operations on service actions and the versions that they are associated with."""

    def create_service_action(
        self,
        *,
        name: str,
        definition_type: str,
        definition: Mapping[str, str],
        description: str | None = None,
    ) -> Answer:
        """CreateServiceAction: whether its document exists shows when it is executed."""
        under(SERVICE_ACTIONS, len(self.service_actions), "service actions")
        _check(definition)
        action = ServiceAction(
            id=self.new_id("act"),
            name=name,
            type=definition_type,
            definition=dict(definition),
            description=description,
        )
        self.service_actions[action.id] = action
        return {"ServiceActionDetail": _detail(action)}

    def describe_service_action(self, *, id: str) -> Answer:
        """DescribeServiceAction."""
        return {"ServiceActionDetail": _detail(self.service_action(id))}

    def update_service_action(
        self,
        *,
        id: str,
        name: str | None = None,
        definition: Mapping[str, str] | None = None,
        description: str | None = None,
    ) -> Answer:
        """UpdateServiceAction: what is not given stays."""
        action = self.service_action(id)
        if definition is not None:
            _check(definition)
            action.definition = dict(definition)
        action.name = name or action.name
        if description is not None:
            action.description = description
        return {"ServiceActionDetail": _detail(action)}

    def delete_service_action(self, *, id: str) -> None:
        """DeleteServiceAction: only one that no version has."""
        if self.service_action(id).artifacts:
            raise ResourceInUseException(f"Service action {id} is associated with provisioning artifacts.")
        del self.service_actions[id]

    def list_service_actions(self, *, page_size: int | None = None, page_token: str | None = None) -> Answer:
        """ListServiceActions."""
        actions = list(self.service_actions.values())
        found, following = page(actions, of="service actions", size=page_size, token=page_token)
        return with_token({"ServiceActionSummaries": [_summary(one) for one in found]}, following)

    def associate_service_action_with_provisioning_artifact(
        self, *, product_id: str, provisioning_artifact_id: str, service_action_id: str
    ) -> None:
        """AssociateServiceActionWithProvisioningArtifact."""
        key = self._version(product_id, provisioning_artifact_id)
        action = self.service_action(service_action_id)
        if key in action.artifacts:
            raise DuplicateResourceException(
                f"Service action {action.id} is already associated with {provisioning_artifact_id}."
            )
        held = sum(key in one.artifacts for one in self.service_actions.values())
        under(SERVICE_ACTIONS_PER_VERSION, held, "service actions of a provisioning artifact")
        action.artifacts.append(key)

    def disassociate_service_action_from_provisioning_artifact(
        self, *, product_id: str, provisioning_artifact_id: str, service_action_id: str
    ) -> None:
        """DisassociateServiceActionFromProvisioningArtifact."""
        key = self._version(product_id, provisioning_artifact_id)
        action = self.service_action(service_action_id)
        if key not in action.artifacts:
            raise ResourceNotFoundException(
                f"Service action {action.id} is not associated with {provisioning_artifact_id}."
            )
        action.artifacts.remove(key)

    def batch_associate_service_action_with_provisioning_artifact(
        self, *, service_action_associations: Sequence[Mapping[str, str]]
    ) -> Answer:
        """BatchAssociateServiceActionWithProvisioningArtifact: answers those that failed."""
        return self._batch(
            service_action_associations, self.associate_service_action_with_provisioning_artifact
        )

    def batch_disassociate_service_action_from_provisioning_artifact(
        self, *, service_action_associations: Sequence[Mapping[str, str]]
    ) -> Answer:
        """BatchDisassociateServiceActionFromProvisioningArtifact: answers those that failed."""
        return self._batch(
            service_action_associations, self.disassociate_service_action_from_provisioning_artifact
        )

    def list_provisioning_artifacts_for_service_action(
        self, *, service_action_id: str, page_size: int | None = None, page_token: str | None = None
    ) -> Answer:
        """ListProvisioningArtifactsForServiceAction."""
        action = self.service_action(service_action_id)
        views = [
            {
                "ProductViewSummary": product_view_summary(self.products[product]),
                "ProvisioningArtifact": _artifact(self.products[product].artifacts[artifact]),
            }
            for product, artifact in action.artifacts
        ]
        of = f"artifacts of {service_action_id}"
        found, following = page(views, of=of, size=page_size, token=page_token)
        return with_token({"ProvisioningArtifactViews": found}, following)

    def list_service_actions_for_provisioning_artifact(
        self,
        *,
        product_id: str,
        provisioning_artifact_id: str,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ListServiceActionsForProvisioningArtifact."""
        self.artifact(self.any_product(product_id), provisioning_artifact_id)
        key = (product_id, provisioning_artifact_id)
        kept = [_summary(one) for one in self.service_actions.values() if key in one.artifacts]
        found, following = page(kept, of=f"service actions {key}", size=page_size, token=page_token)
        return with_token({"ServiceActionSummaries": found}, following)

    def service_action(self, identifier: str) -> ServiceAction:
        """The service action, or ResourceNotFoundException."""
        return self._found(self.service_actions, "Service action", identifier)

    def _version(self, product_id: str, artifact_id: str) -> tuple[str, str]:
        self.artifact(self.product(product_id), artifact_id)
        return product_id, artifact_id

    def _batch(self, associations: Sequence[Mapping[str, str]], call: Any) -> Answer:
        if len({tuple(sorted(one.items())) for one in associations}) < len(associations):
            raise InvalidParametersException("The same association is there twice.")
        failed = []
        for one in associations:
            try:
                call(
                    product_id=one["ProductId"],
                    provisioning_artifact_id=one["ProvisioningArtifactId"],
                    service_action_id=one["ServiceActionId"],
                )
            except ServiceException as error:
                failed.append({**one, "ErrorCode": _CODES[error.code], "ErrorMessage": error.message})
        return {"FailedServiceActionAssociations": failed}


def parameters_of(action: ServiceAction) -> list[dict[str, str]]:
    """The parameters that a definition names, with their types."""
    found: list[dict[str, str]] = json.loads(action.definition.get("Parameters", "[]"))
    return found


def _check(definition: Mapping[str, str]) -> None:
    missing = [name for name in ("Name", "Version") if name not in definition]
    if missing:
        raise InvalidParametersException(f"The definition has no {missing[0]}.")
    if "AssumeRole" in definition and not _ROLE.fullmatch(definition["AssumeRole"]):
        raise InvalidParametersException("AssumeRole is neither a role's ARN nor LAUNCH_ROLE.")
    try:
        parameters = json.loads(definition.get("Parameters", "[]"))
    except ValueError:
        parameters = None
    if not isinstance(parameters, list) or not all(_is_parameter(one) for one in parameters):
        raise InvalidParametersException(
            f"Parameters is not a JSON list of objects with Name and Type ({' or '.join(_PARAMETER_TYPES)})."
        )


def _is_parameter(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("Name"), str) and one.get("Type") in _PARAMETER_TYPES


def _summary(action: ServiceAction) -> Answer:
    return present(Id=action.id, Name=action.name, Description=action.description, DefinitionType=action.type)


def _detail(action: ServiceAction) -> Answer:
    return {"ServiceActionSummary": _summary(action), "Definition": action.definition}


def _artifact(artifact: Artifact) -> Answer:
    return present(
        Id=artifact.id,
        Name=artifact.name,
        Description=artifact.description,
        CreatedTime=artifact.created,
        Guidance=artifact.guidance,
    )
