"""What new versions change at their targets: each published template is read once, and compared.

Whatever cannot be read or compared is a note in the plan, never an error of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import replace

from publisher.errors import AwsError, PublisherError
from publisher.impact import Change
from publisher.impact.published import Comparison, judged
from publisher.planning.plan import Plan
from publisher.planning.template_changes import ComparedVersion, UncomparedVersion, grouped
from publisher.publishing.family_changes import reason_of
from publisher.publishing.publication import Publication
from publisher.stopping import Pool
from publisher.templates.render import Rendered
from publisher.templates.workers import RENDERING, Workers, workers

Versions = tuple[ComparedVersion, ...]
Result = tuple[Change, ...] | PublisherError


def with_template_changes(
    plans: Mapping[Publication, Plan], *, pool: Workers | None = None
) -> dict[Publication, Plan]:
    """The plans with what their new versions change, or why that is unknown."""
    found: dict[Publication, dict[ComparedVersion, Result]] = {it: {} for it in plans}
    waiting: dict[Comparison, tuple[Publication, Versions]] = {}

    def comparisons() -> Iterator[Comparison]:
        for (publication, versions), read in _read(plans):
            try:
                text = read.result()
            except AwsError as error:
                found[publication].update(dict.fromkeys(versions, error))
                continue
            for same in _alike(versions, lambda it: it.digest):
                template = publication.template_of(same[0].product)
                comparison = Comparison(published=text, template=template)
                waiting[comparison] = (publication, same)
                yield comparison

    expected = sum(len(planned.compared) for planned in plans.values())
    failed = PublisherError("")
    try:
        for comparison, result in (pool or workers()).run(
            judged, comparisons(), RENDERING, expected=expected
        ):
            publication, versions = waiting.pop(comparison)
            found[publication].update(dict.fromkeys(versions, result))
    except PublisherError as error:
        failed = error
    return {
        publication: _completed(planned, dict.fromkeys(planned.compared, failed) | found[publication])
        for publication, planned in plans.items()
    }


def published_digests(published: Mapping[str, str], rendered: Mapping[str, Rendered]) -> dict[str, str]:
    """The digests of published templates, by product, where the files render the same; others are unknown."""
    compared = {
        Comparison(published=text, template=rendered[name].template): name
        for name, text in published.items()
        if name in rendered
    }
    run = workers().run(judged, compared, RENDERING, expected=len(compared))
    return {compared[it]: rendered[compared[it]].digest for it, changes in run if changes == ()}


def _read(
    plans: Mapping[Publication, Plan],
) -> Iterator[tuple[tuple[Publication, Versions], Future[str]]]:
    """The text of each published template that a version replaces, with the versions that replace it."""
    work = [
        (publication, same)
        for publication, planned in plans.items()
        for same in _alike(planned.compared, lambda it: it.published_digest or it.product)
    ]
    with Pool() as pool:
        yield from pool.ahead(lambda it: it[0].published_template(it[1][0]), work)


def _alike(versions: Iterable[ComparedVersion], what: Callable[[ComparedVersion], str]) -> list[Versions]:
    """The versions by something that they have in common."""
    some: defaultdict[str, list[ComparedVersion]] = defaultdict(list)
    for version in versions:
        some[what(version)].append(version)
    return [tuple(it) for it in some.values()]


def _completed(planned: Plan, found: Mapping[ComparedVersion, Result]) -> Plan:
    return replace(
        planned,
        template_changes=grouped({it: one for it, one in found.items() if isinstance(one, tuple)}),
        uncompared=tuple(
            UncomparedVersion(compared=it, reason=reason_of(one))
            for it, one in sorted(found.items())
            if isinstance(one, PublisherError)
        ),
    )
