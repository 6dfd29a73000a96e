from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from catalog_emulator.server import record as state
from catalog_emulator.server.record import Endpoint
from tests.conftest import Local

TEMPLATE = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'


@dataclass(frozen=True, kw_only=True)
class Sky:
    """A served endpoint, its weather, and boto3 clients that try once."""

    endpoint: Endpoint

    def client(self, service: str) -> Any:
        """As the administrator."""
        session: Any = boto3.Session(profile_name=self.endpoint.admin_profile)
        return session.client(service, config=Config(retries={"total_max_attempts": 1}))

    def change(self, text: str) -> dict[str, Any]:
        return state.ask(self.endpoint, "PUT", "/_emulator/faults", text)

    def clear(self) -> None:
        state.ask(self.endpoint, "DELETE", "/_emulator/faults")

    def happened(self) -> Any:
        return state.get(self.endpoint, "/_emulator/faults")["happened"]

    def calls(self) -> Any:
        return state.ask(self.endpoint, "DELETE", "/_emulator/calls")["calls"]

    def template_url(self) -> str:
        """A template in a bucket, for products."""
        with_bucket = self.client("s3")
        with_bucket.create_bucket(Bucket="sky", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        with_bucket.put_object(Bucket="sky", Key="t.json", Body=TEMPLATE)
        return "https://sky.s3.us-west-2.amazonaws.com/t.json"


@pytest.fixture
def sky(local: Local) -> Sky:
    return Sky(endpoint=local.endpoint)


@pytest.fixture
def portfolio(sky: Sky) -> Callable[..., str]:
    """Makes a portfolio; its id."""

    def make(name: str = "ml") -> str:
        made = sky.client("servicecatalog").create_portfolio(DisplayName=name, ProviderName="us")
        return str(made["PortfolioDetail"]["Id"])

    return make


@pytest.fixture
def product(sky: Sky) -> Callable[..., str]:
    """Makes a product; its id."""

    def make(name: str = "ml") -> str:
        made = sky.client("servicecatalog").create_product(
            Name=name,
            Owner="us",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters={
                "Name": "1.0.0",
                "Type": "CLOUD_FORMATION_TEMPLATE",
                "Info": {"LoadTemplateFromURL": sky.template_url()},
            },
        )
        return str(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"])

    return make
