"""An endpoint in a process of its own, with the enterprise product ready to launch."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from catalog_emulator.server import process
from catalog_emulator.server.endpoint_record import ACCOUNT_ID, Endpoint

from publisher.cli.endpoint import ADMIN_PROFILE, LAUNCHER_PROFILE
from publisher.declarations import load
from publisher.permissions import Scope, launch_policies
from publisher.templates.render import Rendered, render_all
from tests import example_account as example
from tests.account import Builder
from tests.conftest import ROOT
from tests.policies import allowing, trusting

PRODUCT = "ml-project-enterprise-s3-sgprov-ssm"
_ADMIN = f"arn:aws:iam::{ACCOUNT_ID}:user/{ADMIN_PROFILE}"
_CATALOG = "servicecatalog.amazonaws.com"
_WORKERS = 4
# Quotas of a Region, and of a portfolio.
_PRODUCTS, _IN_PORTFOLIO = 350, 150


def parameters(use_case: str) -> dict[str, str]:
    """A launch of the enterprise product in the example network."""
    return {
        "CompanyPrefix": "globalbank",
        "Environment": "prod",
        "TenantId": "c001",
        "UseCase": use_case,
        "SourceBucket": "globalbank-c001-ml-source",
        "VpcId": example.VPC_PARAMETER,
        "SubnetIds": example.SUBNETS_PARAMETER,
        "SecurityGroupId": example.SECURITY_GROUP_PARAMETER,
    }


def product() -> Rendered:
    """The enterprise product, as it is published."""
    (rendered,) = render_all(load(ROOT).select(PRODUCT))
    return rendered


def make_role(iam: Any, rendered: Rendered) -> str:
    """The launch role that is derived from a product's template; its name."""
    name = f"launch-{rendered.product}"
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting(Service=_CATALOG))
    for policy in launch_policies(rendered.template, scope=Scope.of(rendered.variant)):
        document = policy.resolved(partition="aws", account_id=ACCOUNT_ID)
        made = iam.create_policy(PolicyName=f"{name}-{policy.number}", PolicyDocument=json.dumps(document))
        iam.attach_role_policy(RoleName=name, PolicyArn=made["Policy"]["Arn"])
    make_boundary(iam, rendered)
    return name


def make_boundary(iam: Any, rendered: Rendered) -> None:
    """The boundary that the roles of a product name; it allows everything."""
    iam.create_policy(PolicyName=f"launch-{rendered.product}-boundary", PolicyDocument=allowing("*"))


@contextmanager
def endpoint() -> Iterator[Endpoint]:
    """A new endpoint, until the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield process.start(
                Path(folder),
                admin_profile=ADMIN_PROFILE,
                launcher_profile=LAUNCHER_PROFILE,
                account=example.DATA,
            )[0]
        finally:
            process.stop(Path(folder))


class Served:
    """The account of a served endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._build = Builder(self.client)

    def client(self, service: str, profile: str = "") -> Any:
        """As the administrator, or as who launches."""
        os.environ["AWS_CONFIG_FILE"] = str(self.endpoint.config_file)
        session: Any = boto3.Session(profile_name=profile or self.endpoint.admin_profile)
        return session.client(service, config=Config(max_pool_connections=_WORKERS))

    def publish(self) -> str:
        """The enterprise product, launched as its launch role, in a portfolio; the portfolio's id."""
        rendered = product()
        portfolio = self._build.portfolio("bench", principal=_ADMIN)
        role = make_role(self.client("iam"), rendered)
        self._build.product(PRODUCT, portfolio=portfolio, role=role, template=rendered.body)
        return portfolio

    def fill(self) -> int:
        """Products up to the quota of a Region, in portfolios of as many as fit; how many there are then."""
        portfolio = ""
        for number in range(1, _PRODUCTS):
            if number % _IN_PORTFOLIO == 1:
                portfolio = self._build.portfolio(f"bench-{number}", principal=_ADMIN)
            self._build.product(f"product-{number}", portfolio=portfolio)
        return _PRODUCTS

    def launch(self, count: int) -> None:
        """So many launches in parallel; all have succeeded at the end."""
        catalog = self.client("servicecatalog")

        def one(number: int) -> None:
            record = catalog.provision_product(
                ProductName=PRODUCT,
                ProvisioningArtifactName="1.0.0",
                ProvisionedProductName=f"bench-{number}",
                ProvisioningParameters=[
                    {"Key": key, "Value": value} for key, value in parameters(f"uc{number}").items()
                ],
            )["RecordDetail"]
            while record["Status"] in ("CREATED", "IN_PROGRESS", "IN_PROGRESS_IN_ERROR"):
                time.sleep(0.2)
                record = catalog.describe_record(Id=record["RecordId"])["RecordDetail"]
            assert record["Status"] == "SUCCEEDED", record["RecordErrors"]

        with ThreadPoolExecutor(_WORKERS) as pool:
            list(pool.map(one, range(count)))
