"""`local faults` and `local calls`: deliberate faults of the local endpoint, and the calls that it got."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.endpoint import emulator_errors, running_endpoint
from publisher.cli.shell import Shell
from publisher.errors import PublisherError, command

if TYPE_CHECKING:
    from catalog_emulator.server.endpoint_record import Endpoint

_PROFILE = "E.g. throttle=0.3,lost-reply:Create*=0.1,seed=7, or none; by default show the faults."


def register(commands: typer.Typer) -> None:
    """Adds the commands of this module."""
    commands.command()(faults)
    commands.command()(calls)


def faults(
    context: typer.Context,
    profile: Annotated[str | None, typer.Argument(metavar="[PROFILE]", help=_PROFILE)] = None,
) -> None:
    """Show or set the fault profile."""
    shell: Shell = context.obj
    endpoint = needed(shell)
    document = endpoint.request("/_emulator/faults") if profile is None else change(endpoint, profile)
    happened = [f"  {count} {kind}" for kind, count in document["happened"].items()]
    kinds = [f"  {kind:15} {effect}" for kind, effect in document["kinds"].items()]
    shown = [document["faults"] or "none", *happened]
    if profile is None:
        shown += ["kinds, each as kind=value or kind:operations=value:", *kinds]
    shell.result(document, *shown)


def calls(
    context: typer.Context,
    reset: Annotated[bool, typer.Option("--reset", help="Reset the counts.")] = False,
) -> None:
    """Show the number of calls by operation."""
    shell: Shell = context.obj
    document = needed(shell).request("/_emulator/calls", "DELETE" if reset else "GET")
    lines = [f"{count:6} {name}" for name, count in document["calls"].items()]
    shell.result(document, *lines, f"{document['total']:6} in total")


@emulator_errors()
def change(endpoint: Endpoint, profile: str) -> dict[str, Any]:
    """Applies another fault profile. Raises InputError for one that cannot be parsed."""
    from catalog_emulator.faults import FaultProfile

    return endpoint.request("/_emulator/faults", "PUT", str(FaultProfile.parse(profile)))


def found(shell: Shell) -> Endpoint | None:
    """The running endpoint."""
    with shell.doing("asking the local endpoint"):
        return running_endpoint(shell.directory)


def needed(shell: Shell) -> Endpoint:
    """The running endpoint. Raises PublisherError when there is none."""
    endpoint = found(shell)
    if endpoint is None:
        raise PublisherError("the local endpoint is not running", hint=f"run {command('local', 'start')}")
    return endpoint
