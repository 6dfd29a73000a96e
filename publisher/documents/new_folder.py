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
_ELSEWHERE = "choose another folder"


def fill_folder(folder: Path, files: Mapping[str, bytes], *, beside: Collection[str] = ()) -> None:
    """Makes a folder with these files. They are written beside it, and moved when all of them are there.

    Raises UnfitFileError, and nothing is written: where there is something else, `beside` these names.
    """
    check_unfilled(folder, beside=beside)
    # Next to it, so that moving it is renaming it; whoever may not write there cannot make the folder either.
    draft = Path(tempfile.mkdtemp(prefix=".publisher-", dir=_above(folder)))
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


def check_unfilled(folder: Path, *, beside: Collection[str] = ()) -> None:
    """Raises UnfitFileError unless the folder can be made, or is there with nothing but these names."""
    if folder.is_symlink():
        raise UnfitFileError(folder, "a symlink", "name the folder itself")
    if folder.exists() and not folder.is_dir():
        raise UnfitFileError(folder, "not a folder", _ELSEWHERE)
    above = _above(folder)
    if not above.is_dir():
        raise UnfitFileError(folder.parent, "folder not found", "make it first, or choose another folder")
    for place in {above, folder} if folder.exists() else {above}:
        if not os.access(place, os.W_OK | os.X_OK):
            raise UnfitFileError(place, "cannot be written: Permission denied", _ELSEWHERE)
    there = sorted(it.name for it in folder.iterdir() if it.name not in beside) if folder.exists() else []
    if there:
        more = f" and {counted(len(there) - _SHOWN, 'other')}" if len(there) > _SHOWN else ""
        names = enumerated(map(quoted, there)) if not more else ", ".join(map(quoted, there[:_SHOWN])) + more
        raise UnfitFileError(folder, f"not empty: {names}", _ELSEWHERE)


def _above(folder: Path) -> Path:
    """The folder that it is in, also that of `.`."""
    return Path(os.path.normpath(folder.absolute())).parent
