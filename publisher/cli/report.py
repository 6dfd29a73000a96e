"""The command that writes pages: the catalog as a folder, or the review of one launch as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.shell import Shell
from publisher.errors import counted

_FOLDER = Path(".publisher/report")


def register(app: typer.Typer) -> None:
    """Adds the command of this module."""
    app.command("report")(report)


def report(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=f"Write to this folder; by default {_FOLDER}.")
    ] = None,
) -> None:
    """Write the catalog as pages to look at, in a folder."""
    from publisher.declarations import load
    from publisher.documents import check_place, replace_all
    from publisher.report import site

    shell: Shell = context.obj
    folder = output or shell.directory / _FOLDER
    repository = shell.repository or load(shell.directory, configs=False)
    about = site.Site(search=False)
    files = site.folder(
        [site.page("index.html", "index.html", about.name, site=about, products=repository.variants)]
    )
    if output is None:
        # A clone may hold a symlink in its place.
        check_place(folder / "index.html", shell.directory)
    replace_all(folder, files, part="catalog")
    index = (folder / "index.html").absolute()
    shell.result(
        {"folder": str(folder), "files": sorted(files)},
        f"{counted(len(files), 'file')} written to {folder}",
        f"open {index.as_uri()}",
    )
