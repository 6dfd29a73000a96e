"""The entry of a version in a family's changelog: what it does to launches, in words for who launches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from publisher.report.markdown import plain, span

if TYPE_CHECKING:
    from publisher.impact import Change
    from publisher.publishing.family_changes import ProductChanges

_FEW, _MANY = 3, 40
_OPENING = {
    "critical": "**Breaking, with data or names at stake**: read this before you update a launch.",
    "major": "**Breaking**: read this before you update a launch.",
    "minor": "Launches can be updated as they are.",
    "patch": "Launches can be updated as they are.",
}
# By effect and what is at stake; the worst first. Of a resource only the first one is said.
_PHRASES = {
    ("refused", ""): "CloudFormation refuses to update",
    ("removal", "data"): "Deleted, with what they hold",
    ("replacement", "data"): "Replaced by new ones, and what the old ones hold is lost",
    ("removal", "identity"): "Deleted, though others may refer to them",
    ("replacement", "identity"): "Replaced by new ones, though others may refer to the old ones",
    ("possible removal", "data"): "Deleted in some launches, with what they hold",
    ("possible replacement", "data"): "Perhaps replaced by new ones, and then what the old ones hold is lost",
    ("possible removal", "identity"): "Deleted in some launches, though others may refer to them",
    ("possible replacement", "identity"): "Perhaps replaced by new ones, though others may refer to them",
    ("removal", ""): "Removed",
    ("replacement", ""): "Replaced by new ones",
    ("possible removal", ""): "Removed in some launches",
    ("possible replacement", ""): "Perhaps replaced by new ones",
    ("required input", ""): "To be given by every launch",
    ("input removed", ""): "Can no longer be given",
    ("input narrowed", ""): "Accepts fewer values",
    ("output lost", ""): "Outputs that are gone",
    ("output changed", ""): "Outputs with another value",
    ("added", ""): "New",
    ("in place", ""): "Changed in place",
    ("none", ""): "Changed without an effect on launches",
}
_ORDER = list(_PHRASES)
_Kind = tuple[str, str]


def entry(
    version: str,
    step: str | None,
    level: str,
    products: Sequence[ProductChanges],
    axes: Mapping[str, Mapping[str, str]],
) -> str:
    """The section of a version, the worst first; with the axes of each product. No step: the first one."""
    if step is None:
        return f"## {version}\nThe first version.\n"
    lines = [*_presence(products), *_changes(products, axes)] or ["The same in other words."]
    opening = _OPENING["critical" if level == "critical" else step]
    return "\n".join([f"## {version}", opening, *(f"- {line}" for line in lines), ""])


def _presence(products: Sequence[ProductChanges]) -> Iterator[str]:
    for presence, words in (("removed", "Removed products"), ("added", "New products")):
        if names := [it.product for it in products if it.presence == presence]:
            yield f"{words}: {', '.join(map(span, names))}."


def _changes(products: Sequence[ProductChanges], axes: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    compared = [it.product for it in products if it.presence == "both"]
    hit: defaultdict[tuple[_Kind, str, str], list[str]] = defaultdict(list)
    for product in products:
        for (name, reason), kind in _worst(product.changes or ()).items():
            hit[kind, name, reason].append(product.product)
    groups: defaultdict[tuple[_Kind, tuple[str, ...]], list[tuple[str, str]]] = defaultdict(list)
    for (kind, name, reason), names in hit.items():
        groups[kind, tuple(names)].append((name, reason))
    for (kind, some), items in sorted(groups.items(), key=_rank):
        with_reasons = len(items) <= _FEW
        shown = [f"{name} ({plain(why)})" if why and with_reasons else name for name, why in items[:_MANY]]
        more = f" and {len(items) - _MANY} more" if len(items) > _MANY else ""
        yield f"{_PHRASES[kind]}{_only(some, compared, axes)}: {', '.join(shown)}{more}."


def _rank(group: tuple[tuple[_Kind, tuple[str, ...]], object]) -> tuple[int, int, tuple[str, ...]]:
    """What hits most products comes first."""
    (kind, names), _ = group
    return _ORDER.index(kind), -len(names), names


def _worst(changes: Sequence[Change]) -> dict[tuple[str, str], _Kind]:
    """What one product's changes are about, each with a reason, and the worst that happens to it."""
    found: dict[str, tuple[_Kind, str]] = {}
    for change in changes:
        kind = change.effect, change.at_stake if (change.effect, change.at_stake) in _PHRASES else ""
        name = _name(change)
        if name not in found or _ORDER.index(kind) < _ORDER.index(found[name][0]):
            found[name] = kind, _reason(change)
    return {(name, reason): kind for name, (kind, reason) in found.items()}


def _name(change: Change) -> str:
    if change.resource and change.effect not in ("added", "none"):
        return span(change.resource)
    said = change.subject in ("resource", "property") or change.effect in ("output lost", "output changed")
    subject = "" if said else f"{change.subject} "
    return f"{subject}{span(change.path)}"


def _reason(change: Change) -> str:
    if change.effect == "added":
        return change.after
    follows = f"follows {change.follows}" if change.follows else ""
    return follows or change.reason


def _only(names: Sequence[str], compared: Sequence[str], axes: Mapping[str, Mapping[str, str]]) -> str:
    """Which products, unless it is all of them: by an axis, if one tells them from the others."""
    if len(names) == len(compared):
        return ""
    for axis in axes.get(names[0], {}):
        values = dict.fromkeys(axes[it][axis] for it in names)
        if [it for it in compared if axes[it][axis] in values] == list(names):
            return f" (only {span(axis)} {', '.join(map(span, values))})"
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f" (only {', '.join(map(span, names[:_FEW]))}{more})"
