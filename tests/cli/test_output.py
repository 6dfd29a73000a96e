"""The edge: what names and values cannot do to a terminal or a log, and streams that fail."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TextIO

from publisher.cli.output import Output, json_lines
from tests.conftest import cases


@cases(
    ("line", "shown"),
    {
        "plain": ("create  Produkt Größe 数据 …", "create  Produkt Größe 数据 …"),
        "escape sequence": ("a\x1b]0;title\x07\x1b[31mred", r"a\x1b]0;title\x07\x1b[31mred"),
        "newline": ("x\n  create  Product  forged", r"x\n  create  Product  forged"),
        "return": ("x\rerror: forged", r"x\rerror: forged"),
        "C1 controls": ("\x7f\x85\x9b31m", r"\x7f\x85\x9b31m"),
        "bidi": ("a\u202eb\u2066c\u200fd\u061ce", r"a\u202eb\u2066c\u200fd\u061ce"),
        "line separators": ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
        "zero width": ("a\u200bb\u2060c\ufeffd", r"a\u200bb\u2060c\ufeffd"),
        "blank letters": ("a\u3164b\u115fc\u2800d", r"a\u3164b\u115fc\u2800d"),
        "variation selectors": ("a\ufe00b\U000e0100c ❤\ufe0f", "a\\ufe00b\\U000e0100c ❤\ufe0f"),
        "tags and surrogates": ("a\U000e0041b\udcff", r"a\U000e0041b\udcff"),
    },
)
def test_a_line_stays_one_line_of_visible_text(line: str, shown: str) -> None:
    stream = io.StringIO()
    Output(stream).lines(line, "next")
    assert stream.getvalue() == f"{shown}\nnext\n"


@cases("encoding", {"Latin-1": "latin-1", "ASCII": "ascii", "Windows": "cp1252"})
def test_what_a_terminal_cannot_show_is_escaped(encoding: str) -> None:
    raw = io.BytesIO()
    output = Output(io.TextIOWrapper(raw, encoding=encoding))
    output.lines("数据")
    assert (raw.getvalue(), output.failure) == (rb"\u6570\u636e" + b"\n", None)


def test_json_is_printable_ascii() -> None:
    assert json_lines(["\x7f\x9b\u202e…\n"]) == ["[", '  "\\u007f\\u009b\\u202e\\u2026\\n"', "]"]


def closed(_: Path) -> TextIO:
    stream = io.StringIO()
    stream.close()
    return stream


def full(_: Path) -> TextIO:
    return Path("/dev/full").open("w", encoding="utf-8")


def read_only(folder: Path) -> TextIO:
    (folder / "x").touch()
    return (folder / "x").open(encoding="utf-8")


@cases(
    ("stream", "reason"),
    {
        "closed": (closed, "the stream is closed"),
        "full disk": (full, "No space left on device"),
        "not for writing": (read_only, "not writable"),
    },
)
def test_a_stream_that_fails_is_written_to_once(stream: object, reason: str, tmp_path: Path) -> None:
    assert callable(stream)
    output = Output(stream(tmp_path))
    output.lines("one")
    failure = output.failure
    output.lines("two")
    output.question("three?")
    assert failure is not None and output.failure is failure
    assert failure.strerror == reason or str(failure) == reason
    assert not output.isatty()
    output.close()
