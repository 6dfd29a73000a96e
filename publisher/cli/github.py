"""The command for repositories at GitHub: github."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.shell import Shell
from publisher.errors import InputError, command

if TYPE_CHECKING:
    from publisher.permissions.publishing import Reached, Step


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command("github")(github)


def github(
    context: typer.Context,
    repository: Annotated[
        str,
        typer.Argument(
            metavar="OWNER/NAME", help="The repository, as its tokens name it: OWNER@1/NAME@2 if new."
        ),
    ],
    branch: Annotated[str, typer.Option(help="The branch that is published.")] = "main",
    environment: Annotated[
        str, typer.Option(help="Publish only in jobs of this environment of GitHub, e.g. production.")
    ] = "",
    prune: Annotated[bool, typer.Option("--prune", help="The workflows prune.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the template to this file.")
    ] = None,
) -> None:
    """Render the roles of a repository's GitHub workflows."""
    from publisher.declarations import load
    from publisher.documents import write
    from publisher.permissions.publishing import publishing_policies
    from publisher.pipeline.github import Workflows, github_template

    shell: Shell = context.obj
    workflows = Workflows(repository=repository, branch=branch, environment=environment)
    declared = load(shell.directory, configs=False)
    steps: tuple[Step, ...] = ("plan", "sync")
    reached = {step: _reached(shell, step, repository) for step in steps}
    template: dict[str, Any] = github_template(
        workflows,
        **{step: publishing_policies(step, declared, it, prune=prune) for step, it in reached.items()},
    )
    if roles := sorted({role for it in reached.values() for role in it.roles}):
        shell.note(*(f"{role} must trust the role that assumes it" for role in roles))
    lines = json.dumps(template, indent=2).split("\n")
    if output is None:
        shell.result({"template": template}, *lines, whole=True)
        return
    write(output, "\n".join([*lines, ""]).encode())
    shell.result({"path": str(output)}, f"template written to {output}")


def _reached(shell: Shell, step: Step, repository: str) -> Reached:
    """What the roles reach from the account that has the targets without a role of their own."""
    from publisher.declarations.targets import read_targets
    from publisher.permissions.publishing import Reached, selected

    targets = read_targets(shell.directory)
    if targets is None and not shell.region:
        raise InputError(
            "no configs/targets.yaml says where the project is published",
            hint=f"name the Region: {command('github', repository, '--region', 'us-west-2')}",
        )
    chosen = [it for _, it, _ in selected(targets, shell.targets)] if targets else []
    account = next((it.account_id for it in chosen if not it.role_arn), "")
    return Reached.of(
        targets, shell.targets, account_id=account, region=shell.region, planning=step == "plan"
    )
