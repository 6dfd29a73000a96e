"""Findings in the form that was asked for, for all commands that only report problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from publisher.cli.columns import Block
from publisher.cli.output import json_lines
from publisher.cli.run_log import installed_versions
from publisher.cli.shell import Shell
from publisher.errors import InputError, Problem, errors

if TYPE_CHECKING:
    from publisher.declarations.product import Family


class FindingsFormat(StrEnum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


FormatOption = Annotated[
    FindingsFormat, typer.Option("--format", help="The output format; github: annotations of a workflow.")
]
SarifOption = Annotated[
    Path | None, typer.Option("--sarif", metavar="FILE", help="Also write the findings as SARIF.")
]


class Findings:
    """Shows problems in the form that was asked for."""

    def __init__(self, shell: Shell, form: FindingsFormat, sarif: Path | None) -> None:
        from publisher.documents import check_place

        if sarif is not None:
            check_place(sarif)
        shell.as_json = shell.as_json or form is FindingsFormat.JSON
        self._form = FindingsFormat.JSON if shell.as_json else form
        self._shell, self._file = shell, sarif

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """Problems that stop the command are findings for programs, too: they do not read its error."""
        try:
            yield
        except InputError as error:
            if error.problems and self._form in (FindingsFormat.SARIF, FindingsFormat.GITHUB):
                self.show(error.problems)
            if error.problems:
                self._write(error.problems, {})
            raise

    def show(
        self, problems: Sequence[Problem], lines: Sequence[Block] = (), files: Mapping[str, str] = {}
    ) -> None:
        """The command's result: `lines` are it as text, of which the last says how many there are.

        `files` are those that templates are rendered from. Raises typer.Exit if there are errors.
        """
        document = {"problems": [problem.document() for problem in problems]}
        self._write(problems, files)
        shown = self._for_programs(problems, lines[-1:], files)
        self._shell.result(document, *(lines if shown is None else shown), whole=shown is not None)
        if errors(problems):
            raise typer.Exit(InputError.exit_code)

    def _for_programs(
        self, problems: Sequence[Problem], last: Sequence[Block], files: Mapping[str, str]
    ) -> Sequence[Block] | None:
        if self._form is FindingsFormat.SARIF:
            return json_lines(self._sarif(problems, files))
        if self._form is FindingsFormat.GITHUB:
            from publisher.report.findings import found, github_annotations

            return [*github_annotations(found(problems, files, _folder(self._shell.directory))), *last]
        return None

    def _write(self, problems: Sequence[Problem], files: Mapping[str, str]) -> None:
        if self._file is not None:
            from publisher.documents import write

            write(self._file, "\n".join([*json_lines(self._sarif(problems, files)), ""]).encode())

    def _sarif(self, problems: Sequence[Problem], files: Mapping[str, str]) -> dict[str, Any]:
        from publisher.report.findings import found, sarif

        placed = found(problems, files, _folder(self._shell.directory))
        return sarif(placed, version=installed_versions()["publisher"])


def rendered_files(families: Iterable[Family]) -> dict[str, str]:
    """The path of a rendered template in messages → the file that it is rendered from."""
    return {f"{it.key}.template.yaml": it.template_path for family in families for it in family.variants}


def _folder(project: Path) -> PurePosixPath:
    """The project's folder in the repository that it is in."""
    real = project.resolve()
    root = next((it for it in (real, *real.parents) if (it / ".git").exists()), real)
    return PurePosixPath(real.relative_to(root).as_posix())
