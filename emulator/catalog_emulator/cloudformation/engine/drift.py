"""Drift: the properties of a resource in the template compared with the live ones.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

import json
from collections.abc import Iterator, Mapping, Sequence
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
            "ExpectedProperties": json.dumps(self.expected, default=str),
            "PropertyDifferences": [],
            "Timestamp": self.timestamp,
        }
        if self.actual is not None:
            shown["ActualProperties"] = json.dumps(self.actual, default=str)
            shown["PropertyDifferences"] = list(differences(self.expected, self.actual))
        return shown

    def information(self) -> dict[str, Any]:
        return {"StackResourceDriftStatus": self.status, "LastCheckTimestamp": self.timestamp}


def compared(expected: Mapping[str, Any], live: Mapping[str, Any] | None) -> Drift:
    """The drift from the live properties: one that is absent counts as equal, None means not set."""
    if live is None:
        return Drift(status=DELETED, expected=expected, actual=None)
    actual = {
        name: live.get(name, value)
        for name, value in expected.items()
        if name not in live or live[name] is not None
    }
    differs = any(True for _ in differences(expected, actual))
    return Drift(status=MODIFIED if differs else IN_SYNC, expected=expected, actual=actual)


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
        "ExpectedValue": _text(expected),
        "ActualValue": _text(actual),
        "DifferenceType": kind,
    }


def _text(value: Any) -> str:
    """As the console shows it, with null for what is not set."""
    if value is None:
        return "null"
    return json.dumps(value, default=str) if isinstance(value, (Mapping, list)) else text_of(value)
