"""`adopt`: manage an existing portfolio, or convert files of Service Catalog Factory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from publisher.cli.shell import Shell
from publisher.errors import InputError, Interrupted, command


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("adopt")(adopt)


def adopt(
    context: typer.Context,
    portfolio_id: Annotated[
        str, typer.Argument(metavar="[PORTFOLIO_ID]", help="A portfolio of this account, e.g. port-abcd1234.")
    ] = "",
    factory: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Convert a file of Service Catalog Factory; no AWS calls."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before writing.")] = False,
) -> None:
    """Write files for an existing portfolio, and make it managed."""
    shell: Shell = context.obj
    if bool(portfolio_id) == (factory is not None):
        raise InputError(
            "adopt requires either a portfolio id or --factory FILE", hint=f"see {command('adopt', '--help')}"
        )
    if factory is not None:
        _adopt_factory(shell, factory)
        return
    _adopt_portfolio(shell, portfolio_id, yes=yes)


def _adopt_factory(shell: Shell, path: Path) -> None:
    from publisher.adoption.drafts import families, portfolios, write
    from publisher.adoption.entering import enter
    from publisher.adoption.factory import read_factory

    here, root = shell.located(path), shell.directory
    reading = read_factory(
        here,
        regions=[shell.region or "us-east-1"],
        portfolios=portfolios(root),
        families=families(root),
    )
    written, kept = write(root, reading.files)
    _note_files(shell, written, kept)
    entered, omitted = [], reading.omitted
    for entry in reading.entries:
        file, product = f"portfolio/{entry.portfolio}.yaml", entry.fields["product"]
        match enter(root / file, root, entry.fields):
            case True:
                shell.note(f"entered {product} in {file}")
                entered.append({"path": file, "product": product})
            case False:
                # JSON is YAML on one line.
                text = json.dumps(entry.fields)
                omitted.append(f"product {product} in {file}: add to its products: - {text}")
    document = {"written": written, "kept": kept, "entered": entered, "omitted": omitted}
    shell.result(document, *(f"not adopted: {it}" for it in omitted))


def _adopt_portfolio(shell: Shell, portfolio_id: str, *, yes: bool) -> None:
    from publisher.adoption.portfolio import Adoption
    from publisher.cli.plan_text import plan_text
    from publisher.publishing.project import Project
    from publisher.publishing.publication import Publication
    from publisher.publishing.version_differences import published_digests

    target = shell.target()
    shell.note(f"reading the portfolio {portfolio_id}")
    adoption = Adoption(shell.directory, target.aws, portfolio_id)
    written, kept = adoption.write_files()
    _note_files(shell, written, kept)
    for it in adoption.omitted:
        shell.note(f"not adopted: {it}")
    # Whatever the next plan would refuse is reported before the first write.
    project = Project.read(shell.directory)
    publication = Publication(project, target)
    writes = adoption.ownership_writes(published_digests(adoption.templates, project.rendered))
    foreseen = publication.plan(written=writes)
    for write in writes:
        shell.note(f"to adopt: {write.label}")
    shell.confirm(f"adopt the portfolio {portfolio_id} and its contents?", yes=yes)
    document: dict[str, Any] = {"written": written, "kept": kept, "omitted": list(adoption.omitted)}
    adopted = 0
    with shell.writing() as stop:
        try:
            for write in writes:
                with stop.doing(write, write.label):
                    adoption.write(write)
                adopted += 1
                shell.note(f"adopted {write.label}")
                if stop.requested:
                    break
        except KeyboardInterrupt:
            stop.requested = True
    document["adopted"] = [write.label for write in writes[:adopted]]
    if stop.requested:
        left = [write.label for write in writes[adopted:]]
        failure = Interrupted(
            f"interrupted: {adopted} of {len(writes)} adopted",
            hint="run the same command again: it continues from there",
        )
        lines = (f"not adopted yet: {label}" for label in left)
        shell.result(document | {"not_adopted": left}, *lines, failure=failure)
    planned = publication.stable_plan(foreseen)
    shell.result(document | {"plans": [planned.document()]}, *plan_text(planned, [adoption.name]))


def _note_files(shell: Shell, written: list[str], kept: list[str]) -> None:
    for path in written:
        shell.note(f"wrote {path}")
    for path in kept:
        shell.note(f"kept {path}, which already exists")
