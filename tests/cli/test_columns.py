"""Lines and tables in a pipe, and on screens of 40, 80 and 200 columns."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from publisher.cli.columns import Block, Table, columns, separated, shortened, text_of
from publisher.cli.output import Output
from publisher.cli.screen import Screen, has_colour
from tests.cli.terminal import Terminal
from tests.conftest import cases

ROLE = "arn:aws:iam::111111111111:role/launch-ml-project-enterprise-codecommit-standalone-ssm"
STUDIO = "ml-project-enterprise-codecommit-sgprov-direct"
ROWS = (
    ("create", "ProvisioningArtifact", f"{STUDIO} 1.0.0", "sha256:9f2c61d0…"),
    ("update", "Constraint", "ml-platform / studio LAUNCH", f"role_arn: {ROLE} -> {ROLE}-new"),
    ("delete", "Portfolio", "機械学習のポートフォリオ機械学習のポートフォリオ", ""),
)
TABLE = columns(ROWS, indent="  ")
PATH = "/a/very/long/path/that/is/longer/than/some/screens"
HINT = f"hint: run 'publisher --local outputs my launch' or see {PATH}"


def lines(width: int, *blocks: Block, **screen: object) -> list[str]:
    return text_of(blocks, Screen(width=width, colour=bool(screen.get("colour")))).splitlines()


def test_a_pipe_gets_whole_lines() -> None:
    assert lines(0, *columns([("a", "b c", ""), ("long", "d", "e")], indent=" ")) == [
        " a     b c",
        " long  d    e",
    ]
    assert lines(0, *columns([("日本", "x"), ("abc", "y")])) == ["日本  x", "abc   y"]
    assert lines(0, Table([("a", "b"), ("longer", "c")], "", {0: 3})) == ["a    b", "longer  c"]
    assert lines(0, HINT) == [HINT]
    assert len(lines(0, *TABLE)) == 3
    assert columns([]) == []


def test_a_table_on_80_columns() -> None:
    assert lines(80, *TABLE) == [
        "  create  ProvisioningArtifact  ml-project-enterprise-    sha256:9f2c61d0…",
        "                                codecommit-sgprov-direct",
        "                                1.0.0",
        "  update  Constraint            ml-platform / studio      role_arn:",
        "                                LAUNCH                    arn:aws:iam::",
        "                                                          111111111111:role/",
        "                                                          launch-ml-project-",
        "                                                          enterprise-codecommit-",
        "                                                          standalone-ssm ->",
        "                                                          arn:aws:iam::",
        "                                                          111111111111:role/",
        "                                                          launch-ml-project-",
        "                                                          enterprise-codecommit-",
        "                                                          standalone-ssm-new",
        "  delete  Portfolio             機械学習のポートフォリオ",
        "                                機械学習のポートフォリオ",
    ]


def test_a_table_for_which_the_screen_is_too_narrow() -> None:
    assert lines(40, *columns(ROWS[:1], indent="  ")) == [
        "  create  ProvisioningArtifact",
        "      ml-project-enterprise-codecommit-",
        "      sgprov-direct 1.0.0",
        "      sha256:9f2c61d0…",
    ]


def test_a_command_in_a_cell_stays_in_one_piece() -> None:
    row = ("warn", "sync", "no bucket: run publisher --local bootstrap first, with --region")
    assert lines(44, *columns([row])) == [
        "warn  sync  no bucket: run",
        "            publisher --local bootstrap",
        "            first, with --region",
    ]


def test_a_long_value_with_the_words_of_a_command_keeps_its_blanks() -> None:
    row = ("tools", "publisher sync 'a b' of everything", "1")
    assert lines(24, *columns([row])) == [
        "tools  publisher sync  1",
        "       'a b' of",
        "       everything",
    ]
    assert lines(24, *columns([("publisher sync", *"1234567")])) == [
        "publisher sync  1  2",
        "    3  4  5  6  7",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
def test_a_table_fits_and_loses_nothing(width: int) -> None:
    shown = lines(width, *TABLE)
    assert max(map(cell_len, shown)) <= width
    before = "".join("".join(row) for row in ROWS).replace(" ", "")
    assert sorted("".join(shown).replace(" ", "")) == sorted(before)


@pytest.mark.parametrize("width", [72, 80, 120])
def test_words_of_a_table_are_broken_after_separators_only(width: int) -> None:
    cells = [cell for row in ROWS[:2] for cell in row]
    for piece in (
        it for line in lines(width, *columns(ROWS[:2])) for it in re.split(r"\s{2,}", line.strip())
    ):
        whole = next(cell for cell in cells if piece in cell)
        end = whole.index(piece) + len(piece)
        assert end == len(whole) or whole[end] == " " or whole[end - 1] in "/:,;._=+-", piece


@cases(
    ("width", "line", "shown"),
    {
        "between words": (40, HINT, [
            "hint: run",
            "  'publisher --local outputs my launch'",
            "  or see",
            f"  {PATH}",
        ]),
        "indented": (24, "    one two three four five", ["    one two three four", "      five"]),
        "columns in it": (40, "  CREATE_FAILED       AWS::S3::Bucket     Bucket", [
            "  CREATE_FAILED       AWS::S3::Bucket",
            "    Bucket",
        ]),
        "a command": (40, "hint: run publisher --local alerts 'my launch' --wait to wait for it", [
            "hint: run",
            "  publisher --local alerts 'my launch' --wait",
            "  to wait for it",
        ]),
        "a command and more": (30, "next: publisher plan -o plan.json; then run it", [
            "next:",
            "  publisher plan -o plan.json;",
            "  then run it",
        ]),
        "no command": (30, "it is not managed by publisher, and is ignored", [
            "it is not managed by",
            "  publisher, and is ignored",
        ]),
        "fits": (80, "one  two", ["one  two"]),
        "an apostrophe": (20, "the user's own words are words", ["the user's own words", "  are words"]),
        "nothing": (80, "", [""]),
    },
)  # fmt: skip
def test_lines_are_broken_between_words(width: int, line: str, shown: list[str]) -> None:
    assert lines(width, line) == shown


def test_separated() -> None:
    assert separated([["a"], columns([("b",)]), ["c"]]) == ["a", "", *columns([("b",)]), "", "c"]


def test_shortened() -> None:
    assert [shortened("abcdefghij", n) for n in (10, 9, 4, 1)] == ["abcdefghij", "abcdef…ij", "ab…j", "…"]


RED, GREEN, YELLOW, CYAN = (f"\x1b[{n}m" for n in (31, 32, 33, 36))
END = "\x1b[0m"


@cases(
    ("block", "shown"),
    {
        "actions": (
            Table([("create", "a"), ("update", "b"), ("delete", "c")], "", {}),
            [f"{GREEN}create{END}  a", f"{YELLOW}update{END}  b", f"{RED}delete{END}  c"],
        ),
        "an outcome with its reason": (Table([("x", "failed: no")], "", {}), [f"x  {RED}failed: no{END}"]),
        "the first word of a line": ("error: it failed", [f"{RED}error{END}: it failed"]),
        "of an indented one": ("  hint: x", [f"  {CYAN}hint{END}: x"]),
        "a status": ("churn: SUCCEEDED", [f"churn: {GREEN}SUCCEEDED{END}"]),
        "a status of a stack": ("  UPDATE_ROLLBACK_FAILED  AWS::S3::Bucket", [
            f"  {RED}UPDATE_ROLLBACK_FAILED{END}  AWS::S3::Bucket"
        ]),
        "other words": ("creates error", ["creates error"]),
        "an escape sequence of others": ("error \x1b[0m", [rf"{RED}error{END} \x1b[0m"]),
    },
)  # fmt: skip
def test_colours(block: Block, shown: list[str]) -> None:
    assert text_of([block], Screen(width=80, colour=True)).splitlines() == shown
    plain = text_of([block], Screen(width=80)).splitlines()
    assert [re.sub(r"\x1b\[\d+m", "", line) for line in shown] == plain


@cases(
    ("environment", "terminal", "pipe"),
    {
        "nothing": ({}, True, False),
        "NO_COLOR": ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        "empty NO_COLOR": ({"NO_COLOR": ""}, True, False),
        "dumb": ({"TERM": "dumb"}, False, False),
        "CLICOLOR": ({"CLICOLOR": "0"}, False, False),
        "FORCE_COLOR": ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        "CLICOLOR_FORCE": ({"CLICOLOR_FORCE": "1"}, True, True),
        "no force": ({"CLICOLOR_FORCE": "0"}, True, False),
    },
)
def test_who_wants_colours(environment: dict[str, str], terminal: bool, pipe: bool) -> None:
    assert has_colour(environment, terminal=True) == terminal
    assert has_colour(environment, terminal=False) == pipe


@cases(
    ("columns", "width"),
    {
        "as set": ("132", 132),
        "too narrow": ("3", 20),
        "no number": ("wide", 80),
        "unknown": ("", 80),
        "0": ("0", 80),
    },
)
def test_the_width_of_a_terminal(columns: str, width: int) -> None:
    terminal = Terminal(COLUMNS=columns)
    assert Output(terminal, terminal.environment).screen.width == width


def test_what_other_programs_read_stays_whole() -> None:
    terminal = Terminal(40)
    Output(terminal, terminal.environment).lines("error: " + "word " * 20 + "end", whole=True)
    assert terminal.getvalue() == "error: " + "word " * 20 + "end\n"


@cases("encoding", {"Latin-1": "latin-1", "C": "ascii"})
def test_a_table_fits_when_the_terminal_lacks_characters(encoding: str) -> None:
    shown = text_of(columns([("a…", "b"), ("数据", "c")]), Screen(width=80, encoding=encoding))
    assert shown.splitlines() == ["a...          b", r"\u6570\u636e  c"]
