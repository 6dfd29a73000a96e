"""How long work tells how far it is."""

from __future__ import annotations

from typing import Protocol


class Step(Protocol):
    """Hears of each step that is done."""

    def __call__(self, text: str, done: int, total: int) -> None:
        """`text` says what the step was; `done` of `total` are done."""


def silently(text: str, done: int, total: int) -> None:
    """For whoever does not want to know."""
