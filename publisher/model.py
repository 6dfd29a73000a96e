"""What a catalog holds, as frozen values with name-based keys. No ids: only catalog/ knows those."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Key = tuple[str, ...]
PrincipalType = Literal["IAM", "IAM_PATTERN"]
Guidance = Literal["DEFAULT", "DEPRECATED"]


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """A portfolio; `name` is the stem of its file, and its identity."""

    name: str
    display_name: str
    provider_name: str
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("portfolio", self.name)


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product; `name` is the product key (family and axes), its identity; `display_name` may change."""

    name: str
    family: str
    display_name: str
    owner: str
    description: str = ""
    distributor: str = ""
    support_description: str = ""
    support_email: str = ""
    support_url: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("product", self.name)


@dataclass(frozen=True, kw_only=True)
class ProvisioningArtifact:
    """A version of a product: immutable content under a semantic version name. `digest` is `sha256:…`.

    An observed artifact knows only the first twelve hex digits that its description ends with.
    """

    product: str
    version: str
    digest: str
    description: str = ""
    active: bool = True
    guidance: Guidance = "DEFAULT"

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("provisioning-artifact", self.product, self.version)


@dataclass(frozen=True, kw_only=True)
class ProductAssociation:
    """A product in a portfolio."""

    portfolio: str
    product: str

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("product-association", self.portfolio, self.product)


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who may launch from a portfolio. In a pattern the ARN has no account id."""

    portfolio: str
    principal_arn: str
    principal_type: PrincipalType

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("principal", self.portfolio, self.principal_type, self.principal_arn)


@dataclass(frozen=True, kw_only=True)
class LaunchConstraint:
    """The role a launch runs as: by ARN, or by name in the launching account. One a product and portfolio."""

    portfolio: str
    product: str
    local_role_name: str = ""
    role_arn: str = ""
    description: str = ""

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("constraint", self.portfolio, self.product, "LAUNCH")


@dataclass(frozen=True, kw_only=True)
class TemplateConstraint:
    """Rules over the launch parameters; `rules` is the canonical JSON of the CloudFormation Rules section.

    Many are allowed, so `name` is part of the key; the adapter keeps it at the end of the description.
    """

    portfolio: str
    product: str
    name: str
    rules: str
    description: str = ""

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("constraint", self.portfolio, self.product, "TEMPLATE", self.name)


Constraint = LaunchConstraint | TemplateConstraint
Resource = (
    Portfolio
    | Product
    | ProvisioningArtifact
    | ProductAssociation
    | Principal
    | LaunchConstraint
    | TemplateConstraint
)


@dataclass(frozen=True)
class Catalog:
    """Everything a target holds, or should hold, by key."""

    resources: Mapping[Key, Resource] = field(default_factory=dict)

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> Catalog:
        """A catalog of these resources; the last one of a key counts."""
        return cls({resource.key: resource for resource in resources})
