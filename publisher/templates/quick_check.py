"""A first verdict on rendered templates, by AWS's cloudformation-validate where it is installed.

It takes hundredths of a second a template, where cfn-lint, which has the last word, takes seconds. A template
that gets no verdict in time is not wrong, but noted.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from publisher.errors import Problem, PublisherError, and_more, command
from publisher.templates.checks import ignored, inner, source
from publisher.templates.cloudformation import Path
from publisher.templates.quick_engine import MODULE, Broken, QuickJob, broken_rules
from publisher.templates.render import Rendered
from publisher.templates.resource_schemas import type_names
from publisher.templates.result_cache import key_of, results
from publisher.templates.worker_process import Limits
from publisher.templates.workers import Workers

# Twenty times what the largest template of this repository takes.
LIMITS = Limits(seconds=3, memory=2 << 30, share=6)
# Before the rule ids of the engine: some of them are those of other rules in cfn-lint.
PREFIX = "V"
_KIND = "quick-check"
# Errors of the engine that do not count here, and why.
NOT_COUNTED = {
    "E1002": "T101 looks at what is published; the engine gets JSON, which is longer",
    "F0003": "T102 has the quotas of sections",
    "F0004": "T102 has the quotas of sections",
    "F0007": "T102 has the quotas of sections",
    "F0008": "T102 has the quotas of sections",
    "F0009": "neither AWS's page of quotas nor cfn-lint knows a limit of conditions",
}
# Of a type that is newer than the engine; cfn-lint, which is released apart from it, may know it.
_UNKNOWN_TYPE = "F3006"
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


def quick_check(rendered: Iterable[Rendered], *, pool: Workers | None = None) -> QuickVerdict:
    """Checks each distinct content once; what a template tells cfn-lint to ignore is ignored.

    Problems are at lines of the file if the template is plain, else of the rendered body.
    """
    same: defaultdict[str, list[Rendered]] = defaultdict(list)
    for one in rendered:
        if one.archive is None:
            same[one.digest].append(one)
    problems: dict[Problem, dict[str, None]] = {}
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for digest, outcome in _outcomes(same, pool or quick_workers()):
        if isinstance(outcome, str):
            reasons[outcome] += (it.product for it in same[digest])
        elif outcome:
            of_file: defaultdict[str, list[Rendered]] = defaultdict(list)
            for one in same[digest]:
                of_file[one.variant.template_path].append(one)
            for alike in of_file.values():
                for problem in _problems(alike[0], outcome):
                    problems.setdefault(problem, {}).update(dict.fromkeys(it.product for it in alike))
    return QuickVerdict(
        problems=tuple(replace(it, products=tuple(products)) for it, products in problems.items()),
        notes=tuple(
            f"no quick check of {and_more(sorted(products))} ({reason}); {command('lint')} checks them"
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


def _outcomes(
    same: Mapping[str, Sequence[Rendered]], pool: Workers
) -> Iterator[tuple[str, Sequence[Broken] | str]]:
    """What is broken in each content, or why nobody knows: what ends the check ends it for the family."""
    waiting: dict[str, Rendered] = {}
    for digest, (one, *_) in same.items():
        if (kept := _kept(results.get(_KIND, key_of(digest)))) is None:
            waiting[digest] = one
        else:
            yield digest, kept
    ended: dict[str, str] = {}
    jobs = (_job(it) for it in tuple(waiting.values()) if it.family not in ended)
    try:
        for job, outcome in pool.run(broken_rules, jobs, LIMITS, expected=len(waiting)):
            del waiting[job.digest]
            if isinstance(outcome, PublisherError):
                ended[job.family] = outcome.message
                yield job.digest, outcome.message
            else:
                results.put(_KIND, key_of(job.digest), json.dumps(outcome).encode())
                yield job.digest, outcome
    except PublisherError as error:
        ended.update({it.family: error.message for it in waiting.values() if it.family not in ended})
    yield from ((digest, ended[it.family]) for digest, it in waiting.items())


def _job(one: Rendered) -> QuickJob:
    # Templates with equal digests may have other orders of their keys.
    text = json.dumps(_without_choices(one.template), indent=0, default=str, sort_keys=True)
    return QuickJob(family=one.family, digest=one.digest, text=text)


def _kept(payload: bytes | None) -> list[Broken] | None:
    """A kept result, if it has the shape of one."""
    try:
        kept = json.loads(payload or b"")
        found = [(str(rule), str(text), str(hint), int(line)) for rule, text, hint, line in kept]
        return found if all(line > 0 for *_, line in found) else None
    except (TypeError, ValueError):
        return None


def _problems(rendered: Rendered, found: Iterable[Broken]) -> Iterator[Problem]:
    lines = list(_lines(_without_choices(rendered.template)))
    parsed = source(rendered)
    for rule, message, hint, line in found:
        path = lines[min(line, len(lines)) - 1]
        if rule in NOT_COUNTED or _is_ignored(rule, ignored(rendered.template, path)):
            continue
        if rule == _UNKNOWN_TYPE and inner(rendered.template, *map(str, path[:2]), "Type") in type_names():
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
    match value:
        case Mapping():
            parts = sorted(value.items())
        case list():
            parts = list(enumerate(value))
        case _:
            return
    for key, part in parts:
        yield from _lines(part, (*path, key))
    if parts:
        yield path
