"""Files of the project, read as what they should be: plain, inside it, of a sane size, UTF-8."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from publisher.documents.parsing import parse
from publisher.documents.tree import Document, Place, place_at, problem
from publisher.errors import InputError

MAX_BYTES = 256 * 1024


def read(path: Path, *, root: Path) -> Document:
    """Reads a YAML file of the project at `root`. Raises InputError with every problem found."""
    name = relative(path, root)
    return parse(_text(path, name, root), path=name)


def relative(path: Path, root: Path) -> str:
    """The path as messages show it: relative to the project when inside it, with forward slashes."""
    inside = _inside(path, root)
    return path.as_posix() if inside is None else inside.as_posix()


def _inside(path: Path, root: Path) -> Path | None:
    absolute = Path(os.path.normpath(path.absolute()))
    for base in (Path(os.path.normpath(root.absolute())), root.resolve()):
        if absolute.is_relative_to(base):
            return absolute.relative_to(base)
    return None


def _text(path: Path, name: str, root: Path) -> str:
    def refuse(message: str, hint: str, place: Place = (1, 1)) -> NoReturn:
        raise InputError.of([problem("P001", name, place, message, hint)])

    if path.is_symlink() and not path.exists():
        refuse("broken symlink", "replace it with the file itself, or remove it")
    if not path.exists():
        refuse("file not found", "check the path, or set --directory to the project's folder")
    if not path.is_file():
        refuse("not a regular file", "pass the path of a YAML file")
    if _inside(path, root) and not path.resolve().is_relative_to(root.resolve()):
        refuse("a symlink pointing outside the project", "replace it with the file itself")
    with path.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        refuse(f"the file is larger than {MAX_BYTES} bytes", "split the file, or remove unneeded content")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = place_at(raw[: error.start].decode("utf-8", errors="replace"))
        refuse(f"the byte 0x{raw[error.start]:02x} is not UTF-8", "save the file as UTF-8", place)
