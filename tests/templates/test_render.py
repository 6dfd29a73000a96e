from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.declarations import Variant, load
from publisher.errors import InputError
from publisher.templates import template_digest
from publisher.templates.cloudformation import parse
from publisher.templates.render import Rendered, pack_all, render, render_all
from publisher.templates.sandbox import Sandbox
from publisher.templates.sources import Sources
from tests.conftest import ROOT, cases

Project = Callable[..., tuple[Variant, ...]]
Rendering = Callable[..., Rendered]

BASE = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n"

# Each prints the value `x` in another place; the value must come back whole.
PLACES = {
    "scalar": "X: {{ x }}\n",
    "key": "X: {% raw %}{{% endraw %}{{ x }}: 1}\n",
    "list": "X: [1, {{ x }}]\n",
    "block list": "X:\n  - {{ x }}\n",
    "flow": "X: {{ [x, {'k': x}] }}\n",
    "tojson": "X: {{ [x]|tojson }}\n",
    "function": "X: !Sub {{ x }}\n",
    "joined": "X: {{ 'a' ~ x ~ 'b' }}\n",
    "macro": "{% macro m(v) %}{'a': {{ v }}}{% endmacro %}\nX: {{ m(x)|indent(4) }}\n",
    "block": "X: {% set y %}{{ x }}{% endset %}{{ y }}\n",
    "json in a block": 'X: |\n  {"a": {{ x }}}\n',
}
EXPECTED: dict[str, Callable[[str], object]] = {
    "scalar": lambda x: x,
    "key": lambda x: {x: 1},
    "list": lambda x: [1, x],
    "block list": lambda x: [x],
    "flow": lambda x: [x, {"k": x}],
    "tojson": lambda x: [x],
    "function": lambda x: {"Fn::Sub": x},
    "joined": lambda x: f"a{x}b",
    "macro": lambda x: {"a": x},
    "block": lambda x: x,
    "json in a block": lambda x: '{"a": ' + json.dumps(x) + "}\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("place", sorted(PLACES))
@settings(max_examples=60)
@given(x=st.text(max_size=200) | st.text(alphabet="\"'\n:{}[]!&*#$%\\ -,|>?@`<\t\ue000\ue0010", max_size=30))
@example(x='" ~ x')
@example(x="'\n  B: !Ref A")
@example(x="${AWS::AccountId} {{ 7 * 7 }} {% raw %}")
@example(x="\ue0000\ue001")
@example(x="<b>&amp;</b> é😀\x00\x7f\u2028\r\n")
@example(x="<<")
def test_a_printed_value_is_parsed_unchanged(place: str, x: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "main").write_text(BASE + PLACES[place], encoding="utf-8")
        sandbox = Sandbox(Sources(Path(folder), "t"))
        text = sandbox.text("main", {"x": x})
        template = parse(text, "main", printed=sandbox.printed).value
    assert template == {"Resources": {"A": {"Type": "AWS::SNS::Topic"}}, "X": EXPECTED[place](x)}
    if "\ud800" not in x:
        assert parse(template_digest.dump(template), "again").value == template


def test_rendered(project: Project) -> None:
    variants = project(
        {"main.yaml.j2": "{% include 'a.j2' %}{% include 'sub/b.j2' %}\n",
         "a.j2": "Resources:\n{% if tier == 'pro' %}\n  P: {Type: AWS::SNS::Topic}\n{% endif %}\n",
         "sub/b.j2": "  A:\n    Type: AWS::SNS::Topic # word\n    Properties: {Name: {{ product }}}\n"},
        axes={"tier": ["basic", "pro"], "extra": ["none"]},
    )  # fmt: skip
    basic, pro = render_all(variants)
    assert (basic.product, basic.family, basic.version, basic.path) == (
        "fam-basic", "fam", "1.0.0", "fam-basic.template.yaml",
    )  # fmt: skip
    assert basic.template == {
        "Resources": {"A": {"Type": "AWS::SNS::Topic", "Properties": {"Name": "fam-basic"}}}
    }
    assert basic.body == "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {Name: fam-basic}\n"
    assert basic.digest == template_digest.digest(basic.template)
    assert sorted(pro.template["Resources"]) == ["A", "P"]
    assert render(variants[0]) == basic


def test_content_is_packed_and_named_by_its_digest(project: Project) -> None:
    (variant,) = project(
        {"main.yaml.j2": BASE + "X: {{ content.used.key }}\nY: {{ content['used'].digest }}\n"},
        content={"used": {"a.txt": "a"}, "unused": {"b.txt": "b"}},
    )
    used, unused = sorted(pack_all(variant.family), key=lambda content: content.name, reverse=True)
    rendered = render(variant)
    assert [content.name for content in (used, unused)] == ["used", "unused"]
    assert rendered.content == (used,)
    assert rendered.template["X"] == used.key == f"content/{used.digest.removeprefix('sha256:')}.zip"
    assert rendered.template["Y"] == used.digest


def test_the_problems_of_all_content_are_reported_together(project: Project) -> None:
    variants = project({"main.yaml.j2": BASE}, content={"one": {"a": "a"}, "two": {"b": "b"}})
    for name in ("one/a", "two/b"):
        (variants[0].family.folder / "content" / name).unlink()
    with pytest.raises(InputError) as raised:
        render(*variants)
    assert [str(problem) for problem in raised.value.problems] == [
        f"products/fam/content/{name}:1:1: T020 the content folder is empty or missing"
        for name in ("one", "two")
    ]


def test_templates_know_the_boundary_of_their_roles(project: Project) -> None:
    rendered = render(*project({"main.yaml.j2": BASE + "X: !Sub {{ permissions_boundary }}\n"}))
    arn = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/launch-fam-boundary"
    assert rendered.template["X"] == {"Fn::Sub": arn}


def test_the_version_is_no_part_of_the_content(project: Project) -> None:
    with pytest.raises(InputError, match="T002 'version' is undefined"):
        render(*project({"main.yaml.j2": BASE + "X: {{ version }}\n"}))


MAIN = "products/fam/template/main.yaml.j2"


@cases(
    ("main", "others", "problem"),
    {
        "syntax": (
            "a: 1\n{% if %}\n",
            {},
            f"{MAIN}:2:1: T001 invalid Jinja2: Expected an expression, got 'end of statement block'"
            " | docs/templates.md shows the syntax",
        ),
        "filter": ("{{ x|safe }}", {}, f"{MAIN}:1:1: T001 invalid Jinja2: No filter named 'safe'."),
        "syntax in an include": (
            "{% include 'b' %}",
            {"b": "\n{% endif %}"},
            "products/fam/template/b:2:1: T001 invalid Jinja2: Encountered unknown tag 'endif'.",
        ),
        "name": (
            "a: 1\nb: {{ tierr }}\n",
            {},
            f"{MAIN}:2:1: T002 'tierr' is undefined | did you mean 'tier'?",
        ),
        "far name": (
            "{{ zzz }}",
            {},
            f"{MAIN}:1:1: T002 'zzz' is undefined | templates see content, family, "
            "permissions_boundary, product, tier",
        ),
        "attribute": (
            "{{ content.nope.key }}",
            {},
            f"{MAIN}:1:1: T002 'dict object' has no attribute 'nope'",
        ),
        "compared": ("\n\n{% if zzz == 1 %}{% endif %}", {}, f"{MAIN}:3:1: T002 'zzz' is undefined"),
        "looped": ("{% for a in zzz %}{% endfor %}", {}, f"{MAIN}:1:1: T002 'zzz' is undefined"),
        "joined": ("{{ 'a' ~ zzz }}", {}, f"{MAIN}:1:1: T002 'zzz' is undefined"),
        "name in a macro": (
            "a: 1\n{% from 'b' import m %}\n{{ m() }}",
            {"b": "{% macro m() %}\n\n{{ zzz }}{% endmacro %}"},
            "products/fam/template/b:3:1: T002 'zzz' is undefined",
        ),
        "include": (
            "\n{% include 'nope.j2' %}",
            {},
            f"{MAIN}:2:1: T005 file not found: 'products/fam/template/nope.j2' | put the file into",
        ),
        "zero": ("{{ 1 // 0 }}", {}, f"{MAIN}:1:1: T006 ZeroDivisionError: integer division or modulo"),
        "type": ("{{ 'a' - 1 }}", {}, f"{MAIN}:1:1: T006 TypeError: unsupported operand"),
        "reserved": (
            "a: 1\n\ue000",
            {},
            f"{MAIN}:2:1: T001 invalid Jinja2: the characters U+E000 to U+E003 are reserved",
        ),
        "reserved, escaped": (
            'a: "\\uE001"',
            {},
            f"{MAIN}:1:1: T001 invalid Jinja2: the characters U+E000 to U+E003 are reserved",
        ),
        "quotes around a value": (
            BASE + 'X: "{{ tier }}-b"\n',
            {},
            f"{MAIN}:4:1: T010 invalid YAML: expected <block end>, but found '<scalar>' | "
            'the line reads: X: ""pro"-b"; {{ ... }} adds its own quotes, so concat',
        ),
        "value in a plain text": (
            BASE + "X: a-{{ tier }}\n",
            {},
            f'{MAIN}:4:1: T013 a value is printed inside a longer string: a-"pro"'
            ' | print the whole string: {{ "before-" ~ value ~ "-after" }}',
        ),
        "value in single quotes": (
            BASE + "X: '{{ tier }}'\n",
            {},
            f'{MAIN}:4:1: T013 a value is printed inside a longer string: "pro"',
        ),
        "tag in a loop in an include": (
            "{% include 'b' %}\n{% include 'c' %}\nX: 1\n",
            {
                "b": "Resources:\n  A: 1\n",
                "c": "{% for i in [1] %}\n  B:\n    - 1\n    - !Nope {{ i }}\n{% endfor %}\n",
            },
            "products/fam/template/c:4:1: T012 unknown tag '!Nope'",
        ),
        "the same in each turn of a loop": (
            BASE + "X:\n{% for i in range(3) %}\n  - ~\n{% endfor %}\n",
            {},
            f"{MAIN}:6:1: T014 no value: CloudFormation rejects null",
        ),
        "name in an included Python file": (
            BASE + "X: |\n  {% include 'x.py' %}",
            {"x.py": "a = 1\n  b = {{ zzz }}\n"},
            "products/fam/template/x.py:2:1: T002 'zzz' is undefined",
        ),
        "key twice from a macro": (
            "Resources:\n{% from 'b' import m %}\n{{ m() }}\n{{ m() }}\n",
            {"b": "{% macro m() %}\n  A:\n    Type: x\n{% endmacro %}\n"},
            "products/fam/template/b:2:1: T011 duplicate key 'A'"
            " | keep one of them; the first is at products/fam/template/b:2:1",
        ),
    },
)
def test_problems_name_the_line_of_the_source(
    project: Project, main: str, others: dict[str, str], problem: str
) -> None:
    (variant,) = project({"main.yaml.j2": main, **others}, axes={"tier": ["pro"]})
    with pytest.raises(InputError) as raised:
        render(variant)
    (found,) = raised.value.problems
    assert f"{found} | {found.hint}".startswith(problem)


def test_a_source_that_is_no_text(project: Project) -> None:
    (variant,) = project({"main.yaml.j2": "a"})
    (variant.family.folder / "template/main.yaml.j2").write_bytes(b"a: \xff")
    with pytest.raises(InputError) as raised:
        render(variant)
    assert str(raised.value) == f"{MAIN}:1:1: T001 invalid Jinja2: not UTF-8: invalid start byte"


def test_the_same_problem_of_several_products_is_reported_once(project: Project) -> None:
    variants = project(
        {"main.yaml.j2": BASE + "X: !Nope 1\nY: {% if tier == 'b' %}~{% else %}1{% endif %}\n"},
        axes={"tier": ["a", "b"]},
    )
    with pytest.raises(InputError) as raised:
        render_all(variants)
    assert [f"{problem.where.line} {problem.rule}" for problem in raised.value.problems] == [
        "4 T012",
        "5 T014",
    ]


_ELSEWHERE = """
import sys
from pathlib import Path
from publisher.declarations import load
from publisher.templates.render import render_all
for each in render_all(load(Path(sys.argv[1]), configs=False).variants):
    sys.stdout.write(each.product + each.digest + each.body + "".join(c.key for c in each.content))
"""


@pytest.mark.slow
def test_the_same_bytes_in_another_folder_with_another_hash_seed(tmp_path: Path) -> None:
    for folder in ("products", "portfolio"):
        shutil.copytree(ROOT / folder, tmp_path / "copy" / folder)
    outputs = {
        subprocess.run(
            [sys.executable, "-c", _ELSEWHERE, str(root)],
            check=True,
            capture_output=True,
            cwd=cwd,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": zone, "LC_ALL": "C"},
        ).stdout
        for root, cwd, seed, zone in [
            (ROOT, ROOT, "1", "UTC"),
            (tmp_path / "copy", tmp_path, "4711", "Asia/Tokyo"),
        ]
    }
    assert len(outputs) == 1
    assert outputs.pop().count(b"sha256:") == len(load(ROOT, configs=False).variants)
