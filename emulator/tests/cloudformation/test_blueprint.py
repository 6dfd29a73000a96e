import re
from typing import Any

import pytest
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.resources.providers import Providers
from catalog_emulator.cloudformation.template.blueprint import Blueprint, build_blueprint
from tests.cloudformation.samples import PARAMETERS, application, body, environment, group
from tests.conftest import cases

REGION = "us-west-2"


def built(resources: dict[str, Any], **sections: Any) -> Blueprint:
    supplied: dict[str, str] = sections.pop("supplied", {})
    types = Providers(REGION, {}, patience=0)
    return build_blueprint(body(resources, **sections), supplied, environment(), PARAMETERS.get, types)


def test_branches_not_taken_are_no_dependencies() -> None:
    made = built(
        {
            "A": group("a", Description={"Fn::If": ["No", {"Ref": "B"}, "none"]}),
            "B": {**group("b", Description={"Ref": "A"}), "DependsOn": ["C"]},
            "C": {**group("c"), "Condition": "No"},
        },
        Conditions={"No": {"Fn::Equals": [1, 2]}},
    )

    assert {name: definition.depends for name, definition in made.definitions.items()} == {
        "A": frozenset(),
        "B": {"A"},
    }


NO = {"No": {"Fn::Equals": [1, 2]}}
SIZES = {"Sizes": {"us-west-2": {"s": "small"}}}
NO_ENTRY = {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "l"]}


@cases(
    ("resources", "sections", "message"),
    {
        "types": (
            {"A": {"Type": "AWS::No::Thing"}, "B": {"Type": "Nobody::Knows::This"}},
            {},
            "Template format error: Unrecognized resource types: [AWS::No::Thing, Nobody::Knows::This]",
        ),
        "Ref": (
            {"A": group("a", Description={"Ref": "Gone"})},
            {},
            (
                "Template format error: Unresolved resource dependencies [Gone] "
                "in the Resources block of the template"
            ),
        ),
        "Ref of an output": (
            {"A": group("a")},
            {"Outputs": {"O": {"Value": {"Fn::Sub": "${Gone}"}}}},
            (
                "Template format error: Unresolved resource dependencies [Gone] "
                "in the Outputs block of the template"
            ),
        ),
        "GetAtt": (
            {"A": group("a", Description={"Fn::GetAtt": "Gone.Arn"})},
            {},
            "Template error: instance of Fn::GetAtt references undefined resource Gone",
        ),
        "attribute": (
            {"A": group("a"), "B": group("b", Description={"Fn::GetAtt": "A.Nope"})},
            {},
            "Template error: resource A does not support attribute type Nope in Fn::GetAtt",
        ),
        "attribute of an output": (
            {"A": application()},
            {"Outputs": {"O": {"Value": {"Fn::GetAtt": "A.Nope"}}}},
            "Template error: resource A does not support attribute type Nope in Fn::GetAtt",
        ),
        "Ref of what is not made": (
            {"A": {**group("a"), "Condition": "No"}, "B": group("b", Description={"Ref": "A"})},
            {"Conditions": NO},
            (
                "Template format error: Unresolved resource dependencies [A] "
                "in the Resources block of the template"
            ),
        ),
        "output of what is not made": (
            {"A": {**group("a"), "Condition": "No"}},
            {"Conditions": NO, "Outputs": {"O": {"Value": {"Ref": "A"}}}},
            "Unresolved resource dependencies [A] in the Outputs block of the template",
        ),
        "condition": (
            {"A": {**group("a"), "Condition": "Never"}},
            {},
            "Template format error: Unresolved condition dependency Never",
        ),
        "cycle": (
            {"A": {**group("a"), "DependsOn": "B"}, "B": group("b", Description={"Ref": "A"})},
            {},
            "Circular dependency between resources: [A, B]",
        ),
        "no entry of a mapping": (
            {"A": group("a", Description={"Fn::Sub": ["${X}", {"X": NO_ENTRY}]})},
            {"Mappings": SIZES},
            "Template error: Unable to get mapping for Sizes::us-west-2::l",
        ),
        "no entry of a mapping, in an output": (
            {"A": group("a")},
            {"Mappings": SIZES, "Outputs": {"O": {"Value": "v", "Export": {"Name": NO_ENTRY}}}},
            "Template error: Unable to get mapping for Sizes::us-west-2::l",
        ),
        "no item of a list": (
            {"A": group("a", Description={"Fn::Select": [2, {"Fn::Split": [",", {"Ref": "List"}]}]})},
            {"Parameters": {"List": {"Type": "String", "Default": "a,b"}}},
            "Template error: Fn::Select cannot select nonexistent value at index 2",
        ),
        "rule": (
            {"A": group("a")},
            {
                "Rules": {
                    "Size": {
                        "RuleCondition": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
                        "Assertions": [
                            {
                                "Assert": {"Fn::Contains": [["l"], {"Ref": "Size"}]},
                                "AssertDescription": "large",
                            }
                        ],
                    }
                },
                "Parameters": {
                    "Stage": {"Type": "String", "Default": "prod"},
                    "Size": {"Type": "String", "Default": "s"},
                },
            },
            "Template validation error: Rule Size failed: large",
        ),
    },
)
def test_refused_templates(resources: dict[str, Any], sections: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=f"^ValidationError: {re.escape(message)}$"):
        built(resources, **sections)


@cases(
    "value",
    {
        "branch not taken": {"Fn::If": ["No", NO_ENTRY, "v"]},
        "of another resource": {"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "A"}]}]},
        "of another attribute": {"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::Sub": "${A.Arn}"}]}]},
        "of the account": {"Fn::Select": [1, {"Fn::Split": ["/", {"Fn::ImportValue": "vpc"}]}]},
        "of a dynamic reference": {"Fn::Select": [1, {"Fn::Split": ["/", "{{resolve:ssm:/bucket}}"]}]},
    },
)
def test_what_is_not_known_before_resources_are_made(value: Any) -> None:
    sections = {"Conditions": NO, "Mappings": SIZES}
    resources = {"A": group("a"), "B": group("b", Description=value)}
    assert list(built(resources, **sections).definitions) == ["A", "B"]
    refused = {"A": group("a"), "B": {**group("b", Description=NO_ENTRY), "Condition": "No"}}
    assert list(built(refused, **sections).definitions) == ["A"]
