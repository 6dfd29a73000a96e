"""The commands of those who launch: launch, outputs, alerts, terminate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.shell import Shell
from publisher.errors import InputError, PublisherError, Refused

if TYPE_CHECKING:
    from publisher.aws.clients import Aws
    from publisher.declarations import LaunchConfig
    from publisher.launch import Alerts, LaunchRequest, Operation

_SUFFIXES = (".yaml", ".yml")
_FAMILIES = "products"
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}")

Config = Annotated[
    str, typer.Argument(metavar="CONFIG", help="The launch config, a file like configs/x.yaml.")
]

Subject = Annotated[
    str, typer.Argument(metavar="CONFIG|NAME", help="A launch config's file, or a launch's name.")
]


class Interrupted(PublisherError):
    """Ctrl-C while AWS works on."""

    code = "interrupted"
    exit_code = 130


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("launch")(launch)
    app.command("outputs")(outputs)
    app.command("alerts")(alerts)
    app.command("terminate")(terminate)


def launch(
    context: typer.Context,
    config: Config,
    version: Annotated[
        str, typer.Option(help="The version to launch; without it the newest that is not deprecated.")
    ] = "",
    portfolio: Annotated[
        str, typer.Option(help="The portfolio to launch through, when several offer the product to you.")
    ] = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the end.")] = True,
) -> None:
    """Launch what a config says, and show what it made."""
    from publisher.cli.launch_text import report_text
    from publisher.launch import get, prepare, provision, report

    shell: Shell = context.obj
    read = _read(shell, config)
    wanted = _declared(shell, _wanted(read, config))
    aws = shell.aws(launching=True)
    prepared = prepare(aws, wanted, version=version, portfolio=portfolio, tell=shell.note)
    operation = provision(aws, prepared)
    shell.note(f"{wanted.name}: launching {wanted.product} {prepared.version.name} as {operation.stack}")
    stack = _follow(shell, aws, operation) if wait else ""
    found = get(aws, wanted.name)
    # What is very new may not be found yet by the search that tells these.
    found = replace(
        found,
        version=found.version or prepared.version.name,
        stack=found.stack or stack,
        config=wanted.config,
    )
    made = report(aws, found, endpoint=read.ml_product.alerts_email or "")
    shell.result(made.document(), report_text(made, subject=config))


def outputs(
    context: typer.Context,
    subject: Subject,
) -> None:
    """Show a launch: its status, outputs, SSM values, and who gets the alerts."""
    from publisher.cli.launch_text import report_text
    from publisher.launch import check_place, get, report

    shell: Shell = context.obj
    read = _config(shell, subject)
    aws = shell.aws(launching=True)
    if read is not None:
        check_place(aws, _wanted(read, subject))
    found = get(aws, read.ml_name if read else subject)
    own = read is not None and found.config == _stem(read)
    if read is not None and found.config and not own:
        shell.note(f"{found.name}: it was launched from the config '{found.config}'")
    address = read.ml_product.alerts_email if read and own else ""
    made = report(aws, found, endpoint=address or "")
    shell.result(made.document(), report_text(made, subject=subject))


def alerts(
    context: typer.Context,
    config: Config,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until somebody has confirmed.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="Send the confirmation mail again.")] = False,
    timeout: Annotated[
        float, typer.Option(min=0, metavar="MINUTES", help="How long --wait waits, in minutes.")
    ] = 10,
) -> None:
    """Show whether the alerts' address is confirmed; wait for it; send the mail again."""
    from publisher.cli.launch_text import alerts_text
    from publisher.launch import alerts_of, check_place, get, outputs_of

    shell: Shell = context.obj
    read = _read(shell, config)
    wanted = _wanted(read, config)
    aws = shell.aws(launching=True)
    check_place(aws, wanted)
    made = outputs_of(aws, get(aws, wanted.name))
    found = alerts_of(aws, made, endpoint=read.ml_product.alerts_email or "")
    if found.state == "none" and (wait or resend):
        raise Refused(
            f"{wanted.name}: there is nobody to confirm the alerts",
            hint="the tiers professional and enterprise alert whom ml_product.alerts_email names",
        )
    if resend:
        found = _resent(shell, aws, found)
    if wait and found.state != "confirmed":
        found = _awaited(shell, aws, found, config=config, minutes=timeout)
    document = {"name": wanted.name, "alerts": found.document()}
    shell.result(document, alerts_text(found, subject=config))


def terminate(
    context: typer.Context,
    subject: Subject,
    force: Annotated[bool, typer.Option("--force", help="Do it; without it only tell what goes.")] = False,
    empty: Annotated[
        bool, typer.Option("--empty", help="Delete also what the bucket and the model group still hold.")
    ] = False,
) -> None:
    """Delete a launch and all it made, after listing what goes."""
    from publisher import launch as launching
    from publisher.cli.launch_text import stock_text, terminated_text

    shell: Shell = context.obj
    read = _config(shell, subject)
    aws = shell.aws(launching=True)
    if read is not None:
        launching.check_place(aws, _wanted(read, subject))
    found = launching.get(aws, read.ml_name if read else subject)
    wanted = _wanted(read, subject) if read else launching.as_launched(aws, found)
    launching.refuse_unready(wanted, found)
    goes = launching.contents(aws, found)
    document = {
        "name": found.name,
        "product": found.product,
        "version": found.version,
        "status": found.status,
        "stack": found.stack_name,
        **goes.document(),
    }
    refusal = launching.refusal(wanted, goes, force=force, empty=empty)
    if refusal is not None:
        shell.result(document | {"error": shell.failure(refusal)}, stock_text(found, goes))
        raise refusal
    launching.empty(aws, goes.holdings, tell=shell.note)
    operation = launching.terminate(aws, wanted, found)
    shell.note(f"{wanted.name}: terminating {found}")
    _follow(shell, aws, operation)
    shell.result(document | {"status": "TERMINATED"}, terminated_text(found, goes))


def _config(shell: Shell, subject: str) -> LaunchConfig | None:
    """The config that is meant; None when it is a launch's name. Raises InputError."""
    if subject.endswith(_SUFFIXES) or "/" in subject:
        return _read(shell, subject)
    if not _NAME.fullmatch(subject):
        from publisher.errors import quoted

        message = f"{quoted(subject)} is neither a launch config's file nor the name of a launch"
        raise InputError(message, hint="give a file like configs/x.yaml, or the name that a launch shows")
    return None


def _read(shell: Shell, config: str) -> LaunchConfig:
    """The config, by a path from here or from the project's folder."""
    from publisher.declarations import read_config

    path = Path(config)
    if not path.exists() and not path.is_absolute():
        path = shell.directory / config
    return read_config(path, root=shell.directory)


def _stem(config: LaunchConfig) -> str:
    return PurePosixPath(config.path).stem


def _wanted(config: LaunchConfig, path: str) -> LaunchRequest:
    from publisher.launch import LaunchRequest

    return LaunchRequest(
        name=config.ml_name,
        config=_stem(config),
        path=path,
        product=config.product,
        account_id=config.client.account_id,
        region=config.environment.region,
        parameters=config.parameters(),
        tags=config.tags,
    )


def _declared(shell: Shell, wanted: LaunchRequest) -> LaunchRequest:
    """With what the declarations say of the product; a project may hold launch configs alone."""
    if not (shell.directory / _FAMILIES).is_dir():
        return wanted
    from publisher.declarations import load

    repository = load(shell.directory, configs=False)
    (variant,) = repository.select(wanted.product)
    holding = [it for it in repository.portfolios if variant in repository.variants_of(it)]
    return replace(
        wanted,
        display_name=variant.display_name,
        launch_role=variant.launch_role,
        portfolios=tuple(portfolio.display_name for portfolio in holding),
    )


def _follow(shell: Shell, aws: Aws, operation: Operation) -> str:
    from publisher.aws.waiting import Clock
    from publisher.launch import Reporter, follow

    teller = Reporter(tell=shell.note, detail=shell.detail)
    message = f"{operation.name}: interrupted; the {operation.doing} goes on in AWS"
    with _interruptible(message, hint=f"{operation.look} tells how far it is"):
        return follow(aws, operation, clock=Clock(), teller=teller)


def _resent(shell: Shell, aws: Aws, alerts: Alerts) -> Alerts:
    from publisher.launch import resend

    if alerts.state == "confirmed":
        shell.note(f"{alerts.endpoint}: confirmed already, no mail is sent")
        return alerts
    found = resend(aws, alerts)
    shell.note(f"{alerts.endpoint}: the confirmation mail is on its way")
    return found


def _awaited(shell: Shell, aws: Aws, alerts: Alerts, *, config: str, minutes: float) -> Alerts:
    from publisher.aws.waiting import Clock
    from publisher.launch import await_confirmation

    again = f"publisher alerts {config}"
    shell.note(
        f"{alerts.endpoint}: waiting up to {minutes:g} minutes for the link in the mail to be followed"
    )
    message = f"{alerts.endpoint}: interrupted; the subscription stays pending"
    with _interruptible(message, hint=f"{again} --wait waits again"):
        return await_confirmation(
            aws, alerts, minutes=minutes, clock=Clock(), hint=f"{again} --resend sends the mail again"
        )


@contextmanager
def _interruptible(message: str, *, hint: str) -> Iterator[None]:
    """Ctrl-C ends the watching only: what it does not end is said."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(message, hint=hint) from None
