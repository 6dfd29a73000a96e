"""Findings in the form that was asked for, for all commands that only report problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.columns import Block
from publisher.cli.output import json_lines
from publisher.cli.run_log import installed_versions
from publisher.cli.shell import Shell
from publisher.errors import InputError, Problem, errors

if TYPE_CHECKING:
    from publisher.declarations.product import Family
    from publisher.report.findings import Finding


class FindingsFormat(StrEnum):
    """How findings are shown."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


_FOR_PROGRAMS = (FindingsFormat.SARIF, FindingsFormat.GITHUB)
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
            if error.problems and self._form in _FOR_PROGRAMS:
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
        if self._form is FindingsFormat.SARIF:
            lines = self._sarif(problems, files)
        elif self._form is FindingsFormat.GITHUB:
            from publisher.report.findings import github_annotations

            lines = [*github_annotations(self._found(problems, files)), *lines[-1:]]
        self._shell.result(document, *lines, whole=self._form in _FOR_PROGRAMS)
        if errors(problems):
            raise typer.Exit(InputError.exit_code)

    def _write(self, problems: Sequence[Problem], files: Mapping[str, str]) -> None:
        if self._file is not None:
            from publisher.documents import write

            write(self._file, "\n".join([*self._sarif(problems, files), ""]).encode())

    def _sarif(self, problems: Sequence[Problem], files: Mapping[str, str]) -> list[str]:
        from publisher.report.findings import sarif

        found = self._found(problems, files)
        return json_lines(sarif(found, version=installed_versions()["publisher"]))

    def _found(self, problems: Sequence[Problem], files: Mapping[str, str]) -> list[Finding]:
        """The problems at paths of the repository that the project is in."""
        from publisher.report.findings import found

        real = self._shell.directory.resolve()
        root = next((it for it in (real, *real.parents) if (it / ".git").exists()), real)
        return found(problems, files, PurePosixPath(real.relative_to(root).as_posix()))


def rendered_files(families: Iterable[Family]) -> dict[str, str]:
    """The path of a rendered template in messages → the file that it is rendered from."""
    return {f"{it.key}.template.yaml": it.template_path for family in families for it in family.variants}
