"""Templates that nobody wrote for the engine: one a type, made from its schema, and mixes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cloudformation.chosen import ML, NETWORK, PIPELINES
from tests.cloudformation.lifecycle import CAPABILITIES, live, problems, specimen, stations
from tests.cloudformation.parameter_values import GIVEN
from tests.cloudformation.samples import outputs, status
from tests.cloudformation.template_generator import TemplateGenerator

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

CHOSEN = ML + NETWORK + PIPELINES
MIXES = {
    "ml": ML,
    "network": NETWORK,
    "pipelines": PIPELINES,
    "every seventh": CHOSEN[::7],
}


def mixed(types: tuple[str, ...], *, stage: str) -> dict[str, Any]:
    """All in one template, which shares what they refer to; half of them only in the stage "all"."""
    forge = TemplateGenerator(GIVEN)
    names = [forge.add(type_name) for type_name in types]
    needed = _needed(forge.resources)
    for name in names[::2]:
        if name not in needed:
            forge.resources[name]["Condition"] = "All"
    return {
        "Parameters": {"Stage": {"Type": "String", "AllowedValues": ["all", "half"], "Default": stage}},
        "Conditions": {"All": {"Fn::Equals": [{"Ref": "Stage"}, "all"]}},
        "Resources": forge.resources,
        "Outputs": {
            name: {
                "Value": {"Fn::Sub": f"${{Stage}}/${{{name}}}"},
                **({"Condition": "All"} if "Condition" in forge.resources[name] else {}),
            }
            for name in names
        },
    }


def _needed(node: Any) -> set[str]:
    if isinstance(node, dict):
        found = {str(node["Ref"])} if "Ref" in node else set()
        found |= {node["Fn::GetAtt"][0]} if "Fn::GetAtt" in node else set()
        return found.union(*map(_needed, node.values())) if node else found
    return set().union(*map(_needed, node)) if isinstance(node, list) else set()


def test_there_are_enough_types() -> None:
    assert len(set(CHOSEN)) == len(CHOSEN)
    assert len(CHOSEN[::2]) >= 60


# The others have their turn in `make sweep`, with all the types there are.
@pytest.mark.parametrize("type_name", CHOSEN[::2])
def test_a_life(type_name: str, cfn: CloudFormationClient) -> None:
    found = specimen(type_name)

    assert live(cfn, found) == stations(found)


@pytest.mark.parametrize("mix", MIXES)
def test_a_mix(mix: str, cfn: CloudFormationClient) -> None:
    whole, half = mixed(MIXES[mix], stage="all"), mixed(MIXES[mix], stage="half")
    assert problems(whole) == []

    cfn.create_stack(StackName="one", TemplateBody=json.dumps(whole), Capabilities=CAPABILITIES)
    assert status(cfn) == ("CREATE_COMPLETE", None)
    assert outputs(cfn).keys() == whole["Outputs"].keys()

    cfn.update_stack(StackName="one", TemplateBody=json.dumps(half), Capabilities=CAPABILITIES)
    assert status(cfn) == ("UPDATE_COMPLETE", None)
    kept = {name for name, output in half["Outputs"].items() if "Condition" not in output}
    assert outputs(cfn).keys() == kept

    cfn.update_stack(StackName="one", TemplateBody=json.dumps(whole), Capabilities=CAPABILITIES)
    assert status(cfn) == ("UPDATE_COMPLETE", None)

    cfn.delete_stack(StackName="one")
    assert cfn.describe_stacks()["Stacks"] == []
