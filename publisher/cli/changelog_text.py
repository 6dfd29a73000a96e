"""The entry of a version in a family's changelog: what it does to launches, in words for who launches."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from publisher.impact import SAME_MEANING
from publisher.report.markdown import plain, span

if TYPE_CHECKING:
    from publisher.impact import Change
    from publisher.planning.product_changes import ProductChanges

_FEW, _MANY = 3, 40
_FORM = re.compile(r"AWS::CloudFormation::Interface\b|.*\.(Constraint)?Description$")
_OPENING = {
    "critical": "**Breaking, with data or names at stake**: read this before you update a launch.",
    "major": "**Breaking**: read this before you update a launch.",
    "minor": "Launches can be updated as they are.",
    "patch": "Launches can be updated as they are.",
}
# By effect and what is at stake; the worst first. Of a resource only the first one is said.
_PHRASES = {
    ("refused", ""): "CloudFormation refuses to update",
    ("removal", "data"): "Deleted, with all data in them",
    ("replacement", "data"): "Replaced by new ones; all data in the old ones is lost",
    ("removal", "identity"): "Deleted; check who refers to them",
    ("replacement", "identity"): "Replaced by new ones; check who refers to the old ones",
    ("possible removal", "data"): "Deleted in some launches, with all data in them",
    ("possible replacement", "data"): "May be replaced; all data in the old ones is then lost",
    ("possible removal", "identity"): "Deleted in some launches; check who refers to them",
    ("possible replacement", "identity"): "May be replaced; check who refers to them",
    ("removal", ""): "Deleted",
    ("replacement", ""): "Replaced by new ones",
    ("possible removal", ""): "Deleted in some launches",
    ("possible replacement", ""): "May be replaced",
    ("required input", ""): "Every launch must set",
    ("input removed", ""): "No longer accepted",
    ("input narrowed", ""): "Accepts fewer values",
    ("output lost", ""): "Outputs that are gone",
    ("output changed", ""): "Outputs with another value",
    ("added", ""): "New",
    ("in place", ""): "Changed in place",
    ("none", ""): "No effect on launches",
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
    lines = [*_presence(products), *_changes(products, axes)] or ["No change in meaning."]
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
        meant = [it for it in product.changes or () if it.reason != SAME_MEANING]
        for (name, reason), kind in _worst(meant).items():
            hit[kind, name, reason].append(product.product)
    kinds: defaultdict[_Kind, defaultdict[tuple[str, ...], list[tuple[str, str]]]]
    kinds = defaultdict(lambda: defaultdict(list))
    for (kind, name, reason), names in hit.items():
        kinds[kind][tuple(names)].append((name, reason))
    for kind in sorted(kinds, key=_ORDER.index):
        # What hits most products comes first.
        scopes = sorted(kinds[kind].items(), key=lambda it: (-len(it[0]), it[0]))
        found = [(_scope(some, compared, axes), _listed(items)) for some, items in scopes]
        match found:
            case [(scope, items)]:
                yield f"{_PHRASES[kind]}{f' (only {scope})' if scope else ''}: {items}."
            case _:
                lines = (f"  - {scope or 'all products'}: {items}" for scope, items in found)
                yield "\n".join((f"{_PHRASES[kind]}:", *lines))


def _listed(items: Sequence[tuple[str, str]]) -> str:
    with_reasons = len(items) <= _FEW
    shown = [f"{name} ({plain(why)})" if why and with_reasons else name for name, why in items[:_MANY]]
    more = f" and {len(items) - _MANY} more" if len(items) > _MANY else ""
    return f"{', '.join(dict.fromkeys(shown))}{more}"


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
    if change.effect == "none" and change.subject in ("parameter", "metadata") and _FORM.match(change.path):
        return "texts of the launch form"
    said = change.subject in ("resource", "property") or change.effect in ("output lost", "output changed")
    subject = "" if said else f"{change.subject} "
    return f"{subject}{span(change.path)}"


def _reason(change: Change) -> str:
    if change.effect == "added":
        return change.after
    if change.follows:
        return f"because of {change.follows}"
    if change.effect == "removal":
        return ""
    return re.sub(r"^(\S+) is create-only$", r"its \1 changes", change.reason)


def _scope(names: Sequence[str], compared: Sequence[str], axes: Mapping[str, Mapping[str, str]]) -> str:
    """Which products, or "" for all of them: by an axis, if one tells them from the others."""
    if len(names) == len(compared):
        return ""
    for axis in axes.get(names[0], {}):
        values = dict.fromkeys(axes[it][axis] for it in names)
        if [it for it in compared if axes[it][axis] in values] == list(names):
            return f"{span(axis)} {' or '.join(map(span, values))}"
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return f"{', '.join(map(span, names[:_FEW]))}{more}"
