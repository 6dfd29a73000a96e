from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from catalog_emulator.cloudformation.resources.resource import Made
from catalog_emulator.cloudformation.types import TABLE, resource_types

from .conftest import ResourceSteps, client
from .resource_cases import RESOURCE_CASES, closure, content, resolve

Benches = Callable[..., ResourceSteps]
# Moto has no such thing.
UNANSWERED = {"BlockPublicAccessStates", "MetadataConfiguration"}


class Laboratory:
    """Makes specimens with what they need."""

    def __init__(self, bench: Benches) -> None:
        self._bench = bench
        self.made: dict[str, Made] = {}
        s3 = client("s3")
        s3.create_bucket(Bucket="seed", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        s3.put_object(Bucket="seed", Key="a.zip", Body=content())

    def bench(self, name: str) -> ResourceSteps:
        return self._bench(RESOURCE_CASES[name].type_name, name)

    def resolved(self, properties: Any) -> dict[str, Any]:
        resolved: dict[str, Any] = resolve(properties, self._lookup)
        return resolved

    def make(self, name: str) -> None:
        for needed in closure(name):
            if needed not in self.made:
                properties = self.resolved(RESOURCE_CASES[needed].properties)
                self.made[needed] = self.bench(needed).create(**properties)

    def _lookup(self, name: str, attribute: str) -> Any:
        made = self.made[name]
        return made.attributes[attribute] if attribute else made.physical_id


@pytest.fixture
def laboratory(bench: Benches) -> Laboratory:
    return Laboratory(bench)


def test_every_type_has_a_specimen() -> None:
    assert {specimen.type_name for specimen in RESOURCE_CASES.values()} == set(TABLE) == set(resource_types())


@pytest.mark.parametrize("name", RESOURCE_CASES)
def test_a_life(name: str, laboratory: Laboratory) -> None:
    laboratory.make(name)
    specimen, made, bench = RESOURCE_CASES[name], laboratory.made[name], laboratory.bench(name)

    def told(properties: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in properties.items() if key not in specimen.untold}

    before, after = laboratory.resolved(specimen.properties), laboratory.resolved(specimen.changed())
    assert bench.read(made.physical_id, **before) == told(before)

    updated = bench.update(made.physical_id, before, after)
    assert (updated.physical_id, set(updated.attributes)) == (made.physical_id, set(made.attributes))
    assert bench.read(made.physical_id, **after) == told(after)

    bench.delete(made.physical_id, **after)
    assert bench.read(made.physical_id, **after) is None
    bench.delete(made.physical_id, **after)


@pytest.mark.parametrize("name", RESOURCE_CASES)
def test_every_documented_attribute_is_answered(name: str, laboratory: Laboratory) -> None:
    laboratory.make(name)
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-west-2", RESOURCE_CASES[name].type_name).schema
    read_only = {pointer.removeprefix("/properties/") for pointer in schema.get("readOnlyProperties", [])}
    expected = {attribute for attribute in read_only if "/" not in attribute}
    assert expected <= {*laboratory.made[name].attributes, *UNANSWERED}
