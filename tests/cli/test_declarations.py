from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.cli import main
from publisher.declarations.form import read_forms
from publisher.declarations.schema import Kind, schema_of
from publisher.report.rules import markdown, table
from tests.conftest import ROOT, Run, cases, write_files

GOOD = Path(__file__).parents[1] / "declarations" / "good"
CHURN = "configs/techcorp-dev-a001-us-west-2-customer-churn-ml-codecommit.yaml"
WRONG = f"{CHURN}:5:13: P106 'use_case' must be at most 18 characters long, not 19: 'customer-churn-long'\n"
SHORTEN = "  hint: shorten it by 1 character\n"
UNPLACED = "'ml-project-enterprise-codecommit-sgprov-direct' and 3 more are in no portfolio"
PLACE = "add it to the products of a portfolio"
WARNING = f"products/ml-project/product.yaml:1:9: P139 warning: {UNPLACED}\n  hint: {PLACE}\n"
WARNED = {
    "path": "products/ml-project/product.yaml",
    "line": 1,
    "column": 9,
    "rule": "P139",
    "severity": "warning",
    "message": UNPLACED,
    "hint": PLACE,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(GOOD, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def wrong(project: Path) -> Path:
    path = project / CHURN
    path.write_text(path.read_text().replace("customer-churn", "customer-churn-long"))
    return project


def test_everything_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(GOOD), "validate"]) == 0
    ok = "10 files OK: 2 portfolios, 13 products, 5 launch configs, 1 warning\n"
    assert capsys.readouterr() == (f"{WARNING}{ok}", "")


def test_one_line_with_place_and_remedy(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(wrong), "validate"]) == 2
    assert capsys.readouterr() == (f"{WRONG}{SHORTEN}{WARNING}1 problem, 1 warning; 9 of 10 files OK\n", "")


def test_problems_as_json(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "-C", str(wrong), "validate"]) == 2
    assert json.loads(capsys.readouterr().out) == {
        "problems": [
            {
                "path": CHURN,
                "line": 5,
                "column": 13,
                "rule": "P106",
                "severity": "error",
                "message": "'use_case' must be at most 18 characters long, not 19: 'customer-churn-long'",
                "hint": "shorten it by 1 character",
            },
            WARNED,
        ]
    }


def test_no_problems_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "-C", str(GOOD), "validate"]) == 0
    assert json.loads(capsys.readouterr().out) == {"problems": [WARNED]}


@cases(
    ("paths", "code", "end"),
    {
        "the wrong one": ([CHURN], 2, "1 problem; 0 of 1 files OK"),
        "folder": (["configs"], 2, "1 problem; 4 of 5 files OK"),
        "others": (
            ["portfolio", "products/widget/product.yaml"],
            0,
            "3 files OK: 2 portfolios, 1 product, 0 launch configs",
        ),
        "families": (["products"], 0, "3 files OK: 0 portfolios, 13 products, 0 launch configs, 1 warning"),
    },
)
def test_some_files(
    paths: list[str], code: int, end: str, wrong: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["-C", str(wrong), "validate", *paths]) == code
    assert capsys.readouterr().out.splitlines()[-1] == end


def test_paths_are_relative_to_the_project_or_to_here(
    wrong: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(wrong / "configs")
    assert main(["-C", "..", "validate", Path(CHURN).name]) == 2
    assert capsys.readouterr().out.startswith(WRONG)


def test_a_link_to_itself(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "configs" / "loop.yaml").symlink_to("loop.yaml")
    assert main(["-C", str(project), "validate", "configs"]) == 2
    assert capsys.readouterr().out.startswith("configs/loop.yaml:1:1: P001 broken symlink\n")


def test_a_file_outside_the_project(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / Path(CHURN).name
    path.write_text((project / CHURN).read_text().replace("tier: starter", "tier: startr"))
    assert main(["-C", str(project), "validate", str(path)]) == 2
    assert capsys.readouterr().out.splitlines() == [
        f"{path}:4:9: P104 'tier' is invalid: 'startr'",
        "  hint: did you mean 'starter'? (valid values are starter, professional, enterprise)",
        "1 problem; 0 of 1 files OK",
    ]


def test_no_such_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(GOOD), "validate", "configs/nothing.yaml"]) == 2
    assert capsys.readouterr().out.splitlines()[0] == "configs/nothing.yaml:1:1: P001 file not found"


def test_a_folder_without_declarations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(GOOD), "validate", str(tmp_path)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"error: no declarations in '{tmp_path}'",
        "hint: pass files, or one of the folders portfolio, products, configs",
    ]


def test_rules_are_held_against_rendered_templates(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "portfolio" / "platform.yaml"
    path.write_text(path.read_text().replace("{Ref: LogRetentionDays}", "{Ref: LogRetention}"))
    assert main(["-C", str(project), "validate"]) == 2
    assert capsys.readouterr().out.splitlines() == [
        "portfolio/platform.yaml:29:63: P120 the template of 'ml-project-enterprise-codecommit-sgprov-ssm' "
        "has no parameter 'LogRetention'",
        "  hint: did you mean 'LogRetentionDays'? (its parameters are Environment, LogRetentionDays)",
        *WARNING.splitlines(),
        "1 problem, 1 warning; 9 of 10 files OK",
    ]


def test_a_template_that_does_not_render(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "products" / "ml-project" / "template" / "main.yaml.j2"
    path.write_text("Resources: {{ colour }}\n")
    assert main(["-C", str(project), "validate"]) == 2
    assert "\nproducts/ml-project/template/main.yaml.j2:1:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "after", "rule", "ok"),
    [
        pytest.param("type: object", "type: objekt", "P104", "0 of 2", id="unread"),
        pytest.param("ml_product.use_case }}", "ml_product.used_case }}", "P172", "1 of 2", id="evaluated"),
    ],
)
def test_a_config_is_shown_with_its_wrong_form(
    before: str, after: str, rule: str, ok: str, project: Path, run: Run
) -> None:
    form = project / "products/ml-project/launch.yaml"
    text = form.read_text()
    assert before in text
    form.write_text(text.replace(before, after, 1))
    ran = run("-C", project, "validate", CHURN)
    lines = ran.out.splitlines()
    assert (ran.code, lines[0].split()[1], lines[-1]) == (2, rule, f"1 problem; {ok} files OK")


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(GOOD), "list", "widget", "*-starter-s3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[4:]] == [
        ["PRODUCT", "IN", "FILES", "AXES", "PORTFOLIOS"],
        [
            "ml-project-starter-s3",
            "1.2.0",
            "tier=starter",
            "source_control=s3",
            "vpc_mode=none",
            "vpc_source=none",
            "platform,",
            "widgets",
        ],
        ["widget", "0.1.0-rc.1", "platform,", "widgets"],
    ]
    assert lines[0].split() == ["PORTFOLIO", "NAME", "PRODUCTS", "PRINCIPALS"]
    assert lines[2].split() == ["widgets", "Widgets", "2"]


def test_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "-C", str(GOOD), "list", "*-starter-s3"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["portfolios"][1] == {
        "name": "widgets",
        "display_name": "Widgets",
        "products": ["ml-project-starter-s3", "widget"],
        "principals": [],
    }
    assert document["products"] == [
        {
            "product": "ml-project-starter-s3",
            "family": "ml-project",
            "version": "1.2.0",
            "display_name": "ML project: starter, S3",
            "axes": {"tier": "starter", "source_control": "s3", "vpc_mode": "none", "vpc_source": "none"},
            "portfolios": ["platform", "widgets"],
        }
    ]


def test_list_of_wrong_declarations(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "products" / "widget" / "product.yaml"
    path.write_text(path.read_text().replace("owner", "ownr"))
    assert main(["-C", str(project), "list"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: products/widget/product.yaml:4:1: P101 unknown key 'ownr'",
        "hint: did you mean 'owner'?",
    ]


@pytest.mark.parametrize("kind", ["portfolio", "product", "form", "config"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_schema(kind: Kind, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*options, "schema", kind]) == 0
    assert json.loads(capsys.readouterr().out) == schema_of(kind, read_forms(ROOT))


def test_schemas_are_written(project: Path, run: Run) -> None:
    kinds = ("portfolio", "product", "form", "config", "targets", "pipeline")
    names = [f"docs/schema/{kind}.schema.json" for kind in kinds]
    assert run("-C", project, "schema", "--write").out == "".join(f"{name} written\n" for name in names)
    forms = read_forms(project)
    assert json.loads((project / "docs/schema/config.schema.json").read_text()) == schema_of("config", forms)


def test_schemas_that_files_name_are_there_or_missed(project: Path, run: Run) -> None:
    for name, schema in ((CHURN, "../docs/schema/config.schema.json"), ("portfolio/x.yaml", "../../passwd")):
        path = project / name
        text = (
            path.read_text() if path.exists() else "display_name: X\nprovider_name: P\nregions: [us-west-2]\n"
        )
        path.write_text(f"# yaml-language-server: $schema={schema}\n{text}")
    missed = run("-C", project, "validate").err
    assert missed == (
        "docs/schema/config.schema.json is not there, but files name it for editors: "
        "run publisher schema --write\n"
    )
    run("-C", project, "schema", "--write")
    assert run("-C", project, "validate").err == ""


@pytest.mark.parametrize("words", [[], ["config", "--write"]])
def test_schema_of_one_kind_or_all(words: list[str], run: Run) -> None:
    ran = run("schema", *words)
    assert (ran.code, ran.err) == (
        2,
        "error: a kind of file, or --write, is required\n"
        "hint: kinds are portfolio, product, form, config, targets, pipeline\n",
    )


def test_schema_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "launch"]) == 2
    assert "'launch'" in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_list_rules(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*options, "validate", "--list-rules"]) == 0
    out = capsys.readouterr().out
    assert (json.loads(out) if options else out) == ({"rules": table()} if options else markdown())


def test_nothing_heavy_is_imported_for_help() -> None:
    code = "import sys, publisher.cli.declarations; print(*sorted(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert {"boto3", "moto", "cfnlint", "pydantic", "jinja2", "yaml"}.isdisjoint(modules.split())


def test_names_and_launch_roles_are_reported_in_one_run(tmp_path: Path, run: Run) -> None:
    """Each template at its own file."""
    topic, serverless = "Resources: {T: {Type: AWS::SNS::Topic}}\n", "Transform: AWS::Serverless-2016-10-31\n"
    folder, long = "products/a/templates", "x" * 60
    display = "y" * 101
    templates = {f"{folder}/{long}{n}.yaml": topic for n in (1, 2)}
    templates |= {f"{folder}/{display}.yaml": topic}
    templates |= {f"{folder}/s{n}.yaml": serverless + topic for n in (1, 2)}
    files = {
        "products/a/product.yaml": "family: a\nversion: '1.0.0'\ndisplay_name: '{template}'\nowner: T\n"
        "template: templates\n",
        "portfolio/p.yaml": "display_name: P\nprovider_name: T\nregions: [us-west-2]\n"
        "products: [{product: a-*}]\n",
    }
    ran = run("-C", write_files(tmp_path, files | templates), "validate")
    found = [line.split(" ")[:2] for line in ran.out.splitlines() if " P1" in line or " T0" in line]
    assert found == [
        [f"{folder}/s1.yaml:1:1:", "T030"],
        [f"{folder}/s2.yaml:1:1:", "T030"],
        [f"{folder}/{long}1.yaml:1:1:", "P136"],
        [f"{folder}/{long}2.yaml:1:1:", "P136"],
        *[[f"{folder}/{display}.yaml:1:1:", "P136"]] * 2,
    ]
