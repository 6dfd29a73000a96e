"""A way to break a valid project: edits of its files, and the command that reports the problems.

The valid project is declarations/everything. The exact output of a case is in expected/<id>.txt.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
VALID = HERE.parent / "declarations" / "everything"
PORTFOLIO, TARGETS = "portfolio/tools.yaml", "configs/targets.yaml"
ENGINE, PLAIN, TOOLS = (f"products/{name}/product.yaml" for name in ("engine", "plain", "tools"))

# A file and its whole content; a file, a text in it and what to write in its place; or anything else.
Edit = tuple[str, str] | tuple[str, str, str] | Callable[[Path], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A broken project."""

    id: str
    edits: tuple[Edit, ...]
    argv: tuple[str, ...] = ("validate",)

    @property
    def expected(self) -> str:
        """What the command prints."""
        return (HERE / "expected" / f"{self.id}.txt").read_text(encoding="utf-8")

    def project(self, folder: Path) -> Path:
        """The project, broken."""
        root = shutil.copytree(VALID, folder / "project")
        for edit in self.edits:
            make(root, edit)
        return root


def broken(name: str, *edits: Edit, by: str = "validate") -> Case:
    """A case; `by` is the command."""
    return Case(id=name, edits=edits, argv=tuple(by.split()))


def make(root: Path, edit: Edit) -> None:
    """Makes one edit; the text to replace must be there."""
    if callable(edit):
        edit(root)
        return
    path = root / edit[0]
    text = edit[1]
    if len(edit) == 3:
        before = path.read_text(encoding="utf-8")
        assert text in before, (edit[0], text)
        text = before.replace(text, edit[2], 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
