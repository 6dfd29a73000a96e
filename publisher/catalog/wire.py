"""What the shapes of several kinds share: texts by name, and descriptions with a suffix. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from publisher.model import Resource

Answer = Mapping[str, Any]
Request = dict[str, Any]


def to_wire(resource: Resource, names: Mapping[str, str]) -> Request:
    """The fields of a resource under their names in the API."""
    return {wire: getattr(resource, field) for field, wire in names.items()}


def from_wire(detail: Answer, names: Mapping[str, str]) -> dict[str, str]:
    """The texts of an answer under their names in the model; one that is missing is empty."""
    return {field: detail.get(wire) or "" for field, wire in names.items()}


def split(description: str, suffix: re.Pattern[str]) -> tuple[str, str]:
    """A description's text and the suffix that the pattern finds, or an empty one."""
    match = suffix.search(description)
    return (description[: match.start()], match[1]) if match else (description, "")
