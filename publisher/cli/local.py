"""`local …`: the AWS endpoint on this machine."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli import faults
from publisher.cli.columns import separated
from publisher.cli.endpoint import (
    FAULTS,
    check_state_file,
    emulator_errors,
    reset_endpoint,
    start_endpoint,
    state_file_of,
    stop_endpoint,
)
from publisher.cli.shell import Shell, help_without_command
from publisher.errors import InputError, PublisherError, Refused, command

if TYPE_CHECKING:
    from catalog_emulator.server.endpoint_record import Endpoint

# They take precedence over the profile, or over AWS_ENDPOINT_URL: so do those of single services.
_OTHERS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
# What a large account takes to be written.
_SAVE_SECONDS = 600
_PROXIES, _OWN_NAMES = ("http_proxy", "https_proxy", "all_proxy"), ("127.0.0.1", "localhost")
_IGNORED, _SERVICE = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_ENDPOINT_URL_"

commands = typer.Typer(
    invoke_without_command=True,
    callback=help_without_command,
    help="Run AWS on this machine: account 111111111111, us-west-2.",
)


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    faults.register(commands)
    app.add_typer(commands, name="local")


@commands.command()
def start(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 for that of the last start, or a free one.")
    ] = 0,
    state_file: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help="Load this saved state, and save to it on stop."),
    ] = None,
    profile: Annotated[
        str,
        typer.Option(
            "--faults",
            metavar="PROFILE",
            help=f"A fault profile, e.g. throttle=0.3,lost-reply=0.1,seed=7. [env: {FAULTS}]",
        ),
    ] = "",
    refuse_records: Annotated[
        bool,
        typer.Option("--refuse-records", help="Fail for resources that no AWS API here would see."),
    ] = False,
) -> None:
    """Start the endpoint, with the resources in products/*/local.yaml."""
    shell: Shell = context.obj
    with shell.doing("starting the local endpoint"):
        endpoint, started = start_endpoint(
            shell.directory,
            note=shell.note,
            port=port,
            state_file=state_file,
            profile=profile or shell.environment.get(FAULTS, ""),
            refuse_records=refuse_records,
        )
    other = ""
    if state_file is not None and str(state_file.absolute()) != endpoint.state_file:
        other = f"already running without the state '{state_file}'"
    if port and not endpoint.url.endswith(f":{port}"):
        other = f"already running at {endpoint.url}, not at port {port}"
    if refuse_records and not endpoint.refuse_records:
        other = "already running without --refuse-records"
    if other and not started:
        raise Refused(other, hint=f"run {command('local', 'stop')} first")
    if not started and profile:
        faults.change(endpoint, profile)
    state = "started" if started else "already running"
    shell.result(_document(endpoint, running=True), f"{endpoint.url}  ({state}, pid {endpoint.pid})")


@commands.command()
def stop(
    context: typer.Context,
    discard: Annotated[bool, typer.Option("--discard", help="Do not save to the file of --state.")] = False,
) -> None:
    """Stop the endpoint; its state is lost without start --state."""
    shell: Shell = context.obj
    try:
        endpoint = faults.found(shell)
    except PublisherError as error:
        state_file = state_file_of(shell.directory)
        if state_file and not discard:
            raise PublisherError(
                f"{error.message}: its state cannot be saved to '{state_file}'", hint=_discard()
            ) from error
        endpoint = None
    if endpoint is not None and endpoint.state_file and not discard:
        _save(shell, endpoint, Path(endpoint.state_file))
        shell.note(f"saved {endpoint.state_file}")
    with shell.doing("stopping the local endpoint"):
        pid = stop_endpoint(shell.directory)
    if endpoint is not None:
        shell.result(_document(endpoint, running=False), f"{endpoint.url}  stopped")
    else:
        shell.result({"running": False}, f"stopped (pid {pid})" if pid else "not running")


@commands.command()
def save(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file; it contains keys and secrets.")],
) -> None:
    """Save the state of the endpoint, for local start --state FILE."""
    shell: Shell = context.obj
    _save(shell, faults.needed(shell), file)
    shell.result({"state_file": str(file)}, f"saved {file}")


@commands.command()
def reset(context: typer.Context) -> None:
    """Empty the account; its profiles keep working."""
    shell: Shell = context.obj
    endpoint = faults.needed(shell)
    with shell.doing("resetting the local account"):
        reset_endpoint(shell.directory, endpoint, note=shell.note)
    shell.result(_document(endpoint, running=True), f"{endpoint.url}  reset")


@commands.command()
def status(context: typer.Context) -> None:
    """Show whether the endpoint runs, and where."""
    shell: Shell = context.obj
    endpoint = faults.found(shell)
    if endpoint is None:
        shell.result({"running": False}, f"not running; start it with: {command('local', 'start')}")
    else:
        shell.result(_document(endpoint, running=True), f"{endpoint.url}  (pid {endpoint.pid})")


@commands.command("open")
def open_pages(context: typer.Context) -> None:
    """Print the link to the pages of the endpoint.

    Who has it can read them, until the endpoint stops.
    """
    shell: Shell = context.obj
    endpoint = faults.needed(shell)
    if not endpoint.site:
        raise Refused(
            "the endpoint has no pages: an older version started it",
            hint=f"run {command('local', 'stop')}, then {command('local', 'start')}",
        )
    shell.result({"link": endpoint.pages_link}, endpoint.pages_link, whole=True)


@commands.command()
def env(
    context: typer.Context,
    role: Annotated[
        str, typer.Option(help="The role, e.g. ml-team-local; by default the administrator.")
    ] = "",
) -> None:
    """Print the environment of AWS clients.

    For a shell: eval "$(publisher local env)".
    """
    from catalog_emulator.server.endpoint_record import NO_AUTHORITY

    shell: Shell = context.obj
    endpoint = faults.needed(shell)
    profiles = {"": endpoint.admin_profile, endpoint.launcher_profile: endpoint.launcher_profile}
    if role not in profiles:
        raise InputError(f"unknown role '{role}'", hint=f"use --role {endpoint.launcher_profile}, or omit it")
    variables = {
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_CONFIG_FILE": str(endpoint.config_file),
        "AWS_PROFILE": profiles[role],
        "AWS_REGION": endpoint.region,
        "AWS_DEFAULT_REGION": endpoint.region,
        # Clients that go elsewhere all the same find nobody there whom they trust.
        "AWS_CA_BUNDLE": str(NO_AUTHORITY),
    }
    if any(name.lower() in _PROXIES for name in shell.environment):
        for name in ("NO_PROXY", "no_proxy"):
            names = shell.environment.get(name) or shell.environment.get(name.swapcase(), "")
            variables[name] = ",".join(dict.fromkeys([*filter(None, names.split(",")), *_OWN_NAMES]))
    set_here = sorted(name for name in shell.environment if name == _IGNORED or name.startswith(_SERVICE))
    lines = [f"unset {shlex.join([*_OTHERS, *set_here])}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    # Version 1 of the AWS CLI has addresses of its own for SQS, EMR and others.
    # An alias would be put in place of the function's name.
    lines.append("unalias aws 2>/dev/null || :")
    lines.append(f'aws() {{ command aws --endpoint-url {endpoint.url} "$@"; }}')
    shell.result(variables, *lines, whole=True)


@commands.command()
def mail(
    context: typer.Context,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="Only the mail to this address.")] = "",
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Follow the confirmation links, as the recipients would.")
    ] = False,
) -> None:
    """Show the mail that SNS sent, oldest first."""
    shell: Shell = context.obj
    endpoint = faults.needed(shell)
    found = endpoint.request("/_emulator/mail")["mails"]
    mails = [one for one in found if to in ("", one["to"])]
    if confirm:
        for link in sorted({one["link"] for one in mails if one["link"]}):
            shell.note(f"GET {link}")
            _follow(endpoint, link)
    shell.result({"mails": mails}, *(separated(map(_letter, mails)) or ["no mail"]), whole=True)


def _follow(endpoint: Endpoint, link: str) -> None:
    try:
        endpoint.confirm(link)
    except OSError as error:
        raise PublisherError(
            f"{link}: not confirmed: {error}",
            hint=f"send a new link: {command('alerts', 'CONFIG', '--resend')}",
        ) from error


def _letter(mail: dict[str, Any]) -> list[str]:
    head = [f"To: {mail['to']}", f"Date: {mail['received']}", f"Subject: {mail['subject']}"]
    return [*head, "", *(f"  {line}".rstrip() for line in mail["body"].split("\n"))]


@emulator_errors()
def _save(shell: Shell, endpoint: Endpoint, file: Path) -> None:
    from catalog_emulator.server.endpoint_record import left_out
    from catalog_emulator.server.private_files import write_private

    check_state_file(file)
    try:
        text = endpoint.read("/_emulator/state", seconds=_SAVE_SECONDS)
        write_private(file, text)
    except OSError as error:
        reason = f"cannot write '{file}': {error.strerror}" if error.strerror else str(error)
        raise PublisherError(reason, hint=f"try again later, or stop without saving: {_discard()}") from error
    for reason in left_out(text):
        shell.note(f"not saved: {reason}")


def _document(endpoint: Endpoint, *, running: bool) -> dict[str, Any]:
    return {
        "running": running,
        "url": endpoint.url,
        "pid": endpoint.pid,
        "account_id": endpoint.account_id,
        "region": endpoint.region,
        "config_file": str(endpoint.config_file),
        "state_file": endpoint.state_file,
        "profiles": [endpoint.admin_profile, endpoint.launcher_profile],
    }


def _discard() -> str:
    return command("local", "stop", "--discard")
