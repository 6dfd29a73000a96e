"""The command that makes a launch, and removes one that was a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from publisher.cli.launches import (
    Config,
    Expires,
    Portfolio,
    Skip,
    Version,
    checking,
    declared,
    follow_operation,
    read_launch,
    starting,
    terminated,
    watching,
)
from publisher.cli.shell import Shell
from publisher.cli.updates import updated_if_safe
from publisher.errors import InputError, Interrupted, PublisherError, command


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command("launch")(launch)


def launch(
    context: typer.Context,
    config: Config,
    version: Version = "",
    portfolio: Portfolio = "",
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until it has finished.")] = True,
    skip: Skip = None,
    test: Annotated[bool, typer.Option("--test", help="Launch a copy with names of its own.")] = False,
    remove_after: Annotated[
        bool, typer.Option("--remove-after", help="With --test: remove it at the end, also if it fails.")
    ] = False,
    expires: Expires = "",
) -> None:
    """Launch a config, and show its outputs."""
    from secrets import token_hex

    from publisher.cli.launch_text import details_text
    from publisher.launch.expiry import expiry_date
    from publisher.launch.operations import operations_of
    from publisher.launch.outputs import describe
    from publisher.launch.preflight import prepare
    from publisher.launch.provisioned import get

    shell: Shell = context.obj
    if remove_after and not (test and wait):
        raise InputError("--remove-after needs --test and --wait", hint="add --test, and leave out --no-wait")
    # A run that is killed leaves the launch, which then is found by its date.
    expires = expires or ("1d" if remove_after else "")
    date = expiry_date(expires, shell.clock.date()) if expires else ""
    suffix = f"t{token_hex(2)}" if test else ""
    request, rendered = declared(shell, *read_launch(shell, config, suffix=suffix))
    request = replace(request, expires=date)
    subject = request.name if test else config
    aws = shell.aws(launching=True)
    how = checking(shell, aws, rendered, skip)
    if not (test or expires) and updated_if_safe(
        shell, aws, request, subject=subject, version=version, wait=wait, how=how
    ):
        return
    prepared = prepare(
        aws,
        request,
        version=version,
        portfolio=portfolio,
        report=shell.note,
        checking=how,
    )
    end = partial(_removed, shell, request.name) if remove_after else None
    with _ending(request.name, end), watching(request.name, "launch", subject):
        with starting(shell, f"{request.name}: the launch", subject) as stop:
            operation = operations_of(request.sagemaker_project).launch(aws, prepared)
        if remove_after:
            operation = replace(operation, again="launch again")
        as_stack = f"{request.product} {prepared.version.name} as {operation.stack}"
        shell.note(f"{request.name}: launching {as_stack}")
        stack = follow_operation(shell, operation, stop) if wait or stop.requested else ""
        found = get(aws, request.name, door=request.sagemaker_project)
        # The search that finds these may not find a very new launch.
        found = replace(
            found,
            version=found.version or prepared.version.name,
            stack=found.stack or stack,
            tags={**request.all_tags, **found.tags},
        )
        details = describe(
            aws, found, roles=request.outputs, ssm=request.ssm, endpoint=request.alerts_address
        )
    document, lines = details.document(), details_text(details, subject=subject)
    if remove_after:
        document["status"] = "TERMINATED"
        lines += ["", f"{request.name}: removed"]
    elif test:
        document["remove"] = command("terminate", request.name, "--force", "--empty")
        lines += ["", f"remove it: {document['remove']}"]
    shell.result(document, *lines)


@contextmanager
def _ending(name: str, end: Callable[[], object] | None) -> Iterator[None]:
    """What ends with something, also when it failed, but not when it was interrupted: then it says so.

    An error of the end itself, e.g. while the launch goes on, comes after the first one.
    """
    remove = command("terminate", name, "--force", "--empty")
    try:
        yield
    except Interrupted as error:
        if end is None:
            raise
        raise Interrupted(error.message, hint=f"{error.hint}; nothing removes it: run {remove}") from error
    except PublisherError as error:
        try:
            if end is not None:
                end()
        except Interrupted:
            raise
        except PublisherError as refused:
            error.hint = f"{error.hint}; not removed: {refused.message}: when it has ended run {remove}"
        raise
    if end is not None:
        end()


def _removed(shell: Shell, name: str) -> None:
    """Removes a test launch with all that it holds, if there is one."""
    from publisher.launch.provisioned import find

    if find(shell.aws(launching=True), name) is None:
        return
    shell.note(f"{name}: removing it")
    _, lines = terminated(shell, name, force=True, empty=True)
    shell.note(*lines)
