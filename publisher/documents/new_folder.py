"""A folder that is filled for the first time: with all of its files, or with none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from publisher.documents.files import UnfitFileError, write_all
from publisher.errors import counted, enumerated, quoted

_SHOWN = 5
_DRAFT = ".publisher-"
_ELSEWHERE = "choose another folder"


def fill_folder(folder: Path, files: Mapping[str, bytes], *, beside: Collection[str] = ()) -> None:
    """Makes a folder with these files, which are moved there when all of them are written.

    Raises UnfitFileError, and nothing is written: where there is something else, `beside` these names.
    """
    _check_unfilled(folder, beside=beside)
    # On the same file system, which that of a mounted folder and of the one above it are not.
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=folder if folder.exists() else _above(folder)))
    try:
        new = draft / "new"
        write_all(new, files)
        if folder.exists():
            _move_entries(new, folder)
        else:
            new.rename(folder)
    except OSError as error:
        raise UnfitFileError(folder, f"cannot be written: {error.strerror}", _ELSEWHERE) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _move_entries(new: Path, folder: Path) -> None:
    """All, or none when it is interrupted. The folder itself stays: a shell may be in it."""
    entries = sorted(new.iterdir())
    try:
        for entry in entries:
            entry.rename(folder / entry.name)
    except BaseException:
        for entry in entries:
            if not entry.exists():
                (folder / entry.name).rename(entry)
        raise


def _check_unfilled(folder: Path, *, beside: Collection[str] = ()) -> None:
    """Raises UnfitFileError unless the folder can be made, or is there with nothing but these names."""
    if folder.is_symlink():
        raise UnfitFileError(folder, "a symlink", "name the folder itself")
    if folder.exists() and not folder.is_dir():
        raise UnfitFileError(folder, "not a folder", _ELSEWHERE)
    above = _above(folder)
    if not above.is_dir():
        raise UnfitFileError(folder.parent, "folder not found", "make it first, or choose another folder")
    place = folder if folder.exists() else above
    if not os.access(place, os.W_OK | os.X_OK):
        raise UnfitFileError(place, "cannot be written: Permission denied", _ELSEWHERE)
    names = sorted(it.name for it in folder.iterdir()) if folder.exists() else []
    # What a killed run left is in nobody's way.
    there = [it for it in names if it not in beside and not it.startswith(_DRAFT)]
    if there:
        more = f" and {counted(len(there) - _SHOWN, 'other')}" if len(there) > _SHOWN else ""
        shown = ", ".join(map(quoted, there[:_SHOWN])) + more if more else enumerated(map(quoted, there))
        raise UnfitFileError(folder, f"not empty: {shown}", _ELSEWHERE)


def _above(folder: Path) -> Path:
    """The folder that it is in, also that of `.`."""
    return Path(os.path.normpath(folder.absolute())).parent
