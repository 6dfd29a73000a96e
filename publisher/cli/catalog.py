"""`plan` and `sync`: the difference between the files and an account, shown or applied."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.shell import Shell
from publisher.errors import AwsError, ChangesFound

if TYPE_CHECKING:
    from publisher.apply import Outcome
    from publisher.aws import Aws
    from publisher.plan import Plan
    from publisher.publishing import Publication


class Allow(StrEnum):
    """What must be allowed by name, as it widens access."""

    LAUNCH_ROLE = "launch-role"
    PRINCIPAL_PATTERN = "principal-pattern"


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("plan")(plan)
    app.command("sync")(sync)


def plan(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Exit with 4 when there are changes.")] = False,
) -> None:
    """Shows what sync would change, and changes nothing."""
    from publisher.cli.changes import plan_text

    shell: Shell = context.obj
    aws, publication = _publication(shell)
    shell.note(f"reading the catalog of {publication.name}")
    planned = publication.plan()
    _tell_calls(shell, aws)
    document = {"plans": [planned.document()], "calls": aws.count()}
    shell.result(document, plan_text(planned, publication.portfolios))
    if check and planned.changes:
        raise ChangesFound(
            f"{publication.name} differs from the files: {_changes(planned)}",
            hint="publisher sync applies them",
        )


def sync(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
    allow: Annotated[
        list[Allow] | None,
        typer.Option(help="Allow what widens access in a portfolio that is already published; repeatable."),
    ] = None,
) -> None:
    """Plans, asks, applies: afterwards the account holds what the files say."""
    from publisher.cli.changes import plan_text, sync_text

    shell: Shell = context.obj
    aws, publication = _publication(shell)
    shell.note(f"reading the catalog of {publication.name}")
    planned = publication.plan()
    planned.refuse_unallowed([kind.value for kind in allow or ()])
    if planned.changes:
        shell.note("linting what is new")
    publication.check(planned)
    content = publication.missing_content(planned)
    if planned.changes or content:
        if not yes:
            shell.note(plan_text(planned, publication.portfolios))
        for stored in content:
            shell.note(f"to store in the template bucket: {stored.key}")
        shell.confirm(f"apply to {publication.name}?", yes=yes)
    outcomes = _told(shell, publication, planned, content)
    _tell_calls(shell, aws)
    failure = _failure(outcomes)
    shell.result(
        _document(planned, outcomes, aws) | ({"error": failure.document()} if failure else {}),
        sync_text(planned, outcomes, publication.portfolios),
    )
    if failure:
        raise failure


def _publication(shell: Shell) -> tuple[Aws, Publication]:
    """The project at the caller's account and Region; everything wrong in the files is found here."""
    from publisher.publishing import Project, Publication

    project = Project.read(shell.directory)
    aws = shell.aws()
    return aws, Publication(project, aws)


def _told(shell: Shell, publication: Publication, planned: Plan, content: Any) -> list[Outcome]:
    """Applies, with a line of progress for each change."""
    from publisher.cli.changes import change_line

    outcomes = []
    for outcome in publication.sync(planned, content):
        outcomes.append(outcome)
        count = f"[{len(outcomes)}/{len(planned.changes)}]"
        shell.note(f"{count} {change_line(outcome.change)}: {outcome.status}")
    return outcomes


def _document(planned: Plan, outcomes: list[Outcome], aws: Aws) -> dict[str, Any]:
    return {
        "plans": [planned.document()],
        "outcomes": [{"target": planned.target} | outcome.document() for outcome in outcomes],
        "calls": aws.count(),
    }


def _failure(outcomes: list[Outcome]) -> AwsError | None:
    undone = [outcome for outcome in outcomes if outcome.error]
    if not undone:
        return None
    first = undone[0].error
    message = f"{len(undone)} of {len(outcomes)} changes are not done; the first: {first}"
    return AwsError(message, hint="put that right, then run sync again: it goes on from there")


def _changes(planned: Plan) -> str:
    count = len(planned.changes)
    return f"{count} change{'' if count == 1 else 's'}"


def _tell_calls(shell: Shell, aws: Aws) -> None:
    count = aws.count()
    shell.detail(f"{count['total']} AWS calls")
    for operation, calls in count["by_operation"].items():
        shell.detail(f"  {calls:4} {operation}")
