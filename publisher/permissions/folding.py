"""Many ARN patterns as few: what lies in one folder becomes the folder, and parts that differ become `*`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from publisher.permissions.values import UNKNOWN, covering, merged

_MOST = 16
_FOLDER = 3
_PART = re.compile(r"(\$\{[^}]*\}|[^-/:.]+)")


def folded(patterns: Iterable[str]) -> tuple[str, ...]:
    """The patterns, in fewer when they are many. All that they match is still matched."""
    found = _in_folders(covering(patterns))
    while len(found) > _MOST:
        fewer = _one_part_open(found)
        if fewer == found:
            break
        found = fewer
    return found


def _in_folders(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """`parameter/ml/x/*` for three names there. A folder has a name of its own, so `role/x` is in none."""
    groups: dict[str, list[str]] = {}
    for pattern in patterns:
        folder, _, name = pattern.rpartition("/")
        named = folder.rpartition(":")[2].partition("/")[2].replace(UNKNOWN, "").strip("/")
        groups.setdefault(folder if name and named else pattern, []).append(pattern)
    return covering(
        pattern
        for folder, inside in groups.items()
        for pattern in ([f"{folder}/*"] if len(inside) >= _FOLDER else inside)
    )


def _one_part_open(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """The patterns with `*` for the part in which most of them differ."""
    groups: dict[str, list[str]] = {}
    for pattern in patterns:
        parts = _PART.split(pattern)
        for number in range(len(parts)):
            if number % 2 and parts[number] != UNKNOWN:
                opened = merged("".join([*parts[:number], UNKNOWN, *parts[number + 1 :]]))
                groups.setdefault(opened, []).append(pattern)
    opened, closed = max(groups.items(), key=lambda entry: (len(entry[1]), entry[0]), default=("", []))
    return (
        covering([opened, *(one for one in patterns if one not in closed)]) if len(closed) > 1 else patterns
    )
