"""Adopts one portfolio: reads it, drafts its files, and makes it managed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from publisher.adoption.drafts import drafts, families, naming, portfolios, write
from publisher.aws.clients import Aws
from publisher.catalog.ownership import OwnershipWrite
from publisher.catalog.unmanaged_portfolio import UnmanagedPortfolios
from publisher.declarations.strings import name_of


class Adoption:
    """A portfolio of an account and the project that shall manage it. Reads the portfolio when created."""

    def __init__(self, root: Path, aws: Aws, portfolio_id: str) -> None:
        self._root, self._region = root, aws.region
        self._portfolios = UnmanagedPortfolios(aws)
        declared = families(root)
        self._portfolio = self._portfolios.read(
            portfolio_id,
            portfolio_name=naming(portfolios(root)),
            product_name=naming(declared),
            action_name=name_of,
            families=declared,
        )

    @property
    def name(self) -> str:
        """The portfolio's name in the project."""
        return self._portfolio.portfolio.name

    @property
    def omitted(self) -> tuple[str, ...]:
        """Descriptions of what is not adopted."""
        return self._portfolio.omitted

    @property
    def templates(self) -> Mapping[str, str]:
        """The published template of each product."""
        return self._portfolio.templates

    def write_files(self) -> tuple[list[str], list[str]]:
        """(written, kept) paths of the declarations and templates."""
        found = self._portfolio
        return write(self._root, drafts(found.portfolio, found.catalog, found.templates, self._region))

    def ownership_writes(self, digests: Mapping[str, str]) -> Sequence[OwnershipWrite]:
        """What makes the portfolio managed; `digests` has those of the published templates.

        Raises Refused when the API would not take it.
        """
        found = self._portfolio.ownership_writes(digests)
        self._portfolios.check(found)
        return found

    def write(self, one: OwnershipWrite) -> None:
        """Makes one of the writes."""
        self._portfolios.write(one)
