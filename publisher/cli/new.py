"""`init` and `new …`: a new repository, and new families in one."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.shell import Shell, help_without_command
from publisher.errors import InputError, Problem, command, counted, errors, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from publisher.declarations.portfolio import PortfolioFile

_LOCAL = ("--local",)

commands = typer.Typer(
    invoke_without_command=True,
    callback=help_without_command,
    help="Add products and configs to a repository.",
)


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command("init")(init)
    app.add_typer(commands, name="new")


def init(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder, new or empty.")],
    portfolio: Annotated[
        str, typer.Option(metavar="NAME", help="The portfolio; by default named like the folder.")
    ] = "",
    family: Annotated[str, typer.Option(metavar="NAME", help="The first family of products.")] = "file-store",
    account_id: Annotated[
        str,
        typer.Option(
            metavar="ID", help="The account to publish to, with --region; by default the local one."
        ),
    ] = "111111111111",
) -> None:
    """Start a repository that is complete and works locally."""
    from publisher.declarations.strings import name_of
    from publisher.documents import fill_folder
    from publisher.starter.files import Names, repository_files

    shell: Shell = context.obj
    there = shell.directory / folder
    names = Names(
        portfolio=portfolio or name_of(there.resolve().name),
        family=family,
        account=account_id,
        region=shell.region or "us-west-2",
    )
    files = repository_files(names)
    fill_folder(there, files, beside=(".git",))
    # For a run in the new folder, whatever the options of this one are.
    going = [] if there.resolve() == Path.cwd() else [f"cd {shlex.quote(str(there))}"]
    following = [*going, *map(command.portable, _first_launch(files))]
    document = {"folder": str(there), "written": list(files), "next": following}
    shell.result(
        document, f"{counted(len(files), 'file')} written to {there}", "next:", *_indented(following)
    )


@commands.command()
def product(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the new family.")],
    from_: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help="A CloudFormation template; by default an example."),
    ] = None,
    portfolio: Annotated[
        str, typer.Option(metavar="NAME", help="The portfolio for it; by default the only one.")
    ] = "",
) -> None:
    """Add a family of products, and report what is wrong with it."""
    from publisher.declarations.repository import declared, read_all
    from publisher.documents import check_inside
    from publisher.starter.adding import add_family
    from publisher.starter.family import files_of
    from publisher.starter.files import Names, check_name, family_files

    shell: Shell = context.obj

    def make(holder: PortfolioFile) -> dict[str, bytes]:
        if from_ is None:
            return family_files(Names(portfolio=holder.name, family=name))
        check_name("family", name)
        template = shell.located(from_)
        check_inside(template, shell.directory)
        return files_of(template, name, owner=holder.provider_name)

    added = add_family(read_all(shell.directory, declared(shell.directory)), name, make, portfolio)
    problems = _problems(shell, name, added.portfolio)
    following = [command("validate")] if errors(problems) else _first_launch(added.files)
    document = {
        "family": name,
        "portfolio": added.portfolio.name,
        "written": sorted(added.files),
        "missing": list(added.missing),
        "problems": [problem.document() for problem in problems],
        "next": following,
    }
    shell.result(
        document,
        *(f"wrote {path}" for path in sorted(added.files)),
        # JSON is YAML on one line.
        *(f"add to products in {added.portfolio.path}: - {json.dumps(it)}" for it in added.missing),
        *(line for problem in problems for line in (str(problem), f"  hint: {problem.hint}")),
        "next:",
        *_indented(following),
    )


@commands.command()
def config(
    context: typer.Context,
    key: Annotated[str, typer.Argument(metavar="PRODUCT", help="A product, as list shows it.")],
) -> None:
    """Print a launch config of a product, to fill in."""
    from publisher.publishing.project import render_products
    from publisher.starter.family import config_text
    from publisher.templates.interface import Interface

    shell: Shell = context.obj
    repository, rendered = render_products(shell.directory, key, then=tuple)
    if len(rendered) > 1:
        raise InputError(f"{quoted(key)} matches {len(rendered)} products", hint="name one of them")
    one = rendered[0]
    form = next((it for it in repository.forms if it.family == one.family), None)
    text = config_text(one.product, Interface.of(one.template), form=form, axes=one.variant.axes)
    shell.result({"product": one.product, "config": text}, *text.splitlines(), whole=True)


def _problems(shell: Shell, family: str, portfolio: PortfolioFile) -> list[Problem]:
    """What validate and lint find in a family, and in the portfolio that holds it."""
    from publisher.bootstrap.roles import DerivedRoles
    from publisher.declarations.repository import declared
    from publisher.publishing.project import check_files
    from publisher.report.rules import TEMPLATE_CHECKS
    from publisher.templates.lint import lint_each

    checked = check_files(shell.directory, declared(shell.directory), roles=DerivedRoles().check)
    rendered = [it for it in checked.rendered.values() if it.family == family]
    paths = {portfolio.path, *(it.path for it in rendered)}
    found = [
        it
        for it in checked.problems
        if it.where.path in paths or it.where.path.startswith(f"products/{family}/")
    ]
    shell.note(f"linting {counted(len(rendered), 'template')}")
    work = [(it, tuple(portfolio.regions)) for it in rendered]
    return sorted([*found, *lint_each(work, rules=TEMPLATE_CHECKS)], key=lambda it: it.sort_key)


def _first_launch(files: Iterable[str]) -> list[str]:
    """Commands that publish locally, and launch a config if one of the files is complete."""
    configs = [it for it in files if it.startswith("configs/") and it.endswith("-reports.yaml")]
    publish = command("sync", "--bootstrap", "--yes", account=_LOCAL)
    return [publish, *(command("launch", it, account=_LOCAL) for it in configs)]


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
