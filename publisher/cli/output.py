"""The one edge where text leaves: knows what a terminal or log must not get, and that writing can fail."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from threading import RLock
from typing import Any, TextIO

from publisher.cli.columns import Block, text_of, width_of
from publisher.cli.screen import Screen, has_colour

_LEAST, _USUAL = 20, 80


class Output:
    """A stream that takes whole lines, and never raises.

    A line ends only where a line that it was given ends: newlines, control characters and what turns or hides
    text are escaped, as they come from names and values. `failure` says why something could not be written.
    """

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = {}) -> None:
        self._stream, self._environment = stream, environment
        self.failure: OSError | None = None
        self._lock = RLock()
        # What is shown below all lines, and how many columns it took when it was written.
        self._status: Callable[[int], str] | None = None
        self._shown = 0
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    def lines(self, *blocks: Block, whole: bool = False) -> None:
        """Each on a line, or on several that fit the screen; not when they must stay `whole`."""
        screen = Screen(encoding=self.encoding) if whole else self.screen
        with self._lock:
            self.write(self._erased() + text_of(blocks, screen) + self._drawn())
            self.flush()

    def status(self, show: Callable[[int], str] | None) -> None:
        """What stands below all lines of a live terminal, made for its width; None: nothing."""
        with self._lock:
            before, self._status = self._erased(), show
            self.write(before + self._drawn())
            self.flush()

    def _erased(self) -> str:
        """Deletes the status, which takes several lines when the terminal has become narrower."""
        above = max(self._shown - 1, 0) // max(self.screen.width, 1)
        before, self._shown = ("\r" + "\x1b[A" * above + "\x1b[J" if self._shown else ""), 0
        return before

    def _drawn(self) -> str:
        # In the last column a terminal may already be on the next line.
        screen = self.screen
        text = screen.clean(self._status(screen.width - 1)) if self._status and screen.width else ""
        self._shown = width_of(text)
        return text

    @property
    def screen(self) -> Screen:
        """What it is shown on, as wide as it is now."""
        terminal = self.isatty()
        colour = has_colour(self._environment, terminal=terminal)
        return Screen(width=self._width() if terminal else 0, colour=colour, encoding=self.encoding)

    @property
    def live(self) -> bool:
        """Whether it is a terminal whose lines can be written again."""
        return self.isatty() and self._environment.get("TERM") != "dumb"

    def _width(self) -> int:
        written = self._environment.get("COLUMNS", "")
        try:
            width = int(written) if written.isdecimal() else os.get_terminal_size(self.fileno()).columns
        except (OSError, ValueError):
            width = 0
        return max(_LEAST, width or _USUAL)

    def question(self, text: str) -> None:
        """A text that an answer follows on the same line."""
        self.write(self.screen.clean(text) + " ")
        self.flush()

    def write(self, text: str) -> int:
        """Text as it is, with the control characters of a progress bar."""
        if self.failure is None:
            try:
                self._stream.write(text)
            except (OSError, ValueError) as error:
                self._failed(error)
        return len(text)

    def flush(self) -> None:
        """Hands over what was written."""
        if self.failure is None:
            try:
                self._stream.flush()
            except (OSError, ValueError) as error:
                self._failed(error)

    def _failed(self, error: OSError | ValueError) -> None:
        # A closed stream answers with a ValueError.
        self.failure = error if isinstance(error, OSError) else OSError(0, "the stream is closed")

    @property
    def encoding(self) -> str:
        """The stream's encoding; text in memory has all characters."""
        return self._stream.encoding or "utf-8"

    def fileno(self) -> int:
        """The stream's descriptor."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal that still takes something."""
        try:
            return self.failure is None and self._stream.isatty()
        except ValueError:
            return False

    def close(self) -> None:
        """Closes the stream."""
        try:
            self._stream.close()
        except OSError as error:
            self._failed(error)


def json_lines(document: Any, *, sort_keys: bool = True) -> list[str]:
    """A document of plain values as lines of JSON in printable ASCII."""
    text = json.dumps(document, indent=2, sort_keys=sort_keys).replace("\x7f", "\\u007f")
    return text.split("\n")
