from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from catalog_emulator import install
from moto import mock_aws

from publisher.aws.clients import Aws
from publisher.catalog import ServiceCatalog
from publisher.model import ProvisioningArtifact
from tests.samples import Ticks

BUCKET = "templates-of-tests"
BODY = """
Parameters: {Size: {Type: String}}
Resources: {Topic: {Type: "AWS::SNS::Topic"}}
"""


class Account:
    """An account with a bucket of templates; `target()` is a publisher that starts afresh."""

    def __init__(self) -> None:
        self.aws = Aws(region="us-west-2")
        self.ticks = Ticks()
        self.stored: list[str] = []
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        s3.put_object(Bucket=BUCKET, Key="a.yaml", Body=BODY.encode())

    @property
    def client(self) -> Any:
        return self.aws.client("servicecatalog")

    def target(self, aws: Aws | None = None) -> ServiceCatalog:
        return ServiceCatalog(aws or self.aws, template_url=self._store, clock=self.ticks.clock(), workers=2)

    def _store(self, version: ProvisioningArtifact) -> str:
        self.stored.append(version.label)
        return f"https://{BUCKET}.s3.us-west-2.amazonaws.com/a.yaml"

    def calls(self, work: Callable[[], object]) -> Counter[str]:
        """The calls of Service Catalog that some work makes."""
        before = Counter(self.aws.calls)
        work()
        made = self.aws.calls - before
        return Counter({name.partition(":")[2]: n for name, n in made.items()})

    def launch(self, name: str, *, product: str, version: str = "1.0.0") -> None:
        """Somebody of an ML team launches a version of a product."""
        role = "ml-team-a"
        iam = self.aws.client("iam")
        if not any(it["RoleName"] == role for it in iam.list_roles()["Roles"]):
            iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
        team = self.aws.assuming(f"arn:aws:iam::{self.aws.account_id}:role/{role}", region="us-west-2")
        team.client("servicecatalog").provision_product(
            ProductName=product.title(),
            ProvisioningArtifactName=version,
            ProvisionedProductName=name,
            ProvisioningParameters=[{"Key": "Size", "Value": "a"}],
        )

    def before(self, operation: str, act: Callable[[], object]) -> None:
        """Acts before each call of an operation is sent."""
        self.client.meta.events.register(f"before-call.service-catalog.{operation}", lambda **_: act())


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    install()
    with mock_aws():
        yield Account()
