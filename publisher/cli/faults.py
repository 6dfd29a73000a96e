"""`local weather` and `local calls`: faults on purpose at the local endpoint, and what was called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.endpoint import emulator_errors
from publisher.cli.shell import Shell
from publisher.errors import PublisherError

if TYPE_CHECKING:
    from catalog_emulator.server.record import Endpoint

_PROFILE = "Such as throttle=0.3,lost-reply:Create*=0.1,seed=7; or: none. Without, it is shown."


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
    document = _asked(endpoint, "GET", "faults") if profile is None else change(endpoint, profile)
    happened = [f"  {count} {kind}" for kind, count in document["happened"].items()]
    kinds = [f"  {kind:15} {happens}" for kind, happens in document["kinds"].items()]
    shown = [document["faults"] or "none", *happened]
    if profile is None:
        shown += ["kinds, each as kind=value or kind:operations=value:", *kinds]
    shell.result(document, "\n".join(shown))


def calls(
    context: typer.Context,
    reset: Annotated[bool, typer.Option("--reset", help="Reset the counts.")] = False,
) -> None:
    """Show the number of calls by operation."""
    shell: Shell = context.obj
    document = _asked(needed(shell), "DELETE" if reset else "GET", "calls")
    lines = [f"{count:6} {name}" for name, count in document["calls"].items()]
    shell.result(document, "\n".join([*lines, f"{document['total']:6} in all"]))


@emulator_errors()
def change(endpoint: Endpoint, profile: str) -> dict[str, Any]:
    """Other weather from now on. Raises InputError for a forecast that is none."""
    from catalog_emulator.faults import FaultProfile

    return _asked(endpoint, "PUT", "faults", str(FaultProfile.parse(profile)))


def _asked(endpoint: Endpoint, method: str, page: str, body: str = "") -> dict[str, Any]:
    from catalog_emulator.server import record as state

    return state.ask(endpoint, method, f"/_emulator/{page}", body)


def needed(shell: Shell) -> Endpoint:
    """The running endpoint. Raises PublisherError when there is none."""
    from catalog_emulator.server import record as state

    endpoint = state.running(state.folder_of(shell.directory))
    if endpoint is None:
        raise PublisherError("the local endpoint is not running", hint="publisher local start")
    return endpoint
