"""The command that checks a launch before it is made, and makes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from publisher.cli.launches import Config, Portfolio, Skip, Version, checking, declared, read_launch
from publisher.cli.shell import Shell
from publisher.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from publisher.launch.checks.examination import Examination


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command("preflight")(preflight)


def preflight(
    context: typer.Context,
    config: Config,
    version: Version = "",
    portfolio: Portfolio = "",
    skip: Skip = None,
) -> None:
    """Check a config's launch, without launching it.

    These are the checks that launch and update make first; docs/rules.md lists them.
    """
    from publisher.launch.preflight import preflight as examined

    shell: Shell = context.obj
    request, rendered = declared(shell, *read_launch(shell, config))
    aws = shell.aws(launching=True)
    found, _ = examined(
        aws,
        request,
        version=version,
        portfolio=portfolio,
        report=shell.note,
        checking=checking(shell, aws, rendered, skip),
    )
    refusal = found.refusal()
    if refusal:
        ids = dict.fromkeys(it.rule.id for it in found.outcomes if it.status == "error")
        refusal = Refused(
            f"{found.name}: the launch would be refused: {', '.join(ids)}", hint="fix what these checks found"
        )
    shell.result(found.document(), *_lines(found), failure=refusal)


def _lines(found: Examination) -> Iterator[str]:
    from publisher.launch.checks.examination import counts

    yield f"{found.name}: {found.product} {found.version}".rstrip()
    for it in found.ranked:
        yield f"  {it.status:<11}  {it.rule.id}  {it.message or it.rule.title}"
        if it.hint:
            yield f"                     {it.hint}"
    yield counts(found.outcomes)
