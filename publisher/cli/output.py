"""The one edge where text leaves: knows what a terminal or log must not get, and that writing can fail."""

from __future__ import annotations

import json
from io import TextIOWrapper
from typing import Any, TextIO

from publisher.errors import printable


class Output:
    """A stream that takes whole lines, and never raises.

    A line ends only where a line that it was given ends: newlines, control characters and what turns or hides
    text are escaped, as they come from names and values. `failure` says why something could not be written.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None
        # What shows progress at the end of a terminal, if something does: lines go before it.
        self.line_is_open = False
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

    def lines(self, *lines: str) -> None:
        """Each on a line."""
        start = "\r\x1b[2K" if self.line_is_open else ""
        self.write(start + "".join(f"{printable(line)}\n" for line in lines))
        self.flush()

    def question(self, text: str) -> None:
        """A text that an answer follows on the same line."""
        self.write(printable(text) + " ")
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
        """The stream's encoding: a bar is drawn with what it has."""
        return self._stream.encoding or "ascii"

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
