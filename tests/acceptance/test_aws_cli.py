"""The AWS CLI, another AWS client than ours, works with the local endpoint as with AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.conftest import ROOT, Local

# `make compat` has the AWS CLI, too.
pytestmark = pytest.mark.whole

ML_NAME = "techcorp-dev-a001-us-west-2-customer-churn-ml"
ENTERPRISE = (
    ROOT / "configs/globalbank-prod-c001-us-west-2-demand-forecasting-ml-codecommit-standalone-ssm.yaml"
)


@pytest.fixture(scope="module")
def published(shared_local: Local) -> Local:
    from publisher.cli import main

    for words in (["bootstrap", "--yes"], ["sync", "--yes"], ["launch", str(ENTERPRISE)]):
        assert main(["-C", str(shared_local.project), "--local", "--quiet", *words]) == 0
    return shared_local


class AwsCli:
    """`aws …` in the environment that `publisher local env` prints."""

    def __init__(self, local: Local, profile: str) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(local.project),
            "AWS_ENDPOINT_URL": local.endpoint.url,
            "AWS_CONFIG_FILE": str(local.endpoint.config_file),
            "AWS_PROFILE": profile,
            "AWS_REGION": local.endpoint.region,
            "AWS_DEFAULT_REGION": local.endpoint.region,
        }

    def __call__(self, *words: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "awscli", *words, "--output", "json"],
            capture_output=True,
            text=True,
            env=self._environment,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture(scope="module")
def admin(published: Local) -> AwsCli:
    return AwsCli(published, published.endpoint.admin_profile)


@pytest.fixture(scope="module")
def team(published: Local) -> AwsCli:
    return AwsCli(published, published.endpoint.launcher_profile)


def test_the_published_portfolio(admin: AwsCli) -> None:
    (portfolio,) = admin("servicecatalog", "list-portfolios")["PortfolioDetails"]
    assert portfolio["DisplayName"] == "ML Platform"
    of_portfolio = ("--portfolio-id", portfolio["Id"])
    products = admin("servicecatalog", "search-products-as-admin", *of_portfolio)["ProductViewDetails"]
    assert len(products) == 12
    product = products[0]["ProductViewSummary"]["ProductId"]
    versions = admin("servicecatalog", "list-provisioning-artifacts", "--product-id", product)
    assert [(one["Name"], one["Active"]) for one in versions["ProvisioningArtifactDetails"]] == [
        ("2.0.0", True)
    ]
    constraints = admin("servicecatalog", "list-constraints-for-portfolio", *of_portfolio)[
        "ConstraintDetails"
    ]
    kinds = sorted(one["Type"] for one in constraints)
    assert kinds == ["LAUNCH"] * 12 + ["RESOURCE_UPDATE"] * 12 + ["TEMPLATE"] * 8
    principals = admin("servicecatalog", "list-principals-for-portfolio", *of_portfolio)["Principals"]
    assert principals == [{"PrincipalARN": "arn:aws:iam:::role/ml-team-*", "PrincipalType": "IAM_PATTERN"}]


def test_a_product_is_provisioned_and_shows_its_outputs(team: AwsCli) -> None:
    found = team("servicecatalog", "search-products", "--filters", "FullTextSearch=starter")
    (product,) = [
        one["ProductId"]
        for one in found["ProductViewSummaries"]
        if one["Name"] == "ML project: starter, CodeCommit"
    ]
    artifacts = team("servicecatalog", "describe-product", "--id", product)["ProvisioningArtifacts"]
    parameters = {
        "CompanyPrefix": "techcorp",
        "Environment": "dev",
        "TenantId": "a001",
        "UseCase": "customer-churn",
        "LogRetentionDays": "365",
    }
    record = team(
        "servicecatalog", "provision-product", "--product-id", product,
        "--provisioning-artifact-id", artifacts[0]["Id"], "--provisioned-product-name", ML_NAME,
        "--provisioning-parameters", *(f"Key={key},Value={value}" for key, value in parameters.items()),
    )["RecordDetail"]  # fmt: skip
    done = team("servicecatalog", "describe-record", "--id", record["RecordId"])
    assert done["RecordDetail"]["Status"] == "SUCCEEDED"
    outputs = team(
        "servicecatalog", "get-provisioned-product-outputs", "--provisioned-product-name", ML_NAME
    )["Outputs"]
    values = {one["OutputKey"]: one["OutputValue"] for one in outputs}
    assert values["BuildPipelineName"] == "techcorp-dev-a001-us-west-2-customer-churn-build-pipeline"
    pipeline = team("codepipeline", "get-pipeline", "--name", values["BuildPipelineName"])["pipeline"]
    assert pipeline["pipelineType"] == "V2"


ENTERPRISE_ML_NAME = "globalbank-prod-c001-us-west-2-demand-forecasting-ml"


def ssm(aws: AwsCli, name: str) -> str:
    value = aws("ssm", "get-parameter", "--name", f"/ml/{ENTERPRISE_ML_NAME}/{name}")["Parameter"]["Value"]
    assert isinstance(value, str)
    return value


def test_the_parameters_of_a_launch(team: AwsCli) -> None:
    found = team("ssm", "get-parameters-by-path", "--path", f"/ml/{ENTERPRISE_ML_NAME}/", "--recursive")
    assert len(found["Parameters"]) == 17
    pattern = f"dashboard/{ENTERPRISE_ML_NAME.removesuffix('-ml')}-dashboard"
    assert f"dashboard/{ssm(team, 'DashboardName')}" == pattern


def test_the_alert_subscription_is_pending(team: AwsCli) -> None:
    topic = ssm(team, "AlertsTopicArn")
    subscriptions = team("sns", "list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
    assert [one["SubscriptionArn"] for one in subscriptions] == ["PendingConfirmation"]


def test_a_route_table_is_added_to_the_s3_endpoint(admin: AwsCli) -> None:
    endpoint = ssm(admin, "VpcEndpointIdS3")
    table = "rtb-0c001000000000001"
    admin("ec2", "modify-vpc-endpoint", "--vpc-endpoint-id", endpoint, "--add-route-table-ids", table)
    found = admin("ec2", "describe-vpc-endpoints", "--vpc-endpoint-ids", endpoint)["VpcEndpoints"]
    assert found[0]["RouteTableIds"] == [table]


def test_a_source_bucket_is_versioned(admin: AwsCli) -> None:
    bucket = ("--bucket", "techcorp-a001-ml-source")
    admin("s3api", "put-bucket-versioning", *bucket, "--versioning-configuration", "Status=Enabled")
    assert admin("s3api", "get-bucket-versioning", *bucket) == {"Status": "Enabled"}


def test_the_stack_that_outputs_names(
    published: Local, admin: AwsCli, capsys: pytest.CaptureFixture[str]
) -> None:
    from publisher.cli import main

    capsys.readouterr()
    assert main(["-C", str(published.project), "--local", "--json", "outputs", str(ENTERPRISE)]) == 0
    stack = json.loads(capsys.readouterr().out)["stack"]
    (found,) = admin("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"]
    assert found["StackStatus"] == "CREATE_COMPLETE"
    assert stack.startswith("SC-111111111111-pp-")
