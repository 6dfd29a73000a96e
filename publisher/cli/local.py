"""`local …`: the AWS endpoint on this machine."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli import faults as faults
from publisher.cli.endpoint import FAULTS, start_endpoint
from publisher.cli.shell import Shell
from publisher.errors import InputError, PublisherError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catalog_emulator.server.record import Endpoint

_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

commands = typer.Typer(no_args_is_help=True, help="Run AWS on this machine: account 111111111111, us-west-2.")


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    faults.register(commands)
    app.add_typer(commands, name="local")


@commands.command()
def start(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 for a free one.")] = 0,
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
) -> None:
    """Start the endpoint, with the network of the example configs."""
    shell: Shell = context.obj
    endpoint, started = start_endpoint(
        shell.directory,
        note=shell.note,
        port=port,
        state_file=state_file,
        profile=profile or shell.environment.get(FAULTS, ""),
    )
    if not started and state_file is not None and str(state_file.absolute()) != endpoint.state_file:
        raise Refused(f"it runs already, without the state {state_file}", hint="publisher local stop")
    if not started and profile:
        faults.change(endpoint, profile)
    state = "started" if started else "running already"
    shell.result(_document(endpoint, running=True), f"{endpoint.url}  ({state}, pid {endpoint.pid})")


@commands.command()
def stop(
    context: typer.Context,
    discard: Annotated[bool, typer.Option("--discard", help="Do not save to the file of --state.")] = False,
) -> None:
    """Stop the endpoint; without --state everything in it is lost."""
    from catalog_emulator.server import process

    shell: Shell = context.obj
    endpoint = _running(shell)
    if endpoint is None:
        shell.result({"running": False}, "not running")
        return
    if endpoint.state_file and not discard:
        _save(endpoint, Path(endpoint.state_file))
        shell.note(f"saved {endpoint.state_file}")
    process.stop(endpoint.folder)
    shell.result(_document(endpoint, running=False), f"{endpoint.url}  stopped")


@commands.command()
def save(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file; it contains keys and secrets.")],
) -> None:
    """Save the state of the endpoint, for local start --state FILE."""
    shell: Shell = context.obj
    _save(faults.needed(shell), file)
    shell.result({"state_file": str(file)}, f"saved {file}")


@commands.command()
def status(context: typer.Context) -> None:
    """Show whether the endpoint runs, and where."""
    shell: Shell = context.obj
    endpoint = _running(shell)
    if endpoint is None:
        shell.result({"running": False}, "not running; publisher local start starts it")
    else:
        shell.result(_document(endpoint, running=True), f"{endpoint.url}  (pid {endpoint.pid})")


@commands.command()
def env(
    context: typer.Context,
    role: Annotated[
        str, typer.Option(help="The role; ml-team-local is a launcher, the default the administrator.")
    ] = "",
) -> None:
    """Print the environment of AWS clients.

    For a shell: eval "$(publisher local env)".
    """
    shell: Shell = context.obj
    endpoint = faults.needed(shell)
    profiles = {"": endpoint.admin_profile, endpoint.launcher_profile: endpoint.launcher_profile}
    if role not in profiles:
        raise InputError(f"no role '{role}' here", hint=f"--role {endpoint.launcher_profile}, or none")
    variables = {
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_CONFIG_FILE": str(endpoint.config_file),
        "AWS_PROFILE": profiles[role],
        "AWS_REGION": endpoint.region,
        "AWS_DEFAULT_REGION": endpoint.region,
    }
    # Keys in the environment would be taken before those of the profile.
    lines = [f"unset {' '.join(_KEYS)}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    shell.result(variables, "\n".join(lines))


@commands.command()
def mail(
    context: typer.Context,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="Only the mail to this address.")] = "",
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Follow the confirmation links, as the recipient would.")
    ] = False,
) -> None:
    """Show the mail that SNS sent, oldest first."""
    from catalog_emulator.server import record as state

    shell: Shell = context.obj
    endpoint = faults.needed(shell)
    found: Any = state.get(endpoint, "/_emulator/mail")["mails"]
    mails = [one for one in found if to in ("", one["to"])]
    if confirm:
        for link in sorted({one["link"] for one in mails if one["link"]}):
            shell.note(f"GET {link}")
            _follow(endpoint, link)
    shell.result({"mails": mails}, _letters(mails))


def _follow(endpoint: Endpoint, link: str) -> None:
    from catalog_emulator.server import record as state

    try:
        state.follow(endpoint, link)
    except OSError as error:
        raise PublisherError(
            f"{link}: not confirmed: {error}", hint="publisher alerts CONFIG --resend sends a new link"
        ) from error


def _letters(mails: Iterable[dict[str, Any]]) -> str:
    letters = [
        f"To: {one['to']}\nDate: {one['received']}\nSubject: {one['subject']}\n\n{one['body']}"
        for one in mails
    ]
    return "\n\n".join(letters) or "no mail"


def _save(endpoint: Endpoint, file: Path) -> None:
    from catalog_emulator.server import record as state

    try:
        text = state.follow(endpoint, f"{endpoint.url}/_emulator/state")
    except OSError as error:
        raise PublisherError(str(error), hint="publisher local stop --discard stops without") from error
    part = file.with_name(f".{file.name}.part")
    part.touch(mode=0o600)
    part.write_bytes(text)
    part.replace(file)


def _running(shell: Shell) -> Endpoint | None:
    from catalog_emulator.server import record as state

    return state.running(state.folder_of(shell.directory))


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
