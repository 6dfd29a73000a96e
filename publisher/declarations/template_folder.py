"""A folder of plain templates, each of which is a product: which of its files are templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import Field

from publisher.declarations.fields import Declared, ListConstraint, StringConstraint
from publisher.declarations.strings import words_of
from publisher.documents import UnfitFileError, beginning

_SUFFIXES = (".json", ".template", ".yaml", ".yml")
# What every template has, and other files beside templates have not.
_SIGNS = frozenset({"AWSTemplateFormatVersion", "Resources"})
_READ = 1_000_000
# The rule that warns of skipped files.
SKIPPED = "P141"
_Fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Glob = Annotated[
    str,
    StringConstraint(pattern=r"[^/\\\x00-\x1f]+", words="a file name or glob, without a folder", longest=255),
]
Globs = Annotated[list[Glob], ListConstraint(least=1, most=100, unique=True)]


class TemplateFiles(Declared):
    """Which files of a folder are templates."""

    include: Annotated[
        Globs | None,
        Field(description="The templates, as globs over file names; all that look like one, if omitted."),
    ] = None
    exclude: Annotated[Globs | None, Field(description="What is no template, as globs over file names.")] = (
        None
    )


@dataclass(frozen=True, kw_only=True)
class TemplateFolder:
    """The templates by what their names are in a product's key, sorted; and what is skipped as no template.

    `unused` are the globs of `include` that match no file.
    """

    templates: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    skipped: Sequence[str] = ()
    unused: Sequence[str] = ()


def read_folder(folder: Path, files: TemplateFiles) -> TemplateFolder:
    """Looks through a folder. Without `include`, a file without resources and format version is skipped."""
    found: dict[str, list[Path]] = {}
    skipped: list[str] = []
    used: set[str] = set()
    for path in sorted(folder.iterdir()):
        matching = [glob for glob in files.include or () if _is_meant(path, glob)]
        used.update(matching)
        if files.include is None and (path.name[0] in "._" or path.suffix.lower() not in _SUFFIXES):
            continue
        if files.include is not None and not matching:
            continue
        if any(fnmatchcase(path.name, glob) for glob in files.exclude or ()):
            continue
        if files.include is None and _is_something_else(path):
            skipped.append(path.name)
        else:
            found.setdefault(words_of(path.stem), []).append(path)
    unused = [glob for glob in files.include or () if glob not in used]
    return TemplateFolder(templates=found, skipped=skipped, unused=unused)


def _is_meant(path: Path, glob: str) -> bool:
    """Whether a glob of `include` takes a file: as in shells, one that is hidden must be named so."""
    hidden = path.name.startswith(".") and not glob.startswith(".")
    return fnmatchcase(path.name, glob) and not hidden and not path.is_dir()


def _is_something_else(path: Path) -> bool:
    """Whether a file is a list, or a mapping without what every template has; not if it is broken."""
    try:
        text = beginning(path, _READ).decode("utf-8-sig", errors="replace").replace("\t", " ")
    except UnfitFileError:
        return False
    keys: set[str] = set()
    depth, is_key = 0, False
    try:
        for event in yaml.parse(text, Loader=_Fast):
            match event:
                case yaml.SequenceStartEvent() if depth == 0:
                    return True
                case yaml.CollectionStartEvent():
                    depth += 1
                    is_key = depth == 1
                case yaml.CollectionEndEvent():
                    depth -= 1
                    is_key = depth == 1
                case yaml.ScalarEvent() if depth == 1:
                    keys.update([event.value] if is_key else [])
                    is_key = not is_key
                case _:
                    pass
            if keys & _SIGNS:
                return False
    except yaml.YAMLError:
        # A text that goes on is cut.
        return bool(keys) and len(text) >= _READ
    return bool(keys)
