"""The command that prepares an account: bootstrap."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.shell import Shell
from publisher.errors import (
    ChangesFound,
    Failure,
    InputError,
    Interrupted,
    PublisherError,
    Refused,
    command,
    enumerated,
    failure_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from publisher.aws.clients import Aws
    from publisher.bootstrap.accounts import BootstrapRun
    from publisher.bootstrap.deployment import Bootstrap, Readers, Result
    from publisher.bootstrap.roles import DerivedRoles, LaunchRole
    from publisher.declarations import Repository
    from publisher.planning.held_up import HeldUp
    from publisher.publishing.project import Project
    from publisher.publishing.targets import PublishingTarget
    from publisher.stopping import Stop


class Allow(StrEnum):
    """Changes of bootstrap that need permission."""

    DELETE = "delete"
    LAUNCH_ROLE = "launch-role"


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command("bootstrap")(bootstrap)


def bootstrap(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
    organization: Annotated[
        str | None,
        typer.Option(help="Let this organization (o-…) read starting content; 'none' revokes it."),
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="Let this account read starting content; repeatable; 'none' revokes all."),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Only write the templates to this folder; no AWS calls."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and how roles would change.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Like --dry-run; exit with 4 if there is something to do.")
    ] = False,
    allow: Annotated[
        list[Allow] | None,
        typer.Option(
            help="Allow launch-role: existing roles or boundaries get more permissions; delete: a stack set "
            "deletes roles of removed products."
        ),
    ] = None,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going", help="Leave out what is wrong in the files, but keep its roles; exit with 1."
        ),
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Delete the stacks; refused while they are in use.")
    ] = False,
    stack_set: Annotated[
        bool,
        typer.Option("--stack-set", help="Deploy the launch roles to accounts of the organization instead."),
    ] = False,
    accounts: Annotated[
        list[str] | None,
        typer.Option(metavar="ID,…", help="With --stack-set: these accounts of the organization."),
    ] = None,
    organizational_units: Annotated[
        list[str] | None,
        typer.Option(metavar="ID,…", help="With --stack-set: all accounts in these units, future ones too."),
    ] = None,
    hub_account: Annotated[
        str, typer.Option(metavar="ID", help="With --stack-set: the publishing account; by default yours.")
    ] = "",
    blueprint_access: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Only the role with which this management account's Control Tower vends accounts.",
        ),
    ] = None,
    console_role: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="With --blueprint-access: the permission set of who vends accounts in the console.",
        ),
    ] = "",
) -> None:
    """Deploy the template buckets and launch roles of the targets.

    Each Region has its bucket. Roles are global: the first Region that is bootstrapped has their stack,
    and runs in other Regions update it there. Roles that were changed by hand are repaired.
    """
    from publisher.bootstrap.deployment import Readers

    shell: Shell = context.obj
    if console_role and blueprint_access is None:
        raise InputError(
            "--console-role requires --blueprint-access", hint="add --blueprint-access MANAGEMENT_ACCOUNT"
        )
    if blueprint_access is not None:
        others = {
            "--organization": organization,
            "--account": account,
            "--allow": allow,
            "--keep-going": keep_going,
            "--stack-set": stack_set or accounts or organizational_units or hub_account,
        }
        _refuse_others("--blueprint-access", others, "it is only about one role")
        trusted = (blueprint_access, console_role)
        _access(shell, trusted, template, yes=yes, dry_run=dry_run, check=check, remove=remove)
    elif stack_set or accounts or organizational_units or hub_account:
        from publisher.bootstrap.roles import LAUNCH
        from publisher.cli.bootstrap_stack_sets import StackSetOptions, deploy_stack_sets, remove_stack_sets

        options = StackSetOptions.of(stack_set, accounts, organizational_units, hub_account, remove=remove)
        if template is not None or organization or account:
            raise InputError(
                "--stack-set cannot be combined with --template, --organization or --account",
                hint="use them in separate runs",
            )
        if remove:
            remove_stack_sets(shell, options, yes=yes, dry_run=dry_run or check)
        else:
            files = _files(shell, keep_going=keep_going)
            # Templates in S3 are the hub's: no other account can read them.
            files = replace(files, roles=[it for it in files.roles if it.trust == LAUNCH])
            deploy_stack_sets(shell, options, files, allow or (), yes=yes, dry_run=dry_run, check=check)
    elif template is not None:
        others = {
            "--organization": organization,
            "--account": account,
            "--dry-run": dry_run,
            "--check": check,
            "--allow": allow,
            "--keep-going": keep_going,
            "--remove": remove,
        }
        _refuse_others("--template", others, "--template only writes files")
        _write_templates(shell, template)
    elif remove:
        _remove(shell, yes=yes, dry_run=dry_run or check)
    else:
        readers = Readers.of(organization, account)
        files = _files(shell, keep_going=keep_going)
        _deploy(shell, files, readers, allow or (), yes=yes, dry_run=dry_run, check=check)


def _refuse_others(option: str, others: Mapping[str, object], reason: str) -> None:
    if unused := [name for name, value in others.items() if value]:
        raise InputError(f"{option} cannot be combined with {enumerated(unused)}", hint=reason)


def _access(
    shell: Shell,
    names: tuple[str, str],
    template: Path | None,
    *,
    yes: bool,
    dry_run: bool,
    check: bool,
    remove: bool,
) -> None:
    from publisher.bootstrap.blueprint_access import Trusted
    from publisher.cli.blueprint_access import deploy_access, remove_access, write_access_template

    trusted = Trusted.of(*names)
    if template is not None:
        write_access_template(shell, template)
    elif remove:
        remove_access(shell, trusted, yes=yes, dry_run=dry_run or check)
    else:
        deploy_access(shell, trusted, yes=yes, dry_run=dry_run, check=check)


def regions_of(repository: Repository) -> list[str]:
    """Where products can be launched."""
    return sorted({region for portfolio in repository.portfolios for region in portfolio.regions})


def _write_templates(shell: Shell, folder: Path) -> None:
    from publisher.cli.bootstrap_files import template_files
    from publisher.documents import write_all

    _, roles = _derived(shell)
    files = template_files(roles, folder)
    write_all(folder, files)
    paths = [str(folder / name) for name in files]
    shell.result({"templates": paths}, *paths)


@dataclass(frozen=True, kw_only=True)
class BootstrapFiles:
    """What the files have for bootstrap, and what is left out for what is wrong with it."""

    roles: Sequence[LaunchRole]
    regions: Sequence[str]
    held_up: HeldUp


def bootstrap_files(project: Project, roles: DerivedRoles) -> BootstrapFiles:
    """The derived roles of what is not held up."""
    return BootstrapFiles(
        roles=roles.of(project.repository),
        regions=regions_of(project.repository),
        held_up=project.held_up,
    )


def _files(shell: Shell, *, keep_going: bool) -> BootstrapFiles:
    """Unless it keeps going, raises InputError with all that is wrong, and how many products are OK."""
    from publisher.bootstrap.roles import DerivedRoles
    from publisher.declarations.repository import declared, read_all
    from publisher.planning.held_up import HeldUp
    from publisher.publishing.keep_going import refusal
    from publisher.publishing.project import Project

    if keep_going:
        roles = DerivedRoles()
        project = Project.read(shell.directory, targets=shell.targets, keep_going=True, roles=roles.check)
        return bootstrap_files(project, roles)
    try:
        repository, made = _derived(shell)
    except InputError as error:
        if not error.problems:
            raise
        reading = read_all(shell.directory, declared(shell.directory, configs=False))
        raise refusal(error.problems, reading.repository(), offered=True) from error
    return BootstrapFiles(roles=made, regions=regions_of(repository), held_up=HeldUp())


def _derived(shell: Shell) -> tuple[Repository, list[LaunchRole]]:
    """What is declared, and its launch and deploy roles. Raises InputError with all that is wrong."""
    from publisher.bootstrap.roles import deploy_roles, derived, launch_roles
    from publisher.declarations.studio_products import placed_products
    from publisher.publishing.project import render_products

    repository, (roles, rendered) = render_products(
        shell.directory, of=derived, then=lambda them: (launch_roles(them), them)
    )
    placed = placed_products(repository)
    return repository, [*roles, *deploy_roles(it for it in rendered if it.product in placed)]


def bootstrap_run(
    shell: Shell, targets: Iterable[PublishingTarget], files: BootstrapFiles, readers: Readers
) -> BootstrapRun:
    """One target of each account is that with the roles. Deletes no role while something is held up."""
    from publisher.bootstrap.accounts import BootstrapRun, BootstrapTarget

    found: list[BootstrapTarget] = []
    for target in targets:
        account_id = target.account_id or target.aws.account_id
        first = all(it.account_id != account_id for it in found)
        bootstrap = _bootstrap(shell, target.aws, with_roles=first)
        found.append(
            BootstrapTarget(
                name=target.name,
                account_id=account_id,
                aws=target.aws,
                bootstrap=bootstrap,
                with_roles=first,
            )
        )
    return BootstrapRun(
        targets=found,
        roles=files.roles,
        readers=readers,
        regions=files.regions,
        keep_others=bool(files.held_up.problems),
    )


def _bootstrap(shell: Shell, aws: Aws, *, with_roles: bool = True) -> Bootstrap:
    from publisher.bootstrap.deployment import Bootstrap

    return Bootstrap(
        aws,
        aws_in=aws.in_region,
        note=shell.note,
        clock=shell.clock,
        command_in=shell.command_in,
        with_roles=with_roles,
    )


def refuse_expansions(shell: Shell, planned: Sequence[Result], allow: Collection[str]) -> None:
    """Raises Refused when roles get more permissions, and that is not allowed; shows which."""
    from publisher.bootstrap.role_states import refuse_unallowed
    from publisher.cli.bootstrap_text import bootstrap_text

    try:
        refuse_unallowed([(it.account_id, state) for it in planned for state in it.role_states], allow)
    except Refused:
        shell.note(*bootstrap_text(planned, planned=True))
        raise


def _deploy(
    shell: Shell,
    files: BootstrapFiles,
    readers: Readers,
    allow: Sequence[Allow],
    *,
    yes: bool,
    dry_run: bool,
    check: bool,
) -> None:
    from publisher.cli.bootstrap_text import bootstrap_text

    run = bootstrap_run(shell, shell.publishing_targets(), files, readers)
    results = planned = run.plan()
    dry_run, interrupted = dry_run or check, False
    changed = [it for it in planned if it.changes]
    if changed and not dry_run:
        refuse_expansions(shell, planned, allow)
        shell.note(*bootstrap_text(planned, planned=True))
        shell.confirm(f"Deploy to {enumerated(it.target for it in changed)}?", yes=yes)
        with stoppable(shell) as stop:
            results = run.deploy(stop)
            interrupted = stop.requested
    _show(shell, results, run.failures, files.held_up, dry_run=dry_run, interrupted=interrupted)
    if check and changed:
        what = f"{enumerated(it.target for it in changed)}: bootstrap has something to do"
        raise ChangesFound(what, hint=f"run {command('bootstrap')}")


def held_up_failure(held_up: HeldUp | None) -> PublisherError | None:
    """What is left out for what is wrong with it, as the end of a run."""
    if not held_up or not held_up.problems:
        return None
    hint = f"fix these problems, then run {command('bootstrap')}"
    return PublisherError(f"held up: {held_up}", hint=hint)


def _show(
    shell: Shell,
    results: Sequence[Result],
    failures: Sequence[Failure] = (),
    held_up: HeldUp | None = None,
    *,
    dry_run: bool,
    interrupted: bool,
) -> None:
    """The results of a run. Raises an error when a target failed, or something is held up."""
    from publisher.cli.bootstrap_text import bootstrap_text

    failure: PublisherError | None = _interruption(results) if interrupted else failure_of(failures)
    failure = failure or held_up_failure(held_up)
    document = {
        "dry_run": dry_run,
        "targets": [it.document() for it in results],
        "failures": [it.document() for it in failures],
        "held_up": held_up.document() if held_up else [],
    }
    shell.result(document, *bootstrap_text(results, planned=dry_run), failure=failure)


def _remove(shell: Shell, *, yes: bool, dry_run: bool) -> None:
    from publisher.cli.bootstrap_text import bootstrap_text
    from publisher.declarations import load

    stacks = _bootstrap(shell, shell.target().aws)
    interrupted = False
    result = stacks.plan_removal(regions_of(load(shell.directory, configs=False)))
    if result.changes and not dry_run:
        shell.note(*bootstrap_text([result], planned=True))
        account = f"these in account {result.account_id}"
        shell.confirm(f"Delete {account}, and all objects in bucket {result.bucket}?", yes=yes)
        with stoppable(shell) as stop:
            result = stacks.remove(result, stop)
            interrupted = stop.requested
    _show(shell, [result], dry_run=dry_run, interrupted=interrupted)


@contextmanager
def stoppable(shell: Shell) -> Iterator[Stop]:
    """While stacks are written. Raises Interrupted when those under way are not waited for."""
    with shell.writing() as stop:
        try:
            yield stop
        except KeyboardInterrupt:
            left = enumerated(stop.under_way) if stop.under_way else "nothing"
            raise Interrupted(
                f"interrupted: {left} under way, which continues in AWS",
                hint=f"run {command('bootstrap', '--dry-run')} to see what is left to do",
            ) from None


def _interruption(results: Sequence[Result]) -> Interrupted:
    steps = [step for result in results for step in result.steps]
    left = [f"{step.region}/{step.stack}" for step in steps if step.action == "not attempted"]
    what = f"{enumerated(left)} not attempted" if left else "all stacks are done"
    return Interrupted(f"interrupted: {what}", hint="run the same command again to continue")
