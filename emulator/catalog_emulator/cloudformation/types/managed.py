"""What the resource types have in common: calling their service, what counts as gone, tags, reading back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from botocore.exceptions import BotoCoreError, ClientError

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceFailed
from catalog_emulator.cloudformation.types import shapes
from catalog_emulator.cloudformation.types.tags import Tagging, wanted


class Managed(ABC):
    """A resource type on one service; subclasses say which calls make, change, remove and show it."""

    type_name: ClassVar[str]
    service: ClassVar[str]
    gone: ClassVar[tuple[str, ...]] = ()
    tagging: ClassVar[Tagging | None] = None

    @abstractmethod
    def create(self, context: Context, properties: Properties) -> Made:
        """Makes it."""

    @abstractmethod
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Changes it in place."""

    @abstractmethod
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Deletes it; an error in `gone` means that somebody else did."""

    @abstractmethod
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """Live properties by template name; None for one that is not set, absent for one it cannot tell."""

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Deletes it; gone already is fine."""
        try:
            self.remove(context, physical_id, properties)
        except ClientError as error:
            if code(error) not in self.gone:
                raise

    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The declared properties as they are live; None when the resource is gone."""
        try:
            live = self.live(context, physical_id, properties)
        except ClientError as error:
            if code(error) not in self.gone:
                raise
            return None
        if live is None:
            return None
        if "Tags" in properties and "Tags" not in live and self.tagging is not None:
            live["Tags"] = self.tagging.read(
                context, self.tag_target(context, physical_id, properties), properties
            )
        return {
            name: shapes.beside(declared, live[name]) for name, declared in properties.items() if name in live
        }

    @contextmanager
    def undone(self, context: Context, physical_id: str, properties: Properties) -> Iterator[None]:
        """Around the steps after the first of a creation: if one fails, nothing is left behind."""
        try:
            yield
        except (ClientError, ResourceFailed, BotoCoreError):
            # Whoever may not delete leaves it behind; what is told is why it could not be made.
            with suppress(ClientError, ResourceFailed):
                self.delete(context, physical_id, properties)
            raise

    def tag_target(self, context: Context, physical_id: str, properties: Properties) -> str:
        """What the service's tag calls take: usually the physical id, sometimes the ARN."""
        return physical_id

    def retag(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Brings the tags on the resource to those of stack and template."""
        if self.tagging is not None:
            target = self.tag_target(context, physical_id, properties)
            self.tagging.write(context, target, wanted(context, properties))

    def call(
        self, context: Context, operation: str, properties: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """Calls the service with what the operation understands of the properties, overlaid with `more`."""
        return shapes.call(context.client(self.service), operation, {**(properties or {}), **more})

    def answer(self, context: Context, operation: str, request: Mapping[str, Any], *path: str) -> Any:
        """Calls a reading operation; the part of its answer at `path`, named as in templates."""
        client = context.client(self.service)
        return shapes.answered(client, operation, shapes.call(client, operation, request), *path)

    def arn(self, context: Context, resource: str) -> str:
        """The ARN of a resource of this service in the context's account and Region."""
        return f"arn:{context.partition}:{self.service}:{context.region}:{context.account_id}:{resource}"


def code(error: ClientError) -> str:
    """The error code of a refused call."""
    return error.response.get("Error", {}).get("Code", "")


def exists_already(identifier: str) -> ResourceFailed:
    """CloudFormation's refusal to take over a resource that it did not make."""
    return ResourceFailed(f"{identifier} already exists")


def changed(before: Properties, after: Properties, *names: str) -> bool:
    """Whether any of these properties differs."""
    return any(before.get(name) != after.get(name) for name in names)


def listed(value: Any) -> list[Any]:
    """A list, from a list or from nothing."""
    return list(value or [])
