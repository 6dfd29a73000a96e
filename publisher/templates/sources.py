"""The files that Jinja2 may read, and from which of their lines a line of the rendered text came."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import TemplateNotFound, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.loaders import BaseLoader

from publisher.documents import UnfitFileError, contents
from publisher.errors import Where
from publisher.templates.cloudformation import PRINTED_CLOSE, PRINTED_OPEN, SOURCE_LIMIT
from publisher.templates.jobs import digest_of
from publisher.templates.sandbox import Sandbox

JINJA = ".j2"
_MARK = re.compile("\ue002([0-9]+),([0-9]+)\ue003")
# What stands between these is put there by us; nor may a template write them as an escape of YAML.
_RESERVED = re.compile(rf"[{PRINTED_OPEN}{PRINTED_CLOSE}\ue002\ue003]|\\(?:u|U0000)(?i:e00[0-3])")


def marks_in(text: str, names: list[str]) -> list[tuple[int, int, Where]]:
    """(line, column, source) of every mark in the text, counted as if the marks were not there."""
    found = [(1, 1, Where(path=names[0]))]
    for number, line in enumerate(text.split("\n"), 1):
        removed = 0
        for mark in _MARK.finditer(line):
            where = Where(path=names[int(mark[1])], line=int(mark[2]))
            found.append((number, mark.start() - removed + 1, where))
            removed += len(mark[0])
    return found


class MarkingSandbox(Sandbox):
    """Prints a mark before every piece of text that a template holds: which file, which line."""

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(loader)
        self.names: list[str] = []

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        self.names.append(str(filename))
        for output in tree.find_all(nodes.Output):
            for node in output.nodes:
                if isinstance(node, nodes.TemplateData):
                    node.data = self._marked(node.data, node.lineno)
        return tree

    def _marked(self, data: str, first: int) -> str:
        file = len(self.names) - 1
        lines = data.split("\n")
        return "\n".join(f"\ue002{file},{first + index}\ue003{line}" for index, line in enumerate(lines))


class Sources(BaseLoader):
    """The files of one folder and the folders in it; nothing outside of it.

    `read` are the digests of those that were asked for, empty where there is none.
    """

    def __init__(self, folder: Path, shown: str) -> None:
        self._folder, self._shown = folder, shown
        self.read: dict[str, str] = {}

    def get_source(self, environment: Any, template: str) -> tuple[str, str, None]:
        """The source of a template and the path that messages name."""
        shown = f"{self._shown}/{template}"
        parts = PurePosixPath(template).parts
        if template.startswith("/") or {"\\", "\0"} & set(template) or ".." in parts:
            raise SecurityError(f"'{template}' is outside the template folder")
        path = self._folder.joinpath(*parts)
        self.read["/".join(parts)] = ""
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._folder)):
            raise SecurityError(f"'{template}' points outside the template folder")
        source = self._source(path, template, shown)
        self.read["/".join(parts)] = digest_of(source.encode())
        return source, shown, None

    def _source(self, path: Path, template: str, shown: str) -> str:
        try:
            source = contents(path, limit=SOURCE_LIMIT).decode("utf-8")
        except UnfitFileError as error:
            raise TemplateNotFound(template, f"{error.reason}: '{shown}'") from error
        except UnicodeDecodeError as error:
            raise TemplateSyntaxError(f"not UTF-8: {error.reason}", 1, filename=shown) from error
        found = _RESERVED.search(source)
        if found:
            line = source.count("\n", 0, found.start()) + 1
            raise TemplateSyntaxError("the characters U+E000 to U+E003 are reserved", line, filename=shown)
        return source
