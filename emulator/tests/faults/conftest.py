from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from catalog_emulator.server.endpoint_record import Endpoint
from tests.conftest import Local

TEMPLATE = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'


@dataclass(frozen=True, kw_only=True)
class FaultyEndpoint:
    """A served endpoint, its faults, and boto3 clients that try once."""

    endpoint: Endpoint

    def client(self, service: str) -> Any:
        """As the administrator."""
        session: Any = boto3.Session(profile_name=self.endpoint.admin_profile)
        return session.client(service, config=Config(retries={"total_max_attempts": 1}))

    def change(self, text: str) -> dict[str, Any]:
        return self.endpoint.request("/_emulator/faults", "PUT", text)

    def clear(self) -> None:
        self.endpoint.request("/_emulator/faults", "DELETE")

    def happened(self) -> Any:
        return self.endpoint.request("/_emulator/faults")["happened"]

    def calls(self) -> Any:
        return self.endpoint.request("/_emulator/calls", "DELETE")["calls"]

    def template_url(self) -> str:
        """A template in a bucket, for products."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        s3.put_object(Bucket="templates", Key="t.json", Body=TEMPLATE)
        return "https://templates.s3.us-west-2.amazonaws.com/t.json"


@pytest.fixture
def faulty(local: Local) -> FaultyEndpoint:
    return FaultyEndpoint(endpoint=local.endpoint)


@pytest.fixture
def portfolio(faulty: FaultyEndpoint) -> Callable[..., str]:
    """Makes a portfolio; its id."""

    def make(name: str = "ml") -> str:
        made = faulty.client("servicecatalog").create_portfolio(DisplayName=name, ProviderName="us")
        return str(made["PortfolioDetail"]["Id"])

    return make


@pytest.fixture
def product(faulty: FaultyEndpoint) -> Callable[..., str]:
    """Makes a product; its id."""

    def make(name: str = "ml") -> str:
        made = faulty.client("servicecatalog").create_product(
            Name=name,
            Owner="us",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters={
                "Name": "1.0.0",
                "Type": "CLOUD_FORMATION_TEMPLATE",
                "Info": {"LoadTemplateFromURL": faulty.template_url()},
            },
        )
        return str(made["ProductViewDetail"]["ProductViewSummary"]["ProductId"])

    return make
