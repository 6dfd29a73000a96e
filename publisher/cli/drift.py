"""The command drift: what was changed outside of a launch's stack, and its reversion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.drift_text import bypass_text, drift_text, kept_text, reversion_text
from publisher.cli.launches import Subject, config_of, found_launch
from publisher.cli.shell import Shell
from publisher.errors import ChangesFound, Interrupted, PublisherError, Refused, command, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.aws.clients import Aws
    from publisher.launch.drift_revert import Reversion
    from publisher.launch.drift_template import DriftTemplates
    from publisher.launch.provisioned import ProvisionedProduct


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("drift")(drift)


def drift(
    context: typer.Context,
    subject: Subject,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 4 if something drifted, 1 if nothing was checked.")
    ] = False,
    revert: Annotated[
        bool, typer.Option("--revert", help="Undo the drift, around Service Catalog, after showing how.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --revert.")] = False,
) -> None:
    """Show what was changed by hand; undo it with --revert.

    Per property: the template, what was deployed last, and what is there. CloudFormation detects it as the
    operations_role of the target, else as you. --revert changes the stack as the same role, not as the launch
    role.
    """
    from publisher.launch.drift import detect
    from publisher.launch.drift_template import read_templates

    shell: Shell = context.obj
    request, aws, found = found_launch(shell, subject)
    _check_status(found, subject)
    operations = shell.operations(aws, aws.account_id, aws.region) or aws
    config = request or config_of(shell, found)
    own = config if config and config.config == found.config else None
    templates = read_templates(aws, operations, found, own, shell.repository)
    with shell.doing(f"{found.name}: detecting drift"):
        detected = detect(operations, found, templates, clock=shell.clock)
    document = {
        "name": found.name,
        "product": found.product,
        "version": found.version,
        "stack": found.stack_name,
        **detected.document(),
    }
    failure: PublisherError | None = None
    if detected.failure:
        failure = PublisherError(
            f"{found.name}: drift not checked completely: {detected.failure}", hint="run the command again"
        )
    elif check and detected.status == "not checked":
        failure = PublisherError(
            f"{found.name}: not checked: nothing is known of any of its resources",
            hint="the lines of what is not checked say why; look at these resources by hand",
        )
    elif check and detected.drifted:
        hint = f"run {command('drift', subject, '--revert')} to undo it, or change the files"
        failure = ChangesFound(
            f"{found.name}: {counted(len(detected.drifted), 'resource')} drifted", hint=hint
        )
    blocks = drift_text(found, detected)
    if failure or not revert or not detected.drifted:
        shell.result(document, *blocks, failure=failure)
        return
    shell.note(*blocks)
    drifted = [it.resource for it in detected.drifted]
    reversions = _revert(shell, operations, found, templates, drifted, yes=yes)
    again = detect(operations, found, templates, clock=shell.clock)
    left = [it.resource for it in again.drifted]
    if left:
        failure = PublisherError(
            f"{found.name}: reverted, but {', '.join(left)} still drifted",
            hint="CloudFormation keeps tag keys that the template does not have, and what only a new "
            "resource can get: change these by hand",
        )
    document |= {"reverted": [it.document() for it in reversions], "left": left} | again.document()
    done = f"{found.name}: {counted(len(reversions), 'change')} reverted; a second detection finds no drift"
    shell.result(document, *(drift_text(found, again) if left else [done]), failure=failure)


def _revert(
    shell: Shell,
    operations: Aws,
    found: ProvisionedProduct,
    templates: DriftTemplates,
    drifted: Sequence[str],
    *,
    yes: bool,
) -> tuple[Reversion, ...]:
    """Previews, asks, reverts. Whatever stops it, no change set is left behind."""
    from publisher.launch.drift_revert import Revert
    from publisher.launch.progress import Reporter

    work = Revert(operations, found, clock=shell.clock)
    with shell.writing() as stop:
        try:
            with shell.doing(f"{found.name}: previewing the reversion"):
                reversions = work.preview(secret=templates.is_secret)
            shell.note(
                "reverting does this:",
                *reversion_text(reversions),
                *kept_text(drifted, reversions),
                *bypass_text(found, operations.identity[1]),
            )
            if not stop.requested:
                shell.confirm(f"Revert {counted(len(reversions), 'change')} of {found.name}?", yes=yes)
            if stop.requested:
                raise Interrupted(f"{found.name}: interrupted", hint="nothing was reverted")
            with stop.doing(work, f"the reversion of {found.name}"):
                work.execute(Reporter(report=shell.note, detail=shell.detail))
        finally:
            work.discard()
    return reversions


def _check_status(found: ProvisionedProduct, subject: str) -> None:
    state = found.meaning
    if state and found.status != "TAINTED":
        raise Refused(f"{found.name}: {found.status}: {state.means}", hint=state.hint(subject))
