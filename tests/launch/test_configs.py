"""Each config of ml-project is launched, compared with what products.md promises, and terminated.

Between, a version of its model is registered, rejected and approved, which starts the deploy pipeline.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from catalog_emulator import settings

from publisher.cli import main
from publisher.declarations import load
from publisher.launch.by_form import check_requests
from publisher.launch.request import LaunchRequest
from tests.approvals import APPROVAL_ALONE, started_by_approvals
from tests.conftest import ROOT, WHOLE, Local, Run
from tests.products.contract import promised

PROJECT = load(ROOT)
CONFIGS = {
    f"{it.config}.yaml": it
    for it in check_requests(PROJECT)[0].values()
    if it.product.startswith("ml-project-")
}
AXES = {variant.key: variant.axes for variant in PROJECT.variants}
TIERS = ("starter", "professional", "enterprise")
ML_NAMES = {
    "techcorp-prod-a001-us-west-2-customer-churn": 5,
    "techcorp-dev-a001-us-west-2-customer-churn": 1,
    "edge-prod-b001-us-west-2-fraud-detection": 4,
    "edge-staging-b001-us-west-2-fraud-detection": 1,
    "globalbank-prod-c001-us-west-2-demand-forecasting": 11,
}
NOT_EMPTY = "globalbank-prod-c001-us-west-2-demand-forecasting-ml-s3-standalone-ssm.yaml"


# One of each tier and source control; the others are in `make reliability`.
SAMPLE = {
    "techcorp-prod-a001-us-west-2-customer-churn-ml-codeconnection.yaml",
    "edge-prod-b001-us-west-2-fraud-detection-ml-codecommit-workload.yaml",
    NOT_EMPTY,
}
ROWS = tuple(
    pytest.param(name, config, id=name, marks=[] if name in SAMPLE else [pytest.mark.whole])
    for name, config in sorted(CONFIGS.items())
)


@dataclass(frozen=True, kw_only=True)
class Published:
    """An account that all products are published to; `empty` is what it holds before any launch."""

    project: Path
    client: Callable[[str], Any]
    empty: dict[str, Any]


@pytest.fixture(scope="module")
def published(shared_local: Local) -> Published:
    """The products published once for this module; every test leaves the account as it was.

    They are those of the configs here, all in `make reliability`, and in the configs' own Region.
    """
    output = io.StringIO()
    portfolio = shared_local.project / "portfolio/ml-platform.yaml"
    value = yaml.safe_load(portfolio.read_text()) | {"regions": ["us-west-2"]}
    products = sorted({CONFIGS[name].product for name in (CONFIGS if WHOLE else SAMPLE)})
    value["products"] = [
        entry | {"product": product}
        for entry in value["products"]
        for product in products
        if fnmatchcase(product, entry["product"])
    ]
    portfolio.write_text(json.dumps(value))
    with contextlib.redirect_stderr(output), contextlib.redirect_stdout(output):
        for words in (("bootstrap", "--yes"), ("sync", "--yes")):
            assert main(["-C", str(shared_local.project), "--local", *words]) == 0, output.getvalue()
    client = cache(shared_local.client)
    return Published(project=shared_local.project, client=client, empty=left(client))


@pytest.fixture(autouse=True)
def _nothing_left_to_the_next(published: Published) -> Iterator[None]:
    """One failure must not make the others fail."""
    yield
    catalog = published.client("servicecatalog")
    level = {"Key": "Account", "Value": "self"}
    for held in catalog.search_provisioned_products(AccessLevelFilter=level)["ProvisionedProducts"]:
        catalog.terminate_provisioned_product(ProvisionedProductId=held["Id"])


def left(client: Callable[[str], Any]) -> dict[str, Any]:
    """What a launch could leave behind."""
    stacks = client("cloudformation").list_stacks()["StackSummaries"]
    parameters = client("ssm").get_paginator("describe_parameters").paginate()
    roles = client("iam").get_paginator("list_roles").paginate()
    return {
        "stacks": [it["StackName"] for it in stacks if it["StackStatus"] != "DELETE_COMPLETE"],
        "buckets": [it["Name"] for it in client("s3").list_buckets()["Buckets"]],
        "parameters": sorted(it["Name"] for page in parameters for it in page["Parameters"]),
        "roles": sorted(it["Arn"] for page in roles for it in page["Roles"]),
        "topics": client("sns").list_topics()["Topics"],
        "subscriptions": client("sns").list_subscriptions()["Subscriptions"],
        "pipelines": client("codepipeline").list_pipelines()["pipelines"],
        "projects": client("codebuild").list_projects()["projects"],
        "repositories": client("codecommit").list_repositories()["repositories"],
        "groups": client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"],
        "logs": [it["logGroupName"] for it in client("logs").describe_log_groups()["logGroups"]],
        "rules": client("events").list_rules()["Rules"],
        "dashboards": client("cloudwatch").list_dashboards()["DashboardEntries"],
        "aliases": [it["AliasName"] for it in client("kms").list_aliases()["Aliases"]],
        "endpoints": client("ec2").describe_vpc_endpoints()["VpcEndpoints"],
        "SageMaker's endpoints": client("sagemaker").list_endpoints()["Endpoints"],
        "models": client("sagemaker").list_models()["Models"],
        "security groups": sorted(
            it["GroupId"] for it in client("ec2").describe_security_groups()["SecurityGroups"]
        ),
    }


def test_the_configs_are_those_of_the_matrix() -> None:
    names = [re.sub(r"-ml-.*", "", name) for name in CONFIGS]
    assert {name: names.count(name) for name in names} == ML_NAMES


@pytest.mark.parametrize(("name", "config"), ROWS)
def test_launch_and_terminate(published: Published, run: Run, name: str, config: LaunchRequest) -> None:
    path = f"configs/{name}"
    here = ("-C", published.project, "--local")
    ran = run(*here, "--json", "launch", path)
    assert ran.code == 0, ran.out + ran.err
    launched = ran.document
    outputs = dict(promised(config.product))
    assert launched["ssm"].keys() == {f"/ml/{config.name}/{it}" for it in outputs}
    assert launched["outputs"].keys() == {**outputs, **dict(promised(config.product, "words"))}.keys()
    assert {name.rpartition("/")[2]: value for name, value in launched["ssm"].items()} == {
        name: value for name, value in launched["outputs"].items() if name != "AlertsConfirmation"
    }
    email = config.alerts_address
    assert {key: value for key, value in launched.items() if key not in ("outputs", "ssm", "stack")} == {
        "name": config.name,
        "product": config.product,
        "version": "2.0.0",
        "config": name.removesuffix(".yaml"),
        "status": "AVAILABLE",
        "reason": "",
        "alerts": {"endpoint": email, "state": "pending" if email else "none"},
    }
    stack = published.client("cloudformation").describe_stacks(StackName=launched["stack"])["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]} == launched["outputs"]
    assert run(*here, "--json", "outputs", config.name).document == launched
    started = started_by_approvals(published.client, config.name, launched["outputs"]["DeployPipelineName"])
    assert started == APPROVAL_ALONE
    for alternative in alternatives(config):
        assert_refused(run(*here, "launch", f"configs/{alternative}"), config, name)
    ended = run(*here, "--json", "terminate", path, "--force")
    assert (ended.code, ended.document["status"], ended.document["not_empty"]) == (0, "TERMINATED", [])
    assert left(published.client) == published.empty


def alternatives(config: LaunchRequest) -> Iterator[str]:
    """One other config of the same name, where there is one."""
    others = [
        name
        for name, other in sorted(CONFIGS.items())
        if other.name == config.name and other.path != config.path
    ]
    yield from others[:1]


def assert_refused(ran: Any, config: LaunchRequest, name: str) -> None:
    stem = name.removesuffix(".yaml")
    assert (ran.code, ran.out, ran.err) == (
        3,
        "",
        f"error: {config.name}: config '{stem}' already uses this name: "
        f"{config.product} 2.0.0, AVAILABLE\n"
        "hint: only one config of a name can be launched at a time: "
        f"run publisher --local terminate {config.name} --force first, or change use_case or workload\n",
    )


CHURN = "globalbank-prod-c001--demand-forecasting"


def deployed(published: Published, config: LaunchRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The delivered code puts a package on both endpoints; its first try fails."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(ROOT / "products/ml-project/content/model-deploy"))
    delivered: Any = importlib.import_module("endpoint")
    requests: Any = importlib.import_module("endpoint_requests")
    (project,) = published.client("codebuild").batch_get_projects(
        names=[f"{config.name.removesuffix('-ml')}-deploy"]
    )["projects"]
    variables = {it["name"]: it["value"] for it in project["environment"]["environmentVariables"]}
    sagemaker = published.client("sagemaker")
    put = partial(
        delivered.put_endpoint,
        sagemaker,
        requests.Settings.of(variables),
        package_arn=sagemaker.list_model_packages(ModelPackageGroupName=config.name)[
            "ModelPackageSummaryList"
        ][0]["ModelPackageArn"],
        sizing={"instance_type": "ml.m5.large", "instance_count": 1},
    )
    settings.endpoint_status = "Failed"
    with pytest.raises(delivered.EndpointFailed, match=f"endpoint {CHURN}-staging is Failed"):
        put(stage="staging")
    settings.endpoint_status = "InService"
    done = [put(stage=stage) for stage in ("staging", "staging", "production")]
    assert done == ["replaced", "unchanged", "created"]
    for name in ("endpoint", "endpoint_requests"):
        monkeypatch.delitem(sys.modules, name)


def test_what_is_not_empty(published: Published, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bucket and the model group of an enterprise launch hold something, and its pipeline made endpoints.

    These are in the launch's security group, which could not be deleted.
    """
    here, path = ("-C", published.project, "--local"), f"configs/{NOT_EMPTY}"
    config = CONFIGS[NOT_EMPTY]
    bucket = run(*here, "--json", "launch", path).document["outputs"]["BucketName"]
    s3 = published.client("s3")
    for key in ("data/train.csv", "data/train.csv", "gone"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    s3.delete_object(Bucket=bucket, Key="gone")
    published.client("sagemaker").create_model_package(
        ModelPackageGroupName=config.name, ModelApprovalStatus="Approved"
    )
    deployed(published, config, monkeypatch)
    ran = run(*here, "--json", "terminate", path, "--force")
    later = ran.document["made_later"]
    assert [it["kind"] for it in later] == [
        *["endpoint"] * 2,
        *["endpoint configuration"] * 2,
        "model",
        *["network interface"] * 4,
    ]
    named = [it["name"] for it in later]
    held = (
        f"bucket {bucket}: 4 object versions (data/train.csv, gone); "
        f"model group {config.name}: 1 model package ({config.name}/1); "
        f"made later: 2 endpoints ({CHURN}-production InService, {CHURN}-staging InService); "
        f"2 endpoint configurations ({', '.join(named[2:4])}); 1 model ({named[4]}); "
        f"4 network interfaces ({', '.join(named[5:])})"
    )
    assert (ran.code, ran.document["error"]) == (
        3,
        {
            "code": "refused",
            "message": f"{config.name}: not empty: {held}",
            "hint": f"run publisher --local terminate {path} --force --empty to delete the contents too",
        },
    )
    ran = run(*here, "terminate", path, "--force", "--empty")
    found = re.search(r"KMS key (\S+):", ran.out)
    assert found is not None
    assert ran.out.splitlines()[1:] == [
        f"KMS key {found[1]}: pending deletion; to keep it: aws kms cancel-key-deletion --key-id {found[1]}"
    ]
    assert (
        published.client("kms").describe_key(KeyId=found[1])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    )
    assert left(published.client) == published.empty
    assert run(*here, "terminate", path, "--force") == run(*here, "outputs", path)
