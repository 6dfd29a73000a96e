"""The roles of GitHub workflows: launched, with what they may do, and whom they trust."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from catalog_emulator.iam.policy import Decision, Request, compiled, decide
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from publisher.aws.clients import Aws
from tests.account import REGION
from tests.cli.conftest import PORTFOLIO, Project
from tests.conftest import Run, cases, write_files
from tests.pipeline.build_role import Role

REPOSITORY = "octo/catalog"
ISSUER = "token.actions.githubusercontent.com"
REGIONS = ["us-west-2", "us-east-1", "cn-north-1"]
CAPABILITIES = ["CAPABILITY_NAMED_IAM"]
TARGETS = """
targets:
  hub: {account_id: "123456789012", regions: [us-west-2]}
  far: {account_id: "222222222222", regions: [eu-west-1], role_arn: "arn:aws:iam::222222222222:role/publish"}
"""


def rendered(project: Project, *words: str) -> str:
    ran = project.run("github", REPOSITORY, "--region", REGION, *words)
    assert ran.code == 0, ran.err
    return ran.out


def launched(template: str, name: str, **parameters: str) -> dict[str, Role]:
    """The roles of the stack by step, as IAM has them."""
    iam = boto3.client("iam")
    client: Any = boto3.client("cloudformation")
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    client.create_stack(StackName=name, TemplateBody=template, Capabilities=CAPABILITIES, Parameters=given)
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}
    roles = {}
    for step in ("plan", "sync"):
        role = f"{name}-{step}"
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        versions = [iam.get_policy_version(PolicyArn=it["PolicyArn"], VersionId="v1") for it in attached]
        texts = [json.dumps(it["PolicyVersion"]["Document"]) for it in versions]
        roles[step] = Role(arn=outputs[f"{step.title()}Role"], policies=texts, boundary=[])
    return roles


def limited(role: Role) -> type[Aws]:
    class Limited(Aws):
        def client(self, service: str) -> Any:
            return role.watch(super().client(service))

    return Limited


def test_cfn_lint_finds_nothing(project: Project) -> None:
    project.write("configs/targets.yaml", TARGETS)
    for words in ((), ("--environment", "production", "--prune")):
        config = ManualArgs(regions=REGIONS, include_checks=["I"])
        assert [str(it) for it in lint(rendered(project, *words), None, REGIONS, config)] == []


def test_one_role_plans_and_writes_nothing_and_the_other_publishes(project: Project) -> None:
    project.bootstrap()
    roles = launched(rendered(project), "publisher-github")
    # A second repository: the account has the provider.
    launched(rendered(project), "others", CreateProvider="false")
    planning, publishing = (limited(roles[step]) for step in ("plan", "sync"))
    ran = project.run("plan", connect=planning)
    assert (ran.code, "to create" in ran.out) == (0, True), ran.err
    ran = project.run("sync", "--yes", connect=planning)
    assert (ran.code, "not authorized to perform: " in ran.out + ran.err) == (1, True)
    assert boto3.client("servicecatalog").search_products_as_admin()["ProductViewDetails"] == []
    assert project.stored() == []
    ran = project.run("sync", "--yes", connect=publishing)
    assert (ran.code, "failed" in ran.out) == (0, False), ran.out
    assert project.run("plan", "--check", connect=planning).code == 0


def claims(place: str, **others: str) -> dict[str, tuple[str, ...]]:
    found = {"sub": f"repo:{place}", "aud": "sts.amazonaws.com", "ref": "refs/heads/main", **others}
    return {f"{ISSUER}:{name}": (value,) for name, value in found.items()}


@cases(
    ("environment", "context", "steps"),
    {
        "pull request": ("production", claims(f"{REPOSITORY}:pull_request", ref="refs/pull/7/merge"), "plan"),
        "branch": ("production", claims(f"{REPOSITORY}:ref:refs/heads/main"), "plan"),
        "environment": ("production", claims(f"{REPOSITORY}:environment:production"), "sync"),
        "the environment from another branch": (
            "production",
            claims(f"{REPOSITORY}:environment:production", ref="refs/heads/mine"),
            "",
        ),
        "another environment": ("production", claims(f"{REPOSITORY}:environment:test"), ""),
        "branch without environment": ("", claims(f"{REPOSITORY}:ref:refs/heads/main"), "plan sync"),
        "another branch": ("", claims(f"{REPOSITORY}:ref:refs/heads/mine"), ""),
        "another repository": ("", claims("octo/other:pull_request"), ""),
        "a repository that begins alike": ("", claims(f"{REPOSITORY}s:ref:refs/heads/main"), ""),
        "another owner": ("", claims("octopus/catalog:ref:refs/heads/main"), ""),
        "a token for others": ("", claims(f"{REPOSITORY}:ref:refs/heads/main", aud="octo"), ""),
        "no claims": ("", {}, ""),
    },
)
def test_whom_the_roles_trust(environment: str, context: Any, steps: str, project: Project) -> None:
    template = json.loads(rendered(project, "--environment", environment))
    trusted = []
    for step in ("plan", "sync"):
        document = template["Resources"][f"{step.title()}Role"]["Properties"]["AssumeRolePolicyDocument"]
        statements = [
            {key: it for key, it in statement.items() if key != "Principal"} | {"Resource": "*"}
            for statement in document["Statement"]
        ]
        policy = compiled(json.dumps({**document, "Statement": statements}))
        request = Request(action="sts:AssumeRoleWithWebIdentity", context=context)
        if decide([policy], request) is Decision.ALLOWED:
            trusted.append(step)
    assert trusted == steps.split()


def test_roles_of_targets_are_assumed(project: Project) -> None:
    project.write("configs/targets.yaml", TARGETS)
    ran = project.run("github", "octo@1/catalog@2", "--json")
    assert ran.err == "arn:aws:iam::222222222222:role/publish must trust the role that assumes it\n"
    text = json.dumps(ran.document["template"])
    assert text.count('"arn:aws:iam::222222222222:role/publish"') == 2
    assert "repo:octo@1/catalog@2:pull_request" in text


@cases(
    ("words", "error"),
    {
        "organization": (["octo/*"], "invalid repository 'octo/*'\nhint: write its name, e.g. OWNER/NAME\n"),
        "wildcard": (["*/*"], "invalid repository '*/*'\nhint: write its name, e.g. OWNER/NAME\n"),
        "owner": (["octo"], "invalid repository 'octo'\nhint: write its name, e.g. OWNER/NAME\n"),
        "branch": (["o/n", "--branch", "r*"], "invalid branch 'r*'\nhint: write its name, e.g. main\n"),
        "environment": (
            ["o/n", "--environment", "${AWS::StackName}"],
            "invalid environment '${AWS::StackName}'\nhint: write its name, e.g. production\n",
        ),
        "nowhere": (
            ["o/n"],
            "no configs/targets.yaml says where the project is published\n"
            "hint: name the Region: publisher github o/n --region us-west-2\n",
        ),
    },
)
def test_what_is_wrong(words: list[str], error: str, tmp_path: Path, run: Run) -> None:
    write_files(tmp_path, {"portfolio/ml.yaml": PORTFOLIO.partition("products:")[0] + "products: []\n"})
    (tmp_path / "products").mkdir()
    ran = run("-C", tmp_path, "github", *words, "-o", tmp_path / "roles.json")
    assert (ran.code, ran.out, ran.err) == (2, "", f"error: {error}")
    assert not (tmp_path / "roles.json").exists()


@pytest.mark.parametrize("path", ["", "roles.json"])
def test_the_template_is_the_same_each_time(path: str, project: Project) -> None:
    words = ["-o", str(project.root / path)] if path else []
    first = rendered(project, *words)
    assert rendered(project, *words) == first
    if path:
        assert (project.root / path).read_text() == rendered(project)
