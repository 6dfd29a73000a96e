from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

import tests.account
from publisher.aws.clients import Aws
from publisher.catalog import ServiceCatalog
from publisher.model import Catalog, StoredContent, StoredTemplate
from publisher.planning.apply import apply
from publisher.planning.plan import plan
from tests.account import ACCOUNT, REGION, TEMPLATE


class Account(tests.account.Account):
    """An account with a template; `target()` is a publisher that starts from nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._url = self.build.store(TEMPLATE)

    def target(self, aws: Aws | None = None) -> ServiceCatalog:
        return ServiceCatalog(aws or self.aws, bucket=self, clock=self.ticks.clock(), workers=2)

    def converge(self, desired: Catalog, *, prune: bool = False, aws: Aws | None = None) -> None:
        """Publishes without an error."""
        target = self.target(aws)
        planned = plan(desired, target.observe(), target="t", prune=prune)
        errors = [str(outcome.error) for outcome in apply(planned, target, workers=2) if outcome.error]
        assert errors == []

    def observing(self, desired: Catalog | None = None) -> ServiceCatalog:
        """A publisher that has observed the account, once this is published."""
        if desired is not None:
            self.converge(desired)
        target = self.target()
        target.observe()
        return target

    def url(self, object_key: str) -> str:
        """Any template is the one that is there."""
        return self._url

    def store(self, desired: StoredContent | StoredTemplate) -> None:
        """Nothing more is needed."""

    def body(self, object_key: str) -> bytes:
        """Always the same."""
        return TEMPLATE.encode()

    def published(self, short_digest: str) -> tuple[str, bytes]:
        """Always the same."""
        return f"{short_digest}{52 * '0'}", TEMPLATE.encode()

    def calls(self, work: Callable[[], object]) -> Counter[str]:
        """The calls of Service Catalog that some work makes."""
        before = Counter(self.aws.calls)
        work()
        made = self.aws.calls - before
        return Counter({name.partition(":")[2]: n for name, n in made.items()})

    def launch(self, name: str, *, product: str, version: str = "1.0.0") -> None:
        """Somebody of an ML team launches a version of a product."""
        if not any(it["RoleName"] == "ml-team-a" for it in self.client("iam").list_roles()["Roles"]):
            self.role("ml-team-a")
        team = self.aws.assuming(f"arn:aws:iam::{ACCOUNT}:role/ml-team-a", region=REGION)
        team.client("servicecatalog").provision_product(
            ProductName=product.title(),
            ProvisioningArtifactName=version,
            ProvisionedProductName=name,
            ProvisioningParameters=[{"Key": "Size", "Value": "a"}],
        )

    def before(self, operation: str, act: Callable[[], object], *, service: str = "servicecatalog") -> None:
        """Acts before each call of an operation is sent."""
        self.client(service).meta.events.register(f"before-call.*.{operation}", lambda **_: act())

    def after(self, operation: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Changes each answer to an operation."""
        self.catalog.meta.events.register(
            f"after-call.service-catalog.{operation}", lambda parsed, **_: change(parsed)
        )

    def fail(self, operation: str, code: str, times: int = 1000, *, service: str = "servicecatalog") -> None:
        """The next calls of an operation fail."""
        left = [ClientError({"Error": {"Code": code, "Message": "not now"}}, operation)] * times

        def refuse() -> None:
            if left:
                raise left.pop()

        self.before(operation, refuse, service=service)


@pytest.fixture
def account(moto: None) -> Account:
    return Account()
