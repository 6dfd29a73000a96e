"""Progress of many steps: a bar on a terminal, else a line for each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from publisher.templates.lint import ProgressCallback


def lines(note: Callable[[str], None]) -> ProgressCallback:
    """Reports each step in a line: `[3/12] what was done`."""

    def step(text: str, done: int, total: int) -> None:
        note(f"[{done}/{total}] {text}")

    return step


@contextmanager
def bar(stream: TextIO) -> Iterator[ProgressCallback]:
    """A bar with the latest step, which is cleared at the end."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=Console(file=stream), transient=True) as shown:
        task = shown.add_task("", total=None)

        def step(text: str, done: int, total: int) -> None:
            shown.update(task, completed=done, total=total, description=text)

        yield step
