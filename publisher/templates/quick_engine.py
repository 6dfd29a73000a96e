"""AWS's cloudformation-validate over one template, as a worker process runs it: it is native code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from publisher.templates.worker_process import LimitError, TimeLimitError

MODULE = "cloudformation_validate"


@dataclass(frozen=True, kw_only=True)
class QuickJob:
    """A template of a family, as JSON; `digest` is that of its text."""

    family: str
    digest: str
    text: str


# What breaks a rule: its id, what is wrong, the remedy or nothing, and the line of the JSON.
Broken = tuple[str, str, str, int]


def prepare() -> None:
    """Starts the engine, which takes a moment, before there is a template for it."""
    with suppress(Exception):
        _engine()


def broken_rules(job: QuickJob) -> tuple[Broken, ...]:
    """The errors in a template. Raises LimitError, whatever keeps the engine from a verdict."""
    try:
        return _engine()(job)
    except (LimitError, MemoryError, TimeLimitError):
        raise
    except Exception as error:
        raise LimitError(f"fails with {type(error).__name__}: {error}") from error


@cache
def _engine() -> Callable[[QuickJob], tuple[Broken, ...]]:
    import cloudformation_validate as native

    engine = native.CompositeEngine()

    config = native.ValidateConfig(
        detail_level=native.DetailLevel.STANDARD, severity_level=native.Severity.ERROR
    )

    def run(job: QuickJob) -> tuple[Broken, ...]:
        report = engine.validate_template(job.text.encode(), config)
        if report.status is native.ReportStatus.ERROR:
            raise LimitError("cannot read the template")
        return tuple(sorted({_broken(it) for it in report.diagnostics}))

    return run


def _broken(found: Any) -> Broken:
    return found.rule_id, found.message, found.suggested_fix or "", found.start_line or 1
