"""The Typer application: global options, the groups of commands, and one place where errors become exits."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.main import get_command

from publisher.aws.waiting import Clock
from publisher.cli import (
    adopt,
    bootstrap,
    catalog,
    collect,
    declarations,
    diff,
    drift,
    fleet,
    github,
    launches,
    launching,
    local,
    new,
    pipeline,
    policy,
    preflight,
    products,
    report,
    seed,
    status,
    updates,
    versions,
)
from publisher.cli.progress import Ticker
from publisher.cli.run_log import installed_versions
from publisher.cli.shell import Shell, help_without_command
from publisher.cli.signals import Signals
from publisher.errors import Interrupted, PublisherError

if TYPE_CHECKING:
    from publisher.aws.clients import Aws

# Newer Typer carries its own copy of click and exports only the leaf.
UsageError: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError"
)

# The options of `options` below: flags, and those that take a value.
FLAGS = frozenset({"--local", "--json", "--no-cache", "--quiet", "-q", "--verbose", "-v"})
VALUED = frozenset({"--directory", "-C", "--profile", "--region", "--target", "--log"})

app = typer.Typer(
    name="publisher",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    context: typer.Context,
    directory: Annotated[Path, typer.Option("--directory", "-C", help="The project's folder.")] = Path(),
    local_endpoint: Annotated[
        bool, typer.Option("--local", help="Use the AWS endpoint on this machine; start it if needed.")
    ] = False,
    profile: Annotated[str, typer.Option(help="A profile of your AWS configuration.")] = "",
    region: Annotated[str, typer.Option(help="A Region, e.g. us-west-2.")] = "",
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TARGET",
            help="A target of configs/targets.yaml, e.g. hub or hub/us-west-2; repeatable.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the result and errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print details and AWS calls.")] = False,
    log: Annotated[Path | None, typer.Option(help="Append progress and AWS calls to this file.")] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Render and check everything again; keep no results.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the installed versions.")] = False,
) -> None:
    """Publish files as AWS Service Catalog portfolios, and launch their products."""
    if version:
        found = installed_versions()
        context.obj.result(found, *(f"{name} {number}" for name, number in found.items()))
        raise typer.Exit
    help_without_command(context)
    context.obj.configure(
        directory=directory,
        local=local_endpoint,
        profile=profile,
        region=region,
        targets=target or (),
        as_json=as_json,
        quiet=quiet,
        verbose=verbose,
        log=log,
        cache=not no_cache,
    )


for group in (
    declarations,
    products,
    diff,
    versions,
    report,
    catalog,
    collect,
    status,
    adopt,
    bootstrap,
    pipeline,
    policy,
    github,
    preflight,
    launches,
    launching,
    fleet,
    updates,
    drift,
    seed,
    new,
    local,
):
    group.register(app)
command = get_command(app)


def global_first(words: list[str]) -> list[str]:
    """Moves global options to the front, but not what follows `--`."""
    end = words.index("--") if "--" in words else len(words)
    moved: list[str] = []
    left: list[str] = []
    rest = iter(words[:end])
    for word in rest:
        if word in FLAGS or word.startswith(tuple(f"{name}=" for name in VALUED)):
            moved.append(word)
        elif word in VALUED and (value := next(rest, None)) is not None:
            moved += [word, value]
        else:
            left.append(word)
    return moved + left + words[end:]


def execute(argv: list[str], *, connect: Callable[..., Aws] | None, clock: Clock, ticker: Ticker) -> int:
    """Runs one command line; every failure leaves through here."""
    signals = Signals()
    shell = Shell(
        environment=os.environ,
        stdin=sys.stdin,
        stdout=sys.stdout,
        stderr=sys.stderr,
        connect=connect,
        clock=clock,
        signals=signals,
    )
    # Usage errors are raised before the options are read.
    shell.as_json, shell.words = "--json" in argv, argv
    with signals.received():
        with ticker(shell.tick):
            code = _run(shell, argv)
        return shell.close(code)


def _run(shell: Shell, argv: list[str]) -> int:
    try:
        code = command(global_first(argv), prog_name="publisher", obj=shell, standalone_mode=False)
        # Newer Typer returns this code on Ctrl-C, and prints nothing.
        if code == Interrupted.exit_code:
            return shell.interrupted()
        return code if isinstance(code, int) else 0
    except PublisherError as error:
        return shell.fail(error)
    except typer.Exit as exit_:
        return exit_.exit_code
    except typer.Abort:
        return shell.interrupted()
    except UsageError as error:
        return shell.misused(_message(error), help_command=_help_command(error))
    except KeyboardInterrupt:
        return shell.interrupted()
    except OSError as error:
        return shell.failed_io(error)
    except Exception as error:
        return shell.broken(error)


def _message(error: Exception) -> str:
    words: str = getattr(error, "format_message", error.__str__)()
    return words


def _help_command(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    return f"{context.command_path if context is not None else 'publisher'} --help"
