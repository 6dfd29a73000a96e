"""Portfolios, products and their versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from typing_extensions import override

from publisher.model.protocol import CatalogResource, Key
from publisher.model.stored_objects import stored_key
from publisher.model.version_names import precedence

Guidance = Literal["DEFAULT", "DEPRECATED"]
ProductType = Literal["CLOUD_FORMATION_TEMPLATE", "EXTERNAL"]

# How many tags publisher needs for itself: publisher:portfolio and publisher:unfinished on a portfolio,
# publisher:product and publisher:family on a product, on both that of one TagOption that is being deleted.
RESERVED_TAGS = 3
_SHORT_DIGEST = 12
# At the end of a version's description.
DESCRIBED_DIGEST = re.compile(r"(?:^|\s)(sha256:[0-9a-f]{12})$")


@dataclass(frozen=True, kw_only=True)
class Portfolio(CatalogResource):
    """A portfolio; `name` is the stem of its file, and its identity."""

    kind: ClassVar[str] = "Portfolio"
    step: ClassVar[int] = 2
    name: str
    display_name: str
    provider_name: str
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @property
    @override
    def key(self) -> Key:
        return ("portfolio", self.name)


@dataclass(frozen=True, kw_only=True)
class Product(CatalogResource):
    """A product; `name` is the product key (family and axes), its identity; `display_name` may change."""

    kind: ClassVar[str] = "Product"
    step: ClassVar[int] = 3
    name: str
    family: str
    display_name: str
    owner: str
    product_type: ProductType = "CLOUD_FORMATION_TEMPLATE"
    description: str = ""
    distributor: str = ""
    support_description: str = ""
    support_email: str = ""
    support_url: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @property
    @override
    def key(self) -> Key:
        return ("product", self.name)


@dataclass(frozen=True, kw_only=True)
class ProvisioningArtifact(CatalogResource):
    """A version of a product: immutable content under a semantic version name. `digest` is `sha256:…`.

    An observed artifact has only the first twelve hex digits, from the end of its description; one that
    publisher did not create has none. `description` is the text before the digest.
    """

    kind: ClassVar[str] = "ProvisioningArtifact"
    step: ClassVar[int] = 3
    product: str
    version: str
    digest: str
    artifact_type: ProductType = "CLOUD_FORMATION_TEMPLATE"
    description: str = ""
    active: bool = True
    guidance: Guidance = "DEFAULT"

    @property
    @override
    def key(self) -> Key:
        return ("provisioning-artifact", self.product, self.version)

    @property
    @override
    def requires(self) -> tuple[Key, ...]:
        return (("product", self.product), stored_key(self.template_key))

    @property
    @override
    def lane(self) -> Key:
        """Service Catalog loses versions of one product that are created in parallel."""
        return ("product", self.product)

    @property
    @override
    def within(self) -> tuple[object, ...]:
        """Launchable versions first, then those that they replace."""
        return (not self.launchable, *precedence(self.version))

    @property
    def template_key(self) -> str:
        """Where the template bucket stores its template."""
        return template_key(self.digest, self.artifact_type)

    @property
    def short_digest(self) -> str:
        """The part of the digest that fits a description: `sha256:` and twelve digits, or nothing."""
        return short_digest(self.digest)

    @property
    def launchable(self) -> bool:
        """Whether people can start new launches from it."""
        return self.active and self.guidance == "DEFAULT"


@dataclass(frozen=True, kw_only=True)
class ProductAssociation(CatalogResource):
    """A product in a portfolio."""

    kind: ClassVar[str] = "ProductAssociation"
    step: ClassVar[int] = 4
    portfolio: str
    product: str

    @property
    @override
    def key(self) -> Key:
        return ("product-association", self.portfolio, self.product)

    @property
    @override
    def label(self) -> str:
        return f"{self.portfolio} / {self.product}"

    @property
    @override
    def requires(self) -> tuple[Key, ...]:
        return (("portfolio", self.portfolio), ("product", self.product))


def template_key(digest: str, product_type: ProductType) -> str:
    """The object key of a template, or of the archive of an EXTERNAL product."""
    suffix = "tar.gz" if product_type == "EXTERNAL" else "yaml"
    return f"templates/{digest.rpartition(':')[2]}.{suffix}"


def short_digest(digest: str) -> str:
    """`sha256:` and the first twelve digits of a digest; nothing for no digest."""
    algorithm, _, digits = digest.partition(":")
    return f"{algorithm}:{digits[:_SHORT_DIGEST]}" if digits else ""


def digest_in(description: str) -> str:
    """The short digest at the end of a version's description, or nothing."""
    match = DESCRIBED_DIGEST.search(description)
    return match[1] if match else ""
