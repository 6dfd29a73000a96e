"""A stack for each resource case, with what it needs."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from catalog_emulator import install

from .conftest import REGION, client
from .resource_cases import RESOURCE_CASES, closure, make_seed_bucket, resolve


@pytest.fixture(autouse=True)
def engine(aws: None) -> None:
    install()
    make_seed_bucket(client, REGION)


def _reference(name: str, attribute: str) -> Any:
    return {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name}


def _template(name: str, properties: Mapping[str, Any]) -> str:
    resources = {
        needed: {
            "Type": RESOURCE_CASES[needed].type_name,
            "Properties": resolve(
                properties if needed == name else RESOURCE_CASES[needed].properties, _reference
            ),
            "DependsOn": list(RESOURCE_CASES[needed].after),
        }
        for needed in closure(name)
    }
    return json.dumps({"Resources": resources})


def _status(stack: str) -> tuple[str, list[Any]]:
    formation = client("cloudformation")
    events = formation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [
        (event["LogicalResourceId"], event.get("ResourceStatusReason"))
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    return formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"], failed


@pytest.mark.parametrize("name", RESOURCE_CASES)
def test_create_update_delete(name: str) -> None:
    formation = client("cloudformation")
    stack = formation.create_stack(
        StackName="test",
        TemplateBody=_template(name, RESOURCE_CASES[name].properties),
        Tags=[{"Key": "team", "Value": "ml"}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )["StackId"]
    assert _status(stack) == ("CREATE_COMPLETE", [])
    formation.update_stack(
        StackName="test",
        TemplateBody=_template(name, RESOURCE_CASES[name].changed()),
        Tags=[{"Key": "team", "Value": "other"}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    assert _status(stack) == ("UPDATE_COMPLETE", [])
    formation.delete_stack(StackName="test")
    assert _status(stack) == ("DELETE_COMPLETE", [])
