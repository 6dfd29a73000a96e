"""Portfolios, products and their versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

Key = tuple[str, ...]
Guidance = Literal["DEFAULT", "DEPRECATED"]
ProductType = Literal["CLOUD_FORMATION_TEMPLATE", "EXTERNAL"]

_SHORT_DIGEST = 12
_SEMVER = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")


@dataclass(frozen=True, kw_only=True)
class Portfolio:
    """A portfolio; `name` is the stem of its file, and its identity.

    `unfinished` is only ever observed: the run that made the portfolio has not come to its end.
    """

    kind: ClassVar[str] = "Portfolio"
    name: str
    display_name: str
    provider_name: str
    description: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    unfinished: bool = False

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("portfolio", self.name)

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product; `name` is the product key (family and axes), its identity; `display_name` may change."""

    kind: ClassVar[str] = "Product"
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
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("product", self.name)

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return ()


@dataclass(frozen=True, kw_only=True)
class ProvisioningArtifact:
    """A version of a product: immutable content under a semantic version name. `digest` is `sha256:…`.

    An observed artifact knows only the first twelve hex digits that its description ends with; one
    that somebody else published has no digest. `description` is the text before the digest.
    """

    kind: ClassVar[str] = "ProvisioningArtifact"
    product: str
    version: str
    digest: str
    artifact_type: ProductType = "CLOUD_FORMATION_TEMPLATE"
    description: str = ""
    active: bool = True
    guidance: Guidance = "DEFAULT"

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("provisioning-artifact", self.product, self.version)

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.product} {self.version}"

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return (("product", self.product),)

    @property
    def short_digest(self) -> str:
        """As much of the digest as a description holds: `sha256:` and twelve digits, or nothing."""
        return short_digest(self.digest)

    @property
    def launchable(self) -> bool:
        """Whether people can start new launches from it."""
        return self.active and self.guidance == "DEFAULT"


@dataclass(frozen=True, kw_only=True)
class ProductAssociation:
    """A product in a portfolio."""

    kind: ClassVar[str] = "ProductAssociation"
    portfolio: str
    product: str

    @property
    def key(self) -> Key:
        """Its slot in the catalog."""
        return ("product-association", self.portfolio, self.product)

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{self.portfolio} / {self.product}"

    @property
    def requires(self) -> tuple[Key, ...]:
        """What must exist before it."""
        return (("portfolio", self.portfolio), ("product", self.product))


def short_digest(digest: str) -> str:
    """`sha256:` and the first twelve digits of a digest; nothing for no digest."""
    algorithm, _, digits = digest.partition(":")
    return f"{algorithm}:{digits[:_SHORT_DIGEST]}" if digits else ""


def precedence(version: str) -> tuple[object, ...]:
    """A sort key for version names, as https://semver.org/#spec-item-11 orders them.

    Names that are no semantic versions, as others may have published them, come before all that are.
    """
    match = _SEMVER.fullmatch(version)
    if match is None:
        return (0, version)
    major, minor, patch, prerelease = match.groups()
    parts = prerelease.split(".") if prerelease else []
    ranks = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
    return (1, int(major), int(minor), int(patch), not parts, ranks)
