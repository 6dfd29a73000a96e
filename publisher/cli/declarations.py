"""The commands over the files alone: validate, list, schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.columns import Block, columns, separated
from publisher.cli.findings import Findings, FindingsFormat, FormatOption, SarifOption, rendered_files
from publisher.cli.output import json_lines
from publisher.cli.shell import Shell
from publisher.errors import InputError, Problem, command, counted, errors

if TYPE_CHECKING:
    from publisher.declarations import Repository
    from publisher.declarations.repository import Reading


class Kind(StrEnum):
    """The kinds of files that people write."""

    PORTFOLIO = "portfolio"
    PRODUCT = "product"
    FORM = "form"
    CONFIG = "config"
    TARGETS = "targets"
    PIPELINE = "pipeline"


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""

    @app.command()
    def validate(
        context: typer.Context,
        paths: Annotated[
            list[Path] | None,
            typer.Argument(metavar="[PATH]...", help="Files or folders; by default everything."),
        ] = None,
        watched: Annotated[
            bool, typer.Option("--watch", help="Go on with each file that is saved, until Ctrl-C.")
        ] = False,
        list_rules: Annotated[
            bool, typer.Option("--list-rules", help="Print the table of all rules.")
        ] = False,
        format_: FormatOption = FindingsFormat.TEXT,
        sarif: SarifOption = None,
    ) -> None:
        """Check declarations and configs, and templates quickly."""
        shell: Shell = context.obj
        if list_rules:
            _list_rules(shell)
            return
        from publisher.declarations.schema import missing
        from publisher.templates.quick_check import is_installed

        located = [shell.located(it) for it in paths or []]
        if not is_installed():
            shell.detail("no quick check of templates: cloudformation-validate is not installed")
        if watched:
            _watch(shell, located)
            return
        findings = Findings(shell, format_, sarif)
        problems, reading, chosen, notes = _checked(shell.directory, located)
        shell.note(*notes)
        for name in missing(shell.directory, sorted(chosen)):
            shell.note(
                f"{name} is not there, but files name it for editors: run {command('schema', '--write')}"
            )
        lines = _report(problems, reading, chosen)
        findings.show(problems, lines, rendered_files(reading.families))

    @app.command("list")
    def list_(
        context: typer.Context,
        globs: Annotated[
            list[str] | None,
            typer.Argument(metavar="[PRODUCT]...", help="Products or globs; by default all."),
        ] = None,
    ) -> None:
        """List portfolios and products."""
        from publisher.declarations import load

        shell: Shell = context.obj
        repository = load(shell.directory, configs=False)
        document = _listing(repository, globs or [])
        shell.result(document, *_tables(document))

    @app.command()
    def schema(
        context: typer.Context,
        kind: Annotated[Kind | None, typer.Argument(metavar="KIND", help="The kind of file.")] = None,
        write: Annotated[bool, typer.Option("--write", help="Write all kinds to docs/schema/.")] = False,
    ) -> None:
        """Print the JSON Schema of a kind of file, for editors."""
        from publisher.declarations.form import read_forms
        from publisher.declarations.schema import schema_files, schema_of
        from publisher.documents import write_all

        shell: Shell = context.obj
        if (kind is None) != write:
            raise InputError("a kind of file, or --write, is required", hint=f"kinds are {', '.join(Kind)}")
        forms = read_forms(shell.directory)
        if kind is not None:
            schema = schema_of(kind.value, forms)
            shell.result(schema, *json_lines(schema), whole=True)
            return
        files = schema_files(forms)
        write_all(shell.directory, {name: text.encode() for name, text in files.items()})
        shell.result({"written": list(files)}, *(f"{name} written" for name in files))


def _watch(shell: Shell, paths: Sequence[Path]) -> None:
    from publisher.cli.watch import Verdict, watch

    def verdict(saved: Sequence[Path]) -> Verdict:
        problems, reading, chosen, notes = _checked(shell.directory, saved)
        shell.note(*notes)
        document = {"files": sorted(chosen), "problems": [problem.document() for problem in problems]}
        return document, _report(problems, reading, chosen)

    watch(shell, paths, verdict)


def _checked(root: Path, paths: Sequence[Path]) -> tuple[list[Problem], Reading, set[str], list[str]]:
    """The problems of the requested files, all that was read, the requested files' names, and notes."""
    from publisher.bootstrap.roles import DerivedRoles
    from publisher.declarations.form import FORM_FILE
    from publisher.declarations.repository import declared
    from publisher.documents import relative
    from publisher.launch.template_checks import check_launches
    from publisher.publishing.bump_checks import bumps_since_git
    from publisher.publishing.project import check_files

    files = declared(root)
    names = {relative(path, root) for path in files}
    requested = {relative(path, root): path for path in _expanded(root, paths, files)} if paths else {}
    every = [*files, *(path for name, path in requested.items() if name not in names)]
    checked = check_files(root, every, roles=DerivedRoles().check, only=set(requested), quick=True)
    templates = {key: one.template for key, one in checked.rendered.items() if one.archive is None}
    repository = checked.reading.repository()
    families = [it for it in repository.families if not requested or it.document.path in requested]
    bumps, notes = bumps_since_git(root, replace(repository, families=tuple(families)), checked.rendered)
    problems = [*checked.problems, *check_launches(repository, templates), *bumps]
    chosen = set(requested) or names
    reading = checked.reading
    # A config is no better than the form that it is read by.
    forms = {it.form.document.path for it in reading.configs if it.path in chosen}
    if chosen.intersection(reading.unread):
        forms.update(it for it in reading.files if PurePosixPath(it).name == FORM_FILE)
    chosen |= forms.intersection(_owner(it, reading) for it in problems)
    shown = [it for it in problems if not requested or _owner(it, reading) in chosen]
    notes += checked.quick.notes
    return sorted(shown, key=lambda problem: problem.sort_key), reading, chosen, notes


def _owner(problem: Problem, reading: Reading) -> str:
    """The file that a problem counts for: that of the family, if it is in one of its templates."""
    path = problem.where.path
    if path in reading.files:
        return path
    bodies = {f"{it.key}.template.yaml": family for family in reading.families for it in family.variants}
    folders = {PurePosixPath(it.document.path).parent: it for it in reading.families}
    within = (folders[it] for it in PurePosixPath(path).parents if it in folders)
    family = bodies.get(path) or next(within, None)
    return family.document.path if family else path


def _expanded(root: Path, paths: Sequence[Path], files: Sequence[Path]) -> Iterator[Path]:
    """The files that the paths stand for: another file of a family, e.g. of its template, for the family."""
    from publisher.declarations.form import PRODUCTS
    from publisher.declarations.repository import PRODUCT_FILE
    from publisher.documents import relative

    known = {relative(file, root): file for file in files}
    for here in paths:
        if not here.is_dir():
            parts = PurePosixPath(relative(here, root)).parts
            family = known.get("/".join((*parts[:2], PRODUCT_FILE))) if parts[:1] == (PRODUCTS,) else None
            yield family if family and "/".join(parts) not in known and here.is_file() else here
            continue
        folder = PurePosixPath(relative(here, root))
        below = [file for file in files if PurePosixPath(relative(file, root)).is_relative_to(folder)]
        if not below:
            message = f"no declarations in '{relative(here, root)}'"
            raise InputError(message, hint="pass files, or one of the folders portfolio, products, configs")
        yield from below


def _report(problems: Sequence[Problem], reading: Reading, chosen: set[str]) -> list[str]:
    lines = [line for problem in problems for line in (str(problem), f"  hint: {problem.hint}")]
    wrong = {*reading.unread, *(_owner(problem, reading) for problem in errors(problems))}
    count = len(errors(problems))
    warned = f", {counted(len(problems) - count, 'warning')}" if count < len(problems) else ""
    if count:
        ok = f"{len(chosen - wrong)} of {len(chosen)} files OK"
        return [*lines, f"{counted(count, 'problem')}{warned}; {ok}"]
    parts = [
        counted(sum(each.path in chosen for each in reading.portfolios), "portfolio"),
        counted(
            sum(len(each.variants) for each in reading.families if each.document.path in chosen), "product"
        ),
        counted(sum(each.path in chosen for each in reading.configs), "launch config"),
    ]
    return [*lines, f"{counted(len(chosen), 'file')} OK: {', '.join(parts)}{warned}"]


def _listing(repository: Repository, globs: Sequence[str]) -> dict[str, Any]:
    held = {
        portfolio.name: [variant.key for variant in repository.variants_of(portfolio)]
        for portfolio in repository.portfolios
    }
    return {
        "portfolios": [
            {
                "name": portfolio.name,
                "display_name": portfolio.display_name,
                "products": held[portfolio.name],
                "principals": [principal.principal_arn for principal in portfolio.principals],
            }
            for portfolio in repository.portfolios
        ],
        "products": [
            {
                "product": variant.key,
                "family": variant.family.name,
                "version": variant.family.version,
                "display_name": variant.display_name,
                "axes": dict(variant.axes),
                "portfolios": [name for name, keys in held.items() if variant.key in keys],
            }
            for variant in repository.select(*globs)
        ],
    }


def _tables(document: dict[str, Any]) -> list[Block]:
    portfolios = [
        (each["name"], each["display_name"], str(len(each["products"])), ", ".join(each["principals"]))
        for each in document["portfolios"]
    ]
    products = [
        (
            each["product"],
            each["version"],
            " ".join(f"{axis}={value}" for axis, value in each["axes"].items()),
            ", ".join(each["portfolios"]) or "-",
        )
        for each in document["products"]
    ]
    return separated(
        (
            columns([("PORTFOLIO", "NAME", "PRODUCTS", "PRINCIPALS"), *portfolios]),
            columns([("PRODUCT", "IN FILES", "AXES", "PORTFOLIOS"), *products]),
        )
    )


def _list_rules(shell: Shell) -> None:
    from publisher.report.rules import markdown, table

    shell.result({"rules": table()}, *markdown().splitlines(), whole=True)
