"""`collect`: the outcomes of the builds that apply one plan, as one report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.catalog import Format
from publisher.cli.columns import Block, columns
from publisher.cli.shell import Shell
from publisher.errors import InputError, PublisherError, command, counted, quoted

if TYPE_CHECKING:
    from publisher.planning.apply import Outcome
    from publisher.planning.collected import Report, TargetResult
    from publisher.planning.saved_plan import SavedPlan
    from publisher.planning.shards import Shard
    from publisher.publishing.rollout import Rollout


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command("collect")(collect)


def collect(
    context: typer.Context,
    plan_file: Annotated[Path, typer.Argument(metavar="PLANFILE", help="The plan that the builds applied.")],
    outcomes: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[OUTCOMES...]", help="What sync --shard printed in each, as JSON."),
    ] = None,
    max_failures: Annotated[
        str, typer.Option(metavar="N|P%", help="Exit with 1 if more targets than these failed.")
    ] = "0",
    format_: Annotated[
        Format, typer.Option("--format", help="The output format; markdown for pull requests.")
    ] = Format.TEXT,
) -> None:
    """Join the outcomes of builds that apply one plan into a report."""
    from publisher.planning.collected import collected
    from publisher.planning.saved_plan import read_saved
    from publisher.planning.saved_updates import read_updates

    shell: Shell = context.obj
    shell.as_json = shell.as_json or format_ is Format.JSON
    updates = read_updates(plan_file)
    saved = updates or read_saved(plan_file)
    tolerated = failures_allowed(max_failures, len(saved.targets))
    report = collected(saved.digest, saved.targets, outcomes or (), tolerated=tolerated)
    markdown = format_ is Format.MARKDOWN
    shell.result(
        report.document(),
        *(_markdown(report) if markdown else _text(report)),
        whole=markdown,
        failure=failure_of_report(report, *(("update", "--plan") if updates else ("sync",)), "PLANFILE"),
    )


def failures_allowed(text: str, of: int) -> int:
    """How many may fail: a number, or a percentage of so many, rounded down. Raises InputError."""
    match = re.fullmatch(r"([0-9]{1,6})(%?)", text)
    if match is None or (match[2] and int(match[1]) > 100):
        raise InputError(
            f"--max-failures {quoted(text)} must be a number or a percentage", hint="e.g. 3, or 5%"
        )
    return of * int(match[1]) // 100 if match[2] else int(match[1])


def shard_of(text: str, saved: SavedPlan | None, *, bootstrap: bool) -> Shard | None:
    """The part of a saved plan that a run applies, None for all of it. Raises InputError."""
    from publisher.planning.shards import Shard

    if not text:
        return None
    if saved is None:
        raise InputError(
            "--shard requires a saved plan", hint=f"save the plan with {command('plan', '-o', 'FILE')}"
        )
    if bootstrap:
        # Roles are of an account, whose Regions may be in two parts.
        raise InputError(
            "--bootstrap cannot be combined with --shard", hint=f"run {command('bootstrap')} first"
        )
    return Shard.parse(text)


def results_of(
    saved: SavedPlan, rollout: Rollout, outcomes: Mapping[str, Sequence[Outcome]]
) -> list[TargetResult]:
    """What became of a plan at each of its targets."""
    from publisher.planning.collected import TargetResult

    failures = {it.target: it.error for it in rollout.failures}
    results = []
    for target in saved.targets:
        made = outcomes.get(target, ())
        error = failures.get(target) or next((it.error for it in made if it.error), None)
        results.append(
            TargetResult(
                target=target,
                status="failed" if error or target not in outcomes else "done",
                changes=len(made),
                done=sum(it.status == "done" for it in made),
                error=error.message.removeprefix(f"{target}: ") if error else "",
                hint=error.hint if error else "",
            )
        )
    return results


def failure_of_report(report: Report, *words: str) -> PublisherError | None:
    """Why a report is one of failure; `words` are of the command that finishes it."""
    failed = report.failed
    if len(failed) <= report.tolerated:
        return None
    return PublisherError(
        f"{counted(len(failed), 'target')} failed, and at most {report.tolerated} may; "
        f"the first: {failed[0].target}: {failed[0].error}",
        hint=f"fix the reason, then run {command(*words, '--shard', 'K/N')} again: it finishes "
        "what is left of the plan",
    )


def _summary(report: Report) -> str:
    failed, every = len(report.failed), len(report.results)
    return (
        f"plan {report.digest[:12]}: {every - failed} of {counted(every, 'target')} done, "
        f"{failed} failed, at most {report.tolerated} may"
    )


def _rows(report: Report) -> list[Sequence[str]]:
    return [(it.target, f"{it.done} of {it.changes}", it.error) for it in report.failed]


def _text(report: Report) -> list[Block]:
    rows = [("failed", *it) for it in _rows(report)]
    return [*columns(rows, indent="  "), *(f"note: {it}" for it in report.notes), _summary(report)]


def _markdown(report: Report) -> list[Block]:
    from publisher.report.markdown import code, table

    rows = [[*map(code, it)] for it in _rows(report)]
    return [
        *(table(("target", "changes done", "why not all"), rows) if rows else []),
        *(f"- {code(it)}" for it in report.notes),
        "",
        _summary(report),
    ]
