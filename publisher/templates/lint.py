"""cfn-lint and our own checks over rendered templates. Offline, and no setting of the machine has a say.

A script that calls this must guard it with `if __name__ == "__main__"`: the work is shared by processes.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from publisher.errors import InputError, Problem, PublisherError, Severity, Where
from publisher.templates.checks import check
from publisher.templates.render import Rendered

# Fewer are linted sooner than another process starts.
_ALONE = 3


class ProgressCallback(Protocol):
    """Is called after each step of long work."""

    def __call__(self, text: str, done: int, total: int) -> None:
        """`text` names the step that is done, the `done`-th of `total`."""


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One distinct content in one set of Regions."""

    digest: str
    body: str
    regions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, order=True)
class _Finding:
    """What cfn-lint found, in plain values that can cross processes."""

    line: int
    column: int
    rule: str
    message: str
    severity: Severity
    hint: str


def lint(
    rendered: Iterable[Rendered], regions: Sequence[str], *, workers: int | None = None
) -> tuple[Problem, ...]:
    """Lints every template in these Regions; see `lint_each`."""
    return lint_each(((each, regions) for each in rendered), workers=workers)


def lint_each(
    work: Iterable[tuple[Rendered, Sequence[str]]],
    *,
    workers: int | None = None,
    step: ProgressCallback | None = None,
) -> tuple[Problem, ...]:
    """Lints each template in its Regions, each distinct content once, informational rules included.

    Problems are at lines of the rendered body (`<product>.template.yaml`), in the order of the products.
    `workers` is the number of processes; `step` is called with each product that is done.
    Raises InputError for a Region that cfn-lint does not know.
    """
    first: dict[_Job, Rendered] = {}
    for rendered, regions in work:
        if rendered.archive is not None:
            continue
        job = _Job(digest=rendered.digest, body=rendered.body, regions=tuple(sorted(set(regions))))
        first.setdefault(job, rendered)
    _require_regions({region for job in first for region in job.regions})
    findings: dict[_Job, tuple[_Finding, ...]] = {}
    for job, found in _run(list(first), workers):
        findings[job] = found
        if step is not None:
            step(first[job].product, len(findings), len(first))
    problems: dict[Problem, None] = {}
    for job, rendered in first.items():
        problems.update(dict.fromkeys(_problems(rendered.path, findings[job])))
        problems.update(dict.fromkeys(check(rendered)))
    return tuple(sorted(problems, key=lambda problem: problem.sort_key))


def _require_regions(regions: set[str]) -> None:
    from cfnlint.helpers import REGIONS

    unknown = sorted(regions - set(REGIONS))
    if unknown:
        raise InputError(
            f"cfn-lint does not know Region '{unknown[0]}'",
            hint="fix the portfolio's regions, or update cfn-lint",
        )


def _run(jobs: list[_Job], workers: int | None) -> Iterator[tuple[_Job, tuple[_Finding, ...]]]:
    count = min(workers or _processors(), len(jobs)) if len(jobs) > _ALONE else 1
    if count == 1:
        yield from ((job, _cfn_lint(job)) for job in jobs)
        return
    # The largest first: at the end no process is left with a long one.
    ordered = sorted(jobs, key=lambda job: (-len(job.body) * len(job.regions), job.digest, job.regions))
    try:
        # Spawned, not forked: a fork would copy locks that other threads hold.
        with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
            running = {pool.submit(_cfn_lint, job): job for job in ordered}
            for done in as_completed(running):
                yield running[done], done.result()
    except BrokenProcessPool as error:
        raise PublisherError("a cfn-lint process died", hint="check that there is enough memory") from error


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cfn_lint(job: _Job) -> tuple[_Finding, ...]:
    """What cfn-lint finds; runs in a process of its own where there are many jobs."""
    from cfnlint.decode.decode import decode_str
    from cfnlint.runner.template import run_template_by_data

    template, matches = decode_str(job.body)
    if not matches:
        # Create a new one for each: it takes over settings from the template's metadata.
        config = _config(regions=list(job.regions), include_checks=["I"])
        matches = list(run_template_by_data(template, config, _rules()))
    return tuple(sorted(set(_findings(matches))))


@cache
def _rules() -> Any:
    """cfn-lint's rules, which take a second to load: once for a process."""
    from cfnlint.runner import Runner

    return Runner(_config(regions=["us-east-1"])).rules


def _config(**settings: Any) -> Any:
    from cfnlint.config import ConfigMixIn

    class Config(ConfigMixIn):  # type: ignore[misc]
        def _find_config(self) -> tuple[str, str]:
            """No .cfnlintrc of a person or a folder counts."""
            return "", ""

    return Config([], **settings)


def _findings(matches: Iterable[object]) -> Iterator[_Finding]:
    for match in matches:
        rule = match.rule  # type: ignore[attr-defined]
        path = [str(part) for part in getattr(match, "path", None) or []]
        at = f" (at {'/'.join(path)})" if path else ""
        yield _Finding(
            line=match.linenumber,  # type: ignore[attr-defined]
            column=match.columnnumber,  # type: ignore[attr-defined]
            rule=rule.id,
            message=f"{match.message}{at}",  # type: ignore[attr-defined]
            severity="error" if rule.severity == "error" else "warning",
            hint=f"see {rule.source_url}" if rule.source_url else rule.description,
        )


def _problems(path: str, findings: Iterable[_Finding]) -> Iterator[Problem]:
    for finding in findings:
        yield Problem(
            rule=finding.rule,
            where=Where(path=path, line=finding.line, column=finding.column),
            message=finding.message,
            hint=finding.hint,
            severity=finding.severity,
        )
