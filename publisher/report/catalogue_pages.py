"""The pages of a catalogue, each made when it is asked for: the first one, of portfolios, of products."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from publisher.report import site
from publisher.report.catalogue import CatalogueView, PortfolioView, ProductView
from publisher.report.filters import filter_rules
from publisher.report.portfolio_constraints import constraint_rows

# Of a product's page, in order.
_SECTIONS = {
    "parameters": "Parameters",
    "resources": "Resources",
    "outputs": "Outputs",
    "actions": "Actions on launches",
    "tag-options": "TagOptions",
}
Pages = dict[str, Callable[[], site.Page]]


def catalogue_pages(view: CatalogueView, about: site.Site) -> Pages:
    """Every page of the catalogue by path."""
    pages: Pages = {"index.html": partial(_index, view, about)}
    for portfolio in view.portfolios:
        path = site.path("portfolios", portfolio.name)
        pages[path] = partial(_portfolio, portfolio, path, about)
    for product in view.products.values():
        path = site.path("products", product.key)
        pages[path] = partial(_product, product, path, about)
    return pages


def _index(view: CatalogueView, about: site.Site) -> site.Page:
    classes = view.classes
    families = [
        {one for it in family.products for one in classes.get(it.key, "").split()} for family in view.families
    ]
    style = filter_rules(view.facets, families)
    return site.page(
        "index.html", "index.html", about.name, site=about, style=style, view=view, classes=classes
    )


def _portfolio(view: PortfolioView, path: str, about: site.Site) -> site.Page:
    title = view.portfolio.display_name or view.name
    constraints = constraint_rows(view.constraints)
    return site.page("portfolio.html", path, title, site=about, view=view, constraints=constraints)


def _product(view: ProductView, path: str, about: site.Site) -> site.Page:
    title = view.product.display_name or view.key
    sections = [(it, words) for it, words in _SECTIONS.items() if _is_there(view, it)]
    unknown = view.history.unread or "There is no template to read."
    return site.page("product.html", path, title, site=about, view=view, sections=sections, unknown=unknown)


def _is_there(view: ProductView, section: str) -> bool:
    match section:
        case "parameters" | "resources" | "outputs":
            return view.contents is not None
        case "actions":
            return bool(view.actions)
        case "tag-options":
            return bool(view.tag_options)
    return True
