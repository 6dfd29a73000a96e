"""`release` and `rollback`: the next version of a family, and back to an older one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from publisher.cli.shell import Shell
from publisher.errors import command


class Bump(StrEnum):
    """How much a version changes for launches."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("release")(release)


def release(
    context: typer.Context,
    family: Annotated[str, typer.Argument(help="A family: a folder of products/.")],
    bump: Annotated[
        Bump | None, typer.Option("--bump", help="At least this much; by default what the changes need.")
    ] = None,
) -> None:
    """Write a family's next version and changelog entry."""
    from publisher.cli.changelog_text import entry
    from publisher.documents import write_all
    from publisher.model import step_between
    from publisher.publishing.family_changes import bump_of, level_of
    from publisher.publishing.release import new_files, prepare_release

    shell: Shell = context.obj
    prepared = prepare_release(shell.directory, family, bump.value if bump else None)
    step = step_between(prepared.before, prepared.after) if prepared.before else None
    level = level_of(prepared.changes)
    axes = {it.key: it.axes for it in prepared.family.variants}
    text = entry(prepared.after, step, level, prepared.changes, axes)
    files = new_files(shell.directory, prepared, text)
    write_all(shell.directory, files)
    document = {
        "family": family,
        "before": prepared.before or None,
        "after": prepared.after,
        "since": prepared.since or None,
        "bump": bump_of(prepared.changes),
        "level": level,
        "written": sorted(files),
        "entry": text,
    }
    commit = f"git commit -m '{family} {prepared.after}' -- products/{prepared.family.folder.name}"
    shell.result(
        document,
        f"{family} {prepared.after}" + (f", changes since {prepared.since}" if prepared.since else ""),
        *text.splitlines(),
        f"written: {', '.join(sorted(files))}",
        f"next: edit the entry as you like, run git add {prepared.changelog} and {commit}; then "
        f"{command('plan')}",
    )
