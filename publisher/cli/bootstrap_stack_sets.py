"""`bootstrap --stack-set`: the launch roles in the accounts that portfolios are shared with."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from publisher.bootstrap.older_versions import Kept, OlderVersions
from publisher.bootstrap.organization import Targets
from publisher.bootstrap.role_states import refuse_unallowed
from publisher.bootstrap.stack_sets import RoleStackSets, SetResult
from publisher.bootstrap.stacks import upload
from publisher.cli.bootstrap import BootstrapFiles, held_up_failure, stoppable
from publisher.cli.bootstrap_text import role_text
from publisher.cli.columns import Block, columns
from publisher.errors import (
    AwsError,
    ChangesFound,
    InputError,
    Interrupted,
    PublisherError,
    Refused,
    counted,
    quoted,
)

if TYPE_CHECKING:
    from publisher.cli.shell import Shell

_ACCOUNT = re.compile(r"[0-9]{12}")
# https://docs.aws.amazon.com/organizations/latest/APIReference/API_OrganizationalUnit.html
_UNIT = re.compile(r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}|r-[0-9a-z]{4,32}")
_DONE = {"create": "created", "update": "updated", "delete": "deleted"}


@dataclass(frozen=True, kw_only=True)
class StackSetOptions:
    """Where the roles are to be, and the account that publishes; empty for the caller's."""

    targets: Targets
    hub: str

    @classmethod
    def of(
        cls,
        stack_set: bool,
        accounts: Sequence[str] | None,
        units: Sequence[str] | None,
        hub: str,
        *,
        remove: bool,
    ) -> StackSetOptions:
        """From the values of options. Raises InputError."""
        if not stack_set:
            raise InputError(
                "--accounts, --organizational-units and --hub-account are for stack sets",
                hint="add --stack-set",
            )
        targets = Targets(
            accounts=_listed("--accounts", accounts, _ACCOUNT, "twelve digits"),
            units=_listed("--organizational-units", units, _UNIT, "ids such as ou-ab12-11111111 or r-ab12"),
        )
        _listed("--hub-account", [hub] if hub else (), _ACCOUNT, "twelve digits")
        if (targets.accounts and targets.units) or not (targets.accounts or targets.units or remove):
            raise InputError(
                "--stack-set requires either --accounts or --organizational-units",
                hint="name the accounts that the portfolios are shared with, or their units",
            )
        return cls(targets=targets, hub=hub)


def deploy_stack_sets(
    shell: Shell,
    options: StackSetOptions,
    files: BootstrapFiles,
    allow: Collection[str],
    *,
    yes: bool,
    dry_run: bool,
    check: bool,
) -> None:
    """Shows the changes, asks, and deploys."""
    keep_others = bool(files.held_up.problems)
    sets = _stack_sets(shell, options, files.regions)
    roles, kept = _older(shell, options, files).kept_by(files.roles)
    result = planned = sets.plan(roles, keep_others=keep_others)
    dry_run, interrupted = dry_run or check, False
    if planned.changes and not dry_run:
        shell.note(*_text(planned, kept, planned=True))
        _refuse_unallowed(planned, allow)
        question = f"Deploy launch roles to {counted(len(planned.accounts), 'account')}?"
        shell.confirm(question, yes=yes)
        with stoppable(shell) as stop:
            result = sets.deploy(roles, planned, stop, keep_others=keep_others)
            interrupted = stop.requested
    failure = _failure(result, interrupted=interrupted) or held_up_failure(files.held_up)
    document = {"dry_run": dry_run, **result.document(), **kept.document()}
    document["held_up"] = files.held_up.document()
    shell.result(document, *_text(result, kept, planned=dry_run), failure=failure)
    if check and planned.changes:
        raise ChangesFound(
            "bootstrap of the stack sets has something to do",
            hint="run the same command without --check",
        )


def _older(shell: Shell, options: StackSetOptions, files: BootstrapFiles) -> OlderVersions:
    """The versions that the publishing account has: launches elsewhere are of these, too."""
    aws = shell.target().aws
    if options.hub in ("", aws.account_id):
        regions = [aws.region, *(it for it in files.regions if it != aws.region)]
        return OlderVersions.read(map(aws.in_region, regions), files.roles)
    return OlderVersions(unread=(f"the versions of {options.hub} cannot be read from {aws.account_id}",))


def remove_stack_sets(shell: Shell, options: StackSetOptions, *, yes: bool, dry_run: bool) -> None:
    """Shows what goes, asks, and deletes."""
    sets = _stack_sets(shell, options, ())
    result = sets.plan_removal()
    interrupted = False
    if result.changes and not dry_run:
        shell.note(*_text(result, planned=True))
        shell.confirm(
            f"Delete the launch roles in {counted(len(result.accounts), 'account')}? Launches there that use "
            "them can then neither be updated nor terminated.",
            yes=yes,
        )
        with stoppable(shell) as stop:
            result = sets.remove(result, stop)
            interrupted = stop.requested
    shell.result(
        {"dry_run": dry_run, **result.document(), "held_up": []},
        *_text(result, planned=dry_run),
        failure=_failure(result, interrupted=interrupted),
    )


def _stack_sets(shell: Shell, options: StackSetOptions, regions: Sequence[str]) -> RoleStackSets:
    aws = shell.target().aws
    return RoleStackSets(
        aws,
        hub=options.hub or aws.account_id,
        regions=[aws.region, *(it for it in regions if it != aws.region)],
        targets=options.targets,
        note=shell.note,
        clock=shell.clock,
        upload=partial(upload, aws),
    )


def _refuse_unallowed(planned: SetResult, allowed: Collection[str]) -> None:
    refuse_unallowed([("stack sets", it) for it in planned.role_states], allowed)
    lost = [it.name for it in planned.role_states if it.state == "removed"]
    if lost and "delete" not in allowed:
        # Launches in other accounts cannot be seen from here.
        more = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
        raise Refused(
            f"stack sets: launch role {lost[0]} of a removed product is deleted, which needs "
            f"--allow delete{more}",
            hint="nothing was written; terminate its launches in these accounts, then add --allow delete",
        )


def _failure(result: SetResult, *, interrupted: bool) -> PublisherError | None:
    if result.failed:
        name, ((account, region), reason) = next(
            (step.stack_set, sorted(step.failed.items())[0]) for step in result.steps if step.failed
        )
        more = f", and {result.failed - 1} more" if result.failed > 1 else ""
        return AwsError(
            f"stack set {name}: {account}/{region}: {reason}{more}",
            hint="fix the cause, then run the same command again",
        )
    if interrupted:
        left = [it.stack_set for it in result.steps if it.action == "not attempted"]
        what = f"{', '.join(left)} not attempted" if left else "all stack sets are done"
        return Interrupted(f"interrupted: {what}", hint="run the same command again to continue")
    return None


def _text(result: SetResult, kept: Kept | None = None, *, planned: bool) -> Iterator[Block]:
    kept = kept or Kept()
    rows = []
    for step in result.steps:
        action = step.action if planned else _DONE.get(step.action, step.action)
        new = counted(len(step.instances), "instance")
        rows.append((f"{action:<9}", step.stack_set, counted(step.roles, "launch role"), new))
    yield from columns(rows, widest={1: 0})
    for step in result.steps:
        failed = sorted(step.failed.items())
        yield from (f"  failed    {account}/{region}  {reason}" for (account, region), reason in failed)
    yield from (f"  note      {it}" for it in kept.notes)
    for state in result.role_states if planned else ():
        yield from role_text(state, kept.versions.get(state.name, ()))


def _listed(
    option: str, values: Sequence[str] | None, form: re.Pattern[str], expected: str
) -> tuple[str, ...]:
    found = [it.strip() for value in values or () for it in value.split(",")]
    for it in found:
        if not form.fullmatch(it):
            raise InputError(f"{option}: {quoted(it)} is not valid", hint=f"use {expected}")
    return tuple(dict.fromkeys(found))
