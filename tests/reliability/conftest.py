from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend

from publisher.aws.clients import Aws
from publisher.catalog import ServiceCatalog
from publisher.catalog.sagemaker_projects import project_resources
from publisher.model import VISIBLE, Catalog, Key, StoredContent
from publisher.planning.apply import apply
from publisher.planning.plan import Plan, plan
from publisher.publishing.template_bucket import TemplateBucket
from tests.account import BUCKET, TEMPLATE, Account
from tests.reliability.samples import UNIT
from tests.samples import Ticks


class Hub(Account):
    """An account with all that catalogs of these tests refer to, and publishers that start from nothing.

    They share their clients, which are slow to make and know nothing of what is published.
    """

    def __init__(self, like: Hub | None = None) -> None:
        super().__init__()
        if like is not None:
            self.ticks, self._regions = like.ticks, like._regions
        else:
            self.catalog.meta.events.register("after-call.servicecatalog", _Ages(self.ticks))
        self.budgets("ml", "studio")
        for role in ("lead", "owner"):
            self.role(role)
        self._organize()
        self.build.bucket()

    def _organize(self) -> None:
        """An organization with a unit, whose id the samples know: moto's dice fall the same way for it."""
        organizations = self.client("organizations")
        mock_random.seed("organization")
        organizations.create_organization(FeatureSet="ALL")
        root = organizations.list_roots()["Roots"][0]["Id"]
        unit = organizations.create_organizational_unit(ParentId=root, Name="Unit")
        mock_random.seed()
        assert unit["OrganizationalUnit"]["Id"] == UNIT
        self.catalog.enable_aws_organizations_access()

    def publisher(self) -> Publisher:
        """Another process."""
        return Publisher(self.aws, self.ticks)

    def fresh(self) -> Hub:
        """A new account in place of this one."""
        moto_api_backend.reset()
        return Hub(self)

    def holds(self) -> Counter[str]:
        """How many there are of everything, whoever made it and whatever its tags."""
        client = self.catalog
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
        counts["objects"] = len(self._objects())
        counts["visible"] = len(self._visible())
        return counts

    def unmanaged(self) -> Callable[[], list[str]]:
        """Makes a portfolio, a product and a TagOption without our mark; answers what of it gets lost."""
        client = self.catalog
        self.build.portfolio("ML", principal="", ProviderName="Others")
        self.build.product("Studio", Owner="Others")
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
        kept, lost = self._objects(), []
        for page in self.catalog.get_paginator("search_products_as_admin").paginate():
            for view in page["ProductViewDetails"]:
                id_ = view["ProductViewSummary"]["ProductId"]
                versions = self.catalog.list_provisioning_artifacts(ProductId=id_)
                for detail in versions["ProvisioningArtifactDetails"]:
                    info = self.catalog.describe_provisioning_artifact(
                        ProductId=id_, ProvisioningArtifactId=detail["Id"]
                    )["Info"]
                    if info["TemplateUrl"].split("/", 3)[3] not in kept:
                        lost.append(info["TemplateUrl"])
        return lost

    def _visible(self) -> list[str]:
        """The templates that Studio shows."""
        s3 = self.client("s3")
        keys = [it for it in self._objects() if it.startswith("projects/")]
        tags = [s3.get_object_tagging(Bucket=BUCKET, Key=it)["TagSet"] for it in keys]
        visible = {"Key": VISIBLE[0], "Value": VISIBLE[1]}
        return [key for key, some in zip(keys, tags, strict=True) if visible in some]

    def _objects(self) -> set[str]:
        return {it["Key"] for it in self.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", ())}


class _Ages:
    """Lets what was created grow older by sleeping, as everything else does in these tests."""

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks
        self._created: dict[str, float] = {}

    def __call__(self, parsed: Mapping[str, Any], **_: object) -> None:
        """Moves CreatedTime in a create call's answer back by the seconds slept since its first answer."""
        detail = parsed.get("ProductViewDetail") or parsed.get("PortfolioDetail") or {}
        detail = parsed.get("ProvisioningArtifactDetail") or detail
        if "CreatedTime" in detail:
            id_ = detail.get("Id") or detail["ProductViewSummary"]["ProductId"]
            slept = self._ticks.seconds - self._created.setdefault(id_, self._ticks.seconds)
            detail["CreatedTime"] -= timedelta(seconds=slept)


class Publisher:
    """One process that publishes."""

    def __init__(self, aws: Aws, ticks: Ticks, *, workers: int = 2) -> None:
        self._aws, self._workers = aws, workers
        self._bucket = TemplateBucket(aws, defaultdict(TEMPLATE.encode), clock=ticks.clock())
        self.target = ServiceCatalog(aws, bucket=self._bucket, clock=ticks.clock(), workers=workers)

    @property
    def ids(self) -> Mapping[Key, str]:
        """The id of everything that has one."""
        return dict(self.target._engine.ids)

    def plan(self, desired: Catalog, *, prune: bool = True) -> Plan:
        """What differs; starting content is looked for in the bucket."""
        found = self._bucket.found(it for it in desired if isinstance(it, StoredContent))
        observed = self.target.observe()
        placed = project_resources(self._aws, desired, observed, bucket=BUCKET)
        there = Catalog.of([*observed, *found, *placed])
        return plan(desired, replace(observed, resources=there.resources), target="t", prune=prune)

    def publish(self, desired: Catalog, *, prune: bool = True) -> list[str]:
        """Plans and applies; answers what is not done, and why."""
        outcomes = list(apply(self.plan(desired, prune=prune), self.target, workers=self._workers))
        return [str(outcome.error) for outcome in outcomes if outcome.error]

    def publish_until_done(self, desired: Catalog, *, prune: bool = True) -> None:
        """Publishes until a plan is empty; what has become inactive goes with the run after that."""
        for _ in range(3):
            self.converge(desired, prune=prune)
            if not self.plan(desired, prune=prune).changes:
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


@pytest.fixture
def account(moto: None) -> Hub:
    return Hub()
