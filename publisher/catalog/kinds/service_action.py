"""Service actions, and the versions they are associated with.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateServiceAction.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from publisher.catalog.creating import Creating, Made
from publisher.catalog.engine import Answer, Request, found_or_none, list_all
from publisher.catalog.kind import Association, Identified, Includes, split
from publisher.catalog.together import Shows
from publisher.documents import canonical_json
from publisher.model import Key, ServiceAction, ServiceActionAssociation

_NAME = re.compile(r"(?:^|\s)\(([a-z][a-z0-9-]*/[a-z][a-z0-9-]*)\)$")


class ServiceActionKind(Creating[ServiceAction], Identified[ServiceAction]):
    """Its name stands at the end of its description: it has no tags."""

    @override
    def create(self, desired: ServiceAction, includes: Includes = ()) -> None:
        request = fields(desired)

        def create(token: str) -> Made:
            answer = self.engine.client.create_service_action(
                **request, DefinitionType="SSM_AUTOMATION", IdempotencyToken=token
            )
            return Made(id=answer["ServiceActionDetail"]["ServiceActionSummary"]["Id"])

        self.create_once(desired, request, create)

    @override
    def appeared(self, desired: ServiceAction, foreign: set[str]) -> bool:
        return desired.name in managed(self.engine.client).values()

    @override
    def shaped(self, answer: Answer, resource: ServiceAction) -> ServiceAction:
        return service_action(answer)

    @override
    def update(self, observed: ServiceAction, desired: ServiceAction) -> None:
        self.write(desired, **fields(desired))


class ServiceActionAssociationKind(Association[ServiceActionAssociation]):
    """Read by the versions of its action."""

    associate: ClassVar[str] = "associate_service_action_with_provisioning_artifact"
    disassociate: ClassVar[str] = "disassociate_service_action_from_provisioning_artifact"

    @override
    def request(self, resource: ServiceActionAssociation) -> Request:
        id_of = self.engine.id_of
        return {
            "ProductId": id_of("product", resource.product),
            "ProvisioningArtifactId": id_of("provisioning-artifact", resource.product, resource.version),
            "ServiceActionId": id_of("service-action", resource.action),
        }

    @override
    def place(self, resource: ServiceActionAssociation) -> Key:
        return ("service-action", resource.action)

    @override
    def look(self, some: Sequence[ServiceActionAssociation]) -> Shows[ServiceActionAssociation]:
        action = self.request(some[0])["ServiceActionId"]
        there = found_or_none(lambda: versions_with(self.engine.client, action)) or ()
        return lambda it: self.request(it)["ProvisioningArtifactId"] in there


def managed(client: Any) -> dict[str, str]:
    """The names of managed service actions by id."""
    listed = list_all(client, "list_service_actions", "ServiceActionSummaries")
    names = {str(it["Id"]): split(it.get("Description") or "", _NAME)[1] for it in listed}
    return {id_: name for id_, name in names.items() if name}


def service_action(answer: Answer) -> ServiceAction:
    """A service action from DescribeServiceAction; without a name when it is unmanaged."""
    detail = answer["ServiceActionDetail"]
    summary = detail["ServiceActionSummary"]
    text, name = split(summary.get("Description") or "", _NAME)
    return ServiceAction(
        name=name,
        display_name=summary.get("Name", ""),
        definition=_definition(detail["Definition"]),
        description=text,
    )


def of_version(client: Any, **place: str) -> list[Answer]:
    """The summaries of a version's service actions."""
    listing = "list_service_actions_for_provisioning_artifact"
    return list_all(client, listing, "ServiceActionSummaries", **place)


def versions_with(client: Any, id_: str) -> list[str]:
    """The ids of the versions that have a service action."""
    listing = "list_provisioning_artifacts_for_service_action"
    views = list_all(client, listing, "ProvisioningArtifactViews", ServiceActionId=id_)
    return [it["ProvisioningArtifact"]["Id"] for it in views]


def fields(resource: ServiceAction) -> Request:
    """The fields that CreateServiceAction and UpdateServiceAction share."""
    return {
        "Name": resource.display_name,
        "Definition": dict(resource.definition),
        "Description": f"{resource.description} ({resource.name})".strip(),
    }


def _definition(definition: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The API's entries, sorted, with canonical JSON in Parameters."""
    entries = dict(definition)
    try:
        parameters = sorted(json.loads(entries.pop("Parameters", "[]")), key=lambda it: str(it["Name"]))
    except (ValueError, KeyError, TypeError):
        return tuple(sorted(definition.items()))
    return tuple(
        sorted((entries | ({"Parameters": canonical_json(parameters)} if parameters else {})).items())
    )
