"""Adds a family to a repository: its files, and its products in the file of a portfolio."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from publisher.adoption.entering import enter
from publisher.declarations.form import PRODUCTS
from publisher.declarations.portfolio import PortfolioFile
from publisher.declarations.product_checks import parse_family
from publisher.declarations.repository import PORTFOLIOS, PRODUCT_FILE, Reading
from publisher.documents import check_place, contents, fill_folder, parse, write_all
from publisher.errors import InputError, command, did_you_mean, quoted

Files = Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Added:
    """What was written. `missing` are entries that the portfolio's file needs and did not take."""

    files: Files
    portfolio: PortfolioFile
    missing: tuple[Mapping[str, Any], ...]


def add_family(reading: Reading, name: str, make: Callable[[PortfolioFile], Files], portfolio: str) -> Added:
    """Writes what `make` returns for the portfolio, and enters the family's products there.

    The family's folder comes last and whole: when a run was killed before, the next one finishes it. Raises
    InputError, and nothing is written: for a name that is in use, and without a portfolio to choose.
    """
    root, folder = reading.root, f"{PRODUCTS}/{name}/"
    holder = _holder(reading, portfolio)
    files = make(holder)
    own = {path.removeprefix(folder): text for path, text in files.items() if path.startswith(folder)}
    others = {path: text for path, text in files.items() if not path.startswith(folder)}
    if os.path.lexists(root / PRODUCTS / name):
        raise InputError(f"{PRODUCTS}/{name} already exists", hint="choose another name")
    check_place(root / folder / PRODUCT_FILE, root)
    for path, text in others.items():
        if os.path.lexists(root / path) and contents(root / path, limit=len(text)) != text:
            raise InputError(f"{path} already exists", hint="move it away, or choose another name")
    entries = _entries(reading, name, files, holder)
    write_all(root, others)
    missing = [it for it in entries if enter(root / holder.path, root, it) is False]
    (root / PRODUCTS).mkdir(exist_ok=True)
    fill_folder(root / folder, own)
    return Added(files=files, portfolio=holder, missing=tuple(missing))


def _holder(reading: Reading, name: str) -> PortfolioFile:
    """The portfolio of this name; without one the only one."""
    if not reading.portfolios_known:
        raise InputError.of(it for it in reading.problems if it.where.path.startswith(PORTFOLIOS))
    portfolios = {it.name: it for it in reading.portfolios}
    if not portfolios:
        hint = f"start a repository with {command('init', 'DIR')}"
        raise InputError("no portfolio in this repository", hint=hint)
    if name in portfolios or (not name and len(portfolios) == 1):
        return portfolios[name or next(iter(portfolios))]
    known = sorted(portfolios)
    if name:
        raise InputError(
            f"no portfolio {quoted(name)}", hint=did_you_mean(name, known, what="portfolios are")
        )
    raise InputError(
        f"the repository has {len(known)} portfolios ({', '.join(known)})", hint="choose one with --portfolio"
    )


def _entries(reading: Reading, name: str, files: Files, holder: PortfolioFile) -> list[Mapping[str, Any]]:
    """What the portfolio's file needs for the products of the family. Raises InputError for keys in use."""
    path = f"{PRODUCTS}/{name}/{PRODUCT_FILE}"
    family, problems = parse_family(parse(files[path].decode(), path=path), reading.root / PRODUCTS / name)
    if family is None:
        raise InputError.of(problems)
    keys = [it.key for it in family.variants]
    owners = {it.key: other.document.path for other in reading.families for it in other.variants}
    if used := [key for key in keys if key in owners]:
        message = f"product {quoted(used[0])} is already defined by {owners[used[0]]}"
        raise InputError(message, hint="choose another name")
    left = [key for key in keys if not any(it.matches(key) for it in holder.products)]
    glob = f"{name}-*"
    if left == keys != [name] and not any(fnmatchcase(key, glob) for key in owners):
        left = [glob]
    return [{"product": key, "constraints": [{"type": "LAUNCH"}]} for key in left]
