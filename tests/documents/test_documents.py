from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from publisher.documents import MAX_BYTES, MAX_VALUES, parse, read, relative
from publisher.errors import InputError, Problem, Where, quoted
from tests.conftest import cases

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    TEXT, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


def problem(path: Path, root: Path) -> Problem:
    with pytest.raises(InputError) as caught:
        read(path, root=root)
    [found] = caught.value.problems
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("true", True, id="true"),
        pytest.param("false", False, id="false"),
        pytest.param("null", None, id="null"),
        pytest.param("0", 0, id="zero"),
        pytest.param("-12", -12, id="negative"),
        pytest.param("111111111111", 111111111111, id="account"),
        *(
            pytest.param(text, text, id=text)
            for text in (
                "1.10",
                "012345670701",
                "no",
                "off",
                "Yes",
                "True",
                "TRUE",
                "Null",
                "~",
                "1_000",
                "0o17",
                "0x1f",
                "+1",
                "-0",
                "1e3",
                ".inf",
                "12:30",
                "2024-01-31",
                "=",
                "9" * 19,
            )
        ),
        pytest.param('"true"', "true", id="quoted true"),
        pytest.param("'7'", "7", id="quoted number"),
        pytest.param("|-\n  7", "7", id="block number"),
    ],
)
def test_scalars(text: str, value: object) -> None:
    found = parse(f"a: {text}\n", path="f.yaml").value
    assert found == {"a": value}
    assert type(found["a"]) is type(value)


@given(st.dictionaries(TEXT, VALUES, max_size=5), st.sampled_from([None, True, False]))
def test_what_is_dumped_reads_back_the_same(value: dict[str, object], flow: bool | None) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow)
    assert parse(text, path="f.yaml").value == value


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_places_point_to_keys_and_values(value: dict[str, object]) -> None:
    text = yaml.safe_dump(value, default_style='"', default_flow_style=True, width=40)
    document = parse(text, path="f.yaml")
    for key, inner in value.items():
        assert _at(text, document.where(key, key=True)).startswith('"')
        start = '"' if isinstance(inner, str) else "[" if isinstance(inner, list) else "{"
        assert _at(text, document.where(key)).startswith(start)


def _at(text: str, where: Where) -> str:
    lines = text.split("\n")
    return "\n".join([lines[where.line - 1][where.column - 1 :], *lines[where.line :]])


def test_places() -> None:
    document = parse("a: &x\n  - b: 1\n    c: {d: 2}\ne: *x\nf:\n", path="f.yaml")
    places = {
        "root": document.where(),
        "key": document.where("a", key=True),
        "value": document.where("a"),
        "entry": document.where("a", 0),
        "entry as key": document.where("a", 0, key=True),
        "deep key": document.where("a", 0, "c", "d", key=True),
        "deep": document.where("a", 0, "c", "d"),
        "alias": document.where("e"),
        "below alias": document.where("e", 0, "b"),
        "nothing": document.where("f"),
        "unknown": document.where("a", 0, "x", "y"),
    }
    assert {name: f"{where.line}:{where.column}" for name, where in places.items()} == {
        "root": "1:1",
        "key": "1:1",
        "value": "1:4",
        "entry": "2:5",
        "entry as key": "2:5",
        "deep key": "3:9",
        "deep": "3:12",
        "alias": "4:4",
        "below alias": "2:8",
        "nothing": "5:3",
        "unknown": "2:5",
    }


def test_looking_in() -> None:
    document = parse('a: {b: [1, "2", x]}\nc: null\n', path="f.yaml")
    assert [document.get("a", "b", 1), document.get("a", "x"), document.get("c")] == ["2", None, None]
    assert [document.has("c"), document.has("c", "d"), document.has("a", "b", 3)] == [True, False, False]
    assert [document.plain("a", "b", n) for n in range(3)] == [True, False, True]


def test_a_renamed_key_keeps_its_place() -> None:
    document = parse("a: [{x: 1, y: 2}]\n", path="f.yaml").renamed(("a", 0, "x"), "z")
    assert document.value == {"a": [{"z": 1, "y": 2}]}
    assert document.where("a", 0, "z", key=True) == Where(path="f.yaml", line=1, column=6)
    assert not document.has("a", 0, "x")


@pytest.mark.slow
def test_many_values_without_aliases() -> None:
    with pytest.raises(InputError, match=f"more than {MAX_VALUES} values"):
        parse(f"[{'a,' * (MAX_VALUES + 1)}]", path="f.yaml")


def test_aliases_count_towards_depth() -> None:
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 60))
    with pytest.raises(InputError, match="nested more than 40 levels deep"):
        parse(text, path="f.yaml")


@cases(
    ("content", "place", "message"),
    {
        "latin": (b"a: b\nc: \xff\n", (2, 4), "the byte 0xff is not UTF-8"),
        "utf-16": ("a: b".encode("utf-16"), (1, 1), "the byte 0xff is not UTF-8"),
        "control character": (b"a: b\nc: x\x07\n", (2, 5), r"the character '\x07' is not allowed in YAML"),
        "too large": (b"#" * (MAX_BYTES + 1), (1, 1), f"larger than {MAX_BYTES:,} bytes"),
    },
)
def test_content_that_is_no_text(
    content: bytes, place: tuple[int, int], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    found = problem(path, tmp_path)
    assert (found.where, found.message) == (Where(path="f.yaml", line=place[0], column=place[1]), message)
    assert found.hint


def test_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_bytes(b"\xef\xbb\xbfa: b\r\n")
    assert read(tmp_path / "f.yaml", root=tmp_path).value == {"a": "b"}


def test_no_such_file(tmp_path: Path) -> None:
    assert str(problem(tmp_path / "f.yaml", tmp_path)) == "f.yaml:1:1: P001 file not found"


def test_no_plain_file(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").mkdir()
    assert str(problem(tmp_path / "f.yaml", tmp_path)) == "f.yaml:1:1: P001 not a regular file"


def test_links(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret.yaml").write_text("a: outside\n")
    (root / "real.yaml").write_text("a: inside\n")
    (root / "in.yaml").symlink_to("real.yaml")
    (root / "out.yaml").symlink_to("../secret.yaml")
    assert read(root / "in.yaml", root=root).value == {"a": "inside"}
    found = problem(root / "out.yaml", root)
    assert str(found) == "out.yaml:1:1: P001 a symlink pointing outside the project"


def test_a_file_outside_is_read_when_named(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("a: b\n")
    (tmp_path / "project").mkdir()
    document = read(tmp_path / "f.yaml", root=tmp_path / "project")
    assert (document.path, document.value) == ((tmp_path / "f.yaml").as_posix(), {"a": "b"})


def test_a_project_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "real" / "f.yaml").write_text("a: b\n")
    assert read(tmp_path / "link" / "f.yaml", root=tmp_path / "link").path == "f.yaml"
    assert relative(tmp_path / "real" / "x" / ".." / "f.yaml", tmp_path / "link") == "f.yaml"


@cases(
    ("value", "shown"),
    {
        "plain": ("plain", "'plain'"),
        "control characters": ("a\nb\x1b[31m", r"'a\nb\x1b[31m'"),
        "long": ("x" * 121, f"'{'x' * 119}…'"),
        "number": (7, "'7'"),
    },
)
def test_quoted(value: object, shown: str) -> None:
    assert quoted(value) == shown
