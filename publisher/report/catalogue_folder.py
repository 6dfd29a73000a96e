"""A catalogue as a folder of pages that search together, made by several processes when there are many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from publisher.errors import InputError, PublisherError
from publisher.report import site
from publisher.report.catalogue import CatalogueView, catalogue
from publisher.report.catalogue_pages import catalogue_pages
from publisher.report.role_policy import RolePolicy
from publisher.report.search import catalogue_index
from publisher.report.source import CatalogueSource
from publisher.templates.lint import ProgressCallback
from publisher.templates.worker_process import LimitError, Limits
from publisher.templates.workers import workers

# How many products a process takes at once: each time it is sent the whole catalog.
_SHARE = 12
_LIMITS = Limits(seconds=300, memory=3 << 30, share=1)


def catalogue_site(view: CatalogueView) -> site.Site:
    """What the pages of a catalogue have in common."""
    providers = {it.portfolio.provider_name for it in view.portfolios}
    name = f"{providers.pop()} Service Catalog" if len(providers) == 1 else "Service Catalog"
    target = view.source.target
    source = f"What is published in {target}." if target else "What the files of the project declare."
    return site.Site(name=name, source=source)


def catalogue_files(source: CatalogueSource, step: ProgressCallback | None = None) -> dict[str, bytes]:
    """The files of the folder by path; `step` is called with products whose pages are made.

    Raises InputError where something is too large to be shown.
    """
    view = catalogue(source)
    about = catalogue_site(view)
    pages = catalogue_pages(view, about)
    of_products = {
        key: (
            site.path("products", key),
            *(site.path("products", key, it.name) for it in product.history.versions),
        )
        for key, product in view.products.items()
    }
    made: dict[str, site.Page] = {}
    actions: dict[str, Sequence[str]] = {}
    for some, more in _made(source, about, of_products):
        made |= some
        actions |= more
        if step is not None:
            step(next(iter(more), ""), len(actions), len(of_products))
    rest = {path: page() for path, page in pages.items() if path not in made}
    ordered = [(made | rest)[path] for path in pages]
    return site.folder(ordered, catalogue_index(view, actions))


@dataclass(frozen=True, kw_only=True)
class _Job:
    """Products whose pages are made together; the source has the histories of these alone."""

    source: CatalogueSource
    about: site.Site
    paths: Mapping[str, Sequence[str]]


def _made(
    source: CatalogueSource, about: site.Site, paths: Mapping[str, Sequence[str]]
) -> Iterator[tuple[dict[str, site.Page], dict[str, Sequence[str]]]]:
    """Pages by path, and the actions of roles by product."""
    keys = list(paths)
    jobs = [
        _Job(
            source=replace(
                source, histories={it: source.histories[it] for it in some if it in source.histories}
            ),
            about=about,
            paths={it: paths[it] for it in some},
        )
        for some in (keys[n : n + _SHARE] for n in range(0, len(keys), _SHARE))
    ]
    if len(jobs) == 1:
        yield _pages(jobs[0])
        return
    for job, outcome in workers().run(_pages, jobs, _LIMITS, expected=len(jobs)):
        if isinstance(outcome, LimitError):
            first, *more = job.paths
            which = f"'{first}' and {len(more)} more" if more else f"'{first}'"
            raise InputError(f"the pages of {which}: {outcome}", hint="simplify their templates")
        if isinstance(outcome, PublisherError):
            raise outcome
        yield outcome


def _pages(job: _Job) -> tuple[dict[str, site.Page], dict[str, Sequence[str]]]:
    view = catalogue(job.source)
    pages = catalogue_pages(view, job.about)
    made = {path: pages[path]() for paths in job.paths.values() for path in paths}
    return made, {key: _actions(view.roles(key)) for key in job.paths}


def _actions(roles: Sequence[RolePolicy]) -> Sequence[str]:
    return sorted(
        {
            f"{it.service}:{name}" if it.service else name
            for role in roles
            for document in role.documents
            for it in document.statements
            if not it.but_actions
            for _, names in it.actions
            for name in names
        }
    )
