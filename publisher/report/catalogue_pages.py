"""The pages of a catalogue, each made when it is asked for: the first one, of portfolios, of products."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from publisher.declarations.form import form_of
from publisher.launch.idle_costs import idle_costs
from publisher.report import site
from publisher.report.access import access
from publisher.report.catalogue import CatalogueView, PortfolioView
from publisher.report.diagram import diagram
from publisher.report.filters import filter_rules
from publisher.report.portfolio_constraints import constraint_rows
from publisher.report.version_pages import version_pages, version_views
from publisher.report.ways_to_launch import ways

# Of a product's page, in order.
_SECTIONS = {
    "resources": "Resources",
    "parameters": "Parameters",
    "outputs": "Outputs",
    "launch": "How to launch it",
    "access": "Access",
    "policy": "Policies of its roles",
    "costs": "Costs while idle",
    "actions": "Actions on launches",
    "tag-options": "TagOptions",
    "versions": "Versions",
}
Pages = dict[str, Callable[[], site.Page]]


def catalogue_pages(view: CatalogueView, about: site.Site) -> Pages:
    """Every page of the catalogue by path."""
    pages: Pages = {"index.html": partial(_index, view, about)}
    for portfolio in view.portfolios:
        path = site.path("portfolios", portfolio.name)
        pages[path] = partial(_portfolio, view, portfolio, path, about)
    for key in view.products:
        path = site.path("products", key)
        pages[path] = partial(_product, view, key, path, about)
    names = {key: it.product.display_name for key, it in view.products.items()}
    return pages | version_pages({key: it.history for key, it in view.products.items()}, names, about)


def _index(view: CatalogueView, about: site.Site) -> site.Page:
    classes = view.classes
    families = [
        {one for it in family.products for one in classes.get(it.key, "").split()} for family in view.families
    ]
    style = filter_rules(view.facets, families)
    return site.page(
        "index.html", "index.html", about.name, site=about, style=style, view=view, classes=classes
    )


def _portfolio(whole: CatalogueView, view: PortfolioView, path: str, about: site.Site) -> site.Page:
    return site.page(
        "portfolio.html",
        path,
        view.portfolio.display_name or view.name,
        site=about,
        view=view,
        constraints=constraint_rows(view.constraints),
        access=access(whole.source.catalog, portfolio=view.name),
    )


def _product(whole: CatalogueView, key: str, path: str, about: site.Site) -> site.Page:
    view, source = whole.products[key], whole.source
    template, variant = view.history.template, source.variants.get(key)
    contents, files = view.contents, source.declared
    form = form_of(key, files.forms) if files else None
    region = next(iter(view.regions), "")
    there = {
        "resources": contents,
        "parameters": contents,
        "outputs": contents,
        "costs": contents,
        "actions": view.actions,
        "tag-options": view.tag_options,
    }
    return site.page(
        "product.html",
        path,
        view.product.display_name or key,
        site=about,
        view=view,
        contents=contents,
        sections=[(id_, title) for id_, title in _SECTIONS.items() if there.get(id_, True)],
        unknown=view.history.unread or "There is no template to read.",
        costs=idle_costs(template, {}, region=region, prices=form.file.prices if form else None)
        if template
        else None,
        ways=ways(
            source.catalog,
            key,
            interface=view.interface,
            form=form,
            axes=variant.axes if variant else None,
            blueprint=files is not None and key in files.blueprints,
        ),
        access=access(source.catalog, key, form=form),
        diagram=diagram(template) if template else None,
        roles=whole.roles(key),
        versions=version_views(view.history),
        notes=view.history.notes,
    )
