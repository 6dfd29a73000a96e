"""What the resource types have in common: calling their service, what counts as gone, tags, reading back."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError
from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import (
    Context,
    Made,
    Properties,
    ResourceFailed,
    ResourceType,
)
from catalog_emulator.cloudformation.types import shapes
from catalog_emulator.cloudformation.types.tags import Tagging, desired_tags


class ServiceType(ResourceType, ABC):
    """A resource type on one service, whose calls create, change, delete and describe it."""

    service: str
    gone: ClassVar[tuple[str, ...]] = ()
    tagging: ClassVar[Tagging | None] = None
    deletion: ClassVar[tuple[str, str]]
    """The call that deletes it, and the member that takes the physical id."""

    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Delete it; may raise an error that `is_gone`."""
        operation, member = self.deletion
        self.call(context, operation, {member: physical_id})

    @abstractmethod
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """Live properties by template name: None is one that is not set, absent one that cannot be read."""

    def made(self, context: Context, physical_id: str) -> Made:
        return Made(physical_id=physical_id)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        self.retag(context, physical_id, after)
        return self.made(context, physical_id)

    @override
    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        try:
            self.remove(context, physical_id, properties)
        except ClientError as error:
            if not self.is_gone(error):
                raise

    @override
    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        try:
            live = self.live(context, physical_id, properties)
        except ClientError as error:
            if not self.is_gone(error):
                raise
            return None
        if live is None:
            return None
        if "Tags" in properties and "Tags" not in live and self.tagging is not None:
            target = self.tag_target(context, physical_id, properties)
            live["Tags"] = self.tagging.read(context, target, properties)
        return {
            name: shapes.aligned(declared, live[name])
            for name, declared in properties.items()
            if name in live
        }

    def is_gone(self, error: ClientError) -> bool:
        """Whether the service says that there is no such resource."""
        return code(error) in self.gone

    @contextmanager
    def undo_on_failure(self, context: Context, physical_id: str, properties: Properties) -> Iterator[None]:
        """For the steps of a creation after the first: if one fails, the resource is deleted."""
        try:
            yield
        except (ClientError, ResourceFailed, BotoCoreError):
            # The reason of the failed creation matters, not that of a refused deletion.
            with suppress(ClientError, ResourceFailed):
                self.delete(context, physical_id, properties)
            raise

    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        """How the service's tag calls name the resource: usually by physical id, sometimes by ARN."""
        return physical_id

    def retag(self, context: Context, physical_id: str, properties: Properties) -> None:
        if self.tagging is not None:
            target = self.tag_target(context, physical_id, properties)
            self.tagging.write(context, target, desired_tags(context, properties))

    def call(
        self, context: Context, operation: str, properties: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Calls the service with what the operation understands of the properties, overlaid with `more`."""
        return shapes.call(context.client(self.service), operation, {**(properties or {}), **more})

    def fetch(self, context: Context, operation: str, request: Mapping[str, Any], *path: str) -> Any:
        """The part of a reading call's answer at `path`, with the names of templates."""
        client = context.client(self.service)
        return shapes.part_of_answer(client, operation, shapes.call(client, operation, request), *path)

    def arn(self, context: Context, resource: str) -> str:
        return f"arn:{context.partition}:{self.service}:{context.region}:{context.account_id}:{resource}"


def code(error: ClientError) -> str:
    """The error code of a refused call."""
    return error.response.get("Error", {}).get("Code", "")


def exists_already(identifier: str) -> ResourceFailed:
    """CloudFormation does not take over a resource that it did not make."""
    return ResourceFailed(f"{identifier} already exists")


def changed(before: Properties, after: Properties, *names: str) -> bool:
    """Whether any of these properties differs."""
    return any(before.get(name) != after.get(name) for name in names)


def listed(value: Any) -> list[Any]:
    """A list, from a list or from nothing."""
    return list(value or [])
