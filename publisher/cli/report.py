"""The command that writes pages: the catalog as a folder, or the review of one launch as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.launches import Config, Portfolio, Skip, Version
from publisher.cli.shell import Shell
from publisher.errors import InputError, command, counted

_FOLDER = Path(".publisher/report")


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command("report")(report)


def report(
    context: typer.Context,
    config: Config = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=f"Write to this folder; by default {_FOLDER}.")
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="With CONFIG: make no AWS call; the page says what is left out.")
    ] = False,
    version: Version = "",
    portfolio: Portfolio = "",
    skip: Skip = None,
) -> None:
    """Write the catalog, or the review of a launch, as pages.

    With CONFIG it is one file to read, print and sign before launch or update. It is also written when the
    launch would be refused, and the exit code is then 3, as that of preflight.
    """
    from publisher.cli.catalogue_sources import source_of_account, source_of_files
    from publisher.cli.review import review
    from publisher.documents import check_place, replace_all
    from publisher.report.catalogue_folder import catalogue_files

    shell: Shell = context.obj
    folder = output or shell.directory / _FOLDER
    # A clone may hold a symlink in the place of the default folder.
    check_place(folder / "index.html", output or shell.directory)
    if config:
        review(shell, config, folder, offline=offline, version=version, portfolio=portfolio, skip=skip)
        return
    if offline or version or portfolio or skip:
        raise InputError(
            "--offline, --version, --portfolio and --skip are of the review of a launch",
            hint=f"name its config: {command('report', 'configs/x.yaml')}",
        )
    source = source_of_account(shell) if shell.names_account else source_of_files(shell)
    shell.note("writing pages")
    with shell.progress() as step:
        files = catalogue_files(source, step)
    replace_all(folder, files, part="catalog")
    index = (folder / "index.html").resolve()
    shell.result(
        {"folder": str(folder), "files": sorted(files)},
        f"{counted(len(files), 'file')} written to {folder}",
        f"open {index.as_uri()}",
    )
