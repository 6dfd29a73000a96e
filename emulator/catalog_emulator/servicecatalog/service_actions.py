"""Service actions: Systems Manager documents that end users may run on their launches.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateServiceAction.html and its siblings.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.exceptions import ServiceException

from catalog_emulator.servicecatalog.artifacts import artifact_of
from catalog_emulator.servicecatalog.exceptions import Duplicate, InUse, InvalidParameters, NotFound
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.products import product_view_summary
from catalog_emulator.servicecatalog.state import update
from catalog_emulator.servicecatalog.values import Answer, Members, ServiceAction, Text
from catalog_emulator.servicecatalog.visible_portfolios import Operations

_ROLE = re.compile(r"LAUNCH_ROLE|arn:[a-z0-9-]+:iam::\d{12}:role/[\w+=,.@/-]+")
_PARAMETER_TYPES = ("TARGET", "TEXT_VALUE")
_CODES = {
    "DuplicateResourceException": "DUPLICATE_RESOURCE",
    "LimitExceededException": "LIMIT_EXCEEDED",
    "ResourceNotFoundException": "RESOURCE_NOT_FOUND",
}


class ServiceActions(Operations):
    """Operations on service actions and their associations with versions."""

    def create_service_action(
        self, *, name: str, definition_type: str, definition: Mapping[str, str], description: Text = None
    ) -> Answer:
        """CreateServiceAction: whether its document exists is checked at execution."""
        self._state.quotas.check("service_actions", len(self._state.service_actions))
        _check(definition)
        action = ServiceAction(
            id=self._state.new_id("act"),
            name=name,
            definition_type=definition_type,
            definition=dict(definition),
            description=description,
        )
        self._state.service_actions[action.id] = action
        return {"ServiceActionDetail": _detail(action)}

    def describe_service_action(self, *, id: str) -> Answer:
        return {"ServiceActionDetail": _detail(self._state.service_action(id))}

    def update_service_action(
        self, *, id: str, name: Text = None, definition: Members | None = None, description: Text = None
    ) -> Answer:
        """UpdateServiceAction: members left out keep their value."""
        action = self._state.service_action(id)
        if definition is not None:
            _check(definition)
        update(action, name=name or None, definition=definition and dict(definition), description=description)
        return {"ServiceActionDetail": _detail(action)}

    def delete_service_action(self, *, id: str) -> None:
        """DeleteServiceAction: only one without associations."""
        if self._state.service_action(id).artifacts:
            raise InUse(f"Service action {id} is associated with provisioning artifacts.")
        del self._state.service_actions[id]

    def list_service_actions(self) -> Listing:
        return Listing("ServiceActionSummaries", list(self._state.service_actions.values()))

    def associate_service_action_with_provisioning_artifact(
        self, *, product_id: str, provisioning_artifact_id: str, service_action_id: str
    ) -> None:
        key = self._version(product_id, provisioning_artifact_id)
        action = self._state.service_action(service_action_id)
        if key in action.artifacts:
            raise Duplicate(
                f"Service action {action.id} is already associated with {provisioning_artifact_id}."
            )
        actions = sum(key in one.artifacts for one in self._state.service_actions.values())
        self._state.quotas.check("service_actions_per_version", actions)
        action.artifacts.append(key)

    def disassociate_service_action_from_provisioning_artifact(
        self, *, product_id: str, provisioning_artifact_id: str, service_action_id: str
    ) -> None:
        key = self._version(product_id, provisioning_artifact_id)
        action = self._state.service_action(service_action_id)
        if key not in action.artifacts:
            raise NotFound(f"Service action {action.id} is not associated with {provisioning_artifact_id}.")
        action.artifacts.remove(key)

    def batch_associate_service_action_with_provisioning_artifact(
        self, *, service_action_associations: Sequence[Mapping[str, str]]
    ) -> Answer:
        """BatchAssociateServiceActionWithProvisioningArtifact: returns those that failed."""
        return self._batch(
            service_action_associations, self.associate_service_action_with_provisioning_artifact
        )

    def batch_disassociate_service_action_from_provisioning_artifact(
        self, *, service_action_associations: Sequence[Mapping[str, str]]
    ) -> Answer:
        """BatchDisassociateServiceActionFromProvisioningArtifact: returns those that failed."""
        return self._batch(
            service_action_associations, self.disassociate_service_action_from_provisioning_artifact
        )

    def list_provisioning_artifacts_for_service_action(self, *, service_action_id: str) -> Listing:
        action = self._state.service_action(service_action_id)
        views = [
            {
                "ProductViewSummary": product_view_summary(self._state.products[product]),
                "ProvisioningArtifact": self._state.products[product].artifacts[artifact],
            }
            for product, artifact in action.artifacts
        ]
        return Listing("ProvisioningArtifactViews", views)

    def list_service_actions_for_provisioning_artifact(
        self, *, product_id: str, provisioning_artifact_id: str
    ) -> Listing:
        artifact_of(self._visible.product(product_id), provisioning_artifact_id)
        key = (product_id, provisioning_artifact_id)
        kept = [one for one in self._state.service_actions.values() if key in one.artifacts]
        return Listing("ServiceActionSummaries", kept)

    def _version(self, product_id: str, artifact_id: str) -> tuple[str, str]:
        artifact_of(self._state.product(product_id), artifact_id)
        return product_id, artifact_id

    def _batch(self, associations: Sequence[Mapping[str, str]], call: Any) -> Answer:
        if len({tuple(sorted(one.items())) for one in associations}) < len(associations):
            raise InvalidParameters("The request has a duplicate association.")
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
        raise InvalidParameters(f"The definition has no {missing[0]}.")
    if "AssumeRole" in definition and not _ROLE.fullmatch(definition["AssumeRole"]):
        raise InvalidParameters("AssumeRole must be a role's ARN or LAUNCH_ROLE.")
    try:
        parameters = json.loads(definition.get("Parameters", "[]"))
    except ValueError:
        parameters = None
    if not isinstance(parameters, list) or not all(_is_parameter(one) for one in parameters):
        raise InvalidParameters(
            f"Parameters must be a JSON list of objects with Name and Type ({' or '.join(_PARAMETER_TYPES)})."
        )


def _is_parameter(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("Name"), str) and one.get("Type") in _PARAMETER_TYPES


def _detail(action: ServiceAction) -> Answer:
    return {"ServiceActionSummary": action, "Definition": action.definition}
