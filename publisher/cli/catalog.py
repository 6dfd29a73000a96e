"""`plan` and `sync`: the difference between the files and the targets, shown or applied."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.shell import Shell
from publisher.errors import AwsError, ChangesFound, InputError, Refused

if TYPE_CHECKING:
    from publisher.planning.apply import Outcome
    from publisher.planning.saved_plan import SavedPlan
    from publisher.publishing.rollout import Failure, Ready, Rollout

_FAST = "a fast read does not see Active, Guidance and the parameters of constraints"
_AGAIN = "fix this, then run sync again: it continues from there"


class Allow(StrEnum):
    """What must be allowed by name, as it removes something or widens access."""

    DELETE = "delete"
    LAUNCH_ROLE = "launch-role"
    PRINCIPAL_PATTERN = "principal-pattern"
    SHARE = "share"
    TAG_OPTION = "tag-option"


class Format(StrEnum):
    """How a plan is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("plan")(plan)
    app.command("sync")(sync)


def plan(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Save the plan, for sync FILE.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 4 if there are changes.")] = False,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            help="One call a product: trusts the digests in descriptions, does not see Active, Guidance and "
            "the parameters of constraints.",
        ),
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Plan to delete what publisher manages and the files lack.")
    ] = False,
    format_: Annotated[
        Format, typer.Option("--format", help="The output format; markdown for pull requests.")
    ] = Format.TEXT,
) -> None:
    """Show what sync would change."""
    from publisher.planning.saved_plan import save

    shell: Shell = context.obj
    shell.as_json = shell.as_json or format_ is Format.JSON
    _check_options(prune=prune, fast=fast)
    rollout = _rollout(shell)
    ready = _planned(shell, rollout, prune=prune, fast=fast)
    document = _document(shell, rollout, ready)
    if output is not None:
        if rollout.failures:
            raise _failed(rollout, rollout.failures)
        save(output, document, prune=prune, fast=fast)
        shell.note(f"saved as {output}")
    _tell_calls(shell, rollout)
    text = _text(rollout, ready, markdown=format_ is Format.MARKDOWN)
    shell.result(document, f"{text}\n{_FAST}" if fast else text)
    if rollout.failures:
        raise _failed(rollout, rollout.failures)
    changed = [one.plan for one in ready if one.plan.changes]
    if check and changed:
        total = sum(len(it.changes) for it in changed)
        verb = "differs" if len(changed) == 1 else "differ"
        message = f"{_and(it.target for it in changed)} {verb} from the files: {_changes(total)}"
        raise ChangesFound(message, hint="publisher sync applies them")


def sync(
    context: typer.Context,
    plan_file: Annotated[
        Path | None,
        typer.Argument(metavar="[PLANFILE]", help="A saved plan to apply exactly."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
    allow: Annotated[
        list[Allow] | None,
        typer.Option(help="Allow deletions or expansions of access of this kind; repeatable."),
    ] = None,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="Delete what publisher manages and the files lack, unless in use; needs --allow delete.",
        ),
    ] = False,
) -> None:
    """Plan, ask, and apply the files to the account."""
    from publisher.cli.plan_text import sync_text

    shell: Shell = context.obj
    saved = _saved(plan_file, prune=prune)
    rollout = _rollout(shell, saved)
    ready = _planned(shell, rollout, prune=saved.prune if saved else prune, fast=bool(saved and saved.fast))
    if saved is not None:
        saved.refuse_stale(rollout.project.content, [one.plan for one in ready])
    if any(one.plan.changes for one in ready):
        shell.note("checking what is new")
    with shell.progress() as step:
        ready = rollout.check(ready, [kind.value for kind in allow or ()], step)
    _confirm(shell, rollout, ready, yes=yes)
    outcomes = _told(shell, rollout, ready)
    _tell_calls(shell, rollout)
    failure = _failure(rollout, [it for told in outcomes.values() for it in told])
    document = _document(shell, rollout, ready) | {
        "outcomes": [
            {"target": target} | outcome.document() for target, told in outcomes.items() for outcome in told
        ]
    }
    names = _portfolios(rollout)
    shell.result(
        document | ({"error": shell.failure(failure)} if failure else {}),
        "\n\n".join(sync_text(one.plan, outcomes[one.plan.target], names) for one in ready),
    )
    if failure:
        raise failure


def _check_options(*, prune: bool, fast: bool) -> None:
    if prune and fast:
        raise InputError("--prune and --fast exclude each other", hint="what is deleted must have been read")


def _saved(path: Path | None, *, prune: bool) -> SavedPlan | None:
    from publisher.planning.saved_plan import read_saved

    if path is None:
        return None
    if prune:
        raise InputError("--prune belongs to the plan that is applied", hint="publisher plan --prune -o FILE")
    return read_saved(path)


def _rollout(shell: Shell, saved: SavedPlan | None = None) -> Rollout:
    """The project at its targets; everything wrong in the files is found here."""
    from publisher.publishing.publication import Project, Publication
    from publisher.publishing.rollout import Rollout

    project = Project.read(shell.directory)
    publications = [Publication(project, site) for site in shell.sites()]
    if saved is not None:
        publications = [it for it in publications if it.name in saved.targets]
        missing = sorted(set(saved.targets) - {it.name for it in publications})
        if missing:
            raise Refused(
                f"the plan is for {_and(missing)}, which is not where this would publish to",
                hint="use the --profile, --region and --target of the plan",
            )
    return Rollout(project, publications)


def _planned(shell: Shell, rollout: Rollout, *, prune: bool, fast: bool) -> list[Ready]:
    shell.note(f"reading the catalog of {_and(rollout.names)}")
    return rollout.plan(prune=prune, fast=fast)


def _confirm(shell: Shell, rollout: Rollout, ready: Sequence[Ready], *, yes: bool) -> None:
    busy = [one for one in ready if not one.blocked and (one.plan.changes or one.content)]
    if not busy:
        return
    if not yes:
        shell.note(_text(rollout, ready, markdown=False))
    for one in busy:
        for stored in one.content:
            shell.note(f"to store in the template bucket: {stored.key}")
    shell.confirm(f"apply to {_and(one.plan.target for one in busy)}?", yes=yes)


def _told(shell: Shell, rollout: Rollout, ready: Sequence[Ready]) -> dict[str, list[Outcome]]:
    """Applies, with a line of progress for each change; answers with the outcomes by target."""
    from publisher.cli.plan_text import change_line

    outcomes: dict[str, list[Outcome]] = {one.plan.target: [] for one in ready}
    total = sum(len(one.plan.changes) for one in ready)
    with shell.progress() as step:
        for done, (one, outcome) in enumerate(rollout.sync(ready), start=1):
            target = one.plan.target
            outcomes[target].append(outcome)
            place = f"{target} " if len(ready) > 1 else ""
            step(f"{place}{change_line(outcome.change)}: {outcome.status}", done, total)
    return outcomes


def _text(rollout: Rollout, ready: Sequence[Ready], *, markdown: bool) -> str:
    from publisher.cli.plan_text import plan_markdown, plan_text

    show = plan_markdown if markdown else plan_text
    names = _portfolios(rollout)
    parts = [show(one.plan, names) for one in ready]
    if len(rollout.publications) > 1:
        content = rollout.project.content[:12]
        parts.append(f"{len(ready)} of {len(rollout.publications)} targets planned. content {content}")
    return "\n\n".join(parts)


def _document(shell: Shell, rollout: Rollout, ready: Sequence[Ready]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "plans": [one.plan.document() for one in ready],
        "content": rollout.project.content,
        "calls": _calls(rollout),
    }
    failures = [{"target": it.target, "error": shell.failure(it.error)} for it in rollout.failures]
    return document | ({"failures": failures} if failures else {})


def _failed(rollout: Rollout, failures: Sequence[Failure]) -> AwsError:
    """The targets that failed as a whole. A single one with its own words."""
    if len(rollout.publications) == 1 and isinstance(failures[0].error, AwsError):
        return failures[0].error
    hint = next((it.error.hint for it in failures if it.error.hint), "")
    return AwsError("; ".join(f"{it.target}: {it.error}" for it in failures), hint=hint)


def _failure(rollout: Rollout, outcomes: Sequence[Outcome]) -> AwsError | None:
    """What is told at the end: changes that are not done, and targets that failed as a whole."""
    undone = [outcome for outcome in outcomes if outcome.error]
    untold = [it for it in rollout.failures if all(it.error is not one.error for one in undone)]
    failed = _failed(rollout, untold) if untold else None
    if not undone:
        return failed
    message = f"{len(undone)} of {len(outcomes)} changes are not done; the first: {undone[0].error}"
    return AwsError(f"{message}; {failed}" if failed else message, hint=_AGAIN)


def _portfolios(rollout: Rollout) -> list[str]:
    return [portfolio.name for portfolio in rollout.project.repository.portfolios]


def _changes(count: int) -> str:
    return f"{count} change{'' if count == 1 else 's'}"


def _and(names: Any) -> str:
    *most, last = list(names)
    return f"{', '.join(most)} and {last}" if most else str(last)


def _calls(rollout: Rollout) -> dict[str, Any]:
    """The calls of all targets together."""
    total: Counter[str] = Counter()
    for aws in {id(it.aws): it.aws for it in rollout.publications}.values():
        total.update(aws.calls)
    return {"total": total.total(), "by_operation": dict(sorted(total.items()))}


def _tell_calls(shell: Shell, rollout: Rollout) -> None:
    count = _calls(rollout)
    retried = sum(it.aws.retried.total() for it in rollout.publications)
    shell.detail(f"{count['total']} AWS calls" + (f", and {retried} tried again" if retried else ""))
    for operation, calls in count["by_operation"].items():
        shell.detail(f"  {calls:4} {operation}")
