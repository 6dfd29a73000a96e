"""What a family's products change from one version to another: judged once per pair of templates.

Knows neither git nor AWS: only what stands on each side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from publisher.errors import PublisherError, and_more, excerpt, printable
from publisher.impact import Bump, Change, Level, needed_bump, worst
from publisher.impact.published import Comparison, judged
from publisher.model import Step, is_enough, short_digest, step_between
from publisher.planning.template_changes import ComparedVersion, TemplateChanges, grouped
from publisher.templates.render import Rendered
from publisher.templates.workers import RENDERING, workers

_MOST, _LONGEST = 8, 200


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """A product's template on one side, in the long form or as text; `place` is where it was found.

    Equal short digests are of equal templates; one that is not known is empty. Archives have no template.
    """

    product: str
    family: str
    version: str
    place: str
    digest: str
    template: Mapping[str, Any] | str | None = field(repr=False)

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


@dataclass(frozen=True, kw_only=True)
class ProductChanges:
    """What one product changes between two versions; of one that is `added` or `removed` nothing is compared.

    `changes` are None if they are not known, for the `reason`. A product whose digest is new changes, even if
    no change has a meaning.
    """

    product: str
    family: str
    presence: Literal["both", "added", "removed"] = "both"
    before: str = ""
    after: str = ""
    labels: tuple[str, str] = ("", "")
    same: bool = False
    changes: tuple[Change, ...] | None = ()
    reason: str = ""

    @property
    def bump(self) -> Bump:
        """The smallest bump that is enough."""
        match self.presence:
            case "added":
                return "minor"
            case "removed":
                return "major"
            case "both":
                return "" if self.same else needed_bump(self.changes or ()) or "patch"

    def lacking(self, step: Step | None = None) -> tuple[str, ...]:
        """What asks for more than a step, by default that between the versions, in words."""
        step = step or step_between(self.before, self.after)
        if step is None or is_enough(step, self.bump):
            return ()
        if self.presence != "both":
            return (f"product {self.presence}",)
        return tuple(change_words(it) for it in self.changes or () if not is_enough(step, it.bump))


def product_changes(before: Iterable[Side], after: Iterable[Side]) -> tuple[ProductChanges, ...]:
    """Every product that is on a side, sorted by key. What cannot be judged has a reason, and is no error."""
    old, new = ({it.product: it for it in sides} for sides in (before, after))
    pairs: dict[Comparison, list[str]] = {}
    known: dict[tuple[str, str], Comparison] = {}
    found: dict[str, ProductChanges] = {}
    for product in sorted(old.keys() | new.keys()):
        first, second = old.get(product), new.get(product)
        found[product] = _unjudged(first, second)
        if first is None or second is None or found[product].same or found[product].reason:
            continue
        pair = Comparison(published=first.template or {}, template=second.template or {})
        if first.digest and second.digest:
            pair = known.setdefault((first.digest, second.digest), pair)
        pairs.setdefault(pair, []).append(product)
    run = workers().run(judged, pairs, RENDERING, expected=len(pairs))
    for pair, result in run:
        for product in pairs[pair]:
            if isinstance(result, PublisherError):
                reason = excerpt(printable(str(result)), _LONGEST)
                found[product] = replace(found[product], changes=None, reason=reason)
            else:
                found[product] = replace(found[product], changes=result)
    return tuple(found.values())


def grouped_changes(products: Iterable[ProductChanges]) -> tuple[TemplateChanges, ...]:
    """Each change once, with all products that have it; the changes of most products come first."""
    return grouped(
        {
            ComparedVersion(
                product=it.product,
                published=it.labels[0],
                version=it.labels[1],
                published_digest="",
                digest="",
            ): it.changes
            for it in products
            if it.presence == "both" and not it.same and it.changes is not None
        }
    )


def bump_of(products: Iterable[ProductChanges]) -> Bump:
    """The smallest bump that is enough for all of them."""
    bumps: Sequence[Bump] = [it.bump for it in products]
    order: Sequence[Bump] = ("major", "minor", "patch")
    return next((it for it in order if it in bumps), "")


def level_of(products: Iterable[ProductChanges]) -> Level:
    """The worst level of all changes."""
    return worst(change for it in products for change in it.changes or ())


def lacking_words(products: Iterable[ProductChanges], step: Step | None = None) -> str:
    """What asks for more than a step, by default that between the versions, each once with its products."""
    hit: dict[str, list[str]] = {}
    for product in products:
        for words in dict.fromkeys(product.lacking(step)):
            hit.setdefault(words, []).append(product.product)
    parts = [f"{words} ({and_more(names)})" for words, names in hit.items()]
    more = [f"and {len(parts) - _MOST} more"] if len(parts) > _MOST else []
    return "; ".join([*parts[:_MOST], *more])


def change_words(change: Change) -> str:
    """A change in a few words: `output QueueUrl: output lost`."""
    reason = f", {change.reason}" if change.reason else ""
    return f"{change.subject} {change.path}: {change.effect}{reason}"


def _unjudged(before: Side | None, after: Side | None) -> ProductChanges:
    side = after or before
    assert side is not None
    reason = ""
    if before and after and (before.template is None or after.template is None):
        reason = "archives are not compared"
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
