from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from catalog_emulator import install

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

REGION = "us-west-2"


@pytest.fixture
def mocked() -> Iterator[None]:
    install()
    with mock_aws(config={"core": {"reset_boto3_session": False}, "lambda": {"use_docker": False}}):
        yield


@pytest.fixture
def cfn(mocked: None) -> CloudFormationClient:
    return boto3.client("cloudformation", region_name=REGION)
