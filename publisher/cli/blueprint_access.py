"""`bootstrap --blueprint-access`: the role that account vending assumes in the account of the blueprints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from publisher.bootstrap.blueprint_access import ENROLLED, AccessResult, BlueprintAccess, Trusted
from publisher.bootstrap.templates import ACCESS_ROLE, ACCESS_STACK, access_template, body
from publisher.cli.bootstrap import stoppable
from publisher.errors import ChangesFound, command

if TYPE_CHECKING:
    from publisher.cli.shell import Shell

_DONE = {"create": "created", "update": "updated", "delete": "deleted"}


def deploy_access(shell: Shell, trusted: Trusted, *, yes: bool, dry_run: bool, check: bool) -> None:
    """Shows the change, asks, and deploys."""
    access = _access(shell)
    result = planned = access.plan(trusted)
    if planned.changes:
        shell.note(f"note: {ENROLLED}")
    if planned.changes and not (dry_run or check):
        shell.note(*_text(planned, planned=True))
        who, where = trusted.management_account, planned.account_id
        shell.confirm(f"Let account {who} vend accounts with the products of {where}?", yes=yes)
        with stoppable(shell) as stop:
            result = access.deploy(planned, stop)
    _show(shell, result, dry_run=dry_run or check)
    if check and planned.changes:
        raise ChangesFound(
            f"{planned.account_id}/{planned.region}: the blueprint access role has changes",
            hint=f"run {command('bootstrap', '--blueprint-access', trusted.management_account)}",
        )


def remove_access(shell: Shell, trusted: Trusted, *, yes: bool, dry_run: bool) -> None:
    """Shows what goes, asks, and deletes."""
    access = _access(shell)
    result = access.plan_removal(trusted)
    if result.changes and not dry_run:
        shell.note(*_text(result, planned=True))
        shell.confirm(
            f"Delete {ACCESS_ROLE} in account {result.account_id}? Accounts that were vended with its "
            "blueprints can then not be updated.",
            yes=yes,
        )
        with stoppable(shell) as stop:
            result = access.remove(result, stop)
    _show(shell, result, dry_run=dry_run)


def write_access_template(shell: Shell, folder: Path) -> None:
    """The template as a file."""
    from publisher.documents import write_all

    name = f"{ACCESS_STACK}.template.json"
    write_all(folder, {name: f"{body(access_template())}\n".encode()})
    shell.result({"templates": [str(folder / name)]}, str(folder / name))


def _access(shell: Shell) -> BlueprintAccess:
    return BlueprintAccess(shell.target().aws, note=shell.note, clock=shell.clock)


def _show(shell: Shell, result: AccessResult, *, dry_run: bool) -> None:
    shell.result({"dry_run": dry_run, **result.document()}, *_text(result, planned=dry_run))


def _text(result: AccessResult, *, planned: bool) -> tuple[str, ...]:
    action = result.action if planned else _DONE.get(result.action, result.action)
    now = result.trusted.management_account
    moved = f", no longer {result.before}" if result.before not in ("", now) else ""
    console = f" (its people: {result.trusted.console_role})" if result.trusted.console_role else ""
    role = f"role {ACCESS_ROLE}, for account {now}{console}{moved}"
    return (f"account {result.account_id}", f"  {action:<9}  {result.region}/{ACCESS_STACK}  {role}")
