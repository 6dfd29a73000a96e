from __future__ import annotations

from typing import Any

from publisher.templates.interface import Interface, Parameter
from tests.conftest import cases

ML_NAME = {"Fn::If": ["HasWorkload", {"Fn::Sub": "${Prefix}-${Workload}-ml"}, {"Fn::Sub": "${Prefix}-ml"}]}
OTHER = {"Fn::If": ["C", {"Fn::Sub": "${X}-a"}, {"Fn::Sub": "${X}-b"}]}


def ssm(name: Any) -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Type": "String", "Value": "v"}}


def test_interface() -> None:
    template = {
        "Metadata": {
            "AWS::CloudFormation::Interface": {
                "ParameterGroups": [
                    {"Label": {"default": "Second"}, "Parameters": ["Size", "Gone"]},
                    {"Label": {"default": "First"}, "Parameters": ["Name"]},
                ],
                "ParameterLabels": {"Name": {"default": "The name"}},
            }
        },
        "Parameters": {
            "Extra": {"Type": "List<String>", "Default": ["a", 1], "NoEcho": True},
            "Name": {
                "Type": "String",
                "Description": "Name it.",
                "AllowedPattern": "^a$",
                "ConstraintDescription": "An a.",
                "MinLength": 1,
                "MaxLength": "5",
            },
            "Size": {
                "Type": "Number",
                "Default": 3,
                "AllowedValues": [3, 5],
                "MinValue": 3,
                "MaxValue": "5.5",
            },
        },
        "Resources": {
            "Topic": {"Type": "AWS::SNS::Topic", "Condition": "HasTopic"},
            "B": ssm(
                {"Fn::Sub": ["/ml/${MlName}/${Short}/B", {"MlName": ML_NAME, "Short": {"Ref": "Name"}}]}
            ),
            "A": ssm({"Fn::Sub": ["/ml/${MlName}/A", {"MlName": ML_NAME}]}),
            "C": ssm({"Fn::Sub": ["/ml/${MlName}/C", {"MlName": OTHER}]}),
            "D": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}},
            "E": ssm("/plain"),
        },
        "Outputs": {"Z": {"Value": 1, "Description": "Last"}, "A": {"Value": 1, "Condition": "HasTopic"}},
    }
    assert Interface.of(template) == Interface(
        parameters={
            "Size": Parameter(
                name="Size",
                type="Number",
                default="3",
                allowed_values=("3", "5"),
                min_value=3,
                max_value=5.5,
                group="Second",
            ),
            "Name": Parameter(
                name="Name",
                type="String",
                description="Name it.",
                allowed_pattern="^a$",
                constraint_description="An a.",
                min_length=1,
                max_length=5,
                group="First",
                label="The name",
            ),
            "Extra": Parameter(name="Extra", type="List<String>", default="a,1", no_echo=True),
        },
        outputs={"A": "", "Z": "Last"},
        resources={
            "A": "AWS::SSM::Parameter",
            "B": "AWS::SSM::Parameter",
            "C": "AWS::SSM::Parameter",
            "D": "AWS::SSM::Parameter",
            "E": "AWS::SSM::Parameter",
            "Topic": "AWS::SNS::Topic",
        },
        ssm_parameters=("/ml/{X}-(a|b)/C", "/ml/{ml_name}/A", "/ml/{ml_name}/{Name}/B", "/plain", "{D}"),
        words={"ml_name": "{Prefix}[-{Workload}]-ml"},
        conditions={"A": "HasTopic", "Topic": "HasTopic"},
    )
    parameters = Interface.of(template).parameters
    assert list(parameters) == ["Size", "Name", "Extra"]
    assert [parameter.required for parameter in parameters.values()] == [False, True, False]


@cases(
    "template",
    {
        "nothing": ({}),
        "text": ({"Metadata": "a", "Parameters": "b", "Resources": "c", "Outputs": "d"}),
        "deeper": ({"Metadata": {"AWS::CloudFormation::Interface": "a"}, "Resources": {"A": "b"}}),
        "groups": ({"Metadata": {"AWS::CloudFormation::Interface": {"ParameterGroups": 5}}}),
        "names in a group": (
            {"Metadata": {"AWS::CloudFormation::Interface": {"ParameterGroups": [{"Parameters": [["a"]]}]}}}
        ),
        "deeper still": (
            {
                "Metadata": {
                    "AWS::CloudFormation::Interface": {"ParameterGroups": ["a"], "ParameterLabels": "b"}
                }
            }
        ),
    },
)
def test_a_wrong_template_has_an_empty_interface(template: dict[str, Any]) -> None:
    assert Interface.of(template) == Interface(
        parameters={}, outputs={}, resources={}, ssm_parameters=(), words={}, conditions={}
    )


def test_an_invalid_number_is_read_as_none() -> None:
    template = {
        "Parameters": {"P": {"Type": "Number", "MinValue": "a", "MaxValue": True, "AllowedValues": "x"}}
    }
    assert Interface.of(template).parameters == {"P": Parameter(name="P", type="Number")}
