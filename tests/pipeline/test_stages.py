"""The stages of the pipeline with the real commands of buildspec.yml, each as the role of its build."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from publisher.cli import main
from publisher.pipeline.buildspec import buildspec
from tests.cli.conftest import FAMILY, PORTFOLIO, TEMPLATE
from tests.conftest import ROOT, Local, write_files
from tests.pipeline.player import Execution, Player

pytestmark = pytest.mark.slow

NAME, ACCOUNT = "publisher-pipeline", "111111111111"
HUB = f"arn:aws:iam::{ACCOUNT}:role"
FILES = {
    "portfolio/ml.yaml": PORTFOLIO.replace("[us-west-2]", "[us-west-2, eu-west-1]"),
    "products/studio/product.yaml": FAMILY.replace("content: {seed: content/seed}\n", ""),
    "products/studio/template/main.yaml.j2": TEMPLATE.replace('{{ content["seed"].key }}', "studio"),
    "configs/targets.yaml": f"""\
targets:
  test: {{account_id: "{ACCOUNT}", regions: [us-west-2]}}
  production: {{account_id: "{ACCOUNT}", regions: [eu-west-1]}}
""",
    "configs/pipeline.yaml": f"""\
account_id: "{ACCOUNT}"
region: us-west-2
source: {{type: codecommit, repository: catalog, create: true}}
email: ml-platform@example.com
groups:
  - {{name: test, targets: [test], approval: false}}
  - {{name: production, targets: [production]}}
""",
}
BEGINNING = [("Source", "Source"), ("Check", "Check"), ("Check", "Compare")]
UPDATE = [("UpdatePipeline", it) for it in ("Prepare", "Approve", "Update")]
TEST = [("test", it) for it in ("Plan", "Page", "Sync")]
PRODUCTION = [("production", it) for it in ("Plan", "Page", "Approve", "Sync")]


class Repository:
    """A repository, and the pipeline that publishes it to the local endpoint."""

    def __init__(self, local: Local, work: Path) -> None:
        self.local, self.player = local, Player(local, NAME, work)
        shutil.rmtree(local.project)
        self.root = write_files(local.project, FILES)
        (self.root / "buildspec.yml").write_bytes(buildspec())

    def publisher(self, *words: str) -> int:
        return main(["-C", str(self.root), "--local", *words])

    def edit(self, path: str, before: str, after: str) -> None:
        text = (self.root / path).read_text()
        assert before in text
        (self.root / path).write_text(text.replace(before, after))

    def administrator(self) -> str:
        """A role with which CloudFormation may all."""
        iam = self.local.client("iam")
        trusted = {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}}
        document = {"Version": "2012-10-17", "Statement": [{**trusted, "Action": "sts:AssumeRole"}]}
        made = iam.create_role(RoleName="stacks", AssumeRolePolicyDocument=json.dumps(document))
        everything = "arn:aws:iam::aws:policy/AdministratorAccess"
        iam.attach_role_policy(RoleName="stacks", PolicyArn=everything)
        return str(made["Role"]["Arn"])

    def portfolios(self) -> list[list[str]]:
        """The names of those at test and at production."""
        session = boto3.Session(profile_name=self.local.endpoint.admin_profile)
        regions = ("us-west-2", "eu-west-1")
        answers = [session.client("servicecatalog", region_name=it).list_portfolios() for it in regions]
        return [[it["DisplayName"] for it in answer["PortfolioDetails"]] for answer in answers]


@pytest.fixture(scope="module")
def repository(shared_local: Local, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """One for all tests, in their order."""
    made = Repository(shared_local, tmp_path_factory.mktemp("builds"))
    assert made.publisher("bootstrap", "--yes") == made.publisher("pipeline", "--deploy", "--yes") == 0
    return made


def good(execution: Execution) -> list[tuple[str, str]]:
    assert execution.failed is None, execution.output[execution.failed]
    return execution.done


def test_this_repository_has_the_buildspec_of_every_repository() -> None:
    assert (ROOT / "buildspec.yml").read_bytes() == buildspec()


def test_a_plan_that_became_stale_while_it_waited_is_refused(repository: Repository) -> None:
    def publish_meanwhile(stage: str, shown: Mapping[str, str]) -> bool:
        assert repository.portfolios() == [["ML"], []]
        text = shown["CustomData"]
        assert text.startswith(
            "11 changes at 1 target; 111111111111/eu-west-1: 10 to create, 1 to update, plan "
        )
        assert len(text) <= 1000
        place, _, page = shown["ExternalEntityLink"].partition("&prefix=")
        bucket = place.partition("/s3/object/")[2].partition("?")[0]
        body = repository.local.client("s3").get_object(Bucket=bucket, Key=page)["Body"].read()
        assert body.startswith(b"<!doctype html>")
        return repository.publisher("--target", "production", "sync", "--yes") == 0

    late = repository.player.run(repository.root, publish_meanwhile)
    assert (late.done, late.failed) == ([*BEGINNING, *TEST, *PRODUCTION], PRODUCTION[3])
    assert "the account has changed since the plan was made" in late.output[PRODUCTION[3]]


def test_groups_are_published_in_turn_from_approved_plans(repository: Repository) -> None:
    seen: list[list[list[str]]] = []

    def approve(stage: str, shown: Mapping[str, str]) -> bool:
        seen.append(repository.portfolios())
        return True

    repository.edit("portfolio/ml.yaml", "display_name: ML", "display_name: ML 2")
    assert good(repository.player.run(repository.root, approve)) == [*BEGINNING, *TEST, *PRODUCTION]
    assert (seen, repository.portfolios()) == ([[["ML 2"], ["ML"]]], [["ML 2"], ["ML 2"]])


def test_a_build_can_do_nothing_beyond_its_own(repository: Repository) -> None:
    def denied(role: str, service: str, operation: str, **arguments: object) -> bool:
        client = repository.player.client(f"{HUB}/{NAME}-{role}", service)
        with pytest.raises(ClientError) as raised:
            getattr(client, operation)(**arguments)
        return raised.value.response["Error"]["Code"] == "AccessDeniedException"

    portfolio = {"DisplayName": "x", "ProviderName": "x", "IdempotencyToken": "x"}
    other = {"Bucket": f"{NAME}-{ACCOUNT}-us-west-2", "Key": f"{NAME[:20]}/Plan000000/x", "Body": b""}
    assert denied("check", "servicecatalog", "list_portfolios")
    assert denied("check", "s3", "put_object", **other)
    assert denied("plan-test", "servicecatalog", "create_portfolio", **portfolio)
    # Not another group's plan.
    assert denied("plan-test", "s3", "put_object", **other)
    assert denied("sync-test", "iam", "create_role", RoleName="x", AssumeRolePolicyDocument="{}")
    assert denied("sync-test", "s3", "put_object", **other)
    assert denied("pipeline", "cloudformation", "update_stack", StackName=NAME, UsePreviousTemplate=True)


def test_the_pipeline_updates_itself_after_approval(repository: Repository) -> None:
    group = "{name: production, targets: [production]"
    repository.edit("configs/pipeline.yaml", group, f"{group}, prune: true")
    repository.edit("configs/targets.yaml", "[us-west-2]", "[us-west-2, eu-central-1]")
    repository.edit("configs/pipeline.yaml", "targets: [test]", "targets: [test/us-west-2]")
    new = "  - {name: frankfurt, targets: [test/eu-central-1]}\n"
    repository.edit("configs/pipeline.yaml", "groups:\n", f"groups:\n{new}")
    updated = repository.player.run(repository.root)
    assert good(updated) == [*BEGINNING, *UPDATE]
    (shown,) = updated.approvals
    assert shown["CustomData"].startswith(
        f"pipeline {NAME}: 12 changes (update Pipeline {NAME}, create Project "
    )
    widened = ("plan-frankfurt", "plan-production", "run", "sync-frankfurt", "sync-production")
    named = ", ".join(f"{NAME}-{it}" for it in widened)
    assert f"; permissions widen: {named}; " in shown["CustomData"]
    assert len(shown["CustomData"]) <= 1000
    assert repository.publisher("pipeline", "--check") == 0


def test_what_only_an_administrator_may_change_stops_the_pipeline(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    role = "arn:aws:iam::222222222222:role/publisher"
    spoke = f'  spoke: {{account_id: "222222222222", regions: [us-west-2], role_arn: "{role}"}}\n'
    repository.edit("configs/targets.yaml", "  production:", f"{spoke}  production:")
    repository.edit("configs/pipeline.yaml", "targets: [production]", "targets: [production, spoke]")
    stopped = repository.player.run(repository.root)
    assert (stopped.failed, stopped.done) == (BEGINNING[2], BEGINNING)
    assert "the pipeline cannot change Boundary itself" in stopped.output[BEGINNING[2]]
    # CloudFormation has kept the role of the update before.
    assert repository.publisher("pipeline", "--deploy", "--yes") == 3
    shown = capsys.readouterr().err
    assert "      + sts:AssumeRole\n" in shown
    assert f"uses the role {HUB}/update-{NAME} for {NAME}, which cannot change Boundary\n" in shown
    administrator = ("--role-arn", repository.administrator())
    assert repository.publisher("pipeline", "--deploy", "--yes", *administrator) == 0
    assert repository.publisher("pipeline", "--check") == 0
    assert repository.publisher("pipeline", "--remove", "--yes", *administrator) == 0
    assert repository.publisher("pipeline", "--check") == 4
