from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from moto import mock_aws

from catalog_emulator import install
from catalog_emulator.faults import FaultProfile, Faults
from catalog_emulator.faults.inprocess import over_moto


@pytest.fixture
def catalog() -> Iterator[Any]:
    install()
    with mock_aws():
        yield client("servicecatalog")


def client(service: str) -> Any:
    session: Any = boto3.Session()
    return session.client(service, region_name="us-west-2", config=Config(retries={"total_max_attempts": 1}))


def test_throttle(catalog: Any) -> None:
    with over_moto(Faults(FaultProfile.parse("throttle=1"))) as faults:
        with pytest.raises(ClientError, match=r"ThrottlingException.*Rate exceeded"):
            catalog.list_portfolios()
        with pytest.raises(ClientError, match="SlowDown"):
            client("s3").list_buckets()
    assert faults.calls() == {"s3.ListBuckets": 1, "servicecatalog.ListPortfolios": 1}
    assert catalog.list_portfolios()["PortfolioDetails"] == []


def test_lost_reply(catalog: Any) -> None:
    with over_moto(Faults(FaultProfile.parse("lost-reply:Create*=1"))), pytest.raises(ConnectionClosedError):
        catalog.create_portfolio(DisplayName="ml", ProviderName="us")
    assert len(catalog.list_portfolios()["PortfolioDetails"]) == 1


def test_unseen(catalog: Any) -> None:
    with over_moto(Faults(FaultProfile.parse("unseen=1"))):
        made = catalog.create_portfolio(DisplayName="ml", ProviderName="us")["PortfolioDetail"]["Id"]
        with pytest.raises(catalog.exceptions.ResourceNotFoundException):
            catalog.describe_portfolio(Id=made)
        assert catalog.describe_portfolio(Id=made)["PortfolioDetail"]["Id"] == made


def test_calls_of_stacks_meet_no_faults(catalog: Any) -> None:
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    with over_moto(Faults(FaultProfile.parse("throttle:sns.*=1"))) as faults:
        client("cloudformation").create_stack(StackName="s", TemplateBody=template)
        stacks = client("cloudformation").describe_stacks(StackName="s")["Stacks"]
    assert [stack["StackStatus"] for stack in stacks] == ["CREATE_COMPLETE"]
    assert set(faults.calls()) == {"cloudformation.CreateStack", "cloudformation.DescribeStacks"}
