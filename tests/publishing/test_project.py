"""Every fault of every file is found in one run, each told once, whatever the command."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from publisher.errors import InputError
from publisher.publishing.project import Project
from tests.broken.case import PORTFOLIO, TARGETS, TOOLS, VALID, Edit, make
from tests.conftest import Run, cases, write_files

FAMILY = """family: {name}
version: "1.0.0"
display_name: {name} {{size}}
owner: Tool Team
template: main.yaml.j2
axes: {{size: {{small: S, large: L}}}}
combinations: [{{size: [small, large]}}]
"""
TOPIC = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"
NAMED = "  - {product: named-*}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A valid project with a family of two products."""
    root = shutil.copytree(VALID, tmp_path / "project")
    write_files(
        root,
        {
            "products/named/product.yaml": FAMILY.format(name="named"),
            "products/named/main.yaml.j2": TOPIC,
        },
    )
    make(root, (PORTFOLIO, "products:\n", f"products:\n{NAMED}"))
    return root


MAIN = "products/named/main.yaml.j2"
FAULTY: Sequence[Edit] = (
    (MAIN, f"{TOPIC}Description: {{{{ sise }}}}\n"),
    ("products/plain/main.yaml", "Resources: {A: !Reff B}\n"),
    (TOOLS, "owner: ", "ownr: "),
    (PORTFOLIO, "provider_name", "providername"),
)
FOUND = [
    f"{MAIN}:3:1: T002 'sise' is undefined: named-large and 1 more",
    "products/plain/main.yaml:1:16: T012 unknown tag '!Reff'",
]


@pytest.mark.parametrize("command", ["validate", "plan", "sync", "lint", "render", "docs", "bootstrap"])
def test_all_faults_are_found_in_one_run(root: Path, run: Run, command: str) -> None:
    for edit in FAULTY:
        make(root, edit)
    ran = run("-C", root, "--json", command)
    assert ran.code == 2
    problems = ran.document["problems"] if command == "validate" else ran.document["error"]["problems"]
    places = [f"{it['path']}:{it['line']}:{it['column']}: {it['rule']} {it['message']}" for it in problems]
    assert [it for it in places if ": T0" in it] == FOUND
    assert sorted({it["path"] for it in problems}) == sorted(
        [MAIN, "products/plain/main.yaml", TOOLS, PORTFOLIO]
    )


@cases(
    ("edits", "found"),
    {
        "duplicate key": (
            [(MAIN, f"{TOPIC}  Topic: {{Type: AWS::SNS::Topic}}\n")],
            [f"{MAIN}:3:1: T011 duplicate key 'Topic': named-large and 1 more"],
        ),
        "of one product": (
            [(MAIN, TOPIC + "{% if size == 'small' %}\nA: ~\n{% endif %}\n")],
            [f"{MAIN}:4:1: T014 no value: CloudFormation rejects null: named-small"],
        ),
        "too many parameters": (
            [
                (
                    MAIN,
                    TOPIC
                    + "Parameters:\n{% for n in range(201) %}\n  P{{ n }}: {Type: String}\n{% endfor %}\n",
                )
            ],
            ["named-large.template.yaml:1:1: T102 201 parameters, at most 200 are allowed"],
        ),
    },
)
def test_templates_are_rendered_by_validate(
    root: Path, run: Run, edits: Sequence[Edit], found: list[str]
) -> None:
    for edit in edits:
        make(root, edit)
    for argv in ("validate",), ("validate", "products/named/product.yaml"), ("validate", "products"):
        ran = run("-C", root, *argv)
        assert ran.code == 2
        lines = [line for line in ran.out.splitlines() if ": T" in line]
        assert lines[: len(found)] == found
        assert f"; {'0 of 1' if argv[-1] == 'products/named/product.yaml' else ''}" in ran.out
    assert run("-C", root, "validate", PORTFOLIO, "products/plain").code == 0


def test_a_wrong_family_causes_no_other_problems(root: Path, run: Run) -> None:
    """Entries and configs that may mean its products are not reported; all others are."""
    make(root, ("products/named/product.yaml", "axes: {size", "axes: {siize"))
    make(root, (PORTFOLIO, NAMED, f"{NAMED}  - {{product: nothing-*}}\n"))
    ran = run("-C", root, "validate")
    rules = [line.split()[1] for line in ran.out.splitlines() if line.startswith(("products/", "portfolio/"))]
    assert (ran.code, sorted(set(rules))) == (2, ["P115", "P133", "P134"])
    assert "P115 no product matches 'nothing-*'" in ran.out


def test_a_wrong_portfolio_leaves_no_product_unplaced(root: Path, run: Run) -> None:
    make(root, (PORTFOLIO, "provider_name", "providername"))
    ran = run("-C", root, "validate")
    assert [line.split()[1] for line in ran.out.splitlines() if line.startswith("p")] == ["P101"]


def test_each_role_name_that_is_too_long_is_told(root: Path, run: Run) -> None:
    folder = root / "products/tools/templates"
    for n in range(3):
        shutil.copy(folder / "topic.yaml", folder / f"{'x' * 50}-{n:03}.yaml")
    ran = run("-C", root, "validate")
    lines = [line for line in ran.out.splitlines() if ": P1" in line]
    assert [line.partition(" '")[0] for line in lines if "P136" in line] == [
        f"products/tools/templates/{'x' * 50}-00{n}.yaml:1:1: P136" for n in range(3)
    ]


@pytest.mark.parametrize(
    "command", [("bootstrap",), ("policy", "named-*"), ("bootstrap", "--template", "out")]
)
def test_launch_roles_that_cannot_be_derived_are_told_with_the_faults_of_files(
    root: Path, run: Run, command: Sequence[str]
) -> None:
    make(root, (MAIN, "Resources:\n  A: {Type: A::B::C}\n"))
    make(root, (PORTFOLIO, "provider_name", "providername"))
    ran = run("-C", root, *command)
    assert (ran.code, ran.out) == (2, "")
    assert [line for line in ran.err.splitlines() if line.startswith("error: ")] == [
        "error: portfolio/tools.yaml:2:1: P101 unknown key 'providername'",
        f"error: {MAIN}:1:1: T030 the launch policy of A::B::C cannot be derived: unknown resource type:"
        " named-large and 1 more",
    ]


def test_a_target_that_is_not_chosen_stops_no_plan(root: Path) -> None:
    text = (root / TARGETS).read_text(encoding="utf-8")
    (root / TARGETS).write_text(text.replace("222222222222", "444444444444"), encoding="utf-8")
    for targets in ((), ("spoke",), ("444444444444/us-west-2",)):
        with pytest.raises(InputError, match="444444444444"):
            Project.read(root, targets=targets)
    assert "named-small" in Project.read(root, targets=("hub",)).rendered
