from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from catalog_emulator import install
from moto import mock_aws
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend

from publisher.aws.clients import Aws
from publisher.catalog import ServiceCatalog
from publisher.model import Catalog, Key, ProvisioningArtifact
from publisher.planning.apply import apply
from publisher.planning.plan import plan
from publisher.publishing.template_bucket import Stored, TemplateBucket
from tests.reliability.samples import UNIT
from tests.samples import Ticks

BUCKET = "templates-of-tests"
BODY = "Parameters: {Size: {Type: String}}\nResources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"
# `make reliability` sets it: every call, the whole repository, many seeds.
WHOLE = os.environ.get("RELIABILITY") == "whole"
whole_only = pytest.mark.skipif(not WHOLE, reason="make reliability")


class Account:
    """An account with a template bucket, and publishers that start afresh in it.

    They share their clients, which are slow to make and know nothing of what is published.
    """

    def __init__(self, aws: Aws, ticks: Ticks) -> None:
        self.aws, self.ticks = aws, ticks
        s3, budgets = aws.client("s3"), aws.client("budgets")
        for name in ("ml", "studio"):
            limit = {"Amount": "1", "Unit": "USD"}
            budget = {"BudgetName": name, "TimeUnit": "MONTHLY", "BudgetType": "COST", "BudgetLimit": limit}
            budgets.create_budget(AccountId="123456789012", Budget=budget)
        for role in ("lead", "owner"):
            aws.client("iam").create_role(
                RoleName=role, AssumeRolePolicyDocument=json.dumps({"Statement": []})
            )
        self._organize()
        aws.client("ssm").put_parameter(Name="/publisher/bucket", Value=BUCKET, Type="String")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})

    def _organize(self) -> None:
        """An organization with a unit, whose id the samples know: moto's dice fall the same way for it."""
        organizations = self.aws.client("organizations")
        mock_random.seed("organization")
        organizations.create_organization(FeatureSet="ALL")
        root = organizations.list_roots()["Roots"][0]["Id"]
        unit = organizations.create_organizational_unit(ParentId=root, Name="Unit")
        mock_random.seed()
        assert unit["OrganizationalUnit"]["Id"] == UNIT
        self._client.enable_aws_organizations_access()

    def publisher(self) -> Publisher:
        """Another process."""
        return Publisher(self.aws, self.ticks)

    def fresh(self) -> Account:
        """A new account in place of this one."""
        moto_api_backend.reset()
        return Account(self.aws, self.ticks)

    @property
    def _client(self) -> Any:
        return self.aws.client("servicecatalog")

    def holds(self) -> Counter[str]:
        """How many there are of everything, whoever made it and whatever its tags."""
        client = self._client
        portfolios = client.list_portfolios()["PortfolioDetails"]
        products = [
            it
            for page in client.get_paginator("search_products_as_admin").paginate()
            for it in page["ProductViewDetails"]
        ]
        counts = Counter(portfolios=len(portfolios), products=len(products))
        for portfolio in portfolios:
            for name, result in (
                ("list_constraints_for_portfolio", "ConstraintDetails"),
                ("list_principals_for_portfolio", "Principals"),
            ):
                answers = client.get_paginator(name).paginate(PortfolioId=portfolio["Id"])
                counts[result] += sum(len(answer[result]) for answer in answers)
        for product in products:
            id_ = product["ProductViewSummary"]["ProductId"]
            details = client.list_provisioning_artifacts(ProductId=id_)["ProvisioningArtifactDetails"]
            counts["versions"] += len(details)
        counts["TagOptions"] = len(client.list_tag_options()["TagOptionDetails"])
        counts["actions"] = len(client.list_service_actions()["ServiceActionSummaries"])
        return counts

    def somebody_elses(self) -> Callable[[], list[str]]:
        """Makes a portfolio, a product and a TagOption without our mark; answers what of it gets lost."""
        self.aws.client("s3").put_object(Bucket=BUCKET, Key="theirs.yaml", Body=BODY.encode())
        client = self._client
        client.create_portfolio(DisplayName="ML", ProviderName="Others", IdempotencyToken="theirs")
        client.create_product(
            Name="Studio",
            Owner="Others",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters={
                "Name": "1.0.0",
                "Type": "CLOUD_FORMATION_TEMPLATE",
                "Info": {"LoadTemplateFromURL": f"https://{BUCKET}.s3.us-west-2.amazonaws.com/theirs.yaml"},
            },
            IdempotencyToken="theirs",
        )
        client.create_tag_option(Key="stage", Value="theirs")

        def lost() -> list[str]:
            portfolios = client.list_portfolios()["PortfolioDetails"]
            pages = client.get_paginator("search_products_as_admin").paginate()
            products = [it["ProductViewSummary"] for page in pages for it in page["ProductViewDetails"]]
            options = client.list_tag_options()["TagOptionDetails"]
            kept = {
                "portfolio": any(it["ProviderName"] == "Others" for it in portfolios),
                "product": any(it["Owner"] == "Others" for it in products),
                "TagOption": any(it["Value"] == "theirs" and it["Active"] for it in options),
            }
            return [name for name, there in kept.items() if not there]

        return lost

    def lost_templates(self) -> list[str]:
        """URLs of versions that lead to nothing."""
        s3 = self.aws.client("s3")
        kept = {it["Key"] for it in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())}
        lost = []
        for page in self._client.get_paginator("search_products_as_admin").paginate():
            for view in page["ProductViewDetails"]:
                id_ = view["ProductViewSummary"]["ProductId"]
                versions = self._client.list_provisioning_artifacts(ProductId=id_)
                for detail in versions["ProvisioningArtifactDetails"]:
                    info = self._client.describe_provisioning_artifact(
                        ProductId=id_, ProvisioningArtifactId=detail["Id"]
                    )["Info"]
                    if info["TemplateUrl"].split("/", 3)[3] not in kept:
                        lost.append(info["TemplateUrl"])
        return lost


class Publisher:
    """One process that publishes."""

    def __init__(self, aws: Aws, ticks: Ticks, *, workers: int = 2) -> None:
        self._workers = workers
        self._bucket = TemplateBucket(aws, BUCKET, clock=ticks.clock())
        self.target = ServiceCatalog(aws, template_url=self._store, clock=ticks.clock(), workers=workers)

    @property
    def ids(self) -> Mapping[Key, str]:
        """The id of everything that has one."""
        return dict(self.target._confirmer.ids)

    def publish(self, desired: Catalog, *, prune: bool = True) -> list[str]:
        """Plans and applies; answers what is not done, and why."""
        planned = plan(desired, self.target.observe(), target="t", prune=prune)
        outcomes = list(apply(planned, self.target, workers=self._workers))
        return [str(outcome.error) for outcome in outcomes if outcome.error]

    def resolve_versions(self, desired: Catalog, *, prune: bool = True) -> None:
        """Publishes until a plan is empty; what has become inactive goes with the run after that."""
        for _ in range(3):
            self.converge(desired, prune=prune)
            if not plan(desired, self.target.observe(), target="t", prune=prune).changes:
                return
        raise AssertionError("changes that never end")

    def converge(self, desired: Catalog, *, runs: int = 1, prune: bool = True) -> int:
        """Publishes again until nothing is left to do, within so many runs; answers how many it took."""
        errors: list[str] = []
        for run in range(1, runs + 1):
            errors = self.publish(desired, prune=prune)
            if not errors:
                return run
        raise AssertionError(errors)

    def _store(self, version: ProvisioningArtifact) -> str:
        key = f"{version.digest.removeprefix('sha256:')}.yaml"
        self._bucket.keep([Stored(key=key, body=BODY.encode(), content_type="application/yaml")])
        return self._bucket.url(key)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    install(strict=True)
    with mock_aws():
        ticks = Ticks()
        yield Account(Aws(region="us-west-2", clock=ticks.clock()), ticks)
