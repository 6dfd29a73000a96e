"""Each of the twelve products is launched as its derived launch role, and not as one that lacks an action."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from publisher.local import cloudformation, example, servicecatalog
from publisher.local.state import ACCOUNT_ID, REGION
from publisher.templates.permissions import launch_policies
from publisher.templates.render import Rendered
from tests.local.servicecatalog.world import SERVICE_TRUST, Elsewhere
from tests.products.family import rendered, repository

BUCKET = f"publisher-{ACCOUNT_ID}-{REGION}"
PRODUCTS = sorted(rendered())


class Account:
    """The account of the example configs, with our products in a portfolio that a team may launch from."""

    def __init__(self) -> None:
        self._elsewhere = Elsewhere(ACCOUNT_ID)
        self.admin, self.iam = self._elsewhere.admin, self._elsewhere.iam
        self._s3, self.cloudformation = self.client("s3"), self.client("cloudformation")
        self._s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.client("ssm").put_parameter(Name="/publisher/bucket", Value=BUCKET, Type="String")
        example.prepare()
        made = self.admin.create_portfolio(DisplayName="ML Platform", ProviderName="Team")
        self._portfolio = made["PortfolioDetail"]["Id"]
        self.team = self._elsewhere.launcher(self._portfolio)
        self._versions = {name: self._publish(rendered()[name]) for name in PRODUCTS}

    def client(self, service: str) -> Any:
        return self._elsewhere.client(service)

    def _publish(self, product: Rendered) -> tuple[str, str]:
        for content in product.content:
            self._s3.put_object(Bucket=BUCKET, Key=content.key, Body=content.body)
        key = f"templates/{product.digest.removeprefix('sha256:')}.yaml"
        self._s3.put_object(Bucket=BUCKET, Key=key, Body=product.body.encode())
        made = self.admin.create_product(
            Name=product.product,
            Owner="Team",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters={
                "Name": "1.0.0",
                "Type": "CLOUD_FORMATION_TEMPLATE",
                "Info": {"LoadTemplateFromURL": f"https://{BUCKET}.s3.{REGION}.amazonaws.com/{key}"},
            },
        )
        identifier = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
        of_portfolio = {"ProductId": identifier, "PortfolioId": self._portfolio}
        self.admin.associate_product_with_portfolio(**of_portfolio)
        role = json.dumps({"LocalRoleName": f"launch-{product.product}"})
        self.admin.create_constraint(**of_portfolio, Type="LAUNCH", Parameters=role)
        self.iam.create_role(
            RoleName=f"launch-{product.product}", AssumeRolePolicyDocument=json.dumps(SERVICE_TRUST)
        )
        return identifier, made["ProvisioningArtifactDetail"]["Id"]

    def allow(self, product: str, *, without: str = "") -> None:
        """Gives the launch role what is derived from the template, but for one action."""
        for policy in launch_policies(rendered()[product].template, product=product):
            document = policy.resolved(partition="aws", account_id=ACCOUNT_ID)
            for statement in document["Statement"]:
                statement["Action"] = [action for action in statement["Action"] if action != without]
            document["Statement"] = [one for one in document["Statement"] if one["Action"]]
            self.iam.put_role_policy(
                RoleName=f"launch-{product}",
                PolicyName=str(policy.number),
                PolicyDocument=json.dumps(document),
            )

    def launch(self, product: str) -> Any:
        """The record of a launch with the parameters of an example config."""
        config = next(config for config in repository().configs if config.product == product)
        identifier, version = self._versions[product]
        made = self.team.provision_product(
            ProductId=identifier,
            ProvisioningArtifactId=version,
            ProvisionedProductName=product,
            ProvisioningParameters=[{"Key": k, "Value": v} for k, v in config.parameters().items()],
        )
        return self.team.describe_record(Id=made["RecordDetail"]["RecordId"])["RecordDetail"]

    def terminate(self, product: str) -> Any:
        """The record of a termination."""
        made = self.team.terminate_provisioned_product(ProvisionedProductName=product)
        return self.team.describe_record(Id=made["RecordDetail"]["RecordId"])["RecordDetail"]


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setattr(cloudformation.settings, "background", False)
        cloudformation.install()
        servicecatalog.install()
        yield Account()


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_derived_role_launches(account: Account, product: str) -> None:
    account.allow(product)
    record = account.launch(product)
    assert (record["Status"], record["RecordErrors"]) == ("SUCCEEDED", [])
    record = account.terminate(product)
    assert (record["Status"], record["RecordErrors"]) == ("SUCCEEDED", [])
