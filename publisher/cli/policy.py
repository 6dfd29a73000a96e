"""The command that shows derived policies: of launch roles, or of who else makes a product's stack."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.output import json_lines
from publisher.cli.shell import Shell
from publisher.errors import InputError, PublisherError, Refused, errors, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.errors import Problem
    from publisher.permissions import Need
    from publisher.templates.render import Rendered


# Also as a pattern: s3:Get*.
_ACTION = re.compile(r"\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+")


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command("policy")(policy)


def policy(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(metavar="PRODUCT|CONFIG", help="A product, a glob, or a launch config's file."),
    ],
    for_: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="TRUST",
            help="Who makes the stack: service-catalog, cloudformation, person, stackset or blueprint.",
        ),
    ] = "service-catalog",
    explain: Annotated[
        str | None, typer.Option(metavar="ACTION", help="Show why it is needed, e.g. kms:CreateGrant.")
    ] = None,
) -> None:
    """Print the policies of whoever makes a product's stack.

    Those of a product are for every launch; those of a config for its account, Region, values and name alone.
    """
    from publisher.aws.arns import partition_of
    from publisher.bootstrap.roles import PolicyRequest, require_derived
    from publisher.cli.launches import read_config
    from publisher.permissions.trusts import trust
    from publisher.publishing.project import render_products

    shell: Shell = context.obj
    request = PolicyRequest(trust=trust(for_))
    if explain is not None and not _ACTION.fullmatch(explain):
        raise InputError(
            f"--explain {quoted(explain)} is not an action", hint="write service:Action, e.g. kms:CreateGrant"
        )
    product, region, account_id = subject, shell.region, "*"
    if subject.endswith((".yaml", ".yml")):
        launch = read_config(shell, subject)
        product, region, account_id = launch.product, launch.region, launch.account_id
        request = PolicyRequest(
            trust=request.trust, launch=launch.name, region=region, parameters=launch.parameters
        )
    if shell.targets:
        target = shell.target()
        if account_id not in ("*", target.account_id) or (product != subject and region != target.aws.region):
            raise Refused(
                f"{subject}: the config is for {account_id}/{region}, not {target.name}",
                hint="remove --target",
            )
        region, account_id = target.aws.region, target.account_id
    # Roles of others than Service Catalog are derived also where the launch role exists.
    of = require_derived if for_ == "service-catalog" else tuple
    derived = partial(render_products, shell.directory, product, of=of)
    if explain is not None:
        _, (needs, problems) = derived(then=partial(request.explained, action=explain))
        whose = "the launch role does not need" if for_ == "service-catalog" else f"not needed for {for_}:"
        _explain(shell, needs, whose, explain, failure=_failure(problems))
        return
    partition = partition_of(region)

    def documents(rendered: Sequence[Rendered]) -> tuple[list[dict[str, object]], tuple[Problem, ...]]:
        found, problems = request.documents(rendered, partition=partition, account_id=account_id)
        if not found and (failure := _failure(problems)):
            # Together with what is wrong with the files.
            raise failure
        return found, problems

    _, (policies, problems) = derived(then=documents)
    document = {
        "for": for_,
        "trust": request.trust.document(partition=partition),
        "policies": policies,
    }
    shell.note(*(str(it) for it in problems if it.severity == "warning"))
    lines = json_lines(document, sort_keys=False) if policies else ()
    shell.result(document, *lines, whole=True, failure=_failure(problems))


def _failure(problems: Sequence[Problem]) -> InputError | None:
    return InputError.of(found) if (found := errors(problems)) else None


def _explain(
    shell: Shell,
    found: Sequence[tuple[str, Sequence[Need]]],
    whose: str,
    action: str,
    *,
    failure: PublisherError | None,
) -> None:
    lines, document = [], []
    for product, needs in found:
        lines.append(f"{product}:" if needs else f"{product}: {whose} {action}")
        for need in needs:
            lines.append(f"  {need.action:<40}  {need.reason}")
            why = f" ({need.why_wide})" if need.why_wide else ""
            lines += [f"    on {resource}{why if resource == '*' else ''}" for resource in need.resources]
        document += [
            {
                "product": product,
                "action": it.action,
                "reason": it.reason,
                "resources": list(it.resources),
                "why_wide": it.why_wide,
            }
            for it in needs
        ]
    shell.result({"needs": document}, *lines, failure=failure)
