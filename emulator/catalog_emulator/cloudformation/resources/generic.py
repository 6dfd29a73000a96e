"""A resource of any type, made from its schema alone and kept in a store."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from catalog_emulator.cloudformation.resources.generated_values import generated_value
from catalog_emulator.cloudformation.resources.resource import (
    Context,
    Made,
    Properties,
    ResourceFailed,
    ResourceType,
)
from catalog_emulator.cloudformation.resources.schema import Schema
from catalog_emulator.settings import settings

Store = MutableMapping[tuple[str, str], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class GenericType(ResourceType):
    """A resource type without a service behind it. The store maps (type, physical id) to live properties."""

    schema: Schema
    store: Store
    remark: str = ""

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        if self.remark and settings.refuse_records:
            raise ResourceFailed(f"{self.schema.type_name} would be a {self.remark}")
        live = {**properties, **self._named(context, properties)}
        physical_id = self._physical_id(context, live)
        if self._taken(physical_id) and self._made_by_aws():
            physical_id = _another(context, physical_id)
        if self._taken(physical_id):
            raise self.exists(physical_id)
        return self._keep(context, physical_id, live)

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        known = self.store.get((self.schema.type_name, physical_id))
        if known is None:
            raise ResourceFailed(
                f"Resource of type '{self.schema.type_name}' with identifier '{physical_id}' was not found."
            )
        identity = {name: known[name] for name in self._names() if name in known}
        return self._keep(context, physical_id, {**identity, **after})

    @override
    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.store.pop((self.schema.type_name, physical_id), None)

    @override
    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        live = self.store.get((self.schema.type_name, physical_id))
        return None if live is None else dict(live)

    def exists(self, physical_id: str) -> ResourceFailed:
        kind = self.schema.type_name
        return ResourceFailed(f"Resource of type '{kind}' with identifier '{physical_id}' already exists.")

    def _taken(self, physical_id: str) -> bool:
        return (self.schema.type_name, physical_id) in self.store

    def _made_by_aws(self) -> bool:
        """Whether AWS identifies the resource, so that there can be two with the same properties."""
        names = self.schema.identifying
        return not names or any(name in self.schema.read_only for name in names)

    def _names(self) -> tuple[str, ...]:
        """Identifying properties that a template may set."""
        return tuple(
            name
            for name in self.schema.primary_identifier
            if name not in self.schema.read_only and "." not in name
        )

    def _named(self, context: Context, properties: Properties) -> dict[str, Any]:
        return {
            name: generated_value(context, self.schema, name, properties)
            for name in self._names()
            if properties.get(name) is None
        }

    def _physical_id(self, context: Context, live: Mapping[str, Any]) -> str:
        legacy = self._legacy_name(context, live)
        if legacy is not None:
            return legacy
        parts = [
            live[name] if live.get(name) is not None else generated_value(context, self.schema, name, live)
            for name in self.schema.identifying
        ]
        return "|".join(map(str, parts)) or context.name()

    def _legacy_name(self, context: Context, live: Mapping[str, Any]) -> str | None:
        """Ref of types older than the registry is their name where they have one, not an id."""
        if self.schema.registered:
            return None
        short = self.schema.type_name.rpartition("::")[2]
        for name in ("Name", f"{short}Name"):
            if name in self.schema.properties:
                return str(live[name] if live.get(name) is not None else context.name())
        return None

    def _keep(self, context: Context, physical_id: str, live: dict[str, Any]) -> Made:
        self.store[(self.schema.type_name, physical_id)] = live
        attributes = self._attributes(context, physical_id, live)
        return Made(physical_id=physical_id, attributes=attributes, remark=self.remark)

    def _attributes(self, context: Context, physical_id: str, live: Mapping[str, Any]) -> dict[str, Any]:
        identifiers = dict(zip(self.schema.identifying, physical_id.split("|"), strict=False))
        if not self.schema.registered:
            identifiers = {}
        attributes = {name: value for name, value in live.items() if not isinstance(value, (dict, list))}
        for name, _ in self.schema.attributes():
            attributes[name] = generated_value(context, self.schema, name, live)
        return attributes | identifiers


def _another(context: Context, physical_id: str) -> str:
    """Another identifier of the same form: the next version, else with other letters at its end."""
    if physical_id.isdigit():
        return str(int(physical_id) + 1 + context.generation)
    return f"{physical_id}-{context.suffix('another', 8).lower()}"
