"""What the stack engine asks of a resource type, and what it hands to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Properties = Mapping[str, Any]


class ResourceFailed(Exception):
    """A handler's failure; the message is shown as the resource's status reason."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """Where and for whom a resource is made. `tags` are the stack's, for every resource that takes tags."""

    account_id: str
    region: str
    partition: str
    stack_id: str
    stack_name: str
    logical_id: str
    tags: Mapping[str, str] = field(default_factory=dict)
    clients: Callable[[str], Any]

    def client(self, service: str) -> Any:
        """A boto3 client of this account and Region that talks to moto inside this process."""
        return self.clients(service)

    def name(self, limit: int = 128, *, lower: bool = False) -> str:
        """A physical name as CloudFormation makes one: stack, logical id, a suffix that the stack id decides."""
        raise NotImplementedError  # the engine's author: deterministic per (stack id, logical id, replacement)


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource that exists: what Ref answers, and what GetAtt answers (dotted names flat: `Endpoint.Port`)."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class ResourceType(Protocol):
    """One CloudFormation resource type; properties arrive with every intrinsic function resolved."""

    type_name: str

    def create(self, context: Context, properties: Properties) -> Made:
        """Makes the resource; raises ResourceFailed (or ClientError) with the service's reason."""
        ...

    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        """Changes it in place; the engine calls this only when no create-only property differs."""
        ...

    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        """Deletes it; gone already is fine."""
        ...

    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        """The live properties in the template's shape (those it can tell), or None when it is gone."""
        ...
