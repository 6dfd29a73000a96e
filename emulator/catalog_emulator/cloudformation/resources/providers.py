"""What makes a resource of a type: its handler, else moto's model, else a generic record."""

from collections.abc import Mapping
from typing import Any, Final

from catalog_emulator.cloudformation.resources.custom_resources import CUSTOM, CustomType
from catalog_emulator.cloudformation.resources.generic import GenericType
from catalog_emulator.cloudformation.resources.moto_models import MotoType, models
from catalog_emulator.cloudformation.resources.resource import ResourceType
from catalog_emulator.cloudformation.resources.schema import Schema, schema
from catalog_emulator.cloudformation.types import TABLE, handler, moto_additions
from catalog_emulator.cloudformation.types.adapted import adapted
from catalog_emulator.cloudformation.types.adapted_type import AdaptedType

# They are nothing but a part of their stack, on AWS, too.
STACK_ONLY: Final = (
    "AWS::CDK::Metadata",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
)
RECORD: Final = "record only: no API of a service sees it"


class Providers:
    """The resource types of one account and Region, and the stores of those that need one."""

    def __init__(self, region: str, built_in: Mapping[str, ResourceType], patience: float) -> None:
        self._region = region
        self._built_in = built_in
        self._patience = patience
        self.generic: dict[tuple[str, str], dict[str, Any]] = {}
        self.objects: dict[tuple[str, str], Any] = {}

    def knows(self, type_name: str) -> bool:
        """Whether a template of this Region may use the type."""
        if type_name.startswith(CUSTOM) or type_name in self._built_in or type_name in TABLE:
            return True
        return self.schema(type_name) is not None or type_name in models()

    def schema(self, type_name: str) -> Schema | None:
        return schema(type_name, self._region)

    def has_attribute(self, type_name: str, name: str) -> bool:
        known = self.schema(type_name)
        return known is None or known.has_attribute(name)

    def of(self, type_name: str) -> ResourceType:
        if type_name in self._built_in:
            return self._built_in[type_name]
        if type_name.startswith(CUSTOM):
            return CustomType(type_name=type_name, patience=self._patience)
        own = handler(type_name)
        if own is not None:
            return own
        known = self.schema(type_name)
        remark = "" if type_name in STACK_ONLY else RECORD
        generic = GenericType(schema=known, store=self.generic, remark=remark) if known is not None else None
        if generic is not None and type_name in adapted():
            return AdaptedType(generic.schema, adapted()[type_name], generic)
        if type_name in models():
            # moto's models have loaded all of moto.
            for service in moto_additions.MODULES:
                moto_additions.add(service)
            return MotoType(
                type_name=type_name,
                model=models()[type_name],
                schema=known,
                store=self.objects,
                fallback=generic,
            )
        assert generic is not None, type_name
        return generic
