"""The commands that prepare an account: bootstrap, and policy, which shows the policies of launch roles."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import json_lines
from publisher.cli.shell import Shell
from publisher.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from publisher.bootstrap.deployment import Bootstrap, Readers, Result
    from publisher.declarations import Repository
    from publisher.permissions import Need

_DONE = {
    "create": "created",
    "update": "updated",
    "unchanged": "unchanged",
    "delete": "deleted",
    "absent": "absent",
}


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("bootstrap")(bootstrap)
    app.command("policy")(policy)


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
        typer.Option(metavar="DIR", help="Only write the two templates to this folder; no AWS calls."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Delete the stacks; refused while they are in use.")
    ] = False,
) -> None:
    """Deploy the template bucket and launch roles.

    Each Region has its bucket. Roles are global: the first Region that is bootstrapped has their stack,
    and runs in other Regions update it there.
    """
    from publisher.bootstrap.deployment import Readers

    shell: Shell = context.obj
    if template is not None:
        _write_templates(shell, template)
    elif remove:
        _remove(shell, yes=yes, dry_run=dry_run)
    else:
        _deploy(shell, Readers.of(organization, account), yes=yes, dry_run=dry_run)


def policy(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(metavar="PRODUCT|CONFIG", help="A product, a glob, or a launch config's file."),
    ],
    explain: Annotated[
        str, typer.Option(metavar="ACTION", help="Show why the role needs it, e.g. kms:CreateGrant.")
    ] = "",
) -> None:
    """Print the policies of a launch role."""
    from publisher.aws.arns import partition_of
    from publisher.bootstrap.roles import explained, policy_documents, require_derived
    from publisher.cli.launches import read_config
    from publisher.publishing.project import render_products

    shell: Shell = context.obj
    product, region, account_id = subject, shell.region, "*"
    if subject.endswith((".yaml", ".yml")):
        request = read_config(shell, subject)
        product, region, account_id = request.product, request.region, request.account_id
    if shell.targets:
        target = shell.target()
        if account_id not in ("*", target.account_id) or (product != subject and region != target.aws.region):
            raise Refused(
                f"{subject}: the config is for {account_id}/{region}, not {target.name}",
                hint="remove --target",
            )
        region, account_id = target.aws.region, target.account_id
    derived = partial(render_products, shell.directory, product, of=require_derived)
    if explain:
        _, needs = derived(then=partial(explained, action=explain))
        _explain(shell, needs, explain)
    else:
        documents = partial(policy_documents, partition=partition_of(region), account_id=account_id)
        _, found = derived(then=documents)
        document = {"policies": found}
        shell.result(document, *json_lines(document, sort_keys=False))


def _regions(repository: Repository) -> list[str]:
    return sorted({region for portfolio in repository.portfolios for region in portfolio.regions})


def _write_templates(shell: Shell, folder: Path) -> None:
    from publisher.bootstrap.deployment import BUCKET_STACK, ROLES_STACK
    from publisher.bootstrap.roles import derived, launch_roles
    from publisher.bootstrap.templates import body, bucket_template, roles_template
    from publisher.documents import write_all
    from publisher.publishing.project import render_products

    _, derivable = render_products(shell.directory, of=derived, then=launch_roles)
    roles = roles_template(derivable)
    documents = {BUCKET_STACK: bucket_template(), ROLES_STACK: roles}
    files = {f"{name}.template.json": f"{body(it)}\n".encode() for name, it in documents.items()}
    write_all(folder, files)
    paths = [str(folder / name) for name in files]
    shell.result({"templates": paths}, *paths)


def _bootstrap(shell: Shell) -> Bootstrap:
    from publisher.bootstrap.deployment import Bootstrap

    aws = shell.aws()
    return Bootstrap(
        aws,
        aws_in=aws.in_region,
        note=shell.note,
        clock=shell.clock,
        command_in=shell.command_in,
    )


def _deploy(shell: Shell, readers: Readers, *, yes: bool, dry_run: bool) -> None:
    from publisher.bootstrap.roles import derived, launch_roles
    from publisher.publishing.project import render_products

    repository, roles = render_products(shell.directory, of=derived, then=launch_roles)
    stacks = _bootstrap(shell)
    result = stacks.plan(roles, readers, regions=_regions(repository))
    if result.changes and not dry_run:
        shell.note(*_lines(result, dry_run=True))
        shell.confirm(f"Deploy to {result.account_id}/{result.region}?", yes=yes)
        result = stacks.deploy(roles, readers)
    shell.result(result.document(dry_run=dry_run), *_lines(result, dry_run=dry_run))


def _remove(shell: Shell, *, yes: bool, dry_run: bool) -> None:
    from publisher.declarations import load

    stacks = _bootstrap(shell)
    result = stacks.plan_removal(_regions(load(shell.directory, configs=False)))
    if result.changes and not dry_run:
        shell.note(*_lines(result, dry_run=True))
        shell.confirm(f"Delete these, and all objects in bucket {result.bucket}?", yes=yes)
        result = stacks.remove(result)
    shell.result(result.document(dry_run=dry_run), *_lines(result, dry_run=dry_run))


def _lines(result: Result, *, dry_run: bool) -> list[str]:
    from publisher.bootstrap.deployment import BUCKET_STACK
    from publisher.bootstrap.templates import BUCKET_PARAMETER

    lines = [f"account {result.account_id}"]
    for step in result.steps:
        action = step.action if dry_run else _DONE[step.action]
        count = len(result.roles)
        holds = (
            f"bucket {result.bucket}, SSM parameter {BUCKET_PARAMETER}"
            if step.stack == BUCKET_STACK
            else f"{count} launch role{'s' if count != 1 else ''}"
        )
        lines.append(f"  {action:<9}  {step.region}/{step.stack}  {holds}")
    return lines


def _explain(shell: Shell, found: Mapping[str, Sequence[Need]], action: str) -> None:
    lines, document = [], []
    for product, needs in found.items():
        lines.append(f"{product}:" if needs else f"{product}: the launch role does not need {action}")
        lines += [f"  {need.action:<40}  {need.reason}" for need in needs]
        document += [
            {"product": product, "action": it.action, "reason": it.reason, "resources": list(it.resources)}
            for it in needs
        ]
    shell.result({"needs": document}, *lines)
