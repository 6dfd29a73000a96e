"""The commands that change a launch: changes, update."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.collect import failures_allowed
from publisher.cli.fleet import (
    All,
    Canary,
    Limits,
    MaxFailures,
    PlanFile,
    PlanOutput,
    RetryFailed,
    StopAt,
    To,
    UpdateShard,
    Wave,
    time_of,
    update_all,
)
from publisher.cli.launches import (
    Expires,
    Skip,
    Subject,
    checking,
    declared,
    follow_operation,
    found_launch,
    read_launch,
    roles_of,
    starting,
    watching,
)
from publisher.cli.shell import Shell
from publisher.errors import InputError, Refused, command

if TYPE_CHECKING:
    from publisher.aws.clients import Aws
    from publisher.launch.preflight import Checking
    from publisher.launch.provisioned import ProvisionedProduct
    from publisher.launch.request import LaunchRequest
    from publisher.launch.update import PreparedUpdate
    from publisher.launch.update_impact import Foreseen
    from publisher.templates.render import Rendered

Version = Annotated[str, typer.Option(help="The version to move to; by default it keeps its version.")]
Portfolio = Annotated[
    str, typer.Option(help="The portfolio to update through; by default that of the launch.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    for one in (changes, update):
        app.command(one.__name__)(one)


def changes(
    context: typer.Context,
    subject: Subject,
    version: Version = "",
    portfolio: Portfolio = "",
) -> None:
    """Show what an update would change; change nothing."""
    from publisher.cli.update_text import update_text
    from publisher.launch.update import prepare_update

    shell: Shell = context.obj
    request, rendered, aws, found = _launched(shell, subject)
    prepared = prepare_update(aws, found, request, version=version, portfolio=portfolio, preview=True)
    foreseen = None if prepared.nothing_to_do else foreseen_by(shell, aws, prepared, rendered)
    shell.result(_document(prepared, foreseen), *update_text(prepared, foreseen, subject=subject))


def update(
    context: typer.Context,
    subject: Subject = "",
    version: Version = "",
    portfolio: Portfolio = "",
    expires: Expires = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it has finished.")] = True,
    force: Annotated[
        bool, typer.Option("--force", help="Update also if data or identity is at stake.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    every: All = "",
    to: To = "",
    canary: Canary = 1,
    wave: Wave = 20,
    max_failures: MaxFailures = "0",
    stop_at: StopAt = "",
    retry_failed: RetryFailed = False,
    output: PlanOutput = None,
    plan_of_many: PlanFile = None,
    shard: UpdateShard = "",
    skip: Skip = None,
) -> None:
    """Bring a launch to its config and a version, or many with --all."""
    from publisher.cli.many_updates import apply_updates, save_updates
    from publisher.cli.update_text import update_text
    from publisher.launch.expiry import expiry_date
    from publisher.launch.update import examine_update, prepare_update

    shell: Shell = context.obj
    to = to or version if every else to
    _check_many(subject, every, to or version, output, plan_of_many, shard)
    failures_allowed(max_failures, 0)
    if not subject:
        limits = Limits(
            canary=canary,
            wave=wave,
            max_failures=max_failures,
            until=time_of(stop_at, shell.clock.date()),
            retry_failed=retry_failed,
        )
        if plan_of_many:
            apply_updates(shell, plan_of_many, limits, shard=shard, yes=yes, force=force)
        elif output:
            save_updates(shell, every, limits, to=to, output=output)
        else:
            update_all(shell, every, limits=limits, to=to, yes=yes, force=force)
        return
    date = expiry_date(expires, shell.clock.date()) if expires else ""
    request, rendered, aws, found = _launched(shell, subject)
    prepared = prepare_update(
        aws, found, request, version=version, portfolio=portfolio, expires=date, force=force
    )
    if prepared.nothing_to_do:
        shell.result(_document(prepared, None), *update_text(prepared, None, subject=subject))
        return
    examine_update(aws, prepared, checking(shell, aws, rendered, skip)).require(shell.note)
    foreseen = foreseen_by(shell, aws, prepared, rendered)
    document, shown = _document(prepared, foreseen), update_text(prepared, foreseen, subject=subject)
    if foreseen.nothing:
        shell.result(document, *shown)
        return
    level = f"the impact of the update is {foreseen.level}"
    if found.project:
        level = f"a SageMaker project is updated only with --force; {level}"
    if (found.project or foreseen.level in ("critical", "not known")) and not force:
        refusal = Refused(
            f"{found.name}: {level}", hint="check the changes above; if they are intended, add --force"
        )
        shell.result(document, *shown, failure=refusal)
    shell.note(*shown)
    shell.confirm(f"Update {found.name}?", yes=yes)
    _carry_out(shell, aws, prepared, document, subject=subject, wait=wait)


def updated_if_safe(
    shell: Shell, aws: Aws, request: LaunchRequest, *, subject: str, version: str, wait: bool, how: Checking
) -> bool:
    """Updates the launch of a config that changed, if that is safe; else leaves it, and says no."""
    from publisher.cli.update_text import update_text
    from publisher.launch.moving import is_another
    from publisher.launch.provisioned import find
    from publisher.launch.update import UPDATABLE, examine_update, prepare_update

    if request.sagemaker_project:
        # AWS warns of every update of a project.
        return False
    found = find(aws, request.name, door="")
    if found is None or found.config != request.config or found.status not in UPDATABLE:
        return False
    if is_another(found, request) or version not in ("", found.version):
        return False
    prepared = prepare_update(aws, found, request)
    if prepared.nothing_to_do:
        return False
    foreseen = foreseen_by(shell, aws, prepared, how.rendered)
    if foreseen.nothing or foreseen.level != "safe":
        return False
    examine_update(aws, prepared, how).require(shell.note)
    shell.note(*update_text(prepared, foreseen, subject=subject))
    _carry_out(shell, aws, prepared, _document(prepared, foreseen), subject=subject, wait=wait)
    return True


def _carry_out(
    shell: Shell, aws: Aws, prepared: PreparedUpdate, document: dict[str, Any], *, subject: str, wait: bool
) -> None:
    """Starts an update, follows it, and shows the launch."""
    from publisher.cli.launch_text import details_text
    from publisher.launch.operations import operations_of
    from publisher.launch.outputs import describe
    from publisher.launch.provisioned import get

    request, found = prepared.request, prepared.provisioned
    with watching(found.name, "update", subject):
        with starting(shell, f"{found.name}: the update", subject) as stop:
            operation = operations_of(found.door).update(aws, prepared)
        step = f" to {prepared.version.name}" if prepared.moves else ""
        shell.note(f"{found.name}: updating {found}{step}")
        if wait or stop.requested:
            follow_operation(shell, operation, stop)
        roles, ssm = roles_of(shell, request, found)
        details = describe(
            aws,
            get(aws, found.name, door=found.door),
            roles=roles,
            ssm=ssm,
            endpoint=request.alerts_address if request else "",
        )
    shell.result({**document, "launch": details.document()}, *details_text(details, subject=subject))


def _check_many(
    subject: str, every: str, to: str, output: Path | None, plan: Path | None, shard: str
) -> None:
    """Raises InputError when options of one launch, of many and of a saved plan are mixed."""
    see = f"see {command('update', '--help')}"
    if [bool(subject), bool(every), plan is not None].count(True) != 1:
        raise InputError("name either a launch or, with --all, products", hint=see)
    for option, value, needed, of in (
        ("--shard", shard, "--plan", plan),
        ("--output", output, "--all", every),
    ):
        if value and not of:
            raise InputError(f"{option} requires {needed}", hint=see)
    if every and not to:
        raise InputError("--all needs the version to move to", hint="add --to VERSION")
    if plan and to:
        raise InputError("--plan has a version of its own", hint="leave --to and --version out")


def _launched(
    shell: Shell, subject: str
) -> tuple[LaunchRequest | None, Rendered | None, Aws, ProvisionedProduct]:
    """A launch, and the request of its config, with the product in the files.

    Raises Refused where the config is for another product.
    """
    from publisher.launch.moving import is_another, move_of

    request, aws, found = found_launch(shell, subject)
    if request is None:
        return None, _rendered(shell, found.product), aws, found
    if is_another(found, request):
        from publisher.cli.update_text import move_text

        with shell.doing(f"reading what {found.name} holds"):
            move = move_of(aws, found, request, roles=roles_of(shell, None, found)[0])
        shell.result(move.document(), *move_text(move), failure=move.refusal)
    return *declared(shell, *read_launch(shell, subject)), aws, found


def foreseen_by(shell: Shell, aws: Aws, prepared: PreparedUpdate, rendered: Rendered | None) -> Foreseen:
    """What an update does, of which AWS makes a plan and deletes it again. Raises AwsError."""
    from publisher.launch.update_impact import foresee

    # A plan that is made is deleted again, whatever happens.
    with shell.writing() as stop, shell.doing(f"{prepared.provisioned.name}: previewing the update"):
        found = foresee(aws, prepared, rendered=rendered, clock=shell.clock, report=shell.note)
    if stop.requested:
        raise KeyboardInterrupt
    return found


def _rendered(shell: Shell, product: str) -> Rendered | None:
    """A product in the files, if they have it and are right: a launch is updated without them, too."""
    from publisher.templates.render import render

    try:
        variants = shell.repository.variants if shell.repository else ()
        return next((render(it) for it in variants if it.key == product), None)
    except InputError:
        return None


def _document(prepared: PreparedUpdate, foreseen: Foreseen | None) -> dict[str, Any]:
    from publisher.launch.update_impact import Foreseen

    found = prepared.document() | (foreseen or Foreseen()).document()
    return found | {"nothing_to_do": prepared.nothing_to_do or bool(foreseen and foreseen.nothing)}
