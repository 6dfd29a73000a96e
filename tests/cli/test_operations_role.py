"""Preflight, drift detection and reversion as an operations role that has just the derived policy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from catalog_emulator import settings
from catalog_emulator.iam import DeniedError, Place, access_of, needs
from typing_extensions import override

from publisher.aws.clients import Aws
from publisher.declarations import load
from publisher.model import short_digest
from publisher.templates.render import render
from tests.account import ACCOUNT, REGION
from tests.cli.launch_project import Publisher
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import Local, Run, cases
from tests.launch.account import PATH, PRODUCT, Account
from tests.policies import trusting

LAUNCHING = (files("catalog_emulator.server") / "launcher_policy.json").read_text()
# They read what launchers may not: the launch role is simulated, quotas and trails are looked up.
OF_OPERATIONS = {"L107", "L301", "L302"}


class Limited(Aws):
    """An identity that may do just what its IAM policies allow, which moto itself does not check."""

    @override
    def client(self, service: str) -> Any:
        client = super().client(service)
        if service != "sts":
            client.meta.events.register("provide-client-params", self._check, unique_id="limited")
        return client

    def _check(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        account_id, arn = self.identity
        access = access_of(arn, region=self.region)
        assert access is not None
        place = Place(partition="aws", region=self.region, account_id=account_id)
        try:
            for need in needs(model, params, place):
                access.check(need.action, need.resource, need.context)
        except DeniedError as error:
            answer: Any = {"Error": {"Code": "AccessDenied", "Message": str(error)}}
            raise ClientError(answer, model.name) from error


def make_role(iam: Any, project: Path, account_id: str, policies: list[Any]) -> None:
    """The operations role of the project's target. From now on callers may do what their policies allow."""
    role = iam.create_role(RoleName="operations", AssumeRolePolicyDocument=trusting(AWS=account_id))["Role"]
    for one in policies:
        document = json.dumps(one["document"])
        iam.put_role_policy(RoleName="operations", PolicyName=one["name"], PolicyDocument=document)
    target = {"account_id": account_id, "regions": [REGION], "operations_role": role["Arn"]}
    (project / "configs/targets.yaml").write_text(json.dumps({"targets": {"here": target}}))
    settings.authorize = True


def test_of_a_small_product(launched: Any, account: Account, publisher: Publisher, project: Path) -> None:
    policies = publisher("--json", "policy", PATH, "--for", "person").document["policies"]
    (variant,) = (it for it in load(project).variants if it.key == PRODUCT)
    (product,) = account.catalog.search_products_as_admin()["ProductViewDetails"]
    product_id = product["ProductViewSummary"]["ProductId"]
    (version,) = account.catalog.list_provisioning_artifacts(ProductId=product_id)[
        "ProvisioningArtifactDetails"
    ]
    account.catalog.update_provisioning_artifact(
        ProductId=product_id,
        ProvisioningArtifactId=version["Id"],
        Description=short_digest(render(variant).digest),
    )
    iam, ssm = account.client("iam"), account.client("ssm")
    iam.put_role_policy(RoleName="ml-team-fraud", PolicyName="all", PolicyDocument=LAUNCHING)
    make_role(iam, project, ACCOUNT, policies)
    limited = {"connect": Limited}
    checks = publisher("--json", "preflight", PATH, **limited).document["checks"]
    assert {it["id"]: it["message"] for it in checks if it["status"] == "not checked"} == {}
    assert {it["id"] for it in checks} >= OF_OPERATIONS
    name = next(it["Name"] for it in ssm.describe_parameters()["Parameters"] if it["Name"][:4] == "/ml/")
    ssm.put_parameter(Name=name, Value="mine", Overwrite=True)
    detected = publisher("--json", "drift", PATH, "--check", **limited)
    document = detected.document
    assert (detected.code, document["failure"]) == (4, ""), detected.err
    assert document["checked_as"].endswith(":assumed-role/operations/publisher")
    reverted = publisher("drift", PATH, "--revert", "--yes", **limited)
    assert reverted.code == 0, reverted.err
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == launched["outputs"]["BucketName"]


def test_drift_is_read_with_its_policies(
    launched: Any, account: Account, publisher: Publisher, project: Path
) -> None:
    """CloudFormation reads resources as its caller: what that may not read is not checked."""
    policies = publisher("--json", "policy", PATH, "--for", "person").document["policies"]
    refused = {"Effect": "Deny", "Action": "sagemaker:Describe*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": refused}
    make_role(account.client("iam"), project, ACCOUNT, [*policies, {"name": "no", "document": document}])
    ran = publisher("drift", PATH, connect=Limited)
    assert ran.code == 1
    assert "is not authorized to perform: sagemaker:DescribeModelPackageGroup" in ran.err


@pytest.mark.whole
@cases(
    "config",
    {
        "starter": "techcorp-prod-a001-us-west-2-customer-churn-ml-s3",
        "enterprise": "globalbank-prod-c001-us-west-2-demand-forecasting-ml-s3-standalone-direct",
    },
)
def test_of_a_real_product(local: Local, run: Run, config: str) -> None:
    path = f"configs/{config}.yaml"

    def done(*words: str, code: int = 0, **injected: Any) -> Any:
        ran = run("-C", local.project, "--json", *words, **injected)
        assert ran.code == code, ran.err
        return ran.document

    for words in (("bootstrap", "--yes"), ("sync", "--yes")):
        done("--local", *words)
    policies = done("policy", path, "--for", "person")["policies"]
    iam, ssm = local.client("iam"), local.client("ssm")
    make_role(iam, local.project, local.endpoint.account_id, policies)
    launcher = ("--profile", "ml-team-local")
    checks = done(*launcher, "preflight", path, connect=Limited)["checks"]
    assert {it["id"]: it["message"] for it in checks if it["status"] == "not checked"} == {}
    assert {it["id"] for it in checks} >= OF_OPERATIONS
    done(*launcher, "launch", path)
    names = [it["Name"] for it in ssm.describe_parameters()["Parameters"]]
    name = next(it for it in names if it.endswith("/BuildPipelineName"))
    ssm.put_parameter(Name=name, Value="mine", Overwrite=True)
    assert done(*launcher, "drift", path, "--check", code=4, connect=Limited)["failure"] == ""
    assert done(*launcher, "drift", path, "--revert", "--yes", connect=Limited)["left"] == []
