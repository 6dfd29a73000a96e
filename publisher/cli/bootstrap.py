"""The commands that prepare an account: bootstrap, and policy, which shows what its launch roles may do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.shell import Shell
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from publisher.bootstrap import Bootstrap, LaunchRole, Readers, Result
    from publisher.declarations import LaunchConfig, Repository, Variant
    from publisher.permissions import Knowledge, Need

_DONE = {
    "create": "created",
    "update": "updated",
    "unchanged": "unchanged",
    "delete": "deleted",
    "absent": "absent",
}


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""

    @app.command("bootstrap")
    def bootstrap_(
        context: typer.Context,
        yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
        organization: Annotated[
            str | None,
            typer.Option(help="Let this organization (o-…) read starting content; 'none' takes it back."),
        ] = None,
        account: Annotated[
            list[str] | None,
            typer.Option(help="Let this account read starting content; repeatable; 'none' takes all back."),
        ] = None,
        template: Annotated[
            Path | None,
            typer.Option(metavar="DIR", help="Write the two templates into this folder instead; no AWS."),
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
        remove: Annotated[
            bool, typer.Option("--remove", help="Delete the stacks; refused while they are in use.")
        ] = False,
    ) -> None:
        """Make what products need in an account: the template bucket (one a Region) and the launch roles.

        Roles are global: the first Region that is bootstrapped holds their stack, a run in another Region
        finds and updates it there.
        """
        shell: Shell = context.obj
        if template is not None:
            _write_templates(shell, template)
        elif remove:
            _remove(shell, yes=yes, dry_run=dry_run)
        else:
            _deploy(shell, _readers(organization, account), yes=yes, dry_run=dry_run)

    @app.command()
    def policy(
        context: typer.Context,
        subject: Annotated[
            str,
            typer.Argument(metavar="PRODUCT|CONFIG", help="A product, a glob, or a launch config's file."),
        ],
        explain: Annotated[
            str, typer.Option(metavar="ACTION", help="Say why the role may do this, e.g. kms:CreateGrant.")
        ] = "",
    ) -> None:
        """Print the policies of a product's launch role, derived from its template."""
        shell: Shell = context.obj
        variants, config = _subject(shell, subject)
        if explain:
            _explain(shell, variants, explain)
        else:
            _print_policies(shell, variants, config)


def _readers(organization: str | None, accounts: list[str] | None) -> Readers:
    from publisher.bootstrap import Readers

    if organization is not None and not re.fullmatch(r"o-[a-z0-9]{10,32}|none", organization):
        raise InputError(
            f"--organization '{organization}' is no organization's id",
            hint="aws organizations describe-organization prints it: o-… ; 'none' takes it back",
        )
    for account in accounts or ():
        if not re.fullmatch(r"[0-9]{12}|none", account):
            raise InputError(f"--account '{account}' is no account id", hint="twelve digits, or 'none'")
    return Readers(
        organization="" if organization == "none" else organization,
        accounts=tuple(account for account in accounts if account != "none") if accounts else None,
    )


def _launch_roles(variants: Iterable[Variant]) -> list[LaunchRole]:
    from publisher.bootstrap import LaunchRole
    from publisher.permissions import Knowledge, launch_policies
    from publisher.templates.render import render_all

    chosen, knowledge = tuple(variants), Knowledge.load()
    return [
        LaunchRole(
            product=variant.key,
            name=variant.launch_role,
            policies=launch_policies(rendered.template, product=variant.key, knowledge=knowledge),
        )
        for variant, rendered in zip(chosen, render_all(chosen), strict=True)
    ]


def _derived(variants: Iterable[Variant]) -> list[Variant]:
    return [variant for variant in variants if variant.family.file.launch_role == "derived"]


def _regions(repository: Repository) -> list[str]:
    return sorted({region for portfolio in repository.portfolios for region in portfolio.regions})


def _write_templates(shell: Shell, folder: Path) -> None:
    from publisher.bootstrap import BUCKET_STACK, ROLES_STACK, body, bucket_template, roles_template
    from publisher.declarations import load

    roles = roles_template(_launch_roles(_derived(load(shell.directory, configs=False).variants)))
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, document in ((BUCKET_STACK, bucket_template()), (ROLES_STACK, roles)):
        path = folder / f"{name}.template.json"
        path.write_text(body(document) + "\n", encoding="utf-8")
        paths.append(str(path))
    shell.result({"templates": paths}, "\n".join(paths))


def _bootstrap(shell: Shell) -> Bootstrap:
    import time

    from publisher.bootstrap import Bootstrap

    return Bootstrap(
        shell.aws(),
        aws_in=lambda region: shell.aws(region=region),
        note=shell.note,
        sleep=time.sleep,
        elsewhere=shell.elsewhere,
    )


def _deploy(shell: Shell, readers: Readers, *, yes: bool, dry_run: bool) -> None:
    from publisher.declarations import load

    repository = load(shell.directory, configs=False)
    roles = _launch_roles(_derived(repository.variants))
    work = _bootstrap(shell)
    result = work.plan(roles, readers, regions=_regions(repository))
    if result.changes and not dry_run:
        shell.note(_text(result, dry_run=True))
        shell.confirm(f"Make this in {result.account_id}/{result.region}?", yes=yes)
        result = work.deploy(roles, readers)
    shell.result(_document(result, dry_run=dry_run), _text(result, dry_run=dry_run))


def _remove(shell: Shell, *, yes: bool, dry_run: bool) -> None:
    from publisher.declarations import load

    work = _bootstrap(shell)
    result = work.plan_removal(_regions(load(shell.directory, configs=False)))
    if result.changes and not dry_run:
        shell.note(_text(result, dry_run=True))
        shell.confirm(f"Delete this, and all that the bucket {result.bucket} holds?", yes=yes)
        result = work.remove(result)
    shell.result(_document(result, dry_run=dry_run), _text(result, dry_run=dry_run))


def _document(result: Result, *, dry_run: bool) -> dict[str, Any]:
    from publisher.bootstrap import BUCKET_PARAMETER

    return {
        "account": result.account_id,
        "region": result.region,
        "bucket": result.bucket,
        "parameter": BUCKET_PARAMETER,
        "roles": list(result.roles),
        "dry_run": dry_run,
        "stacks": [
            {"stack": step.stack, "region": step.region, "action": step.action} for step in result.steps
        ],
    }


def _text(result: Result, *, dry_run: bool) -> str:
    from publisher.bootstrap import BUCKET_PARAMETER, BUCKET_STACK

    lines = [f"account {result.account_id}"]
    for step in result.steps:
        action = step.action if dry_run else _DONE[step.action]
        holds = (
            f"bucket {result.bucket}, SSM parameter {BUCKET_PARAMETER}"
            if step.stack == BUCKET_STACK
            else f"{len(result.roles)} launch roles"
        )
        lines.append(f"  {action:<9}  {step.region}/{step.stack}  {holds}")
    return "\n".join(lines)


def _subject(shell: Shell, subject: str) -> tuple[Sequence[Variant], LaunchConfig | None]:
    from publisher.declarations import load, read_config

    repository = load(shell.directory, configs=False)
    config = None
    if subject.endswith((".yaml", ".yml")):
        config = read_config(Path(subject), root=shell.directory)
    variants = repository.select(config.product if config else subject)
    derived = _derived(variants)
    if not derived:
        first = variants[0]
        raise InputError(
            f"the launch role of {first.key} is not derived: it is the existing role '{first.launch_role}'",
            hint="its policy is its owner's; launch_role: derived in product.yaml derives one",
        )
    return derived, config


def _explain(shell: Shell, variants: Sequence[Variant], action: str) -> None:
    from publisher.permissions import Knowledge, explain
    from publisher.templates.render import render_all

    knowledge = Knowledge.load()
    found = {
        rendered.product: explain(_needs(rendered.template, rendered.product, knowledge), action)
        for rendered in render_all(tuple(variants))
    }
    lines = []
    for product, needs in found.items():
        lines.append(f"{product}: {'' if needs else f'its launch role needs no {action}'}".rstrip())
        lines += [f"  {need.action:<40}  {need.reason}" for need in needs]
    document = [
        {"product": product, "action": need.action, "reason": need.reason, "resources": list(need.resources)}
        for product, needs in found.items()
        for need in needs
    ]
    shell.result({"needs": document}, "\n".join(lines))


def _needs(template: dict[str, Any], product: str, knowledge: Knowledge) -> tuple[Need, ...]:
    from publisher.permissions import needs

    return needs(template, product=product, knowledge=knowledge)


def _print_policies(shell: Shell, variants: Sequence[Variant], config: LaunchConfig | None) -> None:
    from publisher.aws.arns import partition_of

    region = config.environment.region if config else shell.region
    account_id = config.client.account_id if config else "*"
    document = {
        "policies": [
            {
                "product": role.product,
                "role": role.name,
                "name": f"{role.name}-{policy.number}",
                "document": policy.resolved(partition=partition_of(region), account_id=account_id),
            }
            for role in _launch_roles(variants)
            for policy in role.policies
        ]
    }
    shell.result(document, json.dumps(document, indent=2))
