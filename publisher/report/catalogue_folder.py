"""A catalogue as a folder of pages that search together."""

from __future__ import annotations

from publisher.report import site
from publisher.report.catalogue import CatalogueView
from publisher.report.catalogue_pages import catalogue_pages
from publisher.report.search import catalogue_index


def catalogue_site(view: CatalogueView, target: str) -> site.Site:
    """What the pages of a catalogue have in common; `target` is account/Region, or empty for the files."""
    providers = {it.portfolio.provider_name for it in view.portfolios}
    name = f"{providers.pop()} Service Catalog" if len(providers) == 1 else "Service Catalog"
    source = f"What is published in {target}." if target else "What the files of the project declare."
    return site.Site(name=name, source=source)


def catalogue_files(view: CatalogueView, target: str) -> dict[str, bytes]:
    """The files of the folder by path."""
    pages = catalogue_pages(view, catalogue_site(view, target))
    return site.folder((make() for make in pages.values()), catalogue_index(view, {}))
