"""`adopt`: takes over a catalog that others made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.shell import Shell
from publisher.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publisher.adoption.files import Draft
    from publisher.catalog.adopting import Adoptable, Adopter
    from publisher.catalog.ownership_tags import Mark
    from publisher.planning.plan import Plan
    from publisher.publishing.publication import Project, Publication

_SETTLING_SECONDS = 30


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
        typer.Option(metavar="FILE", help="Read a portfolio file of Service Catalog Factory; no AWS calls."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before marking.")] = False,
) -> None:
    """Write the files of an existing portfolio, and take it over."""
    shell: Shell = context.obj
    if bool(portfolio_id) == (factory is not None):
        raise InputError(
            "adopt takes the id of a portfolio, or --factory FILE", hint="see publisher adopt --help"
        )
    if factory is not None:
        _adopt_factory(shell, factory)
        return
    _adopt_portfolio(shell, portfolio_id, yes=yes)


def _adopt_factory(shell: Shell, path: Path) -> None:
    from publisher.adoption.factory import read_factory
    from publisher.adoption.files import families

    here = path if path.exists() else shell.directory / path
    reading = read_factory(here, regions=[shell.region or "us-east-1"], taken=families(shell.directory))
    written, kept = _write(shell, reading.files)
    lines = [f"not carried over: {it}" for it in reading.left]
    shell.result({"written": written, "kept": kept, "left": reading.left}, "\n".join(lines))


def _adopt_portfolio(shell: Shell, portfolio_id: str, *, yes: bool) -> None:
    from publisher.adoption.files import drafts
    from publisher.cli.plan_text import plan_text

    adopter, adoptable = _read(shell, portfolio_id)
    files = drafts(adoptable.portfolio, adoptable.catalog, adoptable.templates, shell.aws().region)
    written, kept = _write(shell, files)
    for left in adoptable.left:
        shell.note(f"not carried over: {left}")
    marks = _marks(shell, adoptable)
    for mark in marks:
        shell.note(f"to mark: {mark.label}")
    shell.confirm(f"mark the portfolio {portfolio_id} and what is in it?", yes=yes)
    for mark in marks:
        adopter.mark(mark)
        shell.note(f"marked {mark.label}")
    planned = _plan(shell)
    document = {
        "written": written,
        "kept": kept,
        "left": list(adoptable.left),
        "marked": [mark.label for mark in marks],
        "plans": [planned.document()],
    }
    shell.result(document, plan_text(planned, [adoptable.portfolio.name]))


def _read(shell: Shell, portfolio_id: str) -> tuple[Adopter, Adoptable]:
    from publisher.adoption.files import families
    from publisher.catalog.adopting import Adopter
    from publisher.declarations.strings import name_of

    adopter = Adopter(shell.aws())
    there, given = families(shell.directory), set[str]()

    def product_name(text: str) -> str:
        """A new name; or the one that an earlier run, which did not come to its end, gave this product."""
        others = {name for name, display_name in there.items() if display_name != text}
        name = name_of(text, others | given)
        given.add(name)
        return name

    shell.note(f"reading the portfolio {portfolio_id}")
    return adopter, adopter.read(
        portfolio_id, portfolio_name=name_of, product_name=product_name, action_name=name_of
    )


def _write(shell: Shell, files: Sequence[Draft]) -> tuple[list[str], list[str]]:
    from publisher.adoption.files import write

    written, kept = write(shell.directory, files)
    for line in [f"wrote {it}" for it in written] + [f"kept {it} as it is" for it in kept]:
        shell.note(line)
    return written, kept


def _marks(shell: Shell, adoptable: Adoptable) -> list[Mark]:
    """What makes the files and the account agree. Raises InputError when the files are not right yet."""
    project, _ = _publication(shell)
    return adoptable.marks({key: one.digest for key, one in project.rendered.items()})


def _publication(shell: Shell) -> tuple[Project, Publication]:
    """The project at this account. Raises InputError when a plan of it would."""
    from publisher.publishing.publication import Project, Publication
    from publisher.publishing.targets import Site

    project = Project.read(shell.directory)
    return project, Publication(project, Site(aws=shell.aws()))


def _plan(shell: Shell) -> Plan:
    """The plan right after; what has just been written may take its time to be seen."""
    from publisher.aws.waiting import Clock, poll

    _, publication = _publication(shell)

    def settled() -> Plan | None:
        planned = publication.plan()
        return None if planned.changes else planned

    return poll(settled, clock=Clock(), seconds=_SETTLING_SECONDS) or publication.plan()
