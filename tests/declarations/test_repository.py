from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from publisher.declarations import Repository, load
from publisher.declarations.form import read_forms
from publisher.declarations.portfolio_products import check_parameters
from publisher.declarations.repository import declared, read_all
from publisher.errors import InputError
from publisher.launch.by_form import check_requests
from tests.conftest import ROOT, cases, write_files

GOOD = Path(__file__).parent / "good"
CHURN = "configs/techcorp-dev-a001-us-west-2-customer-churn-ml-codecommit.yaml"

Edit = Callable[[str, str, str], None]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(GOOD, tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def edit(project: Path) -> Edit:
    def replace(path: str, before: str, after: str) -> None:
        text = (project / path).read_text(encoding="utf-8")
        assert before in text
        (project / path).write_text(text.replace(before, after, 1), encoding="utf-8")

    return replace


def problems(project: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(project)
    return [f"{problem} | {problem.hint}" for problem in caught.value.problems]


@pytest.fixture(scope="module")
def good() -> Repository:
    return load(GOOD)


def test_what_is_read(good: Repository) -> None:
    assert [portfolio.name for portfolio in good.portfolios] == ["platform", "widgets"]
    assert [family.name for family in good.families] == ["ml-project", "widget"]
    assert [config.path for config in good.configs] == sorted(
        path.relative_to(GOOD).as_posix() for path in GOOD.glob("configs/*.yaml")
    )


def test_our_own_declarations_are_right() -> None:
    ours = load(ROOT)
    assert len(ours.configs) == len([*ROOT.glob("configs/*.yaml")])
    assert {it.family.name for it in ours.variants} == {it.name for it in ours.families}


def test_a_family(good: Repository) -> None:
    family = good.families[0]
    assert family.folder == GOOD / "products" / "ml-project"
    assert (family.version, family.template, family.launch_role) == (
        "1.2.0",
        "template/main.yaml.j2",
        "derived",
    )
    assert family.content == {"start": GOOD / "products" / "ml-project" / "content" / "start"}
    assert family.document.path == "products/ml-project/product.yaml"


def test_variants(good: Repository) -> None:
    variants = {variant.key: variant for variant in good.variants}
    assert list(variants) == [
        "ml-project-enterprise-codecommit-sgprov-direct",
        "ml-project-enterprise-codecommit-sgprov-ssm",
        "ml-project-enterprise-codecommit-standalone-direct",
        "ml-project-enterprise-codecommit-standalone-ssm",
        "ml-project-enterprise-s3-sgprov-direct",
        "ml-project-enterprise-s3-sgprov-ssm",
        "ml-project-enterprise-s3-standalone-direct",
        "ml-project-enterprise-s3-standalone-ssm",
        "ml-project-professional-codecommit",
        "ml-project-professional-s3",
        "ml-project-starter-codecommit",
        "ml-project-starter-s3",
        "widget",
    ]
    enterprise = variants["ml-project-enterprise-codecommit-standalone-ssm"]
    assert list(enterprise.axes.items()) == [
        ("tier", "enterprise"),
        ("source_control", "codecommit"),
        ("vpc_mode", "standalone"),
        ("vpc_source", "ssm"),
    ]
    assert enterprise.display_name == "ML project: enterprise, CodeCommit, standalone VPC from SSM"
    assert enterprise.launch_role == "launch-ml-project-enterprise-codecommit-standalone-ssm"
    widget = variants["widget"]
    assert (widget.axes, widget.display_name, widget.launch_role) == ({}, "Widget", "launch-widgets")


@cases(
    ("fields", "arn"),
    {
        "derived": ("", "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/launch-widget-boundary"),
        "none": ("permissions_boundary: none", ""),
        "existing launch role": ("launch_role: widgets", ""),
        "name": (
            "permissions_boundary: org/developers",
            "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/org/developers",
        ),
        "ARN": (
            "permissions_boundary: arn:{partition}:iam::{account_id}:policy/developers",
            "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/developers",
        ),
        "of AWS": (
            "permissions_boundary: arn:aws:iam::aws:policy/PowerUserAccess",
            "arn:aws:iam::aws:policy/PowerUserAccess",
        ),
    },
)
def test_permissions_boundary(project: Path, edit: Edit, fields: str, arn: str) -> None:
    edit("products/widget/product.yaml", "launch_role: launch-widgets", fields)
    (widget,) = load(project).select("widget")
    assert widget.permissions_boundary == arn


@cases(
    ("globs", "keys"),
    {
        "key": (["widget"], ["widget"]),
        "glob": (["*-starter-*"], ["ml-project-starter-codecommit", "ml-project-starter-s3"]),
        "overlapping": (
            ["widget", "*-starter-s3", "*-s3"],
            ["ml-project-professional-s3", "ml-project-starter-s3", "widget"],
        ),
    },
)
def test_select(good: Repository, globs: list[str], keys: list[str]) -> None:
    assert [variant.key for variant in good.select(*globs)] == keys


def test_select_everything(good: Repository) -> None:
    assert good.select() == good.variants


@cases(
    ("glob", "hint"),
    {
        "typo": ("ml-project-starter-s4", "did you mean 'ml-project-starter-s3'?"),
        "several": (
            "ml-project-enterprise-codecommit-standalone",
            "did you mean 'ml-project-enterprise-codecommit-standalone-ssm' or "
            "'ml-project-enterprise-codecommit-standalone-direct'?",
        ),
        "other": ("zzz", "run publisher list to see the products"),
    },
)
def test_select_nothing(good: Repository, glob: str, hint: str) -> None:
    with pytest.raises(InputError, match=f"^no product matches '{glob}'$") as caught:
        good.select("widget", glob)
    assert caught.value.hint == hint


def test_variants_of_a_portfolio(good: Repository) -> None:
    assert [variant.key for variant in good.variants_of(good.portfolios[1])] == [
        "ml-project-starter-s3",
        "widget",
    ]


def test_no_project(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it has no portfolio/, products/ or configs/"):
        load(tmp_path)


def test_configs_can_be_left_out(project: Path, edit: Edit) -> None:
    edit(CHURN, "tier: starter", "tier: x")
    assert load(project, configs=False).configs == ()


def test_problems_of_all_files_at_once(project: Path, edit: Edit) -> None:
    edit(CHURN, "tier: starter", "tier: starters")
    edit("portfolio/widgets.yaml", "product: widget", "product: widgets")
    edit("configs/edge-prod-0012-us-west-2-fraud-detection-ml-s3-workload.yaml", "env: prod", "env: [")
    assert [line.split(" ")[:2] for line in problems(project)] == [
        ["configs/edge-prod-0012-us-west-2-fraud-detection-ml-s3-workload.yaml:2:21:", "P002"],
        [f"{CHURN}:4:9:", "P104"],
        ["portfolio/widgets.yaml:5:14:", "P115"],
    ]


def test_a_wrong_family_causes_no_false_complaints(project: Path, edit: Edit) -> None:
    edit("products/ml-project/product.yaml", "owner:", "ownr:")
    assert problems(project) == [
        "products/ml-project/product.yaml:4:1: P101 unknown key 'ownr' | did you mean 'owner'?"
    ]


def test_a_family_that_cannot_be_read(project: Path) -> None:
    (project / "products" / "widget" / "product.yaml").unlink()
    assert problems(project) == [
        "products/widget/product.yaml:1:1: P001 file not found | "
        "check the path, or set --directory to the project's folder"
    ]


@pytest.mark.parametrize("name", ["portfolio/more.yml", "configs/more.json"])
def test_a_file_that_would_not_be_read(name: str, project: Path) -> None:
    (project / name).write_text("{}")
    assert problems(project) == [f"{name}:1:1: P001 declarations must end in .yaml | rename it to more.yaml"]


def elsewhere(path: Path) -> None:
    path.symlink_to("../out")


@pytest.mark.parametrize(
    ("name", "replace", "flaw"),
    [
        *(
            pytest.param(
                name,
                elsewhere,
                "a symlink pointing outside the project | replace it with the folder itself",
                id=f"{name} elsewhere",
            )
            for name in ("configs", "portfolio", "products")
        ),
        pytest.param(
            "configs",
            lambda path: path.symlink_to("configs"),
            "broken symlink | replace it with a folder, or remove it",
            id="loop",
        ),
        pytest.param(
            "portfolio", Path.touch, "not a folder | replace it with a folder, or remove it", id="file"
        ),
        pytest.param(
            "products", os.mkfifo, "not a folder | replace it with a folder, or remove it", id="pipe"
        ),
    ],
)
def test_a_path_that_is_not_a_folder(
    name: str, replace: Callable[[Path], None], flaw: str, project: Path
) -> None:
    (project / name).rename(project.parent / "out")
    replace(project / name)
    assert problems(project) == [f"{name}:1:1: P001 {flaw}"]


@pytest.mark.parametrize("target", ["nowhere", "more.yaml"])
def test_a_broken_symlink(target: str, project: Path) -> None:
    (project / "configs" / "more.yaml").symlink_to(target)
    (project / "products" / "more").symlink_to("more")
    assert problems(project) == [
        "configs/more.yaml:1:1: P001 broken symlink | replace it with the file itself, or remove it",
        "products/more/product.yaml:1:1: P001 file not found | "
        "check the path, or set --directory to the project's folder",
    ]


def test_other_files_do_not_matter(project: Path) -> None:
    for name in ("portfolio/README.md", "configs/.hidden.yaml", "products/README.md", "configs/_draft.yaml"):
        (project / name).write_text("not: [a declaration")
    assert len(declared(project)) == 10


def test_two_families_make_one_product(project: Path, edit: Edit) -> None:
    shutil.copytree(project / "products" / "widget", project / "products" / "ml-project-starter")
    edit("products/ml-project-starter/product.yaml", "family: widget", "family: ml-project-starter")
    edit("products/ml-project-starter/product.yaml", "display_name: Widget", "display_name: Starter {s}")
    edit("products/ml-project-starter/product.yaml", "template:", AXES + "template:")
    assert problems(project) == [
        "products/ml-project-starter/product.yaml:1:9: P135 product 'ml-project-starter-s3' "
        "is also defined by products/ml-project/product.yaml | rename one of the two families"
    ]


AXES = "axes: {s: {s3: S3}}\ncombinations: [{s: [s3]}]\n"


def test_a_config_for_no_product(project: Path, edit: Edit) -> None:
    edit(
        "products/ml-project/product.yaml",
        "tier: [starter, professional], source_control: [codecommit, s3]",
        X,
    )
    _, found = check_requests(load(project))
    assert [f"{problem} | {problem.hint}" for problem in found] == [
        f"{CHURN}:3:1: P155 product 'ml-project-starter-codecommit' not found | "
        "did you mean 'ml-project-starter-s3'?"
    ]


X = "tier: [starter, professional], source_control: [s3]"


def test_configs_alone(project: Path) -> None:
    shutil.rmtree(project / "products")
    shutil.rmtree(project / "portfolio")
    found = problems(project)
    assert (len(found), found[-1]) == (
        5,
        f"{CHURN}:1:1: P149 no launch form has the keys 'client', 'environment', 'ml_product' | "
        "add the launch.yaml of the family, or write the keys of a form: product, name, account_id, region, "
        "sagemaker_project",
    )
    form = "products/ml-project/launch.yaml"
    write_files(project, {form: (GOOD / form).read_text()})
    assert len(load(project).configs) == 5


@cases(
    ("path", "problem"),
    {
        "file": (
            "product.yaml",
            "P131 folder 'product.yaml' not found | write the path of a folder below this folder",
        ),
        "misspelt": ("contents", "P131 folder 'contents' not found | did you mean 'content'?"),
        "long": (
            "x" * 256,
            f"P105 'start' is invalid: '{'x' * 119}…' | "
            "write a path below this folder, with forward slashes and without '..'",
        ),
    },
)
def test_a_content_folder_that_is_not_there(path: str, problem: str, project: Path, edit: Edit) -> None:
    edit("products/ml-project/product.yaml", "content/start", path)
    assert problems(project) == [f"products/ml-project/product.yaml:21:18: {problem}"]


def test_an_empty_content_folder(project: Path) -> None:
    (project / "products" / "ml-project" / "content" / "start" / "README.md").unlink()
    assert problems(project) == [
        "products/ml-project/product.yaml:21:18: P131 the folder 'content/start' is empty | "
        "add files, or remove the entry"
    ]


def test_a_template_outside_the_family(project: Path) -> None:
    template = project / "products" / "widget" / "template" / "main.yaml"
    template.rename(project / "main.yaml")
    template.symlink_to(project / "main.yaml")
    assert problems(project) == [
        "products/widget/product.yaml:5:11: P131 'template/main.yaml' "
        "is a symlink pointing outside the family's folder | replace it with the files themselves"
    ]


@cases(
    ("make", "flaw"),
    {
        "link": (
            lambda path: path.symlink_to(ROOT / "README.md"),
            "is a symlink pointing outside the family's folder | replace it with the files themselves",
        ),
        "pipe": (os.mkfifo, "is not a regular file | use a regular file instead"),
        "folder": (Path.mkdir, "is not a regular file | use a regular file instead"),
    },
)
def test_templates_of_a_folder(make: Callable[[Path], None], flaw: str, project: Path, edit: Edit) -> None:
    make(project / "products" / "widget" / "template" / "two.yaml")
    edit("products/widget/product.yaml", "template: template/main.yaml", "template: template")
    assert f"products/widget/product.yaml:5:11: P131 'template/two.yaml' {flaw}" in problems(project)


def test_templates_with_unusual_file_names(project: Path, edit: Edit) -> None:
    templates = project / "products" / "widget" / "template"
    for name in ("VPC_EC2 (2).yaml", "RHEL7_cfn-hup.template", "S3.Access.JSON", "öffentlich.yml"):
        (templates / name).write_text("Resources: {A: {Type: AWS::SNS::Topic}}\n")
    edit("products/widget/product.yaml", "template: template/main.yaml", "template: template")
    edit("products/widget/product.yaml", "display_name: Widget", 'display_name: "Widget {template}"')
    for name in ("platform", "widgets"):
        edit(f"portfolio/{name}.yaml", "product: widget", "product: widget-*")
    found = {it.key: (it.display_name, it.template) for it in load(project).select("widget-*")}
    assert found == {
        "widget-main": ("Widget main", "template/main.yaml"),
        "widget-offentlich": ("Widget öffentlich", "template/öffentlich.yml"),
        "widget-rhel7-cfn-hup": ("Widget RHEL7_cfn-hup", "template/RHEL7_cfn-hup.template"),
        "widget-s3-access": ("Widget S3.Access", "template/S3.Access.JSON"),
        "widget-vpc-ec2-2": ("Widget VPC_EC2 (2)", "template/VPC_EC2 (2).yaml"),
    }


def test_too_many_constraints(project: Path, edit: Edit) -> None:
    rule = "rules: {R: {Assertions: [{Assert: {Fn::Equals: [a, a]}}]}}"
    rules = ", ".join(f"{{type: TEMPLATE, name: t{n}, {rule}}}" for n in range(60))
    entries = (
        f"  - {{product: wid*, constraints: [{rules}]}}\n"
        f"  - {{product: '*get', constraints: [{rules.replace('name: t', 'name: u')}]}}\n"
    )
    edit("portfolio/widgets.yaml", '  - product: "*-starter-s3"', f'{entries}  - product: "*-starter-s3"')
    assert problems(project) == [
        "portfolio/widgets.yaml:4:1: P118 'widget' has 121 constraints, at most 100 are allowed | "
        "merge the rules of some constraints"
    ]


def test_rules_against_parameters(good: Repository) -> None:
    names: dict[str, Any] = {"Environment": {}, "LogRetentionDays": {}, "VpcId": {}}
    keys = [it.key for it in good.variants if "enterprise" in it.key and "ssm" in it.key]
    assert check_parameters(good.portfolios, {key: names for key in keys}) == ()
    found = check_parameters(good.portfolios, {key: {"Environmen": {}, "VpcId": {}} for key in keys})
    lacks = f"P120 the template of '{keys[0]}' has no parameter"
    known = "its parameters are Environmen, VpcId"
    assert [f"{problem} | {problem.hint}" for problem in found] == [
        f"portfolio/platform.yaml:26:39: {lacks} 'Environment' | did you mean 'Environmen'? ({known})",
        f"portfolio/platform.yaml:29:63: {lacks} 'LogRetentionDays' | {known}",
        f"portfolio/platform.yaml:34:69: {lacks} 'Environment' | did you mean 'Environmen'? ({known})",
    ]


@cases(
    ("parameter", "reason"),
    {
        "allowed": ({"AllowedValues": ["365", 731]}, None),
        "not allowed": (
            {"AllowedValues": ["1", "365"]},
            "it is not in AllowedValues | allowed values are 1, 365",
        ),
        "number": ({"Type": "Number", "MinValue": 365, "MaxValue": "731"}, None),
        "too large": ({"Type": "Number", "MaxValue": 400}, "MaxValue is 400 | write a smaller number"),
        "too small": ({"Type": "Number", "MinValue": "732"}, "MinValue is 732 | write a larger number"),
        "pattern": ({"AllowedPattern": "[0-9]+"}, None),
        "pattern that only Java reads": ({"AllowedPattern": "[a-z"}, None),
        "another pattern": (
            {"AllowedPattern": "[a-z]+"},
            "it does not match AllowedPattern [a-z]+ | write a value that matches",
        ),
        "pattern in words": (
            {"AllowedPattern": "[a-z]+", "ConstraintDescription": "Lowercase."},
            "it does not match AllowedPattern [a-z]+ | write a value that matches: 'Lowercase.'",
        ),
        "too short": ({"MinLength": 4}, "MinLength is 4 | write a longer value"),
        "too long": ({"MaxLength": "2"}, "MaxLength is 2 | write a shorter value"),
        "read from SSM": ({"Type": "AWS::SSM::Parameter::Value<String>", "MaxLength": 1}, None),
    },
)
def test_values_against_parameters(good: Repository, parameter: dict[str, Any], reason: str | None) -> None:
    key = "ml-project-enterprise-s3-sgprov-ssm"
    known = {"Environment": {}, "LogRetentionDays": parameter, "VpcId": {}}
    found = check_parameters(good.portfolios, {key: known})
    shown = [f"{problem} | {problem.hint}" for problem in found]
    never = f"P121 parameter 'LogRetentionDays' of '{key}' cannot be"
    if reason is None:
        assert shown == []
    else:
        assert shown[-1] == f"portfolio/platform.yaml:29:49: {never} '731': {reason}"


def test_a_value_that_one_of_the_products_can_have(good: Repository) -> None:
    one, two = "ml-project-enterprise-s3-sgprov-ssm", "ml-project-enterprise-s3-standalone-ssm"
    rest: dict[str, Any] = {"Environment": {}, "VpcId": {}}
    parameters = {
        one: {**rest, "LogRetentionDays": {"AllowedValues": ["365"]}},
        two: {**rest, "LogRetentionDays": {"AllowedValues": ["731"]}},
    }
    assert check_parameters(good.portfolios, parameters) == ()


def test_numbers_are_written_as_numbers(good: Repository) -> None:
    key = "ml-project-enterprise-s3-sgprov-ssm"
    known = {"Environment": {"Type": "Number"}, "LogRetentionDays": {}, "VpcId": {}}
    (problem, *_) = check_parameters(good.portfolios, {key: known})
    assert problem.message == f"parameter 'Environment' of '{key}' cannot be 'prod': its type is Number"


def test_products_in_no_portfolio(project: Path) -> None:
    reading = read_all(project, declared(project))
    (problem,) = reading.problems
    assert (str(problem), problem.hint, problem.severity) == (
        "products/ml-project/product.yaml:1:9: "
        "P139 warning: 'ml-project-enterprise-codecommit-sgprov-direct' and 3 more are in no portfolio",
        "add it to the products of a portfolio",
        "warning",
    )


def test_reading_takes_files_from_anywhere(project: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong-name.yaml"
    path.write_text((project / CHURN).read_text())
    reading = read_all(project, [*declared(project), path])
    assert len(reading.configs) == 6
    assert reading.files[-1] == path.as_posix()


def test_a_form_that_is_a_broken_symlink_is_reported(tmp_path: Path) -> None:
    form = tmp_path / "products" / "store" / "launch.yaml"
    form.parent.mkdir(parents=True)
    form.symlink_to("nothing.yaml")
    for read in (read_forms, load):
        with pytest.raises(InputError, match=r"^products/store/launch.yaml:1:1: P001 broken symlink$"):
            read(tmp_path)
