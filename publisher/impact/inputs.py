"""What the changes of a template's parameters ask of launches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from publisher.impact.change import Change, Effect, change_of
from publisher.templates.comparison import Difference

_SOURCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html"
_LIMITS = frozenset({
    "AllowedPattern", "AllowedValues", "MaxLength", "MaxValue", "MinLength", "MinValue",
})  # fmt: skip


def parameter_changes(
    differences: Sequence[Difference],
    templates: tuple[Mapping[str, Any], Mapping[str, Any]],
    values: tuple[Mapping[str, str], Mapping[str, str]] | None,
) -> Iterator[Change]:
    """The changes of parameters; for the launch with these values only what it meets."""
    for difference in differences:
        effect, reason = _effect(difference)
        yield change_of(
            difference,
            effect=effect,
            reason=reason,
            source=_SOURCE,
            level="safe" if effect in ("added", "none") else "high",
        )


def _effect(difference: Difference) -> tuple[Effect, str]:
    _, *steps = difference.path[1:] or ("",)
    match steps, difference.action:
        case [], "add":
            if "Default" in difference.after:
                return "added", ""
            return "required input", "it has no default"
        case [], "remove":
            return "input removed", "launches that give it are refused"
        case ["Default", *_], "remove":
            return "required input", "it has no default any more"
        case ["Default", *_], _:
            return "none", "launches keep their values"
        case ["Type"], _:
            return "input narrowed", "values may not be of the new type"
        case [str(name), *_], action if name in _LIMITS:
            wider = action == ("add" if name == "AllowedValues" and len(steps) > 1 else "remove")
            return ("added", "") if wider else ("input narrowed", "values that were possible may be refused")
        case _:
            return "none", ""
