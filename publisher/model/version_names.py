"""The names of versions: what makes them distinct, and their order.

AWS takes any name, the same one again, and none. Only the names that publisher gives are semantic versions.
https://github.com/hashicorp/terraform-provider-aws/issues/24362
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_NO_NAME = "(no name)"
_SEMVER = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")
_OLDER = re.compile(r"( \(older, [^()]+\))+\Z")
_DIGITS = re.compile(r"([0-9]+)")


def distinct_names(versions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The names of one product's versions by id, from the API's details or summaries of all of them.

    Of equal names the youngest one has it: if they are of the same second, the last one. The id is added to
    the others' names.
    """
    found: dict[str, str] = {}
    taken = set[str]()
    for detail in reversed(sorted(versions, key=_age)):
        name = str(detail.get("Name") or "")
        name = name if name.strip() else _NO_NAME
        while name in taken:
            name = f"{name} (older, {detail['Id']})"
        taken.add(name)
        found[str(detail["Id"])] = name
    return found


def plain_name(name: str) -> str:
    """The name without what makes it distinct."""
    return _OLDER.sub("", name)


def precedence(version: str) -> tuple[object, ...]:
    """A sort key for version names, as https://semver.org/#spec-item-11 orders them.

    Names that are not semantic versions (of artifacts made elsewhere) sort first, with numbers in them by
    value; before these come versions that have the name of a younger one.
    """
    match = _SEMVER.fullmatch(version)
    if match is None:
        parts = _DIGITS.split(version)
        return (
            0,
            plain_name(version) == version,
            *(_number(it) if i % 2 else it for i, it in enumerate(parts)),
        )
    major, minor, patch, prerelease = match.groups()
    parts = prerelease.split(".") if prerelease else []
    ranks = tuple((0, *_number(part)) if part.isdecimal() else (1, 0, part) for part in parts)
    return (1, _number(major), _number(minor), _number(patch), not parts, ranks)


def _age(version: Mapping[str, Any]) -> tuple[bool, Any]:
    created = version.get("CreatedTime")
    return (created is not None, created)


def _number(digits: str) -> tuple[int, str]:
    """A sort key by value: names have up to 8192 digits, more than Python reads as a number."""
    value = digits.lstrip("0")
    return (len(value), value)
