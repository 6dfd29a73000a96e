"""Adopts one portfolio: reads it, drafts its files, and makes it managed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from publisher.adoption.drafts import drafts, families, write
from publisher.aws.clients import Aws
from publisher.catalog.unmanaged_actions import OwnershipWrite
from publisher.catalog.unmanaged_portfolio import UnmanagedPortfolios
from publisher.declarations.strings import name_of


class Adoption:
    """A portfolio of an account and the project that shall manage it. Reads the portfolio when created."""

    def __init__(self, root: Path, aws: Aws, portfolio_id: str) -> None:
        self._root, self._region = root, aws.region
        self._families, self._taken = families(root), set[str]()
        self._portfolios = UnmanagedPortfolios(aws)
        self._portfolio = self._portfolios.read(
            portfolio_id, portfolio_name=name_of, product_name=self._product_name, action_name=name_of
        )

    @property
    def name(self) -> str:
        """The portfolio's name in the project."""
        return self._portfolio.portfolio.name

    @property
    def omitted(self) -> tuple[str, ...]:
        """Descriptions of what is not adopted."""
        return self._portfolio.omitted

    def write_files(self) -> tuple[list[str], list[str]]:
        """(written, kept) paths of the declarations and templates."""
        found = self._portfolio
        return write(self._root, drafts(found.portfolio, found.catalog, found.templates, self._region))

    def ownership_writes(self, digests: Mapping[str, str]) -> list[OwnershipWrite]:
        """What makes the portfolio managed; `digests` has the digest of each product's template."""
        return self._portfolio.ownership_writes(digests)

    def write(self, one: OwnershipWrite) -> None:
        """Makes one of the writes."""
        self._portfolios.write(one)

    def _product_name(self, display_name: str) -> str:
        """A new name, or the one that an unfinished run gave to this product."""
        others = {name for name, existing in self._families.items() if existing != display_name}
        name = name_of(display_name, others | self._taken)
        self._taken.add(name)
        return name
