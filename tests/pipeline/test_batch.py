"""A group whose plan is applied by a batch of builds. One is killed; the retry finishes what it left."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from publisher.cli import main
from publisher.pipeline.buildspec import buildspec
from tests.cli.conftest import FAMILY, PORTFOLIO, TEMPLATE
from tests.conftest import Local, write_files
from tests.pipeline.player import Player

NAME, HUB = "publisher-pipeline", "111111111111"
FILES = {
    # Without roles, which bootstrap would make in every account.
    "portfolio/ml.yaml": PORTFOLIO.partition("    constraints:")[0],
    "products/studio/product.yaml": FAMILY.replace("content: {seed: content/seed}\n", ""),
    "products/studio/template/main.yaml.j2": TEMPLATE.replace('{{ content["seed"].key }}', "studio"),
    "buildspec.yml": buildspec().decode(),
    # Is not taken for the outcome of a build.
    "outcome-2-of-2.json": "[]",
}
TARGET = """\
  a{0}:
    account_id: "{0}"
    regions: [us-west-2]
    role_arn: arn:aws:iam::{0}:role/publisher
"""
PIPELINE = """\
account_id: "111111111111"
region: us-west-2
source: {{type: codecommit, repository: catalog, create: true}}
groups: [{{name: all, builds: {}, max_failures: "{}"}}]
"""


def in_account(local: Local, account: str) -> Any:
    """A session of the role that publishes there."""
    role = f"arn:aws:iam::{account}:role/publisher"
    keys = local.client("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name="us-west-2",
    )


def accounts(local: Local, count: int) -> Iterator[str]:
    """So many, each with a template bucket."""
    for number in range(count):
        account = str(300000000000 + number)
        session, bucket = in_account(local, account), f"publisher-{account}-us-west-2"
        url = local.endpoint.url
        session.client("s3", endpoint_url=url).create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        session.client("ssm", endpoint_url=url).put_parameter(
            Name="/publisher/bucket", Value=bucket, Type="String"
        )
        yield account


def holds(local: Local, account: str) -> tuple[int, Counter[str], int]:
    """How many portfolios, products by name, and versions an account has."""
    catalog = in_account(local, account).client("servicecatalog", endpoint_url=local.endpoint.url)
    found = [it["ProductViewSummary"] for it in catalog.search_products_as_admin()["ProductViewDetails"]]
    versions = [catalog.list_provisioning_artifacts(ProductId=it["ProductId"]) for it in found]
    return (
        len(catalog.list_portfolios()["PortfolioDetails"]),
        Counter(it["Name"] for it in found),
        sum(len(it["ProvisioningArtifactDetails"]) for it in versions),
    )


@pytest.mark.parametrize(
    ("count", "builds", "tolerated"),
    [
        pytest.param(4, 2, 0, id="4 accounts", marks=pytest.mark.slow),
        pytest.param(200, 10, 3, id="200 accounts", marks=pytest.mark.whole),
    ],
)
def test_a_killed_build_is_finished_by_the_retry(
    local: Local, tmp_path: Path, count: int, builds: int, tolerated: int
) -> None:
    shutil.rmtree(local.project)
    targets = list(accounts(local, count))
    files = {
        "configs/targets.yaml": "targets:\n" + "".join(TARGET.format(it) for it in targets),
        "configs/pipeline.yaml": PIPELINE.format(builds, tolerated),
    }
    root = write_files(local.project, FILES | files)
    assert main(["-C", str(root), "--local", "pipeline", "--deploy", "--yes"]) == 0
    # In the middle of its first changes.
    player = Player(local, NAME, tmp_path / "builds", kill=(f"2/{builds}", "[5/"))
    execution = player.run(root, first="all")
    output = execution.output
    assert execution.failed is None, output[execution.failed]
    assert execution.retried == ["all.sync"]
    applied = [("all.sync", it) for it in ("Sync", "Report")]
    assert execution.done == [*(("all", it) for it in ("Plan", "Page", "Approve")), *applied, *applied]
    report = output["all.sync", "Report"]
    part = count // builds
    assert report.count("<code>no outcome: its build did not finish") == part
    summary = "plan {0}: {1} of {2} targets done, {3} failed, at most {4} may\n"
    (digest, _) = found = re.findall(r"^plan ([0-9a-f]{12}):", report, re.MULTILINE)
    assert len(set(found)) == 1
    assert summary.format(digest, count - part, count, part, tolerated) in report
    assert report.endswith(summary.format(digest, count, count, 0, tolerated))
    # Each once, and in every account the same.
    once = (1, Counter({"Studio small": 1, "Studio big": 1}), 2)
    assert {it: holds(local, it) for it in targets} == dict.fromkeys(targets, once)
