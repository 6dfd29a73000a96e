"""cfn-lint and our own checks over rendered templates. Offline, and no setting of the machine has a say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from publisher.errors import Problem, Where
from publisher.templates.cfn_lint import Finding, Job, find
from publisher.templates.checks import check, source
from publisher.templates.jobs import limit_problem
from publisher.templates.render import Rendered
from publisher.templates.worker_process import LimitError
from publisher.templates.workers import LINTING, Workers, workers


class ProgressCallback(Protocol):
    """Is called after each step of long work."""

    def __call__(self, text: str, done: int, total: int) -> None:
        """`text` names the step that is done, the `done`-th of `total`."""


def lint(
    rendered: Iterable[Rendered], regions: Sequence[str], *, pool: Workers | None = None
) -> tuple[Problem, ...]:
    """Lints every template in these Regions; see `lint_each`."""
    return lint_each(((each, regions) for each in rendered), pool=pool)


def lint_each(
    work: Iterable[tuple[Rendered, Sequence[str]]],
    *,
    pool: Workers | None = None,
    step: ProgressCallback | None = None,
) -> tuple[Problem, ...]:
    """Lints each template in its Regions, each distinct content once, informational rules included.

    Problems are at lines of the file if the template is plain, else of the rendered body
    (`<product>.template.yaml`), in the order of the paths; `step` is called with each product that is done.
    Raises InputError for a Region unknown to cfn-lint.
    """
    first: dict[Job, Rendered] = {}
    for rendered, regions in work:
        if rendered.archive is None:
            job = Job(digest=rendered.digest, body=rendered.body, regions=tuple(sorted(set(regions))))
            first.setdefault(job, rendered)
    # The largest first: at the end no process is left with a long one.
    jobs = sorted(first, key=lambda job: (-len(job.body) * len(job.regions), job.digest, job.regions))
    problems: dict[Problem, None] = {}
    for done, (job, outcome) in enumerate(
        (pool or workers()).run(find, jobs, LINTING, expected=len(jobs)), 1
    ):
        rendered = first[job]
        if isinstance(outcome, LimitError):
            where, hint = Where(path=rendered.path), "simplify the template, or split the product"
            problems[limit_problem(f"cfn-lint {outcome}", where, hint)] = None
        elif isinstance(outcome, Exception):
            raise outcome
        else:
            problems.update(dict.fromkeys(_problems(rendered, outcome)))
        problems.update(dict.fromkeys(check(rendered)))
        if step is not None:
            step(rendered.product, done, len(first))
    return tuple(sorted(problems, key=lambda problem: problem.sort_key))


def _problems(rendered: Rendered, findings: Sequence[Finding]) -> Iterator[Problem]:
    parsed = source(rendered) if findings else None
    for finding in findings:
        where = Where(path=rendered.path, line=finding.line, column=finding.column)
        if parsed is not None and parsed.path != rendered.path:
            where = parsed.where(*finding.path, key=True)
        yield Problem(
            rule=finding.rule,
            where=where,
            message=finding.message,
            hint=finding.hint,
            severity=finding.severity,
        )
