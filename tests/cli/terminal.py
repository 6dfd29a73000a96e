"""A terminal of some width: what programs write to it, and what a person then sees."""

from __future__ import annotations

import io
import re

from rich.cells import cell_len

_ESCAPE = re.compile(r"\x1b\[([\d;?]*)([A-Za-z])|(.)", re.DOTALL)


class Terminal(io.StringIO):
    """A stream that claims to be a terminal; `environment` has its width."""

    def __init__(self, columns: int = 80, **environment: str) -> None:
        super().__init__()
        self.environment: dict[str, str] = {"COLUMNS": str(columns), "TERM": "xterm"} | environment

    def isatty(self) -> bool:
        return True

    @property
    def width(self) -> int:
        return int(self.environment["COLUMNS"])

    def resize(self, columns: int) -> None:
        """Another width; a terminal breaks again what is wider than that."""
        shown = self.seen
        self.environment["COLUMNS"] = str(columns)
        self.seek(0)
        self.truncate()
        self.write("\n".join(shown))

    @property
    def seen(self) -> list[str]:
        """The rows, without colours."""
        return rows(self.getvalue(), self.width)


def rows(written: str, width: int) -> list[str]:
    """What a terminal shows of it: carriage returns, cursor up, erase to the end, wrapped lines."""
    grid: list[list[str]] = [[]]
    row = column = 0
    for count, command, char in _ESCAPE.findall(written):
        match command, char:
            case "A", _:
                row = max(0, row - int(count or 1))
            case "J", _:
                del grid[row][column:]
                del grid[row + 1 :]
            case "m", _:
                assert re.fullmatch(r"[\d;]*", count)
            case _, "\r":
                column = 0
            case _, "\n":
                row, column = row + 1, 0
            case _:
                assert not command, f"unexpected escape sequence: {count}{command}"
                if column + cell_len(char) > width:
                    row, column = row + 1, 0
                while len(grid) <= row:
                    grid.append([])
                line = grid[row]
                line[column:] = [char, *[""] * (cell_len(char) - 1), *line[column + cell_len(char) :]]
                column += cell_len(char)
        while len(grid) <= row:
            grid.append([])
    return ["".join(line) for line in grid]
