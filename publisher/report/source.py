"""What the pages of a catalog are made of: files with their git history, or an account. Reads neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from publisher.declarations import Repository, Variant
from publisher.model import Catalog
from publisher.planning.product_history import ProductHistory


@dataclass(frozen=True, kw_only=True, eq=False)
class CatalogueSource:
    """A catalog with the history of each of its products, by key.

    Of the files it is the desired one for no target: ARNs have their placeholders, and `target` is empty. Of
    an account it is the observed one, and the target is account/Region. `declared`: the files, if there are
    any; an account may have other products. `notes` say what could not be read.
    """

    catalog: Catalog
    histories: Mapping[str, ProductHistory] = field(default_factory=dict)
    declared: Repository | None = None
    target: str = ""
    notes: tuple[str, ...] = ()

    @cached_property
    def templates(self) -> Mapping[str, Mapping[str, Any]]:
        """The template of each product's current version in the long form, as far as there is one."""
        return {key: it.template for key, it in self.histories.items() if it.template is not None}

    @cached_property
    def variants(self) -> Mapping[str, Variant]:
        """The products that the files declare, by key."""
        return {it.key: it for it in self.declared.variants} if self.declared else {}
