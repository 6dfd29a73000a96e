"""Short texts with Jinja2 in them, such as names of a launch form; evaluated like templates, in a worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.errors import InputError, Where
from publisher.templates.jobs import TextJob, evaluate_texts, limit_problem
from publisher.templates.worker_process import LimitError
from publisher.templates.workers import RENDERING, Workers, workers


def texts(
    templates: Mapping[str, str],
    values: Mapping[str, Any],
    *,
    where: Mapping[str, Where],
    pool: Workers | None = None,
) -> dict[str, str]:
    """Each template, by name, as text: `{{ name }}-topic` prints text and numbers as they are.

    The values are plain: text, numbers, true, false, lists and mappings; templates see all of them, by name.
    `where` is the place of each template. Raises InputError with the problems of all: T001 to T006.
    """
    job = TextJob(templates=dict(templates), values=dict(values), where=dict(where))
    ((_, outcome),) = (pool or workers()).run(evaluate_texts, [job], RENDERING)
    if isinstance(outcome, LimitError):
        raise InputError.of([limit_problem(f"rendering {outcome}", where[min(templates)])])
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
