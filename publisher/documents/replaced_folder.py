"""A folder that a command writes again and again: it may replace or remove what it wrote, nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from publisher.documents.files import UnfitFileError, check_place, contents, write, write_all

MANIFEST = ".report.json"
_LIMIT = 1 << 24
# Whoever wrote the folder wrote its manifest too: nothing of another kind is ever removed because of it.
_KINDS = frozenset({".html", ".css", ".js"})
# The longest name of a file, and more than any path that a report has.
_LONGEST = 255


def replace_all(folder: Path, files: Mapping[str, bytes], *, part: str) -> None:
    """Writes the files of a part of a folder, and removes those that the part had and has no more.

    The folder's manifest says what each part has. Raises UnfitFileError, and nothing is written: where there
    is something that the part did not write, or a symlink.
    """
    parts = _parts(folder)
    before = parts.get(part, set())
    for name, content in files.items():
        _check(folder, name, content, ours=name in before)
    _save(folder, parts | {part: {*before, *files}})
    for name in before & files.keys():
        # Not into the file that is there: another name may be a hard link to it.
        (folder / name).unlink(missing_ok=True)
    write_all(folder, files)
    for name in sorted(before - files.keys()):
        _remove(folder, name)
    _save(folder, parts | {part: {*files}})


def _check(folder: Path, name: str, content: bytes, *, ours: bool) -> None:
    path = folder / name
    for above in (path, *_between(folder, path)):
        if above.is_symlink():
            raise UnfitFileError(above, "a symlink", "remove it, or write elsewhere")
    check_place(path, folder)
    if path.exists() and not path.is_file():
        raise UnfitFileError(path, "not a regular file", "remove it, or write elsewhere")
    if path.exists() and not ours and contents(path, limit=_LIMIT) != content:
        raise UnfitFileError(path, "not written by this command", "move it away, or choose another folder")


def _remove(folder: Path, name: str) -> None:
    path = folder / name
    above = list(_between(folder, path))
    if path.is_symlink() or not path.is_file() or any(it.is_symlink() for it in above):
        return
    path.unlink()
    for each in above:
        if any(each.iterdir()):
            break
        each.rmdir()


def _between(folder: Path, path: Path) -> Iterator[Path]:
    """The folders above a path, up to one that stands in the folder, innermost first."""
    yield from (it for it in path.parents if it != folder and it.is_relative_to(folder))


def _parts(folder: Path) -> dict[str, set[str]]:
    """What each part of a folder has, as its manifest says; a folder that has none is nobody's."""
    path = folder / MANIFEST
    if path.is_symlink():
        raise UnfitFileError(path, "a symlink", "remove it, or write elsewhere")
    if not os.path.lexists(path):
        return {}
    try:
        found = json.loads(contents(path, limit=_LIMIT))["parts"]
        return {str(part): set(filter(_fit, map(str, names))) for part, names in found.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        hint = "remove it, or choose another folder"
        raise UnfitFileError(path, "not the manifest of a report", hint) from error


def _fit(name: str) -> bool:
    path = PurePosixPath(name)
    fit = not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name
    return fit and path.suffix in _KINDS and len(name.encode("utf-8", "surrogatepass")) <= _LONGEST


def _save(folder: Path, parts: Mapping[str, Iterable[str]]) -> None:
    listed = {part: sorted(names) for part, names in parts.items() if names}
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{MANIFEST}.new"
    new.unlink(missing_ok=True)
    write(new, (json.dumps({"parts": listed}, indent=1, sort_keys=True) + "\n").encode())
    new.replace(folder / MANIFEST)
