"""Service actions and the versions they are associated with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from publisher.model.protocol import CatalogResource, Key

# The AssumeRole of an action that runs as the launch role.
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateServiceAction.html
LAUNCH_ROLE = "LAUNCH_ROLE"


@dataclass(frozen=True, kw_only=True)
class ServiceAction(CatalogResource):
    """An SSM document that users can run on their launches. `name` is its identity: <family>/<action>.

    `definition` has the API's entries, sorted: Name, Version, AssumeRole, Parameters. The catalog stores
    the name at the end of the description.
    """

    kind: ClassVar[str] = "ServiceAction"
    step: ClassVar[int] = 2
    name: str
    display_name: str
    definition: tuple[tuple[str, str], ...]
    description: str = ""

    @property
    @override
    def key(self) -> Key:
        return ("service-action", self.name)


@dataclass(frozen=True, kw_only=True)
class ServiceActionAssociation(CatalogResource):
    """A service action of a version. In the desired catalog the version "" means every version."""

    kind: ClassVar[str] = "ServiceActionAssociation"
    step: ClassVar[int] = 4
    product: str
    version: str
    action: str

    @property
    @override
    def key(self) -> Key:
        return ("service-action-association", self.product, self.version, self.action)

    @property
    @override
    def label(self) -> str:
        return f"{self.product} {self.version} / {self.action}"

    @property
    @override
    def requires(self) -> tuple[Key, ...]:
        return (
            ("provisioning-artifact", self.product, self.version),
            ("service-action", self.action),
        )

    @property
    @override
    def owners(self) -> tuple[Key, ...]:
        return (("product", self.product),)
