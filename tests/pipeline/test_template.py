"""The template of the pipeline's stack, for every source: lint, permissions, and the same bytes again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from publisher.bootstrap.grants import grant_changes
from publisher.cli.catalog import Allow
from publisher.declarations import load
from publisher.declarations.pipeline import AllowKind, read_pipeline
from publisher.declarations.targets import read_targets
from publisher.permissions.iam_reference import action
from publisher.pipeline.stack import policies_of
from publisher.pipeline.template import Template, pipeline_template, template_text
from tests.cli.conftest import FAMILY, PORTFOLIO, TEMPLATE
from tests.conftest import cases, write_files

CONNECTION = "arn:aws:codeconnections:us-west-2:111111111111:connection/00000000-0000-0000-0000-000000000000"
SOURCES = {
    "codeconnections": f"{{type: codeconnections, repository: org/catalog, connection_arn: '{CONNECTION}'}}",
    "codecommit": "{type: codecommit, repository: catalog, branch: release/1.x}",
    "new codecommit": "{type: codecommit, repository: catalog, create: true}",
    "s3": "{type: s3, bucket: sources, key: catalog.zip}",
}
GROUPS = """\
  - {name: test, targets: [hub/us-west-2], approval: false}
  - {name: production, targets: [hub/eu-west-1, spoke], prune: true, allow: [delete], builds: 3}
"""
TARGETS = """\
targets:
  hub: {account_id: "111111111111", regions: [us-west-2, eu-west-1]}
  spoke:
    account_id: "222222222222"
    regions: [us-west-2]
    role_arn: arn:aws:iam::222222222222:role/publisher
    plan_role_arn: arn:aws:iam::222222222222:role/reader
"""


def project(root: Path, source: str = SOURCES["s3"], groups: str = GROUPS, **files: str) -> Path:
    pipeline = f'account_id: "111111111111"\nregion: us-west-2\nsource: {source}\ngroups:\n{groups}'
    return write_files(
        root,
        {
            "portfolio/ml.yaml": PORTFOLIO,
            "products/studio/product.yaml": FAMILY.replace("content: {seed: content/seed}\n", ""),
            "products/studio/template/main.yaml.j2": TEMPLATE.replace('{{ content["seed"].key }}', "x"),
            "configs/targets.yaml": TARGETS,
            "configs/pipeline.yaml": pipeline,
            **files,
        },
    )


def template(root: Path) -> Template:
    return pipeline_template(read_pipeline(root), load(root, configs=False), read_targets(root))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return template(project(tmp_path_factory.mktemp("pipeline")))


def statements(template: Template, logical_id: str) -> Iterator[Mapping[str, Any]]:
    for document in policies_of(template["Resources"][logical_id]):
        yield from document["Statement"]


def actions(template: Template, logical_id: str) -> set[str]:
    listed = (it["Action"] for it in statements(template, logical_id))
    return {name for it in listed for name in (it if isinstance(it, list) else [it])}


@pytest.mark.slow
@cases("source", SOURCES)
def test_lint_finds_nothing_and_the_bytes_are_the_same(tmp_path: Path, source: str) -> None:
    root = project(tmp_path, source)
    text = template_text(template(root))
    regions = ["us-west-2", "eu-west-1"]
    config = ManualArgs(regions=regions, include_checks=["I"])
    assert [str(it) for it in lint(text, None, regions, config)] == []
    assert text == template_text(template(root))


def test_a_plan_only_reads(made: Template) -> None:
    writing = {name for name in actions(made, "PlanTestRole") if (it := action(name)) and it.writes}
    of_builds = {
        "kms:GenerateDataKey",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "s3:PutObject",
        "kms:Decrypt",
    }
    assert writing <= of_builds


def test_groups_assume_their_own_targets_only(made: Template) -> None:
    def assumed(role: str) -> list[str]:
        return [it["Resource"] for it in statements(made, role) if "sts:AssumeRole" in it["Action"]]

    assert assumed("PlanTestRole") == assumed("SyncTestRole") == assumed("CheckRole") == []
    assert assumed("PlanProductionRole") == ["arn:aws:iam::222222222222:role/reader"]
    assert assumed("SyncProductionRole") == ["arn:aws:iam::222222222222:role/publisher"]


def test_the_check_has_nothing_but_its_source_and_its_log(made: Template) -> None:
    assert actions(made, "CheckRole") == {
        *(
            "kms:Decrypt",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "s3:GetBucketAcl",
            "s3:GetBucketLocation",
        ),
        *("s3:GetObject", "s3:GetObjectVersion"),
    }


def test_no_name_of_an_artifact_is_cut(made: Template) -> None:
    stages = made["Resources"]["Pipeline"]["Properties"]["Stages"]
    listed = [action.get("OutputArtifacts", []) for stage in stages for action in stage["Actions"]]
    names = [it["Name"] for them in listed for it in them]
    assert len({name[:10] for name in names}) == len(names) == 5
    assert max(map(len, names)) <= 10


def test_only_the_services_for_this_pipeline_assume_its_roles(made: Template) -> None:
    """Whether CodePipeline names itself is not documented."""
    trusted = {
        name: it["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
        for name, it in made["Resources"].items()
        if it["Type"] == "AWS::IAM::Role"
    }
    here, own = "${AWS::Region}:${AWS::AccountId}", "publisher-pipeline"
    stack = f"arn:${{AWS::Partition}}:cloudformation:{here}:stack/{own}/*"
    assert trusted["UpdateRole"] == {"ArnLike": {"aws:SourceArn": {"Fn::Sub": stack}}}
    project = f"arn:${{AWS::Partition}}:codebuild:{here}:project/{own}-sync-test"
    assert trusted["SyncTestRole"]["ArnEquals"] == {"aws:SourceArn": {"Fn::Sub": project}}
    pipeline = f"arn:${{AWS::Partition}}:codepipeline:{here}:{own}"
    assert trusted["Role"]["ArnEqualsIfExists"] == {"aws:SourceArn": {"Fn::Sub": pipeline}}


def test_change_sets_are_of_the_update_role_only(made: Template) -> None:
    role = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/update-publisher-pipeline"
    for name in ("Role", "Boundary"):
        planning = [
            it for it in statements(made, name) if "cloudformation:CreateChangeSet" in str(it["Action"])
        ]
        values = [json.dumps(it["Condition"]["ArnEquals"]["cloudformation:RoleArn"]) for it in planning]
        assert len(values) == 1 and role in values[0], name


def test_a_connection_gives_no_other_repository(tmp_path: Path) -> None:
    made = template(project(tmp_path, SOURCES["codeconnections"]))
    (using,) = (it for it in statements(made, "Role") if it["Sid"] == "UseConnection")
    named = {"codeconnections:FullRepositoryId": "org/catalog"}
    assert using["Condition"] == {"ForAllValues:StringEquals": named}


def test_the_boundary_allows_what_the_roles_need_and_is_the_same_for_other_groups(
    made: Template, tmp_path: Path
) -> None:
    limit = made["Resources"]["Boundary"]
    for name, resource in made["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role" and name != "UpdateRole":
            wanted = [it for it in json.loads(_plain(policies_of(resource)))]
            allowed = [it for it in json.loads(_plain(policies_of(limit)))]
            assert grant_changes(allowed, wanted).granted == (), name
    other = template(project(tmp_path, groups="  - {name: all}\n"))
    fixed = ("Boundary", "UpdatePolicy1", "UpdatePolicy2", "UpdateRole", "Key")
    assert {it: other["Resources"][it] for it in fixed} == {it: made["Resources"][it] for it in fixed}


def _plain(documents: Any) -> str:
    """With the values of the account in place of references."""
    text = json.dumps(documents)
    for reference, value in {
        "${Key.Arn}": "arn:${AWS::Partition}:kms:us-west-2:${AWS::AccountId}:key/x",
        "${Topic}": "arn:${AWS::Partition}:sns:us-west-2:${AWS::AccountId}:publisher-pipeline",
        "${AWS::Region}": "us-west-2",
        **{
            f"${{{logical}Project.Arn}}": "arn:${AWS::Partition}:codebuild:us-west-2:${AWS::AccountId}:"
            f"project/publisher-pipeline-{name}"
            for logical, name in (
                *(("Check", "check"), ("Pipeline", "pipeline"), ("PlanTest", "plan-test")),
                *(("SyncTest", "sync-test"), ("PlanProduction", "plan-production")),
                *(("SyncProduction", "sync-production"), ("ReportProduction", "report-production")),
            )
        },
    }.items():
        text = text.replace(reference, value)
    return text


def test_the_update_role_cannot_change_what_limits_it(made: Template) -> None:
    forbidden = [
        f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{it}"
        for it in ("policy/boundary-publisher-pipeline", "role/update-publisher-pipeline", "role/Admin")
    ]
    policies = [name for name in made["Resources"] if name.startswith("UpdatePolicy")]
    for statement in (it for name in policies for it in statements(made, name)):
        resources = statement["Resource"]
        listed = resources if isinstance(resources, list) else [resources]
        names = [it for it in statement["Action"] if (known := action(it)) and known.writes]
        written = [it for it in names if it.startswith(("iam:", "kms:Put", "kms:Schedule", "sts:"))]
        if written in ([], ["iam:PassRole"]):
            continue
        assert not [it for it in forbidden for one in listed if fnmatchcase(it, one)], statement
        assert "iam:PermissionsBoundary" in json.dumps(statement.get("Condition")) or set(written) <= {
            *("iam:TagRole", "iam:UntagRole")
        }, statement


def test_options_of_groups_reach_their_builds(made: Template) -> None:
    def variables(name: str) -> dict[str, str]:
        environment = made["Resources"][f"{name}Project"]["Properties"]["Environment"]
        return {it["Name"]: it["Value"] for it in environment["EnvironmentVariables"]}

    assert variables("PlanProduction") == {
        "STEP": "plan",
        "PUBLISHER_OPTIONS": "--target hub/eu-west-1 --target spoke",
        "PLAN_OPTIONS": "--prune --dead-principals",
        "SYNC_OPTIONS": "--allow delete",
    }
    assert (
        variables("SyncTest").items()
        >= {"STEP": "sync", "PUBLISHER_OPTIONS": "--target hub/us-west-2"}.items()
    )


def test_a_batch_gives_each_build_its_part_of_one_plan(made: Template) -> None:
    project = made["Resources"]["SyncProductionProject"]["Properties"]
    batch = json.loads(project["Source"]["BuildSpec"])["batch"]
    found = [(it["buildspec"], it["ignore-failure"], it["env"]["variables"]) for it in batch["build-list"]]
    assert found == [("buildspec.yml", True, {"SHARD": f"{number}/3"}) for number in (1, 2, 3)]
    assert project["BuildBatchConfig"]["Restrictions"]["MaximumBuildsAllowed"] == 3
    assert actions(made, "SyncProductionBatchRole") == {
        *("codebuild:RetryBuild", "codebuild:StartBuild", "codebuild:StopBuild")
    }
    # Who publishes starts no builds, and who reports publishes nothing.
    assert not {it for it in actions(made, "SyncProductionRole") if it.startswith("codebuild:")}
    assert actions(made, "ReportProductionRole") == actions(made, "CheckRole")
    stages = [it["Name"] for it in made["Resources"]["Pipeline"]["Properties"]["Stages"]]
    assert stages[-3:] == ["test", "production", "production.sync"]


def test_the_kinds_that_groups_may_allow_are_those_of_sync() -> None:
    assert set(get_args(AllowKind)) == {it.value for it in Allow}


def test_many_regions_are_a_condition(tmp_path: Path) -> None:
    regions = ["ap-south-1", "eu-central-1", "eu-west-1", "eu-west-2", "sa-east-1", "us-east-1", "us-west-2"]
    targets = yaml.safe_dump({"targets": {"hub": {"account_id": "111111111111", "regions": regions}}})
    root = project(tmp_path, groups="  - {name: all}\n", **{"configs/targets.yaml": targets})
    (found,) = (
        it
        for it in statements(template(root), "SyncAllRole")
        if "servicecatalog:CreateProduct" in it["Action"]
    )
    assert found["Condition"] == {"StringEquals": {"aws:RequestedRegion": regions}}
    assert found["Resource"] == "arn:${AWS::Partition}:catalog:*:${AWS::AccountId}:product/*"
