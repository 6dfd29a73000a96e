"""The table of the names that CloudFormation makes."""

from __future__ import annotations

import re

import yaml
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.test_architecture import EMULATOR, PACKAGE

PUBLISHED = PACKAGE / "permissions" / "physical_names.yaml"


def test_the_emulator_names_by_the_same_table() -> None:
    emulated = EMULATOR / "cloudformation" / "resources" / "physical_names.yaml"
    assert emulated.read_bytes() == PUBLISHED.read_bytes()


def test_every_row_is_of_a_property_that_may_be_left_out() -> None:
    table = yaml.safe_load(PUBLISHED.read_bytes())
    assert len(table) > 50
    for kind, row in table.items():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        assert sorted(row) == ["case", "form", "longest", "property", "source"], kind
        assert row["property"] in schema["properties"], kind
        assert row["property"] not in schema.get("required", []), kind
        assert re.sub(r"\{(stack|logical|suffix)\}", "", row["form"]).strip("-") in ("", "CFN"), kind
        assert row["case"] in ("kept", "lower"), kind
        assert row["longest"] <= schema["properties"][row["property"]].get("maxLength", 1024), kind
        assert row["source"].startswith("https://"), kind
