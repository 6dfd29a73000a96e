"""Templates made from schemas: one for each type, and mixes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.cloudformation.lifecycle import CAPABILITIES, expected_steps, problems, run, template_case
from tests.cloudformation.parameter_values import VALUES
from tests.cloudformation.samples import outputs, status
from tests.cloudformation.template_generator import TemplateGenerator
from tests.cloudformation.type_selection import ML, NETWORK, PIPELINES

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

CHOSEN = ML + NETWORK + PIPELINES
MIXES = {"ml": ML, "network": NETWORK, "pipelines": PIPELINES, "every seventh": CHOSEN[::7]}


def mixed(types: tuple[str, ...], *, stage: str) -> dict[str, Any]:
    """All in one template, which shares what they refer to; half of them only in the stage "all"."""
    generator = TemplateGenerator(VALUES)
    names = [generator.add(type_name) for type_name in types]
    needed = _needed(generator.resources)
    for name in names[::2]:
        if name not in needed:
            generator.resources[name]["Condition"] = "All"
    return {
        "Parameters": {"Stage": {"Type": "String", "AllowedValues": ["all", "half"], "Default": stage}},
        "Conditions": {"All": {"Fn::Equals": [{"Ref": "Stage"}, "all"]}},
        "Resources": generator.resources,
        "Outputs": {
            name: {
                "Value": {"Fn::Sub": f"${{Stage}}/${{{name}}}"},
                **({"Condition": "All"} if "Condition" in generator.resources[name] else {}),
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


def test_selection_has_enough_types() -> None:
    assert len(set(CHOSEN)) == len(CHOSEN)
    assert len(CHOSEN[::2]) >= 60


# The others have their turn in `make sweep`, with all the types there are.
@pytest.mark.parametrize("type_name", CHOSEN[::2])
def test_create_change_replace_delete(type_name: str, cfn: CloudFormationClient) -> None:
    found = template_case(type_name)

    assert run(cfn, found) == expected_steps(found)


@pytest.mark.parametrize("mix", MIXES)
def test_mixed_types_in_one_stack(mix: str, cfn: CloudFormationClient) -> None:
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
