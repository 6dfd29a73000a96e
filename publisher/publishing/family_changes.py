"""What a family's products change from one version to another: judged once per pair of templates.

Knows neither git nor AWS: only what stands on each side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from publisher.errors import AwsError, PublisherError, excerpt, printable
from publisher.impact import Change
from publisher.impact.published import Comparison, judged
from publisher.model import short_digest
from publisher.planning.product_changes import ProductChanges
from publisher.templates.render import Rendered
from publisher.templates.worker_process import LimitError
from publisher.templates.workers import RENDERING, workers

_LONGEST = 200
# By the digests of both templates: what changes, or why that is not known.
Judgements = dict[tuple[str, str], tuple[Change, ...] | str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """A product's template on one side, in the long form or as text; `place` is where it was found.

    Equal short digests are of equal templates; one that is not known is empty. Archives have no template,
    and what cannot be read has none for the reason `unknown`.
    """

    product: str
    family: str
    version: str
    place: str
    digest: str
    template: Mapping[str, Any] | str | None = field(repr=False)
    unknown: str = ""

    @classmethod
    def of(cls, rendered: Rendered, place: str) -> Side:
        """A rendered product."""
        return cls(
            product=rendered.product,
            family=rendered.family,
            version=rendered.version,
            place=place,
            digest=short_digest(rendered.digest),
            template=rendered.template if rendered.archive is None else None,
        )

    @property
    def label(self) -> str:
        """`2.0.0 (revision 1a2b3c4)`."""
        return f"{self.version} ({self.place})"


def product_changes(before: Iterable[Side], after: Iterable[Side]) -> tuple[ProductChanges, ...]:
    """Every product that is on a side, sorted by key. What cannot be judged has a reason, and is no error."""
    old, new = ({it.product: it for it in sides} for sides in (before, after))
    pairs = [(old.get(it), new.get(it)) for it in old.keys() | new.keys()]
    return tuple(sorted(changes_of(pairs, expected=len(pairs)), key=lambda it: it.product))


def changes_of(
    pairs: Iterable[tuple[Side | None, Side | None]], *, expected: int, known: Judgements | None = None
) -> Iterator[ProductChanges]:
    """What changes between the sides of about `expected` pairs, in any order; a side may lack the product.

    Pairs are taken as they are compared, so that few templates are held at a time. What was judged before is
    `known`, and what is judged is added there.
    """
    known = {} if known is None else known
    settled: list[ProductChanges] = []
    waiting: dict[tuple[str, str] | Comparison, list[ProductChanges]] = {}
    keys: dict[Comparison, tuple[str, str] | Comparison] = {}

    def comparisons() -> Iterator[Comparison]:
        for before, after in pairs:
            found = _unjudged(before, after)
            if before is None or after is None or found.same or found.reason:
                settled.append(found)
                continue
            digests = (before.digest, after.digest)
            if digests in known:
                settled.append(_judged(found, known[digests]))
            elif digests in waiting:
                waiting[digests].append(found)
            else:
                comparison = Comparison(published=before.template or {}, template=after.template or {})
                keys[comparison] = digests if all(digests) else comparison
                waiting[keys[comparison]] = [found]
                yield comparison

    for comparison, outcome in workers().run(judged, comparisons(), RENDERING, expected=expected):
        result = reason_of(outcome) if isinstance(outcome, PublisherError) else outcome
        key = keys.pop(comparison)
        if isinstance(key, tuple):
            known[key] = result
        yield from (_judged(it, result) for it in waiting.pop(key))
        yield from settled
        settled.clear()
    yield from settled


def reason_of(error: PublisherError) -> str:
    """Why differences are unknown, in words that are the same in every run."""
    match error:
        case AwsError(aws_code=code) if code:
            return f"the published template cannot be read ({code})"
        case LimitError():
            return f"the comparison {error}"
        case _:
            return excerpt(printable(str(error)), _LONGEST)


def _judged(found: ProductChanges, result: tuple[Change, ...] | str) -> ProductChanges:
    if isinstance(result, str):
        return replace(found, changes=None, reason=result)
    return replace(found, changes=result)


def _unjudged(before: Side | None, after: Side | None) -> ProductChanges:
    side = after or before
    assert side is not None
    reason = ""
    if before and after and (before.template is None or after.template is None):
        reason = after.unknown or before.unknown or "archives are not compared"
    return ProductChanges(
        product=side.product,
        family=side.family,
        presence="both" if before and after else "added" if after else "removed",
        before=before.version if before else "",
        after=after.version if after else "",
        labels=(before.label if before else "", after.label if after else ""),
        same=bool(before and after and before.digest and before.digest == after.digest),
        changes=None if reason else (),
        reason=reason,
    )
