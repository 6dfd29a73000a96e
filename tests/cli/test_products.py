from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from publisher.templates import template_digest
from tests.conftest import ROOT, Ran, Run, write_files

PORTFOLIO = """
display_name: Topics
provider_name: us
regions: [us-east-1, eu-west-1]
products:
  - product: topic-*
    constraints:
      - {type: LAUNCH, description: "Why not."}
      - type: TEMPLATE
        name: some-names
        description: Only some.
        rules: {Names: {Assertions: [{Assert: {"Fn::Contains": [[a], {Ref: Name}]}}]}}
"""
FIXED = """
display_name: Fixed
provider_name: us
regions: [eu-west-1, us-west-2]
products:
  - product: topic-small
    constraints:
      - {type: LAUNCH, role_arn: "arn:aws:iam::111111111111:role/r"}
"""
FAMILY = """
family: topic
version: "1.2.0"
display_name: "Topic, {size}"
owner: us
description: A topic.
axes: {size: {small: small, large: large}}
combinations: [{size: [small, large]}]
template: template/main.yaml.j2
content: {start: content/start}
"""
TEMPLATE = """
Metadata:
  AWS::CloudFormation::Interface:
    ParameterGroups: [{Label: {default: All}, Parameters: [Name]}]
    ParameterLabels: {Name: {default: The name}}
Parameters:
  Name: {Type: String, Default: "", Description: "Its name | or nothing.", AllowedValues: ["", a]}
{% if size == "large" %}
Conditions:
  Named: !Not [!Equals [!Ref Name, ""]]
{% endif %}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Name}
{% if size == "large" %}
  Parameter:
    Type: AWS::SSM::Parameter
    Condition: Named
    Properties: {Name: !Sub "/topic/${Name}", Type: String, Value: {{ content.start.key }}}
{% endif %}
Outputs:
  TopicArn: {Description: The topic., Value: !Ref Topic}
"""
README = """# Topic
<!-- generated:parameters -->
old
<!-- /generated -->
between
<!-- generated:outputs -->
<!-- /generated -->
<!-- generated:products -->
<!-- /generated -->
end
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_files(
        tmp_path / "project",
        {
            "portfolio/topics.yaml": PORTFOLIO,
            "portfolio/fixed.yaml": FIXED,
            "products/topic/product.yaml": FAMILY,
            "products/topic/template/main.yaml.j2": TEMPLATE,
            "products/topic/content/start/a.txt": "a",
            "products/topic/README.md": README,
            "docs/about.md": "# About\nno regions\n",
        },
    )


@pytest.fixture
def break_(project: Path) -> Callable[[str, str], None]:
    def replace(old: str, new: str) -> None:
        path = project / "products/topic/template/main.yaml.j2"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return replace


SMALL: dict[str, Any] = {
    "Metadata": {
        "AWS::CloudFormation::Interface": {
            "ParameterGroups": [{"Label": {"default": "All"}, "Parameters": ["Name"]}],
            "ParameterLabels": {"Name": {"default": "The name"}},
        }
    },
    "Parameters": {
        "Name": {
            "Type": "String",
            "Default": "",
            "Description": "Its name | or nothing.",
            "AllowedValues": ["", "a"],
        }
    },
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Name"}}}},
    "Outputs": {"TopicArn": {"Description": "The topic.", "Value": {"Ref": "Topic"}}},
}


def entry(product: str, digest: str, path: str, resources: int) -> dict[str, Any]:
    return {
        "product": product,
        "family": "topic",
        "version": "1.2.0",
        "digest": digest,
        "path": path,
        "resources": resources,
    }


def test_render_one(project: Path, run: Run) -> None:
    ran = run("-C", project, "render", "topic-small")
    assert (ran.code, ran.out, ran.err) == (0, template_digest.dump(SMALL), "")


def test_render_several(project: Path, run: Run) -> None:
    ran = run("-C", project, "render")
    large, small = ran.out.removeprefix("---\n").split("---\n")
    assert large.startswith("# topic-large.template.yaml sha256:")
    assert (
        small == f"# topic-small.template.yaml {template_digest.digest(SMALL)}\n{template_digest.dump(SMALL)}"
    )


def test_render_as_json(project: Path, run: Run) -> None:
    ran = run("-C", project, "--json", "render", "topic-s*")
    assert ran.document == {
        "products": [entry("topic-small", template_digest.digest(SMALL), "topic-small.template.yaml", 1)]
    }


def test_render_into_a_folder(project: Path, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    ran = run("-C", project, "render", "-o", folder)
    assert ran.code == 0
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    digests = {each["product"]: each["digest"] for each in manifest["products"]}
    assert manifest["products"] == [
        entry("topic-large", digests["topic-large"], "topic-large.template.yaml", 2),
        entry("topic-small", template_digest.digest(SMALL), "topic-small.template.yaml", 1),
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "topic-large.template.yaml",
        "topic-small.template.yaml",
    ]
    assert (folder / "topic-small.template.yaml").read_bytes() == template_digest.dump(SMALL).encode()
    assert ran.out == (
        f"topic-large  1.2.0  {digests['topic-large'][:19]}  2 resources\n"
        f"topic-small  1.2.0  {digests['topic-small'][:19]}  1 resource\n"
        f"2 templates and manifest.json written to {folder}\n"
    )
    document = run("-C", project, "--json", "render", "topic-small", "--output", folder).document
    assert document["products"][0]["path"] == (folder / "topic-small.template.yaml").as_posix()


def test_no_such_product(project: Path, run: Run) -> None:
    for command in ("render", "lint", "show"):
        ran = run("-C", project, command, "topic-smal")
        assert (ran.code, ran.out) == (2, "")
        hint = "did you mean 'topic-small'?"
        assert ran.err == f"error: no product matches 'topic-smal'\nhint: {hint}\n"


def test_a_wrong_template(project: Path, run: Run, break_: Callable[[str, str], None]) -> None:
    break_("!Ref Topic", "!Reff Topic")
    for command in ("render", "lint", "docs"):
        ran = run("-C", project, command)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == (
            "error: products/topic/template/main.yaml.j2:23:1: T012 unknown tag '!Reff': topic-large"
            " and 1 more\nhint: did you mean '!Ref'?\n"
        )


def test_lint_finds_nothing(project: Path, run: Run) -> None:
    ran = run("-C", project, "lint")
    assert (ran.code, ran.out) == (0, "2 templates OK in eu-west-1, us-east-1, us-west-2\n")
    assert ran.err == "linting 2 templates\n[1/2] topic-large\n[2/2] topic-small\n"
    assert run("-C", project, "--json", "lint", "topic-small").document == {"problems": []}


def test_lint_finds_something(project: Path, run: Run, break_: Callable[[str, str], None]) -> None:
    break_("DisplayName: !Ref Name", "Nope: 1")
    break_("Description: The topic., ", "")
    ran = run("-C", project, "lint", "topic-small")
    assert ran.code == 2
    *problems, last = ran.out.splitlines()
    assert [line.split(" ")[1] for line in problems if not line.startswith("  hint: ")] == [
        "W2001",
        "E3002",
        "T106",
    ]
    refer = "line numbers of *.template.yaml refer to publisher render -o DIR"
    assert last == f"1 error, 2 warnings in 1 of 1 template; {refer}"
    assert " T106 warning: output 'TopicArn' has no description" in ran.out
    ran = run("-C", project, "--json", "lint", "topic-small")
    assert ran.code == 2
    assert [(each["rule"], each["severity"], each["path"]) for each in ran.document["problems"]] == [
        ("W2001", "warning", "topic-small.template.yaml"),
        ("E3002", "error", "topic-small.template.yaml"),
        ("T106", "warning", "topic-small.template.yaml"),
    ]


def test_lint_warns_and_reports_errors_only(
    project: Path, run: Run, break_: Callable[[str, str], None]
) -> None:
    break_("Description: The topic., ", "")
    ran = run("-C", project, "lint", "topic-small")
    assert (ran.code, ran.out.splitlines()[-1].partition(";")[0]) == (0, "1 warning in 1 of 1 template")
    ran = run("-C", project, "lint", "--errors-only", "topic-small")
    assert (ran.code, ran.out) == (0, "1 template OK in eu-west-1, us-east-1, us-west-2\n")
    break_("DisplayName: !Ref Name", "Nope: 1")
    ran = run("-C", project, "--json", "lint", "--errors-only", "topic-small")
    assert (ran.code, [it["rule"] for it in ran.document["problems"]]) == (2, ["E3002"])


def test_lint_in_the_regions_of_all_portfolios(
    project: Path, run: Run, break_: Callable[[str, str], None]
) -> None:
    break_("Type: AWS::SNS::Topic\n", "Type: AWS::CodeCommit::Repository\n")
    break_("DisplayName: !Ref Name", "RepositoryName: a, RepositoryDescription: !Sub 'a${Name}'")
    assert run("-C", project, "lint", "topic-small").code == 0
    path = project / "portfolio/fixed.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("us-west-2", "mx-central-1"), encoding="utf-8")
    assert run("-C", project, "lint", "topic-large").code == 0
    ran = run("-C", project, "lint", "topic-small")
    assert (ran.code, ran.out.split(" ")[1]) == (2, "E3006")
    for name in ("fixed", "topics"):
        (project / f"portfolio/{name}.yaml").unlink()
    assert run("-C", project, "lint").out == "2 templates OK in us-east-1\n"


@pytest.mark.slow
def test_verbose_lint_names_templates_that_must_come_from_s3(
    project: Path, run: Run, break_: Callable[[str, str], None]
) -> None:
    topics = "".join(f"  Topic{number}: {{Type: AWS::SNS::Topic}}\n" for number in range(200))
    assert "S3" not in run("-C", project, "--verbose", "lint", "topic-small").err
    break_(
        "Resources:\n",
        f"Resources:\n{topics}  Long:\n    Type: AWS::SNS::Topic\n    Metadata: {{a: {'x' * 45000}}}\n",
    )
    ran = run("-C", project, "--verbose", "lint", "topic-small")
    assert ran.code == 0, ran.out
    size = len(run("-C", project, "render", "topic-small").out)
    assert f"topic-small.template.yaml has {size:,} bytes, more than the inline limit of 51,200\n" in ran.err


def test_show(project: Path, run: Run) -> None:
    ran = run("-C", project, "--json", "show", "topic-large")
    (shown,) = ran.document["products"]
    key = shown["content"]["start"]
    assert shown == {
        "product": "topic-large",
        "display_name": "Topic, large",
        "description": "A topic.",
        "family": "topic",
        "version": "1.2.0",
        "digest": shown["digest"],
        "axes": {"size": "large"},
        "launch_role": "launch-topic-large",
        "deploy_roles": [],
        "parameters": [
            {
                "name": "Name", "type": "String", "default": "", "required": False,
                "description": "Its name | or nothing.", "allowed_values": ["", "a"], "allowed_pattern": "",
                "constraint_description": "", "group": "All", "label": "The name",
            }
        ],
        "resources": [
            {"name": "Parameter", "type": "AWS::SSM::Parameter", "condition": "Named"},
            {"name": "Topic", "type": "AWS::SNS::Topic", "condition": None},
        ],
        "outputs": [{"name": "TopicArn", "description": "The topic.", "condition": None}],
        "ssm_parameters": ["/topic/{Name}"],
        "words": {},
        "content": {"start": key},
        "portfolios": [
            {
                "name": "topics",
                "display_name": "Topics",
                "constraints": [
                    {"type": "LAUNCH", "local_role_name": "launch-topic-large", "description": "Why not."},
                    {
                        "type": "TEMPLATE", "name": "some-names", "description": "Only some.",
                        "rules": {
                            "Names": {"Assertions": [{"Assert": {"Fn::Contains": [["a"], {"Ref": "Name"}]}}]}
                        },
                    },
                ],
            }
        ],
    }  # fmt: skip
    assert key.startswith("content/") and key.endswith(".zip")


def test_show_as_text(project: Path, run: Run) -> None:
    shown = run("-C", project, "--json", "show", "topic-large").document["products"][0]
    ran = run("-C", project, "show", "topic-large")
    assert (
        ran.out
        == f"""product      topic-large
name         Topic, large
version      1.2.0  {shown["digest"]}
axes         size=large
launch role  launch-topic-large

parameters (1)
  Name  String  = (empty)  Its name | or nothing.

resources (2)
  Parameter  AWS::SSM::Parameter  if Named
  Topic      AWS::SNS::Topic

outputs (1)
  TopicArn  The topic.

SSM parameters (1)
  /topic/{{Name}}

content (1)
  start  {shown["content"]["start"]}

constraints (2)
  topics  LAUNCH    launch-topic-large  Why not.
  topics  TEMPLATE  some-names          Only some.
"""
    )


def test_show_several(project: Path, run: Run) -> None:
    out = run("-C", project, "show", "topic-small", "topic-*").out
    assert [line for line in out.splitlines() if line.startswith("product ")] == [
        "product      topic-large",
        "product      topic-small",
    ]
    assert (
        "\n  fixed   LAUNCH    arn:aws:iam::111111111111:role/r\n  topics  LAUNCH    launch-topic-small"
        in out
    )


FRESH = """# Topic
<!-- generated:parameters -->
| parameter | type | default | description | products |
|---|---|---|---|---|
| `Name` | `String`: , `a` | (empty) | Its name &#124; or nothing. | all |
<!-- /generated -->
between
<!-- generated:outputs -->
| output | description | only if | products |
|---|---|---|---|
| `TopicArn` | The topic. |  | all |
<!-- /generated -->
<!-- generated:products -->
| product | display name |
|---|---|
| `topic-large` | Topic, large |
| `topic-small` | Topic, small |
<!-- /generated -->
end
"""


def test_docs(project: Path, run: Run) -> None:
    readme = project / "products/topic/README.md"
    ran = run("-C", project, "docs", "--check")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err == "error: out of date: products/topic/README.md\nhint: run publisher docs\n"
    assert readme.read_text(encoding="utf-8") == README
    ran = run("-C", project, "docs")
    assert (ran.code, ran.out) == (0, "products/topic/README.md written\n")
    assert readme.read_text(encoding="utf-8") == FRESH
    assert run("-C", project, "docs", "--check").out == "all up to date\n"
    assert run("-C", project, "--json", "docs").document == {"written": []}


def test_docs_with_an_unknown_region(project: Path, run: Run) -> None:
    path = project / "docs/about.md"
    path.write_text("# About\n<!-- generated:template-rule -->\n<!-- /generated -->\n", encoding="utf-8")
    ran = run("-C", project, "docs")
    assert ran.code == 2
    assert ran.err == (
        "error: docs/about.md:2:1: R001 unknown region 'template-rule'\n"
        "hint: did you mean 'template-rules'? "
        "(regions are account-checks, aws-errors, config-fields, effects, form-fields, launcher-rights, "
        "template-rules)\n"
    )
    assert (project / "products/topic/README.md").read_text(encoding="utf-8") == README


def test_docs_of_unreadable_pages(project: Path, run: Run) -> None:
    readme = project / "products/topic/README.md"
    readme.write_bytes(b"a\n\xff")
    assert run("-C", project, "docs") == Ran(
        code=2,
        out="",
        err="error: products/topic/README.md:2:1: R003 the byte 0xff is not UTF-8\n"
        "hint: save the file as UTF-8\n",
    )
    readme.rename(project.parent / "README.md")
    readme.symlink_to(project.parent / "README.md")
    assert run("-C", project, "docs") == Ran(
        code=2,
        out="",
        err="error: products/topic/README.md:1:1: R003 a symlink pointing outside the project\n"
        "hint: replace it with the file itself\n",
    )


@pytest.mark.slow
def test_our_own_files_are_up_to_date(run: Run) -> None:
    assert run("-C", ROOT, "docs", "--check").out == "all up to date\n"
