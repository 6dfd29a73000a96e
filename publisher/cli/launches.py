"""The commands of those who launch: launch, outputs, alerts, terminate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.shell import Shell
from publisher.errors import InputError, Interrupted, Refused, command

if TYPE_CHECKING:
    from publisher.aws.clients import Aws
    from publisher.cli.columns import Block
    from publisher.declarations import LaunchConfig
    from publisher.declarations.form import OutputRoles
    from publisher.launch.alerts import Alerts
    from publisher.launch.launch_contents import Contents
    from publisher.launch.preflight import Checking
    from publisher.launch.progress import Operation
    from publisher.launch.provisioned import ProvisionedProduct
    from publisher.launch.request import LaunchRequest
    from publisher.stopping import Stop
    from publisher.templates.render import Rendered

_SUFFIXES = (".yaml", ".yml")


def _no_option(word: str) -> str:
    """A file, as commands that are proposed name it: not with a leading hyphen."""
    is_file = word.endswith(_SUFFIXES) or "/" in word
    return f"./{word}" if is_file and word.startswith("-") else word


Config = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG", help="A launch config's file, e.g. configs/x.yaml.", callback=_no_option
    ),
]
Subject = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG|NAME", help="A launch config's file, or a launch's name.", callback=_no_option
    ),
]

Skip = Annotated[
    list[str] | None,
    typer.Option(metavar="ID", help="Leave out a check that only warns, e.g. L302. Repeatable."),
]
Version = Annotated[str, typer.Option(help="The version; by default the newest that is not deprecated.")]
Portfolio = Annotated[str, typer.Option(help="The portfolio to launch through, if several have the product.")]
Expires = Annotated[
    str, typer.Option(metavar="DAYS|DATE", help="When it may be removed: 14d, 2w or 2027-01-31.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    for one in (outputs, alerts, terminate):
        app.command(one.__name__)(one)


def outputs(
    context: typer.Context,
    subject: Subject,
    watch: Annotated[
        bool, typer.Option("--watch", help="First follow what is in progress, until it has finished.")
    ] = False,
) -> None:
    """Show a launch: status, outputs, SSM values, alerts."""
    from publisher.cli.launch_text import details_text
    from publisher.launch.operations import operations_of
    from publisher.launch.outputs import describe
    from publisher.launch.provisioned import find

    shell: Shell = context.obj
    request, aws, found = found_launch(shell, subject)
    if watch and found.status == "UNDER_CHANGE":
        with watching(found.name, "operation", subject):
            follow_operation(shell, operations_of(found.door).under_way(aws, found, subject=subject))
        if (now := find(aws, found.name, door=found.door)) is None:
            shell.result({"name": found.name, "status": "TERMINATED"}, f"{found.name}: terminated")
            return
        found = now
    own = request is not None and request.config == found.config
    if request and found.config and not own:
        shell.note(f"{found.name}: launched from config '{found.config}'")
    roles, ssm = roles_of(shell, request, found)
    config = request if own else None if request else config_of(shell, found)
    endpoint = config.alerts_address if config else ""
    details = describe(aws, found, roles=roles, ssm=ssm, endpoint=endpoint)
    shell.result(details.document(), *details_text(details, subject=subject))


def alerts(
    context: typer.Context,
    subject: Subject,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the address is confirmed.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="Resend the confirmation email.")] = False,
    timeout: Annotated[
        float, typer.Option(min=0, metavar="MINUTES", help="How long --wait waits, in minutes.")
    ] = 10,
) -> None:
    """Show, await or resend the confirmation of alerts."""
    from publisher.cli.launch_text import alerts_text
    from publisher.launch.alerts import alerts_of
    from publisher.launch.sources import source_of

    shell: Shell = context.obj
    request, aws, launched = found_launch(shell, subject)
    role = roles_of(shell, request, launched)[0].alerts
    config = request or config_of(shell, launched)
    endpoint = config.alerts_address if config else ""
    outputs = source_of(launched.door).outputs(aws, launched)
    found = alerts_of(aws, role, outputs, endpoint=endpoint)
    if found.state == "none" and (wait or resend):
        hint = f"set {role.email}, if the product has alerts" if role else "its form names no alerts"
        raise Refused(f"{launched.name}: no alert subscription to confirm", hint=hint)
    if resend:
        found = _resent(shell, aws, found)
    if wait and found.state != "confirmed":
        found = _awaited(shell, aws, found, subject=subject, minutes=timeout)
    document = {"name": launched.name, "alerts": found.document()}
    shell.result(document, *alerts_text(found, subject=subject))


def terminate(
    context: typer.Context,
    subject: Subject,
    force: Annotated[bool, typer.Option("--force", help="Delete; by default only list.")] = False,
    empty: Annotated[
        bool,
        typer.Option(
            "--empty", help="Delete the contents of buckets and model groups, and endpoints made later, too."
        ),
    ] = False,
) -> None:
    """List the resources of a launch; delete them with --force."""
    shell: Shell = context.obj
    document, lines = terminated(shell, subject, force=force, empty=empty)
    shell.result(document, *lines)


def terminated(shell: Shell, subject: str, *, force: bool, empty: bool) -> tuple[dict[str, Any], list[Block]]:
    """Deletes a launch; its document and lines. Shows what it refuses to delete, and raises Refused."""
    from publisher.cli.launch_text import contents_text, terminated_text
    from publisher.launch import launch_contents, terminate
    from publisher.launch.operations import operations_of

    given, aws, found = found_launch(shell, subject)
    request = given or terminate.request_of(aws, found)
    terminate.check_terminable(request, found)
    roles = roles_of(shell, given, found)[0]
    deleted = launch_contents.contents_of(aws, found, roles=roles)
    document = {
        "name": found.name,
        "product": found.product,
        "version": found.version,
        "status": found.status,
        "stack": found.stack_name,
        **deleted.document(),
    }
    refusal = terminate.refusal(request, deleted, force=force, empty=empty)
    if refusal is not None:
        shell.result(document, *contents_text(found, deleted), failure=refusal)
    with shell.writing() as stop:
        for what, start in _emptying(shell, aws, deleted):
            with stop.doing(start, what):
                start()
            if stop.requested:
                again = command("terminate", subject, "--force", "--empty")
                raise Interrupted(
                    f"{found.name}: interrupted before the termination", hint=f"run {again} to continue"
                )
    if deleted.obstacles:
        # Pipelines of the launch may have run meanwhile.
        left = launch_contents.contents_of(aws, found, roles=roles).obstacles
        if left:
            raise Refused(
                f"{found.name}: made while this was deleted: {'; '.join(left)}",
                hint="stop what makes them, such as the pipelines of the launch, then run the command again",
            )
    with watching(request.name, "termination", subject):
        with starting(shell, f"{request.name}: the termination", subject) as stop:
            operation = operations_of(found.door).terminate(aws, request, found)
        shell.note(f"{request.name}: terminating {found}")
        follow_operation(shell, operation, stop)
    retained = launch_contents.retained_by(aws, found, deleted)
    document |= {"status": "TERMINATED", "retained": [it.document() for it in retained]}
    return document, [*terminated_text(found, deleted, retained)]


def _emptying(shell: Shell, aws: Aws, deleted: Contents) -> Iterator[tuple[str, Callable[[], None]]]:
    """What is deleted before a stack, each by its name: first the endpoints, which use the bucket."""
    from publisher.launch import launch_contents, made_later

    for kind, made in groupby(deleted.made_later, key=lambda it: it.kind):
        start = partial(made_later.delete, aws, tuple(made), clock=shell.clock, report=shell.note)
        yield f"the deletion of {kind}s", start
    for one in deleted.not_empty:
        start = partial(launch_contents.empty, aws, one, report=shell.note)
        yield f"the emptying of {one.kind} {one.name}", start


def found_launch(shell: Shell, subject: str) -> tuple[LaunchRequest | None, Aws, ProvisionedProduct]:
    """A launch, and its config's request unless the subject is a name. Raises InputError, Refused."""
    from publisher.launch.provisioned import get
    from publisher.launch.request import check_account

    request = _request(shell, subject)
    aws = shell.aws(launching=True)
    if request:
        check_account(aws, request)
    return (
        request,
        aws,
        (get(aws, request.name, door=request.sagemaker_project) if request else get(aws, subject)),
    )


def _request(shell: Shell, subject: str) -> LaunchRequest | None:
    """The request of a config; None for a launch's name. Raises InputError."""
    from publisher.errors import quoted
    from publisher.launch.request import LAUNCH_NAME

    if is_config(shell, subject):
        return read_config(shell, subject)
    if not LAUNCH_NAME.fullmatch(subject):
        message = f"{quoted(subject)} is neither a launch config's file nor a launch's name"
        raise InputError(message, hint="use a file like configs/x.yaml, or the name of a launch")
    return None


def is_config(shell: Shell, subject: str) -> bool:
    """Whether a subject is a config's file: a launch may be named x.yaml."""
    return "/" in subject or (subject.endswith(_SUFFIXES) and shell.located(subject).exists())


def config_of(shell: Shell, launched: ProvisionedProduct) -> LaunchRequest | None:
    """The request of the project's config that a launch comes from, if there is one: it has the address."""
    from publisher.launch.request import LAUNCH_NAME

    path = f"configs/{launched.config}.yaml"
    # The tag is whatever somebody wrote.
    if not LAUNCH_NAME.fullmatch(launched.config) or not (shell.directory / path).is_file():
        return None
    request = read_config(shell, path)
    return request if request.name == launched.name else None


def read_config(shell: Shell, config: str) -> LaunchRequest:
    """The request of a config, by a path from the project's folder or from the current one."""
    return read_launch(shell, config)[1]


def read_launch(shell: Shell, config: str, *, suffix: str = "") -> tuple[LaunchConfig, LaunchRequest]:
    """A config and its request, with a suffix that of a test launch. Raises InputError."""
    from publisher.launch.by_form import read_request

    return read_request(shell.located(config), config, root=shell.directory, suffix=suffix)


def roles_of(
    shell: Shell, request: LaunchRequest | None, found: ProvisionedProduct
) -> tuple[OutputRoles, tuple[str, ...]]:
    """What outputs mean, and the paths of SSM parameters: as requested, or by the form of the product."""
    from publisher.declarations.form import OutputRoles, form_of, read_forms

    if request:
        return request.outputs, request.ssm
    form = form_of(found.product, read_forms(shell.directory))
    return (form.file.outputs, form.ssm(found.name)) if form else (OutputRoles(), ())


def declared(
    shell: Shell, config: LaunchConfig, request: LaunchRequest
) -> tuple[LaunchRequest, Rendered | None]:
    """With what the declarations say about the product, and the product.

    A project may have launch configs alone. Raises InputError when the declarations lack the product, or the
    launch asks for more than its role allows.
    """
    from publisher.launch.permission_checks import require_permitted

    repository = shell.repository
    if repository is None or not request.is_declared_in(repository):
        return request, None
    request = request.declared_in(repository)
    return request, require_permitted(config, request, repository)


def checking(shell: Shell, aws: Aws, rendered: Rendered | None, skip: list[str] | None) -> Checking:
    """How a launch is checked, or an update of it."""
    from publisher.launch.preflight import Checking

    operations = partial(_operations, shell, aws)
    return Checking(rendered=rendered, skip=skip or (), operations=operations)


def _operations(shell: Shell, aws: Aws) -> Aws | None:
    return shell.operations(aws, aws.account_id, aws.region)


@contextmanager
def watching(name: str, doing: str, subject: str) -> Iterator[None]:
    """An operation from its request to its end: an interrupt only ends the watching. Raises Interrupted."""
    message = f"{name}: stopped watching; the {doing} continues in AWS"
    with _interruptible(message, hint=f"run {command('outputs', subject)} to see its status"):
        yield


@contextmanager
def starting(shell: Shell, operation: str, subject: str) -> Iterator[Stop]:
    """While AWS is asked to start an operation, such as `x: the launch`; the answer says how to follow it."""
    message = f"{operation} was interrupted before AWS answered; it may continue in AWS"
    hint = f"run {command('outputs', subject)} to see its status"
    with _interruptible(message, hint=hint), shell.writing() as stop, stop.doing(shell, operation):
        yield stop


def follow_operation(shell: Shell, operation: Operation, stop: Stop | None = None) -> str:
    """Watches an operation to its end, unless a stop was requested."""
    from publisher.launch.progress import Reporter, follow

    if stop and stop.requested:
        raise KeyboardInterrupt
    reporter = Reporter(report=shell.note, detail=shell.detail)
    return follow(operation, clock=shell.clock, reporter=reporter)


def _resent(shell: Shell, aws: Aws, alerts: Alerts) -> Alerts:
    from publisher.launch.alerts import resend

    if alerts.state == "confirmed":
        shell.note(f"{alerts.endpoint}: already confirmed, no email sent")
        return alerts
    found = resend(aws, alerts)
    shell.note(f"{alerts.endpoint}: confirmation email sent")
    return found


def _awaited(shell: Shell, aws: Aws, alerts: Alerts, *, subject: str, minutes: float) -> Alerts:
    from publisher.launch.alerts import await_confirmation

    shell.note(f"{alerts.endpoint}: waiting up to {minutes:g} minutes for confirmation")
    message = f"{alerts.endpoint}: stopped waiting; the subscription is still pending"
    with _interruptible(message, hint=f"run {command('alerts', subject, '--wait')} to wait again"):
        hint = f"run {command('alerts', subject, '--resend')} to resend the email"
        return await_confirmation(aws, alerts, minutes=minutes, clock=shell.clock, hint=hint)


@contextmanager
def _interruptible(message: str, *, hint: str) -> Iterator[None]:
    """Ctrl-C ends only the watching."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(message, hint=hint) from None
