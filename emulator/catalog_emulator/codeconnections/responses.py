"""The operations on connections, as methods of a response of moto's."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import get_service_model

from catalog_emulator.codeconnections.models import (
    CodeConnectionsBackend,
    RefusedCall,
    codeconnections_backends,
)
from catalog_emulator.paging import page
from catalog_emulator.request_validation import validate

# https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_ListConnections.html
_MOST = 100


class CodeConnectionsResponse(BaseResponse):
    """The service's answers; both of its names have the same operations."""

    def __init__(self) -> None:
        super().__init__(service_name="codeconnections")

    @property
    def _backend(self) -> CodeConnectionsBackend:
        found: CodeConnectionsBackend = codeconnections_backends[self.current_account][self.region]
        return found

    def _request(self) -> Mapping[str, Any]:
        request: Mapping[str, Any] = json.loads(self.body or "{}")
        operation = get_service_model("codeconnections").operation_model(self._get_action())
        validate(operation.input_shape, request)
        return request

    def create_connection(self) -> ActionResult:
        """A connection in the state PENDING, with the ARN of the name that the service was called by."""
        request = self._request()
        if not ({"ProviderType", "HostArn"} & request.keys()):
            raise RefusedCall("InvalidInputException", "ProviderType or HostArn is required")
        former = "CodeStar_" in self.headers.get("X-Amz-Target", "")
        arn = self._backend.create(
            request["ConnectionName"],
            provider=request.get("ProviderType", ""),
            host=request.get("HostArn", ""),
            service="codestar-connections" if former else "codeconnections",
            tags=_tags(request.get("Tags", ())),
        )
        return ActionResult({"ConnectionArn": arn, "Tags": request.get("Tags", [])})

    def get_connection(self) -> ActionResult:
        """The connection."""
        return ActionResult({"Connection": self._backend.get(self._request()["ConnectionArn"])})

    def list_connections(self) -> ActionResult:
        """The connections, in pages."""
        request = self._request()
        asked = {
            "ProviderType": request.get("ProviderTypeFilter"),
            "HostArn": request.get("HostArnFilter"),
        }
        found = [
            it
            for it in self._backend.connections.values()
            if all(value in (None, it.get(member)) for member, value in asked.items())
        ]
        try:
            shown, token = page(
                found, request.get("MaxResults") or _MOST, request.get("NextToken"), str(asked)
            )
        except ValueError as error:
            raise RefusedCall("InvalidInputException", "NextToken is invalid") from error
        return ActionResult({"Connections": shown, "NextToken": token})

    def delete_connection(self) -> ActionResult:
        """The connection is gone at once."""
        self._backend.delete(self._request()["ConnectionArn"])
        return EmptyResult()

    def tag_resource(self) -> ActionResult:
        """Adds tags."""
        request = self._request()
        self._backend.tags_of(request["ResourceArn"]).update(_tags(request["Tags"]))
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """Removes tags."""
        request = self._request()
        tags = self._backend.tags_of(request["ResourceArn"])
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """The tags."""
        tags = self._backend.tags_of(self._request()["ResourceArn"])
        return ActionResult({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def _tags(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
