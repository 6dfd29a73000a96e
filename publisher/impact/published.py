"""What one template changes of another, as a worker process judges it: either may be hostile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.errors import InputError
from publisher.impact.change import Change
from publisher.impact.judgement import judge
from publisher.templates.cloudformation import template_value

_MOST = 5000


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """A published template and a new one, each in the long form or as the text that is published."""

    published: Mapping[str, Any] | str
    template: Mapping[str, Any] | str


def judged(comparison: Comparison) -> tuple[Change, ...]:
    """What the new template changes. Raises InputError when one is no template, or they are too different."""
    published, template = (
        template_value(it) if isinstance(it, str) else it
        for it in (comparison.published, comparison.template)
    )
    changes = judge(published, template)
    if len(changes) > _MOST:
        raise InputError(f"the templates have more than {_MOST:,} differences")
    return tuple(replace(it, difference=None) for it in changes)
