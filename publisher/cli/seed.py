"""The command seed: prepares the bucket that a launch reads its starting content from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.columns import Block, columns
from publisher.cli.launches import Config, read_config
from publisher.cli.shell import Shell
from publisher.errors import InputError, Interrupted, command, counted

if TYPE_CHECKING:
    from publisher.launch.request import LaunchRequest
    from publisher.launch.source_bucket import SeedStep


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("seed")(seed)


def seed(
    context: typer.Context,
    config: Config,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Prepare the bucket that a launch reads its sources from."""
    from publisher.aws.calls import aws_errors
    from publisher.launch.request import check_account
    from publisher.launch.source_bucket import observe, steps, write

    shell: Shell = context.obj
    request = read_config(shell, config)
    aws = shell.aws(launching=True)
    check_account(aws, request)
    archives = _archives(shell.directory, request)
    bucket, prefix = request.content
    with aws_errors(f"{bucket}: cannot read the bucket, which must be of account {aws.account_id}"):
        found = observe(aws, bucket, archives)
    planned = steps(found, archives, region=aws.region)
    kept = sorted(found.objects)
    if planned:
        shell.note(f"source s3://{'/'.join(filter(None, (bucket, prefix)))}", *_text(planned, kept))
        shell.confirm(f"Write {counted(len(planned), 'change')} to bucket {bucket}?", yes=yes)
    statuses = dict.fromkeys(map(str, planned), "not attempted")
    with shell.writing() as stop:
        for step in planned:
            if stop.requested:
                break
            with stop.doing(step, str(step)):
                statuses[str(step)] = write(aws, bucket, step)
                shell.note(f"{step}: {statuses[str(step)]}")
    failure = None
    if "not attempted" in statuses.values():
        hint = f"run {command('seed', config)} to continue"
        failure = Interrupted(f"{bucket}: interrupted before all was written", hint=hint)
    document = {
        "bucket": bucket,
        "prefix": prefix,
        "region": aws.region,
        "changes": [
            {"action": it.action, "name": it.name, "detail": it.detail, "status": statuses[str(it)]}
            for it in planned
        ],
        "kept": kept,
    }
    done = sum(status == "done" for status in statuses.values())
    summary = f"{counted(done, 'change')} done" if planned else "nothing to do"
    shell.result(document, f"bucket {bucket}: {summary}", failure=failure)


def _text(planned: list[SeedStep], kept: list[str]) -> list[Block]:
    rows = [(it.action, it.name, it.detail) for it in planned]
    return columns([*rows, *(("keep", key, "already there") for key in kept)], indent="  ")


def _archives(root: Path, request: LaunchRequest) -> dict[str, bytes]:
    """The starting content of the product's family by its key in the bucket. Raises InputError."""
    from publisher.declarations import load
    from publisher.launch.source_bucket import archives_of

    bucket, prefix = request.content
    if not bucket:
        raise InputError(
            f"{request.path}: the launch reads no sources from a bucket",
            hint="choose a config whose source is a bucket",
        )
    (variant,) = load(root, configs=False).select(request.product)
    return archives_of(variant.family, prefix)
