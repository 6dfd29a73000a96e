from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from catalog_emulator import install
from catalog_emulator.acting import acting_as
from catalog_emulator.cloudformation.resources.providers import Providers
from catalog_emulator.cloudformation.resources.resource import Context, Made, ResourceType

from .resource_cases import RESOURCE_CASES, closure, make_seed_bucket, resolve

REGION = "us-west-2"
ACCOUNT = "123456789012"
STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/test/6f1d0a10-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Handler:
    """A resource type's handler, and the context to run it in."""

    resource_type: ResourceType
    context: Context

    def create(self, **properties: Any) -> Made:
        return self.resource_type.create(self.context, properties)

    def update(self, physical_id: str, before: dict[str, Any], after: dict[str, Any]) -> Made:
        return self.resource_type.update(self.context, physical_id, before, after)

    def delete(self, physical_id: str, **properties: Any) -> None:
        self.resource_type.delete(self.context, physical_id, properties)

    def read(self, physical_id: str, **properties: Any) -> dict[str, Any] | None:
        return self.resource_type.read(self.context, physical_id, properties)


Handlers = Callable[..., Handler]


class Resources:
    """Makes resource cases with what they need."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self.made: dict[str, Made] = {}
        make_seed_bucket(client, REGION)

    def handler(self, name: str) -> Handler:
        made = self.made.get(name)
        attributes = made.attributes if made is not None else {}
        return self._handlers(RESOURCE_CASES[name].type_name, name, attributes)

    def resolved(self, properties: Any) -> dict[str, Any]:
        resolved: dict[str, Any] = resolve(properties, self._lookup)
        return resolved

    def make(self, name: str) -> None:
        for needed in closure(name):
            if needed not in self.made:
                properties = self.resolved(RESOURCE_CASES[needed].properties)
                self.made[needed] = self.handler(needed).create(**properties)

    def id_of(self, name: str) -> str:
        return self.made[name].physical_id

    def _lookup(self, name: str, attribute: str) -> Any:
        made = self.made[name]
        return made.attributes[attribute] if attribute else made.physical_id


@cache
def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    install()
    with mock_aws():
        client("iam").create_user(UserName="launcher")
        with acting_as(f"arn:aws:iam::{ACCOUNT}:user/launcher"):
            yield


@pytest.fixture
def handlers() -> Handlers:
    providers = Providers(REGION, {}, 0.0)

    def make(
        type_name: str, logical_id: str = "It", attributes: Mapping[str, Any] | None = None, **tags: str
    ) -> Handler:
        context = Context(
            account_id=ACCOUNT,
            region=REGION,
            partition="aws",
            stack_id=STACK,
            stack_name="test",
            logical_id=logical_id,
            type_name=type_name,
            attributes=attributes or {},
            tags={"team": "ml", "aws:cloudformation:stack-name": "test", **tags},
            clients=client,
        )
        return Handler(providers.of(type_name), context)

    return make


@pytest.fixture
def resources(handlers: Handlers) -> Resources:
    return Resources(handlers)
