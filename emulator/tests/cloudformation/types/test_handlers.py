from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from catalog_emulator.cloudformation.types import TABLE

from .conftest import Resources
from .resource_cases import RESOURCE_CASES

# Moto has no such thing; outputs are attributes of their own.
UNANSWERED = {"BlockPublicAccessStates", "MetadataConfiguration", "Outputs"}
# They have tests of their own: servicecatalog/test_shares.py, cloudformation/test_moto_types.py
ELSEWHERE = {"AWS::Lambda::Permission", "AWS::ServiceCatalog::AcceptedPortfolioShare"}


def test_every_handler_has_a_case() -> None:
    assert {case.type_name for case in RESOURCE_CASES.values()} >= set(TABLE) - ELSEWHERE


@pytest.mark.parametrize("name", RESOURCE_CASES)
def test_create_read_update_delete(name: str, resources: Resources) -> None:
    resources.make(name)
    case, made, handler = RESOURCE_CASES[name], resources.made[name], resources.handler(name)

    def readable(properties: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in properties.items() if key not in case.unreadable}

    before, after = resources.resolved(case.properties), resources.resolved(case.changed())
    assert handler.read(made.physical_id, **before) == readable(before)

    updated = handler.update(made.physical_id, before, after)
    assert (updated.physical_id, set(updated.attributes)) == (made.physical_id, set(made.attributes))
    assert handler.read(made.physical_id, **after) == readable(after)

    handler.delete(made.physical_id, **after)
    assert handler.read(made.physical_id, **after) is None
    handler.delete(made.physical_id, **after)


@pytest.mark.parametrize("name", RESOURCE_CASES)
def test_every_documented_attribute_is_answered(name: str, resources: Resources) -> None:
    resources.make(name)
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-west-2", RESOURCE_CASES[name].type_name).schema
    read_only = {pointer.removeprefix("/properties/") for pointer in schema.get("readOnlyProperties", [])}
    expected = {attribute for attribute in read_only if "/" not in attribute}
    assert expected <= {*resources.made[name].attributes, *UNANSWERED}
