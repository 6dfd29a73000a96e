"""The configs of sagemaker-model-deploy: SageMaker projects that derived roles make, update and end."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from publisher.cli import main
from publisher.launch.by_form import check_requests
from publisher.launch.request import LaunchRequest
from tests.conftest import Local, Run, copy_family
from tests.example_account import ACCOUNT
from tests.products.family import repository

pytestmark = pytest.mark.whole

FAMILY = "sagemaker-model-deploy"
CONFIGS = {
    it.config: it for it in check_requests(repository())[0].values() if it.product.startswith(f"{FAMILY}-")
}
ALL = {"ArtifactBucketName", "PipelineName", "PipelineRoleArn", "ModelBucketPolicyStatement"}


@pytest.fixture(scope="module")
def project(shared_local: Local) -> Path:
    """The products published, to an account with a domain that finds templates in S3."""
    folder = shared_local.project
    for path in folder.iterdir():
        shutil.rmtree(path)
    copy_family(folder, FAMILY, "sagemaker-projects", "*-us-west-2-code*-*t*.yaml")
    portfolio = folder / "portfolio/sagemaker-projects.yaml"
    text = portfolio.read_text().replace("sagemaker-*", f"{FAMILY}-*")
    portfolio.write_text(text.replace("[us-west-2, us-east-1, eu-west-1]", "[us-west-2]"))
    for words in (("bootstrap", "--yes"), ("sync", "--yes")):
        assert main(["-C", str(folder), "--local", *words]) == 0
    sagemaker = shared_local.client("sagemaker")
    (vpc,) = ACCOUNT.vpcs
    domain = sagemaker.create_domain(
        DomainName="science",
        AuthMode="IAM",
        DefaultUserSettings={},
        SubnetIds=[vpc.subnets[0].id],
        VpcId=vpc.id,
    )
    location = "s3://publisher-111111111111-us-west-2/sagemaker-projects/"
    tag = {"Key": "sagemaker:projectS3TemplatesLocation", "Value": location}
    sagemaker.add_tags(ResourceArn=domain["DomainArn"], Tags=[tag])
    return folder


def promised(config: LaunchRequest) -> set[str]:
    source = "RepositoryUrl" if "codecommit" in config.product else "SourceLocation"
    return ALL | {source} | ({"KmsKeyArn"} if config.product.endswith("account") else set())


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_from_launch_to_termination(name: str, project: Path, shared_local: Local, run: Run) -> None:
    config, path = CONFIGS[name], project / f"configs/{name}.yaml"

    def publisher(*words: object) -> Any:
        ran = run("-C", project, "--local", *words)
        assert ran.code == 0, ran.err
        return ran

    made = publisher("--json", "launch", path).document
    identifier = made["sagemaker_project"]["id"]
    under = f"/sagemaker/{config.name}-{identifier}"
    assert (made["name"], made["product"], made["status"]) == (config.name, config.product, "AVAILABLE")
    assert made["sagemaker_project"]["door"] == config.sagemaker_project
    assert set(made["outputs"]) == promised(config)
    assert made["ssm"] == {f"{under}/{key}": value for key, value in made["outputs"].items()}

    text = path.read_text().replace("  log_retention_days: 90\n", "")
    path.write_text(text.replace("tags:", "  log_retention_days: 30\ntags:"))
    publisher("update", path, "--force", "--yes")
    logs = shared_local.client("logs").describe_log_groups(logGroupNamePrefix=under)["logGroups"]
    assert {it["retentionInDays"] for it in logs} == {30}

    ended = publisher("terminate", path, "--force").out
    retained = {line.split()[-2] for line in ended.splitlines() if line.startswith("retained")}
    key = {"AWS::KMS::Key"} if config.product.endswith("account") else set()
    assert retained == {"AWS::S3::Bucket", "AWS::S3::BucketPolicy", *key}
    buckets = [it["Name"] for it in shared_local.client("s3").list_buckets()["Buckets"]]
    assert made["outputs"]["ArtifactBucketName"] in buckets
    pipelines = shared_local.client("codepipeline").list_pipelines()["pipelines"]
    assert [it["name"] for it in pipelines] == []
