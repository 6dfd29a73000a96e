"""What is new or different about a changed resource, in one line. Of long texts the part that differs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import assert_never

from publisher.model import (
    LaunchConstraint,
    NotificationConstraint,
    PortfolioShare,
    ProvisioningArtifact,
    Resource,
    ResourceUpdateConstraint,
    ServiceAction,
    StackSetConstraint,
    TagOption,
    TemplateConstraint,
)
from publisher.planning.changes import Change, Create, Delete, Update, differences

_LONGEST = 60
_BEFORE = 12
_LISTED = 3


def detail(change: Change) -> str:
    """What a reviewer wants to see of a change, besides its name."""
    match change:
        case Create(desired):
            return _content(desired)
        case Update():
            return ", ".join(_difference(*difference) for difference in differences(change))
        case Delete():
            return ""
        case _:
            assert_never(change)


def _content(resource: Resource) -> str:
    match resource:
        case ProvisioningArtifact():
            return f"{resource.short_digest}…"
        case LaunchConstraint():
            return resource.local_role_name or resource.role_arn
        case TemplateConstraint():
            return _cut(_value(resource.description or resource.rules))
        case NotificationConstraint():
            return _listed(resource.notification_arns)
        case ResourceUpdateConstraint():
            return resource.tag_update_on_provisioned_product
        case StackSetConstraint():
            return f"{_listed(resource.account_list)} in {_listed(resource.region_list)}"
        case PortfolioShare():
            return _handed_on(resource)
        case TagOption():
            return "" if resource.active else "inactive"
        case ServiceAction():
            return dict(resource.definition).get("Name", "")
        case _:
            return ""


def _handed_on(share: PortfolioShare) -> str:
    handed = {"principals": share.share_principals, "TagOptions": share.share_tag_options}
    words = " and ".join(name for name, given in handed.items() if given)
    return f"with {words}" if words else ""


def _difference(field: str, before: object, after: object) -> str:
    if field == "unfinished":
        return "no longer marked as new"
    if isinstance(before, tuple) and isinstance(after, tuple):
        return f"{field}: {_exchanged(_entries(before), _entries(after))}"
    first, second = _value(before), _value(after)
    if first == second:
        return f"{field}: only white space differs"
    start = 0
    if max(len(first), len(second)) > _LONGEST:
        pairs = zip(first, second, strict=False)
        same = next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(first), len(second)))
        start = max(0, same - _BEFORE)
    return f"{field}: {_cut(first, start)} -> {_cut(second, start)}"


def _exchanged(before: Sequence[str], after: Sequence[str]) -> str:
    first, second = ("{" + " ".join(entries) + "}" for entries in (before, after))
    if max(len(first), len(second)) <= _LONGEST:
        return f"{first} -> {second}"
    parts = {
        "adds": [it for it in after if it not in before],
        "takes out": [it for it in before if it not in after],
    }
    return ", ".join(f"{verb} {_listed(entries)}" for verb, entries in parts.items() if entries)


def _entries(values: Sequence[object]) -> list[str]:
    return [f"{it[0]}={shlex.quote(it[1])}" if isinstance(it, tuple) else str(it) for it in values]


def _listed(entries: Sequence[str]) -> str:
    more = f" and {len(entries) - _LISTED} more" if len(entries) > _LISTED else ""
    return " ".join(entries[:_LISTED]) + more


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    # What is no character to read may steer a terminal.
    shown = "".join(it if it.isprintable() else "\ufffd" for it in " ".join(str(value).split()))
    return shown or '""'


def _cut(text: str, start: int = 0) -> str:
    """At most sixty characters of a text, and marks where it goes on."""
    rest = f"…{text[start:]}" if start else text
    return rest if len(rest) <= _LONGEST else rest[: _LONGEST - 1] + "…"
