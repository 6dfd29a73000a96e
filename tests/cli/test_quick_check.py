"""validate over templates: by itself, for some of the files, and while somebody edits."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from publisher.aws.waiting import Clock
from publisher.templates.quick_engine import MODULE
from tests.conftest import ROOT, Run, cases

GOOD = ROOT / "tests/declarations/good"
WIDGET = "products/widget/template/main.yaml"
BROKEN = "Resources:\n  Topic: {Type: AWS::SNS::Topic, Properties: {TopicNam: x}}\n"
FOUND = (
    "products/widget/template/main.yaml:2:47: VF3002 Additional properties are not allowed ('TopicNam' was "
    "unexpected. Did you mean 'TopicName'?) (at Resources/Topic/Properties/TopicNam)"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return shutil.copytree(GOOD, tmp_path / "project")


@cases(
    ("paths", "code"),
    {
        "everything": ([], 2),
        "family": (["products/widget/product.yaml"], 2),
        "template": ([WIDGET], 2),
        "another family": (["products/ml-project"], 0),
        "config": (["configs"], 0),
    },
)
def test_validate_finds_errors_in_templates(run: Run, project: Path, paths: list[str], code: int) -> None:
    (project / WIDGET).write_text(BROKEN)
    done = run("-C", project, "validate", *paths)
    assert (done.code, FOUND in done.out.splitlines()) == (code, code == 2)


def test_without_the_engine_the_rest_is_checked(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / WIDGET).write_text(BROKEN)
    monkeypatch.setitem(sys.modules, MODULE, None)
    done = run("-C", project, "validate", WIDGET)
    assert (done.code, done.err) == (0, "")
    done = run("-C", project, "-v", "validate", WIDGET)
    assert "no quick check of templates: cloudformation-validate is not installed" in done.err


@pytest.mark.slow
@cases(
    "end", {"right": "", "wrong": "  Another: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Nope}}\n"}
)
def test_some_files_have_the_problems_that_they_have_among_all(run: Run, project: Path, end: str) -> None:
    for template in project.glob("products/*/template/main.yaml*"):
        template.write_text(template.read_text() + end)
    for config in (ROOT / "configs").glob("*prod.yaml"):
        shutil.copy(config, project / "configs")
    everything = run("-C", project, "--json", "validate").document["problems"]
    for path in [it for it in sorted(project.glob("*/**/*.yaml")) if "template" not in it.parts]:
        name = path.relative_to(project).as_posix()
        found = run("-C", project, "--json", "validate", name).document["problems"]
        own = [it for it in everything if _owner(it["path"]) in (name, "products/ml-project/launch.yaml")]
        assert [it for it in found if _owner(it["path"]) == name] == [
            it for it in own if _owner(it["path"]) == name
        ], name


def _owner(path: str) -> str:
    family = "ml-project" if "ml-project" in path else "widget"
    return path if "template" not in path else f"products/{family}/product.yaml"


class Editor:
    """Sleeps by saving files, one each time; then ends the run."""

    def __init__(self, *saves: Callable[[], object]) -> None:
        self._saves: Iterator[Callable[[], object]] = iter(saves)

    def sleep(self, seconds: float) -> None:
        save = next(self._saves, None)
        if save is None:
            raise KeyboardInterrupt
        save()


def test_watch_answers_on_each_save_until_it_is_interrupted(run: Run, project: Path) -> None:
    template, portfolio = project / WIDGET, project / "portfolio/widgets.yaml"
    right = template.read_text()
    editor = Editor(
        lambda: template.write_text(BROKEN),
        lambda: None,
        lambda: (project / "products/widget/template/.main.yaml.swp").write_text("x"),
        lambda: template.write_text(right),
        lambda: portfolio.write_text(portfolio.read_text() + "nope: 1\n"),
        lambda: (project / "products/widget/product.yaml").unlink(),
    )
    done = run("-C", project, "--json", "validate", "--watch", clock=Clock(sleep=editor.sleep))
    assert done.code == 0
    verdicts = [json.loads(line) for line in done.out.splitlines()]
    assert [[it["rule"] for it in one["problems"] if it["severity"] == "error"] for one in verdicts] == [
        [], ["VF3002"], [], ["P101"], ["P101", "P001"],
    ]  # fmt: skip
    assert [len(one["files"]) for one in verdicts] == [10, 1, 1, 1, 10]
    assert all(one["seconds"] >= 0 for one in verdicts)
    assert done.err.endswith("stopped\n")


def test_watch_of_folders_in_each_other(run: Run, project: Path) -> None:
    deepest = project / "products/widget"
    for _ in range(1100):
        deepest /= "d"
        deepest.mkdir()
    editor = Editor(lambda: (deepest / "new").write_text("x"))
    done = run("-C", project, "validate", "--watch", "products/widget", clock=Clock(sleep=editor.sleep))
    assert (done.code, len(done.out.splitlines()), done.err.splitlines()[-1]) == (0, 2, "stopped")
    (deepest / "new").unlink()
    os.removedirs(deepest)


def test_watch_of_some_paths_shows_them_each_time(run: Run, project: Path) -> None:
    editor = Editor(lambda: (project / WIDGET).write_text(BROKEN), lambda: (project / WIDGET).write_text("{"))
    clock = Clock(sleep=editor.sleep, now=lambda: 7.0)
    done = run("-C", project, "validate", "--watch", "products/widget", clock=clock)
    assert done.out.splitlines() == [
        "1 file OK: 0 portfolios, 1 product, 0 launch configs (0.00 s)",
        FOUND,
        "  hint: see F3002 of cloudformation-validate, and publisher lint widget",
        "1 problem; 0 of 1 files OK (0.00 s)",
        f"{WIDGET}:1:2: T010 invalid YAML: expected the node content, but found '<stream end>'",
        "  hint: the line reads: {",
        "1 problem; 0 of 1 files OK (0.00 s)",
    ]
