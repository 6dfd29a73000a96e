"""The connections of an account in a Region. Both names of the service see all of them.

Somebody completes a connection in the console: one that is created by the API stays PENDING.
https://docs.aws.amazon.com/dtconsole/latest/userguide/connections-update.html
"""

from typing import Any
from uuid import uuid4

from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import ServiceException


class RefusedCall(ServiceException):
    """An error of the service, by its code; moto finds its model by this module."""


class CodeConnectionsBackend(BaseBackend):
    """Connections as GetConnection shows them, and their tags, by ARN."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.connections: dict[str, dict[str, str]] = {}
        self.tags: dict[str, dict[str, str]] = {}

    def create(
        self,
        name: str,
        *,
        provider: str = "",
        host: str = "",
        service: str = "codeconnections",
        id_: str = "",
        status: str = "PENDING",
        tags: dict[str, str] | None = None,
    ) -> str:
        """A connection; its ARN. `id_` and `status` are the API's own business."""
        if any(it["ConnectionName"] == name for it in self.connections.values()):
            # Names are unique in an account. The error is not documented.
            # https://docs.aws.amazon.com/codeconnections/latest/APIReference/API_CreateConnection.html
            raise RefusedCall("InvalidInputException", f"A connection named {name} already exists")
        place = f"{self.partition}:{service}:{self.region_name}:{self.account_id}"
        arn = f"arn:{place}:connection/{id_ or uuid4()}"
        members = {
            "ConnectionName": name,
            "ConnectionArn": arn,
            "ProviderType": provider,
            "OwnerAccountId": self.account_id,
            "ConnectionStatus": status,
            "HostArn": host,
        }
        self.connections[arn] = {key: value for key, value in members.items() if value}
        self.tags[arn] = dict(tags or {})
        return arn

    def get(self, arn: str) -> dict[str, str]:
        """Raises ResourceNotFoundException."""
        if arn not in self.connections:
            raise RefusedCall("ResourceNotFoundException", f"Connection not found: {arn}")
        return self.connections[arn]

    def tags_of(self, arn: str) -> dict[str, str]:
        """They can be changed. Raises ResourceNotFoundException."""
        self.get(arn)
        return self.tags[arn]

    def delete(self, arn: str) -> None:
        """Raises ResourceNotFoundException."""
        self.get(arn)
        del self.connections[arn], self.tags[arn]


# Its Regions are known by the former name.
codeconnections_backends: Any = BackendDict(CodeConnectionsBackend, "codestar-connections")
