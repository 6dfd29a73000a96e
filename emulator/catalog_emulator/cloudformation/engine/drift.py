"""Drift: the properties of a resource in the template compared with the live ones.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moto.core.utils import utcnow

from catalog_emulator.cloudformation.template.scope import text_of

IN_SYNC: Final = "IN_SYNC"
MODIFIED: Final = "MODIFIED"
DELETED: Final = "DELETED"
NOT_CHECKED: Final = "NOT_CHECKED"
DRIFTED: Final = "DRIFTED"
_AWS: Final = "aws:"


@dataclass(frozen=True, kw_only=True)
class Drift:
    """The drift of one resource; `actual` is None when it was deleted or not checked."""

    status: str
    expected: Mapping[str, Any]
    actual: Mapping[str, Any] | None
    timestamp: datetime = field(default_factory=utcnow)

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "StackResourceDriftStatus": self.status,
            "PropertyDifferences": [],
            "Timestamp": self.timestamp,
        }
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceDrift.html
        if self.status != DELETED:
            shown["ExpectedProperties"] = json.dumps(self.expected, default=str)
        if self.actual is not None:
            shown["ActualProperties"] = json.dumps(self.actual, default=str)
            shown["PropertyDifferences"] = list(differences(self.expected, self.actual))
        return shown

    def information(self) -> dict[str, Any]:
        return {"StackResourceDriftStatus": self.status, "LastCheckTimestamp": self.timestamp}


@dataclass(frozen=True, kw_only=True)
class ActualState:
    """What a drift-aware change of a resource starts from.

    `properties` are the live ones where they differ from the template's, old and new. `drifted` are all that
    differ from the old template's; `ignored` those that AWS changes itself.
    """

    drift: Drift
    properties: Mapping[str, Any]
    drifted: Mapping[str, Any]
    ignored: tuple[str, ...]

    @property
    def status(self) -> str:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html"""
        return "UNSUPPORTED" if self.drift.status == NOT_CHECKED else self.drift.status


def actual_state(
    drift: Drift,
    desired: Mapping[str, Any],
    tag_property: str | None,
    is_immutable: Callable[[Mapping[str, Any], Mapping[str, Any]], bool],
) -> ActualState:
    """The state of a resource that is to have the desired properties.

    Tag keys that no template has stay, and drift of immutable properties is not reconciled; not documented is
    whether such a change set fails or, as here, leaves them.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
    """
    properties, drifted, ignored = dict(drift.expected), {}, []
    actual = drift.expected if drift.actual is None else drift.actual
    for name, expected in drift.expected.items():
        live = actual.get(name)
        if name == tag_property:
            kept = _tags_with(live, lambda key: not key.startswith(_AWS))
            ignored += [name] if kept != live else []
            keys = {*_keys(expected), *_keys(desired.get(name))}
            live = _tags_with(live, keys.__contains__)
        if _same(expected, live) or is_immutable({name: expected}, {name: live}):
            continue
        drifted[name] = live
        properties[name] = desired[name] if name in desired and _same(desired[name], live) else live
    kept = {name: value for name, value in properties.items() if value is not None}
    return ActualState(drift=drift, properties=kept, drifted=drifted, ignored=tuple(ignored))


def compared(expected: Mapping[str, Any], live: Mapping[str, Any] | None) -> Drift:
    """The drift from the live properties: one that is absent counts as equal, None means not set."""
    if live is None:
        return Drift(status=DELETED, expected=expected, actual=None)
    actual = {
        name: live.get(name, value)
        for name, value in expected.items()
        if name not in live or live[name] is not None
    }
    return Drift(status=IN_SYNC if _same(expected, actual) else MODIFIED, expected=expected, actual=actual)


def differences(expected: Any, actual: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """PropertyDifferences, in the order of the expected properties."""
    match expected, actual:
        case Mapping(), Mapping():
            for name, value in expected.items():
                place = f"{path}/{name}"
                if name in actual:
                    yield from differences(value, actual[name], place)
                else:
                    yield _difference("REMOVE", place, value, None)
            for name in actual:
                if name not in expected:
                    yield _difference("ADD", f"{path}/{name}", None, actual[name])
        case list(), list():
            yield from _differences_of_lists(expected, actual, path)
        case _ if not _equal(expected, actual):
            yield _difference("NOT_EQUAL", path, expected, actual)


def _same(one: Any, other: Any) -> bool:
    return next(differences(one, other), None) is None


def _tags_with(tags: Any, kept: Callable[[str], bool]) -> Any:
    if isinstance(tags, Mapping):
        return {key: value for key, value in tags.items() if kept(key)}
    return [tag for tag in tags if kept(str(tag.get("Key", "")))] if tags else tags


def _keys(tags: Any) -> list[str]:
    return [*tags] if isinstance(tags, Mapping) else [str(tag.get("Key", "")) for tag in tags or ()]


def _differences_of_lists(
    expected: Sequence[Any], actual: Sequence[Any], path: str
) -> Iterator[dict[str, Any]]:
    """Equal items are matched wherever they stand; the others are compared in pairs."""
    left = list(enumerate(actual))
    missing = []
    for place, value in enumerate(expected):
        same = next((found for found in left if _equal(found[1], value)), None)
        if same is None:
            missing.append((place, value))
        else:
            left.remove(same)
    for (place, value), (_, found) in zip(missing, left, strict=False):
        yield from differences(value, found, f"{path}/{place}")
    for place, value in missing[len(left) :]:
        yield _difference("REMOVE", f"{path}/{place}", value, None)
    for place, found in left[len(missing) :]:
        yield _difference("ADD", f"{path}/{place}", None, found)


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, (Mapping, list)) or isinstance(other, (Mapping, list)):
        return bool(one == other)
    return text_of(one) == text_of(other)


def _difference(kind: str, path: str, expected: Any, actual: Any) -> dict[str, Any]:
    return {
        "PropertyPath": path,
        "ExpectedValue": text_of_value(expected),
        "ActualValue": text_of_value(actual),
        "DifferenceType": kind,
    }


def text_of_value(value: Any) -> str:
    """As the console shows it, with null for what is not set."""
    if value is None:
        return "null"
    return json.dumps(value, default=str) if isinstance(value, (Mapping, list)) else text_of(value)
