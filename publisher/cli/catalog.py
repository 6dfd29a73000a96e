"""`plan` and `sync`: show or apply the difference between the files and the targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.columns import Block, separated
from publisher.cli.shell import Shell
from publisher.errors import (
    ChangesFound,
    InputError,
    Interrupted,
    PublisherError,
    command,
    counted,
    enumerated,
)

if TYPE_CHECKING:
    from publisher.bootstrap.roles import DerivedRoles
    from publisher.cli.launch_roles import BootstrapFirst
    from publisher.planning.apply import Outcome
    from publisher.planning.saved_plan import SavedPlan
    from publisher.publishing.rollout import Ready, Rollout
    from publisher.stopping import Stop

_FAST = "a fast plan ignores Active, Guidance, the parameters of constraints and what templates change"


class Allow(StrEnum):
    """Changes that need permission: they delete something or expand access."""

    DELETE = "delete"
    EXECUTION_ROLE = "execution-role"
    LAUNCH_ROLE = "launch-role"
    PRINCIPAL_PATTERN = "principal-pattern"
    SHARE = "share"
    STUDIO_DOMAIN = "studio-domain"
    TAG_OPTION = "tag-option"


class Format(StrEnum):
    """How a plan is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


DeadPrincipals = Annotated[
    bool,
    typer.Option("--dead-principals", help="With --prune: also remove principals whose role is deleted."),
]
KeepGoing = Annotated[
    bool,
    typer.Option(
        "--keep-going", help="Leave out what is wrong in the files and publish the rest; exit with 1."
    ),
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("plan")(plan)
    app.command("sync")(sync)


def plan(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Save the plan for sync FILE.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Also write the plan as a page, for an approval."),
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option(
            "--summary",
            metavar="FILE",
            help="Also write a line of at most 1,000 characters, for an approval.",
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 4 if there are changes.")] = False,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            help="One call per product: trust the digests in descriptions; ignore Active, Guidance, the "
            "parameters of constraints and what templates change.",
        ),
    ] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Plan to delete managed resources that are not in the files.")
    ] = False,
    dead_principals: DeadPrincipals = False,
    keep_going: KeepGoing = False,
    format_: Annotated[
        Format, typer.Option("--format", help="The output format; markdown for pull requests.")
    ] = Format.TEXT,
) -> None:
    """Show what sync would change."""
    from publisher.bootstrap.roles import DerivedRoles
    from publisher.cli.launch_roles import with_roles
    from publisher.documents import check_place, write
    from publisher.planning.saved_plan import save
    from publisher.report.approval_summary import plans_summary

    shell: Shell = context.obj
    paths = {"--output": output, "--html": html, "--summary": summary}
    for path in filter(None, paths.values()):
        check_place(path)
    named = [(name, path.resolve()) for name, path in paths.items() if path]
    for (name, path), (other, same) in combinations(named, 2):
        if path == same:
            raise InputError(f"{name} and {other} name the same file", hint="choose two files")
    shell.as_json = shell.as_json or format_ is Format.JSON
    _check_options(prune=prune, fast=fast, dead_principals=dead_principals)
    roles = DerivedRoles()
    rollout = _rollout(shell, roles, keep_going=keep_going, planning=True)
    ready = _planned(shell, rollout, prune=prune, fast=fast, dead_principals=dead_principals)
    if not fast:
        ready = with_roles(shell, rollout, ready, roles)
    document = _document(shell, rollout, ready)
    failure = rollout.failure()
    options = {"prune": prune, "fast": fast, "dead_principals": dead_principals, "keep_going": keep_going}
    is_whole = not (rollout.failures and failure)
    if html is not None:
        saved = _name_of(output, shell.directory) if output and is_whole else ""
        _write_page(html, rollout, ready, saved=saved, **options)
        shell.note(f"page written to {html}")
    if summary is not None:
        failures = [f"{it.target}: {it.error}" for it in rollout.failures]
        write(summary, f"{plans_summary([one.plan for one in ready], failures)}\n".encode())
    if output is not None:
        if failure and not is_whole:
            raise failure
        save(output, document, **options)
        shell.note(f"saved to {output}")
    _note_calls(shell, rollout)
    lines = _lines(rollout, ready, markdown=format_ is Format.MARKDOWN)
    fast_lines = [_FAST] if fast else []
    shell.result(document, *lines, *fast_lines, whole=format_ is Format.MARKDOWN)
    if failure:
        raise failure
    changed = [one.plan for one in ready if one.plan.changes]
    if check and changed:
        total = sum(len(it.changes) for it in changed)
        verb, plural = "differs" if len(changed) == 1 else "differ", "" if total == 1 else "s"
        targets = enumerated(it.target for it in changed)
        message = f"{targets} {verb} from the files: {total} change{plural}"
        raise ChangesFound(message, hint=f"run {command('sync')} to apply them")


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
            help="Delete managed resources that are not in the files, unless in use; needs --allow delete.",
        ),
    ] = False,
    dead_principals: DeadPrincipals = False,
    bootstrap: Annotated[
        bool, typer.Option("--bootstrap", help="First deploy template bucket and launch roles, if needed.")
    ] = False,
    keep_going: KeepGoing = False,
    shard: Annotated[
        str,
        typer.Option(
            metavar="K/N",
            help="Of a saved plan only part K of N of its targets, and what is left to do there.",
        ),
    ] = "",
) -> None:
    """Plan, ask, and apply the files to the account."""
    from publisher.bootstrap.roles import DerivedRoles
    from publisher.cli.collect import results_of, shard_of
    from publisher.cli.launch_roles import BootstrapFirst, with_roles
    from publisher.cli.plan_text import sync_text
    from publisher.planning.collected import part_document

    shell: Shell = context.obj
    _check_options(prune=prune, fast=False, dead_principals=dead_principals)
    whole = _saved(plan_file, prune=prune, keep_going=keep_going)
    part = shard_of(shard, whole, bootstrap=bootstrap)
    saved = whole.part(part) if whole and part else whole
    roles = DerivedRoles()
    rollout = _rollout(shell, roles, saved, keep_going=keep_going, each=part is not None)
    ready = _planned(
        shell,
        rollout,
        prune=saved.prune if saved else prune,
        fast=bool(saved and saved.fast),
        dead_principals=saved.dead_principals if saved else dead_principals,
    )
    first = BootstrapFirst(shell, rollout, roles) if bootstrap else None
    ready = first.unblocked(ready) if first else with_roles(shell, rollout, ready, roles)
    allowed = [kind.value for kind in allow or ()]
    if saved is not None and part:
        ready = rollout.unrefused(ready, saved, allowed)
    elif saved is not None:
        saved.refuse_stale(rollout.project.content, [one.plan for one in ready])
    if any(one.plan.changes for one in ready):
        shell.note("checking new templates")
    with shell.progress() as step:
        rollout.check(ready, allowed, step)
    if first is not None:
        first.refuse_unallowed(shell, allowed)
    for one in ready:
        one.plan.refuse_unlaunchable()
    ready = [replace(one, plan=one.plan.leaving(allowed)) for one in ready]
    _confirm(shell, rollout, ready, first, yes=yes)
    with shell.writing() as stop:
        if first is not None:
            ready = first.deploy(ready, stop)
        outcomes = _applied(shell, rollout, ready, stop)
    _note_calls(shell, rollout)
    every = [it for some in outcomes.values() for it in some]
    failure: PublisherError | None = _interruption(every) if stop.requested else rollout.failure(every)
    document = _document(shell, rollout, ready) | {
        "outcomes": [
            {"target": target} | outcome.document() for target, some in outcomes.items() for outcome in some
        ]
    }
    if whole and saved and part:
        document |= part_document(whole.digest, part, results_of(saved, rollout, outcomes))
    if first is not None:
        document["bootstrap"] = [it.document() for it in first.results]
    names = _portfolios(rollout)
    texts = separated(sync_text(one.plan, outcomes[one.plan.target], names) for one in ready)
    shell.result(document, *texts, failure=failure)


def _check_options(*, prune: bool, fast: bool, dead_principals: bool) -> None:
    if prune and fast:
        raise InputError("--prune and --fast cannot be combined", hint="use only one of them")
    if dead_principals and not prune:
        raise InputError("--dead-principals requires --prune", hint="add --prune")


def _saved(path: Path | None, *, prune: bool, keep_going: bool) -> SavedPlan | None:
    from publisher.planning.saved_plan import read_saved

    if path is None:
        return None
    for option, is_set in (("--prune", prune), ("--keep-going", keep_going)):
        if is_set:
            raise InputError(
                f"{option} cannot be combined with a saved plan",
                hint=f"save the plan with {command('plan', option, '-o', 'FILE')}",
            )
    return read_saved(path)


def _rollout(
    shell: Shell,
    roles: DerivedRoles,
    saved: SavedPlan | None = None,
    *,
    keep_going: bool,
    planning: bool = False,
    each: bool = False,
) -> Rollout:
    from publisher.publishing.project import Project
    from publisher.publishing.rollout import Rollout

    keep_going = saved.keep_going if saved else keep_going
    project = Project.read(
        shell.directory, targets=shell.targets, keep_going=keep_going, roles=roles.check, quick=planning
    )
    shell.note(*map(str, project.warnings), *project.quick.notes)
    return Rollout.of(project, shell.publishing_targets(planning=planning), saved, each=each)


def _planned(
    shell: Shell, rollout: Rollout, *, prune: bool, fast: bool, dead_principals: bool
) -> list[Ready]:
    shell.note(f"reading the catalog of {enumerated(rollout.names or ['no target'])}")
    with shell.progress() as step:
        return rollout.plan(prune=prune, fast=fast, dead_principals=dead_principals, step=step)


def _confirm(
    shell: Shell, rollout: Rollout, ready: Sequence[Ready], first: BootstrapFirst | None, *, yes: bool
) -> None:
    busy = [one.plan.target for one in ready if one.plan.changes and not one.plan.blocked]
    questions = [f"apply to {enumerated(busy)}"] if busy else []
    if first is not None and first.targets:
        shell.note(*first.lines())
        questions.insert(0, f"deploy to {enumerated(first.targets)}")
    if not questions:
        return
    if not yes:
        shell.note(*_lines(rollout, ready, markdown=False))
    shell.confirm(f"{', then '.join(questions)}?", yes=yes)


def _applied(shell: Shell, rollout: Rollout, ready: Sequence[Ready], stop: Stop) -> dict[str, list[Outcome]]:
    """Applies with a line of progress for each change; the outcomes by target."""
    from publisher.cli.plan_text import change_line
    from publisher.planning.apply import outcomes_so_far

    outcomes: dict[str, list[Outcome]] = {one.plan.target: [] for one in ready}
    total = sum(len(one.plan.changes) for one in ready)

    def publishing() -> str:
        return f"publishing, {len(stop.results)} of {counted(total, 'change')} sent: {', '.join(outcomes)}"

    with shell.doing(publishing), shell.progress() as step:
        try:
            for done, (one, outcome) in enumerate(rollout.sync(ready, stop), start=1):
                target = one.plan.target
                outcomes[target].append(outcome)
                if isinstance(outcome.error, Interrupted):
                    continue
                place = f"{target} " if len(ready) > 1 else ""
                step(f"{place}{change_line(outcome.change)}: {outcome.status}", done, total)
        except KeyboardInterrupt:
            stop.requested = True
            outcomes = {one.plan.target: outcomes_so_far(one.plan, stop) for one in ready}
    return outcomes


def _interruption(outcomes: Sequence[Outcome]) -> Interrupted:
    done = sum(outcome.status == "done" for outcome in outcomes)
    return Interrupted(
        f"interrupted: {done} of {counted(len(outcomes), 'change')} done",
        hint=f"run {command('sync')} again: it continues from there" if done < len(outcomes) else "",
    )


def _lines(rollout: Rollout, ready: Sequence[Ready], *, markdown: bool) -> list[Block]:
    from publisher.cli.plan_text import plan_markdown, plan_text

    show = plan_markdown if markdown else plan_text
    names = _portfolios(rollout)
    parts = [show(one.plan, names) for one in ready]
    if len(rollout.publications) > 1:
        content = rollout.project.content[:12]
        parts.append([f"{len(ready)} of {len(rollout.publications)} targets planned. content {content}"])
    return separated(parts)


def _write_page(path: Path, rollout: Rollout, ready: Sequence[Ready], *, saved: str, **options: bool) -> None:
    from publisher.documents import write
    from publisher.report.plan_page import plan_html, plan_page

    page = plan_page(
        [one.plan for one in ready],
        _portfolios(rollout),
        content=rollout.project.content,
        options=[f"--{name.replace('_', '-')}" for name, is_set in options.items() if is_set],
        failures=[f"{it.target}: {it.error}" for it in rollout.failures],
        saved=saved,
    )
    write(path, plan_html(page))


def _name_of(file: Path, project: Path) -> str:
    """The file from the project's folder; elsewhere only its name: the folder is of this machine."""
    from publisher.documents import relative

    name = relative(file, project)
    return file.name if name == file.as_posix() and file.is_absolute() else name


def _document(shell: Shell, rollout: Rollout, ready: Sequence[Ready]) -> dict[str, Any]:
    failures = [it.document() for it in rollout.failures]
    return rollout.document(ready) | ({"failures": failures} if failures else {})


def _portfolios(rollout: Rollout) -> list[str]:
    return [portfolio.name for portfolio in rollout.project.repository.portfolios]


def _note_calls(shell: Shell, rollout: Rollout) -> None:
    retried = f", {rollout.retried} retried" if rollout.retried else ""
    shell.detail(f"{rollout.calls.total()} AWS calls{retried}")
    for operation, calls in sorted(rollout.calls.items()):
        shell.detail(f"  {calls:4} {operation}")
