"""`validate --watch`: a verdict on each save, until Ctrl-C. What a verdict is, its caller knows."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from publisher.cli.columns import Block
from publisher.cli.shell import Shell
from publisher.declarations.form import PRODUCTS
from publisher.declarations.repository import CONFIGS, PORTFOLIOS
from publisher.errors import InputError, PublisherError

_SUFFIXES = (".yaml", ".yml", ".json")
# How long it sleeps: the least, and how many times as long as it looks.
_SECONDS, _TIMES = 0.05, 10

Stamps = dict[str, tuple[int, int]]
# The document for --json, and the lines for people.
Verdict = tuple[Mapping[str, Any], Sequence[Block]]


def watch(shell: Shell, paths: Sequence[Path], verdict: Callable[[Sequence[Path]], Verdict]) -> None:
    """Shows the verdict on paths, by default on everything; then each time that files are saved.

    Without paths, on those files. With --json each verdict is a document on one line, with the `seconds` that
    it took. Returns after Ctrl-C.
    """
    as_json, shell.as_json = shell.as_json, False
    before, chosen = _stamps(shell.directory), list(paths)
    try:
        _show(shell, as_json, chosen, verdict)
        shell.note("watching for changes; Ctrl-C ends it")
        while True:
            began = shell.clock.now()
            after = _stamps(shell.directory)
            if saved := sorted(name for name in before | after if before.get(name) != after.get(name)):
                # What refers to a file that is gone may be anywhere.
                whole = any(name not in after for name in saved)
                chosen = list(paths) or ([] if whole else [shell.directory / name for name in saved])
                _show(shell, as_json, chosen, verdict)
            before = after
            with shell.idle():
                shell.clock.sleep(max(_SECONDS, _TIMES * (shell.clock.now() - began)) if not saved else 0)
    except KeyboardInterrupt:
        shell.note("stopped")


def _show(
    shell: Shell, as_json: bool, chosen: Sequence[Path], verdict: Callable[[Sequence[Path]], Verdict]
) -> None:
    began = shell.clock.now()
    try:
        with shell.doing("checking what was saved"):
            document, lines = verdict(chosen)
    except PublisherError as error:
        document = {"error": error.document()}
        lines = [str(it) for it in error.problems] if isinstance(error, InputError) else []
        lines = [*(lines or [f"error: {error.message}"]), f"  hint: {error.hint}"]
    seconds = shell.clock.now() - began
    if as_json:
        line = json.dumps(dict(document) | {"seconds": round(seconds, 3)}, ensure_ascii=False)
        shell.result(document, line, whole=True)
    else:
        *before, last = lines
        shell.result(document, *before, f"{last} ({seconds:.2f} s)")


def _stamps(root: Path) -> Stamps:
    """When the files of a project changed, and their sizes, by path from its folder. Follows no symlink."""
    found: Stamps = {}
    for name, entry in _files(root):
        with suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            found[name] = status.st_mtime_ns, status.st_size
    return found


def _files(root: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Those that declarations are made of, however deep: not what editors keep beside them."""
    left = [PORTFOLIOS, PRODUCTS, CONFIGS]
    while left:
        folder = left.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError:
            continue
        for entry in entries:
            name = f"{folder}/{entry.name}"
            if entry.name.startswith((".", "#")) or entry.name.endswith("~"):
                continue
            if entry.is_dir(follow_symlinks=False):
                left += [name] if name.startswith(PRODUCTS) else ()
            elif folder not in (PORTFOLIOS, PRODUCTS, CONFIGS) or entry.name.endswith(_SUFFIXES):
                yield name, entry
