"""Resource types that moto's own CloudFormation models make."""

import copy
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from moto.cloudformation.parsing import get_model_map
from moto.route53.models import route53_backends
from typing_extensions import override

from catalog_emulator.cloudformation.resources.differences import changed_names
from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties, ResourceType
from catalog_emulator.cloudformation.resources.schema import Schema

Store = MutableMapping[tuple[str, str], Any]

# What moto's models raise for properties that they do not know.
_SHORTCOMINGS: Final = (AttributeError, LookupError, NotImplementedError, TypeError, ValueError)
# The types that the adapter does not make: their services have other calls for them.
_TYPES: Final = (
    *("AWS::EC2::SpotFleet", "AWS::EMR::Cluster", "AWS::EMR::InstanceGroupConfig"),
    *("AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup", "AWS::SQS::Queue"),
)


@cache
def models() -> Mapping[str, Any]:
    """moto's models by resource type."""
    found: Mapping[str, Any] = get_model_map()
    return {name: found[name] for name in _TYPES}


@dataclass(frozen=True, kw_only=True)
class MotoType(ResourceType):
    """A resource type that moto can make from a template. The store keeps moto's objects.

    Where moto's model cannot cope with what the type takes, the resource is made by the fallback.
    """

    type_name: str
    model: Any
    schema: Schema | None
    store: Store
    fallback: ResourceType | None = None

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name, seen = self._name(context, properties), _Observed(properties)
        try:
            resource = self.model.create_from_cloudformation_json(
                name,
                self._document(seen),
                context.account_id,
                context.region,
                # What moto calls scheduled actions.
                LogicalId=name,
                StackId=context.stack_id,
                ResourceType=self.type_name,
            )
        except _SHORTCOMINGS:
            if self.fallback is None:
                raise
            return self.fallback.create(context, properties)
        return self._keep(context, resource, self._unread(seen, properties))

    @override
    def update(self, context: Context, physical_id: str, before: Properties, after: Properties) -> Made:
        if self.fallback is not None and not self._kept(physical_id):
            return self.fallback.update(context, physical_id, before, after)
        names = changed_names(before, after)
        made = self._by_model(context, physical_id, after, names) if names else None
        if made is not None:
            return made
        remark = f"moto cannot change {', '.join(names)}: only the stack has the new value" if names else ""
        return replace(self._made(physical_id), remark=remark)

    def _by_model(
        self, context: Context, physical_id: str, after: Properties, names: Iterable[str]
    ) -> Made | None:
        """The resource that moto's model changed; None where it cannot."""
        if not _implements(self.model, "update_from_cloudformation_json"):
            return None
        name, seen = self._name(context, after, physical_id), _Observed(after)
        try:
            changed = self.model.update_from_cloudformation_json(
                original_resource=self.store.get((self.type_name, physical_id)),
                new_resource_name=name,
                cloudformation_json=self._document(seen),
                account_id=context.account_id,
                region_name=context.region,
            )
        except _SHORTCOMINGS:
            return None
        self.store.pop((self.type_name, physical_id), None)
        return self._keep(context, changed, self._unread(seen, names))

    def _unread(self, seen: "_Observed", names: Iterable[str]) -> tuple[str, ...]:
        """Properties that moto's model did not look at: the service cannot have them."""
        return tuple(sorted({*names} - seen.read - {self.model.cloudformation_name_type()}))

    @override
    def delete(self, context: Context, physical_id: str, properties: Properties) -> None:
        if self.fallback is not None and not self._kept(physical_id):
            self.fallback.delete(context, physical_id, properties)
            return
        resource = self.store.get((self.type_name, physical_id))
        if self.type_name == "AWS::Route53::RecordSetGroup" and resource is not None:
            _delete_records(context, resource)
        if not _deleted_by_itself(resource, context) and _implements(
            self.model, "delete_from_cloudformation_json"
        ):
            self.model.delete_from_cloudformation_json(
                physical_id, self._document(_Observed(properties)), context.account_id, context.region
            )
        self.store.pop((self.type_name, physical_id), None)

    @override
    def read(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        if self.fallback is not None and not self._kept(physical_id):
            return self.fallback.read(context, physical_id, properties)
        return dict(properties)

    def checked(self, physical_id: str) -> bool:
        """Whether the live properties can be read, which moto's models cannot."""
        return not self._kept(physical_id)

    def _kept(self, physical_id: str) -> bool:
        return (self.type_name, physical_id) in self.store

    def _document(self, properties: "_Observed") -> dict[str, Any]:
        return {"Type": self.type_name, "Properties": properties}

    def _name(self, context: Context, properties: Properties, known: str | None = None) -> str:
        declared = properties.get(self.model.cloudformation_name_type() or "")
        return str(declared or known or context.name())

    def _keep(self, context: Context, resource: Any, untaken: tuple[str, ...]) -> Made:
        physical_id = str(getattr(resource, "physical_resource_id", None) or context.name())
        self.store[(self.type_name, physical_id)] = resource
        return replace(self._made(physical_id), untaken=untaken)

    def _made(self, physical_id: str) -> Made:
        resource = self.store.get((self.type_name, physical_id))
        return Made(physical_id=physical_id, attributes=self._attributes(resource))

    def _attributes(self, resource: Any) -> dict[str, Any]:
        # GetAtt of older types knows some of their properties, too.
        names = [*self.schema.properties, *dict(self.schema.attributes())] if self.schema else []
        found = {name: _attribute(resource, name) for name in (*names, "Arn")}
        return {name: value for name, value in found.items() if value is not None}


class _Observed(dict[str, Any]):
    """A copy of properties, because moto's models write into it, that remembers which of them are read."""

    def __init__(self, properties: Properties) -> None:
        super().__init__(copy.deepcopy(dict(properties)))
        self.read: set[str] = set()

    @override
    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)

    @override
    def get(self, name: str, default: Any = None) -> Any:
        self.read.add(name)
        return super().get(name, default)

    @override
    def items(self) -> Any:
        self.read |= {*self}
        return super().items()


def _attribute(resource: Any, name: str) -> Any:
    try:
        return resource.get_cfn_attribute(name)
    except Exception:  # moto's models raise anything for what they do not know
        return None


def _delete_records(context: Context, group: Any) -> None:
    """moto's model leaves a group's records in their zone."""
    zones = route53_backends[context.account_id][context.partition].zones
    zone = zones.get(group.hosted_zone_id)
    if zone is not None:
        for record in group.record_sets:
            zone.delete_rrset(record)


def _implements(model: Any, method: str) -> bool:
    return not hasattr(getattr(model, method), "__isabstractmethod__")


def _deleted_by_itself(resource: Any, context: Context) -> bool:
    try:
        resource.delete(context.account_id, context.region)
    except (TypeError, AttributeError):
        return False
    return True
