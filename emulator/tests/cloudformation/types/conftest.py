from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from catalog_emulator.cloudformation.resources.resource import Context, Made, ResourceType
from catalog_emulator.cloudformation.types import install, resource_types

REGION = "us-west-2"
ACCOUNT = "123456789012"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/test/6f1d0a10-0000-0000-0000-000000000000"


@dataclass
class ResourceSteps:
    """A resource type and the context to run it in."""

    kind: ResourceType
    context: Context
    made: list[Made] = field(default_factory=list)

    def create(self, **properties: Any) -> Made:
        return self.kind.create(self.context, properties)

    def update(self, physical_id: str, before: dict[str, Any], after: dict[str, Any]) -> Made:
        return self.kind.update(self.context, physical_id, before, after)

    def delete(self, physical_id: str, **properties: Any) -> None:
        self.kind.delete(self.context, physical_id, properties)

    def read(self, physical_id: str, **properties: Any) -> dict[str, Any] | None:
        return self.kind.read(self.context, physical_id, properties)


@cache
def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    install()
    with mock_aws():
        yield


@pytest.fixture
def bench() -> Callable[..., ResourceSteps]:
    def make(type_name: str, logical_id: str = "It", **tags: str) -> ResourceSteps:
        context = Context(
            account_id=ACCOUNT,
            region=REGION,
            partition="aws",
            stack_id=STACK,
            stack_name="test",
            logical_id=logical_id,
            tags={"team": "ml", "aws:cloudformation:stack-name": "test", **tags},
            clients=client,
        )
        return ResourceSteps(kind=resource_types()[type_name], context=context)

    return make
