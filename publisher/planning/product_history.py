"""The versions of a product with what each changed, as values: of the files and git, or of an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher.model import ProvisioningArtifact
from publisher.planning.product_changes import ProductChanges


@dataclass(frozen=True, kw_only=True)
class ProductVersion:
    """A version, where it was found, and what it changed of the one before.

    `place` is `files`, `revision 1a2b3c4` or `published`. `changed` is None for the first that is known.
    `entry`: what the family's changelog says of it, in Markdown.
    """

    artifact: ProvisioningArtifact
    place: str
    changed: ProductChanges | None = None
    entry: str = ""

    @property
    def name(self) -> str:
        """The version's name, one of its product's."""
        return self.artifact.version


@dataclass(frozen=True, kw_only=True)
class ProductHistory:
    """The known versions of a product, newest first; `notes` say which are not known, and why.

    `current` is the version that a launch takes, else the newest; of the files theirs. `template` is its
    template in the long form: None for an archive, and where it cannot be read, for the reason `unread`.
    """

    product: str
    versions: tuple[ProductVersion, ...] = ()
    current: str = ""
    template: Mapping[str, Any] | None = field(default=None, repr=False)
    unread: str = ""
    notes: tuple[str, ...] = ()

    @property
    def shown(self) -> ProductVersion | None:
        """The current version; None when there is none."""
        return next((it for it in self.versions if it.name == self.current), None)
