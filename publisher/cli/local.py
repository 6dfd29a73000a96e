"""`local …`: the AWS endpoint on this machine."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.shell import Shell
from publisher.errors import InputError, PublisherError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from publisher.local.state import Endpoint

commands = typer.Typer(
    no_args_is_help=True, help="The AWS endpoint on this machine: account 111111111111, us-west-2."
)


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.add_typer(commands, name="local")


@commands.command()
def start(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
) -> None:
    """Start it, with the example network that the example configs read."""
    shell: Shell = context.obj
    endpoint, started = _start(shell, port=port)
    state = "started" if started else "running already"
    shell.result(_document(endpoint, running=True), f"{endpoint.url}  ({state}, pid {endpoint.pid})")


@commands.command()
def stop(context: typer.Context) -> None:
    """Stop it; what it held is gone."""
    from publisher.local import process, state

    shell: Shell = context.obj
    endpoint = process.stop(state.folder_of(shell.directory))
    if endpoint is None:
        shell.result({"running": False}, "not running")
    else:
        shell.result(_document(endpoint, running=False), f"{endpoint.url}  stopped")


@commands.command()
def status(context: typer.Context) -> None:
    """Tell whether it runs, and where."""
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
        str, typer.Option(help="Whose environment: the administrator's, or with ml-team-local a launcher's.")
    ] = "",
) -> None:
    """Print what other AWS clients need in their environment: eval "$(publisher local env)"."""
    shell: Shell = context.obj
    endpoint = _needed(shell)
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
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
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
    from publisher.local import state

    shell: Shell = context.obj
    endpoint = _needed(shell)
    found: Any = state.get(endpoint, "/_publisher/mail")["mails"]
    mails = [one for one in found if to in ("", one["to"])]
    if confirm:
        for link in sorted({one["link"] for one in mails if one["link"]}):
            shell.note(f"GET {link}")
            _follow(endpoint, link)
    shell.result({"mails": mails}, _letters(mails))


def endpoint_for(shell: Shell) -> Endpoint:
    """The endpoint that --local uses, started when needed."""
    return _start(shell)[0]


def _follow(endpoint: Endpoint, link: str) -> None:
    from publisher.local import state

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


def _start(shell: Shell, *, port: int = 0) -> tuple[Endpoint, bool]:
    from publisher.local import process, state

    endpoint, started = process.start(state.folder_of(shell.directory), port=port)
    if started:
        shell.note(f"local AWS started at {endpoint.url}: account {endpoint.account_id}, {endpoint.region}")
        _prepare(shell, endpoint)
    return endpoint, started


def _prepare(shell: Shell, endpoint: Endpoint) -> None:
    """Says what stands ready, and puts the project's starting content where the S3 configs look for it."""
    from publisher.local import example

    for line in example.contents():
        shell.note(f"  prepared {line.what} {line.name}")
    for bucket, key, body in _archives(shell):
        _s3(endpoint).put_object(Bucket=bucket, Key=key, Body=body)
        shell.note(f"  prepared source s3://{bucket}/{key}")


def _s3(endpoint: Endpoint) -> Any:
    from publisher.aws import Aws

    return Aws(
        profile=endpoint.admin_profile, endpoint_url=endpoint.url, config_file=endpoint.config_file
    ).client("s3")


def _archives(shell: Shell) -> Iterator[tuple[str, str, bytes]]:
    """(bucket, key, zip) for every example source that a config of this project names."""
    from publisher.declarations import load
    from publisher.local.example import SOURCE_BUCKETS
    from publisher.templates.content import pack

    try:
        repository = load(shell.directory)
    except InputError:
        # Whatever is wrong with the files, the command that needs them says so.
        return
    sources = {config.source: config.product for config in repository.configs}
    for (bucket, prefix), product in sorted(sources.items()):
        if bucket not in SOURCE_BUCKETS:
            continue
        for name, folder in sorted(repository.select(product)[0].family.content.items()):
            key = f"{prefix}/{name}.zip".removeprefix("/")
            yield bucket, key, pack(name, folder, shown=name).body


def _running(shell: Shell) -> Endpoint | None:
    from publisher.local import state

    return state.running(state.folder_of(shell.directory))


def _needed(shell: Shell) -> Endpoint:
    endpoint = _running(shell)
    if endpoint is None:
        raise PublisherError("the local endpoint is not running", hint="publisher local start")
    return endpoint


def _document(endpoint: Endpoint, *, running: bool) -> dict[str, Any]:
    return {
        "running": running,
        "url": endpoint.url,
        "pid": endpoint.pid,
        "account_id": endpoint.account_id,
        "region": endpoint.region,
        "config_file": str(endpoint.config_file),
        "profiles": [endpoint.admin_profile, endpoint.launcher_profile],
    }
