"""One change of a template and what it does to launches, as plain values. Knows no resource types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

from publisher.documents import sha256_of
from publisher.templates.comparison import Action, Difference, Subject
from publisher.templates.difference_text import path_text, value_texts

Level = Literal["critical", "high", "safe"]
Bump = Literal["major", "minor", "patch", ""]
# The worst first.
Effect = Literal[
    "refused", "removal", "replacement", "possible removal", "possible replacement", "required input",
    "input removed", "input narrowed", "output lost", "output changed", "added", "in place", "none",
]  # fmt: skip
# What happens to a launch that is updated.
EFFECTS: Mapping[Effect, str] = {
    "refused": "CloudFormation refuses the update",
    "removal": "the resource is deleted",
    "replacement": "another resource takes its place, and the old one is deleted",
    "possible removal": "launches that do not meet a condition lose the resource",
    "possible replacement": "another resource takes its place for some launches or some values, or nothing "
    "says that it does not",
    "required input": "a value must be given that older launches do not have",
    "input removed": "a parameter is gone",
    "input narrowed": "a value that was possible is refused",
    "output lost": "whoever reads the output finds none",
    "output changed": "whoever reads the output finds another value",
    "added": "something new: a resource, an output, an optional parameter, a wider limit",
    "in place": "the resource is changed and stays the same one, perhaps with an interruption",
    "none": "nothing happens: descriptions, policies, a default, the same in other words",
}
AtStake = Literal["data", "identity", ""]

# The reason of a difference in writing only.
SAME_MEANING = "it means the same"
_DIGITS = 12
REPLACING: frozenset[Effect] = frozenset({"replacement", "possible replacement"})
_MAJOR: frozenset[Effect] = frozenset({
    "possible replacement", "replacement", "possible removal", "removal", "refused", "required input",
    "input narrowed", "input removed", "output lost",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Change:
    """A difference of two templates, or what follows from one elsewhere in the template.

    `path`, `before` and `after` are short texts for people without secrets, `digest` tells long values apart.
    `follows` is the resource whose replacement causes it, or "". `source` is a page of AWS's documentation.
    """

    action: Action | Literal[""] = ""
    subject: Subject
    path: str
    resource: str = ""
    resource_type: str = ""
    effect: Effect
    at_stake: AtStake = ""
    reason: str = ""
    follows: str = ""
    source: str = ""
    level: Level = "safe"
    bump: Bump = "patch"
    before: str = ""
    after: str = ""
    digest: str = ""
    difference: Difference | None = field(default=None, compare=False, repr=False)

    def document(self) -> dict[str, Any]:
        """The JSON shape of docs/versions.md."""
        found = asdict(self)
        del found["difference"]
        return found


def needed_bump(changes: Iterable[Change]) -> Bump:
    """The smallest bump that is enough for all of them; "" when there are none."""
    return min((it.bump for it in changes), key=get_args(Bump).index, default="")


def worst(changes: Iterable[Change]) -> Level:
    """The worst level of all of them; safe when there are none."""
    return min((it.level for it in changes), key=get_args(Level).index, default="safe")


def change_of(difference: Difference, **fields: Any) -> Change:
    """The change of a difference; its bump is what its effect asks for."""
    change = Change(action=difference.action, subject=difference.subject, path="", **fields)
    return with_bump(shown_as(change, difference))


def shown_as(change: Change, difference: Difference) -> Change:
    """The change with the path and values of a difference."""
    before, after = value_texts(difference)
    return replace(
        change,
        path=path_text(difference),
        before=before,
        after=after,
        digest=sha256_of([difference.before, difference.after])[:_DIGITS],
        difference=difference,
    )


def with_bump(change: Change) -> Change:
    """The change with the bump that its effect asks for."""
    bump: Bump = "major" if change.effect in _MAJOR else "minor" if change.effect == "added" else "patch"
    return replace(change, bump=bump)
