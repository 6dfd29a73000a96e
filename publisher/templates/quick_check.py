"""A first verdict on rendered templates, by AWS's cloudformation-validate where it is installed.

It takes hundredths of a second a template, where cfn-lint, which has the last word, takes seconds. A template
that gets no verdict in time is not wrong, but noted.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path as FilePath
from typing import Any

import yaml

from publisher.errors import Problem, PublisherError, and_more, command
from publisher.templates.checks import ignored, source
from publisher.templates.cloudformation import Path
from publisher.templates.quick_engine import MODULE, Broken, QuickJob, broken_rules
from publisher.templates.render import Rendered
from publisher.templates.worker_process import Limits
from publisher.templates.workers import Workers

# Twenty times what the largest template of this repository takes.
LIMITS = Limits(seconds=3, memory=2 << 30, share=6)
# Before the rule ids of the engine: some of them are those of other rules in cfn-lint.
PREFIX = "V"
_START = "from publisher.templates.quick_engine import prepare; prepare()"


@dataclass(frozen=True, kw_only=True)
class QuickVerdict:
    """Errors in templates; `notes` say which templates got no verdict."""

    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@cache
def quick_workers() -> Workers:
    """The processes of this check. One that is prepared starts the engine while files are read."""
    pool = Workers(start=_START)
    atexit.register(pool.kill)
    return pool


def is_installed() -> bool:
    """Whether the engine is there: it has no wheel for some platforms."""
    return importlib.util.find_spec(MODULE) is not None


def quick_check(work: Iterable[tuple[Rendered, str]], *, pool: Workers | None = None) -> QuickVerdict:
    """Checks each template in a Region, or without one in us-east-1; each distinct content once.

    Problems are at the lines that `lint_each` names; what a template tells cfn-lint to ignore is ignored.
    """
    same: defaultdict[QuickJob, list[Rendered]] = defaultdict(list)
    for rendered, region in work:
        if rendered.archive is None:
            text = json.dumps(_without_choices(rendered.template), indent=0, default=str)
            same[QuickJob(family=rendered.family, text=text, region=region)].append(rendered)
    problems: dict[Problem, dict[str, None]] = {}
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for job, outcome in _outcomes(list(same), pool or quick_workers()):
        if isinstance(outcome, str):
            reasons[outcome] += (it.product for it in same[job])
        elif outcome:
            for rendered in same[job]:
                for problem in _problems(rendered, outcome):
                    problems.setdefault(problem, {})[rendered.product] = None
    return QuickVerdict(
        problems=tuple(replace(it, products=tuple(products)) for it, products in problems.items()),
        notes=tuple(
            f"no quick check of {and_more(sorted(products))}: it {reason}; {command('lint')} checks everything"
            for reason, products in sorted(reasons.items())
        ),
    )


def _without_choices(template: Mapping[str, Any]) -> dict[str, Any]:
    """The template with parameters that accept any value.

    The engine looks at every combination of the values that are allowed for the parameters in the texts of
    one property: one more text in an IAM policy can take four times as long, from 0.1 s to minutes.
    """
    match template:
        case {"Parameters": {**parameters}}:
            free = {name: _without(it, "AllowedValues") for name, it in parameters.items()}
            return {**template, "Parameters": free}
        case _:
            return dict(template)


def _without(value: Any, name: str) -> Any:
    return {key: it for key, it in value.items() if key != name} if isinstance(value, Mapping) else value


def _outcomes(jobs: list[QuickJob], pool: Workers) -> Iterator[tuple[QuickJob, tuple[Broken, ...] | str]]:
    """What is broken in each template, or why nobody knows: what ends the check ends it for the family."""
    ended: dict[str, str] = {}
    waiting = dict.fromkeys(jobs)
    try:
        left = (job for job in jobs if job.family not in ended)
        for job, outcome in pool.run(broken_rules, left, LIMITS, expected=len(jobs)):
            del waiting[job]
            if isinstance(outcome, PublisherError):
                ended[job.family] = outcome.message
                yield job, outcome.message
            else:
                yield job, outcome
    except PublisherError as error:
        ended.update({job.family: error.message for job in waiting if job.family not in ended})
    yield from ((job, ended[job.family]) for job in waiting)


def _problems(rendered: Rendered, found: Iterable[Broken]) -> Iterator[Problem]:
    lines = list(_lines(_without_choices(rendered.template)))
    parsed = source(rendered)
    for rule, message, hint, line in found:
        path = lines[min(line, len(lines)) - 1]
        if rule in uncounted_rules() or _is_ignored(rule, ignored(rendered.template, path)):
            continue
        at = f" (at {'/'.join(map(str, path))})" if path else ""
        yield Problem(
            rule=f"{PREFIX}{rule}",
            where=parsed.where(*path, key=True),
            message=f"{message}{at}",
            hint=hint or f"see {rule} of cloudformation-validate, and {command('lint', rendered.product)}",
        )


def _is_ignored(rule: str, ignored_checks: Iterable[Any]) -> bool:
    """Whether one begins with what a template ignores: the engine's F3012 is cfn-lint's E3012."""
    ids = (rule, f"E{rule[1:]}", f"{PREFIX}{rule}")
    return any(isinstance(it, str) and it and id_.startswith(it) for it in ignored_checks for id_ in ids)


def _lines(value: Any, path: Path = ()) -> Iterator[Path]:
    """What each line of the JSON is about."""
    yield path
    parts = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _lines(part, (*path, key))
    if parts and value:
        yield path


@cache
def uncounted_rules() -> Mapping[str, str]:
    """The engine's rules that do not count here, and why."""
    content = FilePath(__file__).with_name("quick_rules.yaml").read_text(encoding="utf-8")
    rules: Mapping[str, str] = yaml.safe_load(content)
    return rules
