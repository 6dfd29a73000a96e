"""What the files change of a published template, as a worker process judges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.errors import InputError
from publisher.impact.change import Change
from publisher.impact.judgement import judge
from publisher.templates.cloudformation import parse

_MOST = 5000


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """The text of a published template, and a new one in the long form."""

    published: str
    template: Mapping[str, Any]


def judged(comparison: Comparison) -> tuple[Change, ...]:
    """What the new template changes. Raises InputError when the published one is none, or too different."""
    published = parse(comparison.published, "published template").value
    try:
        changes = judge(published, comparison.template)
    except RecursionError:
        raise InputError("the templates are nested too deeply") from None
    if len(changes) > _MOST:
        raise InputError(f"the templates have more than {_MOST:,} differences")
    return tuple(replace(it, difference=None) for it in changes)
