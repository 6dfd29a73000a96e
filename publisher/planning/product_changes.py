"""What products change from one version to another, judged, as values. Knows no templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from publisher.errors import and_more
from publisher.impact import Bump, Change, Level, needed_bump, worst
from publisher.model import Step, is_enough, step_between
from publisher.planning.template_changes import ComparedVersion, TemplateChanges, grouped

_MOST = 8


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
