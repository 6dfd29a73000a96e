"""cfn-lint and our own checks over rendered templates. Offline, and no setting of the machine has a say."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, replace
from typing import Any, Protocol

from publisher.errors import Problem, Where
from publisher.templates.blueprints import BLUEPRINT_CHECKS
from publisher.templates.cfn_lint import Finding, Job, find, kept_findings
from publisher.templates.checks import CHECKS, Check, check, source
from publisher.templates.jobs import limit_problem
from publisher.templates.render import Rendered
from publisher.templates.resource_schemas import schema_files
from publisher.templates.result_cache import key_of, results
from publisher.templates.worker_process import LimitError
from publisher.templates.workers import LINTING, Workers, workers

_KIND = "cfn-lint"


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
    rules: Sequence[Check] = CHECKS,
    blueprints: Collection[str] = (),
    pool: Workers | None = None,
    step: ProgressCallback | None = None,
) -> tuple[Problem, ...]:
    """Lints each template in its Regions, each distinct content once, informational rules included.

    Problems are at lines of the file if the template is plain, else of the rendered body
    (`<product>.template.yaml`), in the order of the paths, and of all products with that content of one file;
    `step` is called with each content's first product when it is done. In `blueprints`, which are products,
    more rules hold, in plain templates, too. Raises InputError for a Region that cfn-lint does not know.
    """
    # By content, then by the file that it comes from: problems are at its lines.
    same: defaultdict[Job, defaultdict[tuple[str, bool], list[Rendered]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for rendered, regions in work:
        if rendered.archive is None:
            job = Job(digest=rendered.digest, body=rendered.body, regions=tuple(sorted(set(regions))))
            same[job][rendered.variant.template_path, rendered.product in blueprints].append(rendered)
    # The largest first: at the end no process is left with a long one.
    jobs = sorted(same, key=lambda job: (-len(job.body) * len(job.regions), job.digest, job.regions))
    problems: dict[Problem, dict[str, None]] = {}
    for done, (job, outcome) in enumerate(_outcomes(jobs, pool or workers()), 1):
        if isinstance(outcome, Exception) and not isinstance(outcome, LimitError):
            raise outcome
        for (_, vended), alike in same[job].items():
            ours = check(alike[0], (*rules, *BLUEPRINT_CHECKS) if vended else rules, strict=vended)
            for problem in (*_found(alike[0], outcome), *ours):
                problems.setdefault(problem, {}).update(dict.fromkeys(it.product for it in alike))
        if step is not None:
            step(next(iter(same[job].values()))[0].product, done, len(same))
    complete = (replace(it, products=tuple(products)) for it, products in problems.items())
    return tuple(sorted(complete, key=lambda problem: problem.sort_key))


def _outcomes(jobs: Sequence[Job], pool: Workers) -> Iterator[tuple[Job, Any]]:
    """What cfn-lint finds, or found before."""
    missing: dict[Job, str] = {}
    for job in jobs:
        key = key_of(job.body, job.regions, schema_files())
        if (found := kept_findings(results.get(_KIND, key))) is None:
            missing[job] = key
        else:
            yield job, found
    for job, outcome in pool.run(find, missing, LINTING, expected=len(missing)):
        if isinstance(outcome, tuple):
            results.put(_KIND, missing[job], json.dumps([astuple(it) for it in outcome]).encode())
        yield job, outcome


def _found(rendered: Rendered, outcome: Sequence[Finding] | LimitError) -> Iterator[Problem]:
    if isinstance(outcome, LimitError):
        where, hint = Where(path=rendered.path), "simplify the template, or split the product"
        yield limit_problem(f"cfn-lint {outcome}", where, hint)
        return
    parsed = source(rendered) if outcome else None
    for finding in outcome:
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
