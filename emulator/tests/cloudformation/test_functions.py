import re
from typing import Any

import pytest
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.functions import evaluate, evaluate_conditions, resolve_ifs
from tests.cloudformation.samples import STACK_ID, scope


@pytest.mark.parametrize(
    ("node", "value"),
    [
        pytest.param("plain", "plain", id="text"),
        pytest.param(7, 7, id="number"),
        pytest.param({"a": [{"Ref": "Name"}]}, {"a": ["ann"]}, id="inside objects and lists"),
        pytest.param({"Ref": "Names"}, ["ann", "bob"], id="Ref of a list parameter"),
        pytest.param({"Ref": "Topic"}, "topic-1", id="Ref of a resource"),
        pytest.param({"Ref": "AWS::StackId"}, STACK_ID, id="Ref of a pseudo parameter"),
        pytest.param(
            {"Ref": "AWS::NotificationARNs"}, ["arn:aws:sns:us-west-2:111111111111:events"], id="topics"
        ),
        pytest.param({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}, id="NoValue in an object"),
        pytest.param([{"Ref": "AWS::NoValue"}, 1], [1], id="NoValue in a list"),
        pytest.param({"Fn::GetAtt": ["Topic", "Arn"]}, "arn:topic-1", id="GetAtt as a list"),
        pytest.param({"Fn::GetAtt": "Topic.Endpoint.Port"}, 80, id="GetAtt as text"),
        pytest.param({"Fn::Sub": "${Name} at ${Topic.Arn}"}, "ann at arn:topic-1", id="Sub"),
        pytest.param(
            {"Fn::Sub": ["${a}-${Name}", {"a": {"Ref": "Topic"}}]}, "topic-1-ann", id="Sub with values"
        ),
        pytest.param({"Fn::Sub": "${!Name} ${AWS::Region}"}, "${Name} us-west-2", id="Sub with a literal"),
        pytest.param({"Fn::Sub": ["${a}", {"a": "${!Name}"}]}, "${!Name}", id="Sub does not read its values"),
        pytest.param({"Fn::Join": ["-", ["a", {"Ref": "Name"}, 3, True]]}, "a-ann-3-true", id="Join"),
        pytest.param({"Fn::Join": ["", {"Ref": "Names"}]}, "annbob", id="Join of a list parameter"),
        pytest.param({"Fn::Split": [",", "a,b,"]}, ["a", "b", ""], id="Split"),
        pytest.param({"Fn::Select": ["1", {"Ref": "Names"}]}, "bob", id="Select"),
        pytest.param({"Fn::If": ["Yes", "a", "b"]}, "a", id="If"),
        pytest.param({"Fn::If": ["No", "a", {"Ref": "Name"}]}, "ann", id="If not"),
        pytest.param({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, "s", id="FindInMap"),
        pytest.param(
            {"Fn::FindInMap": ["Sizes", "mars", "small", {"DefaultValue": {"Ref": "Name"}}]},
            "ann",
            id="FindInMap with a default",
        ),
        pytest.param({"Fn::GetAZs": ""}, ["us-west-2a", "us-west-2b"], id="GetAZs here"),
        pytest.param({"Fn::GetAZs": "eu-west-1"}, ["eu-west-1a", "eu-west-1b"], id="GetAZs elsewhere"),
        pytest.param({"Fn::Cidr": ["10.0.0.0/16", 2, "8"]}, ["10.0.0.0/24", "10.0.1.0/24"], id="Cidr"),
        pytest.param({"Fn::Base64": {"Ref": "Name"}}, "YW5u", id="Base64"),
        pytest.param({"Fn::ImportValue": "vpc"}, "vpc-1", id="ImportValue"),
        pytest.param(
            {"Fn::GetStackOutput": {"StackName": "s", "OutputName": {"Ref": "Name"}}},
            "<s ann us-west-2>",
            id="GetStackOutput",
        ),
        pytest.param({"Fn::ToJsonString": {"a": [{"Ref": "Name"}]}}, '{"a":["ann"]}', id="ToJsonString"),
        pytest.param({"Fn::Length": {"Ref": "Names"}}, 2, id="Length"),
        pytest.param(
            {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}},
            {"a": {"b": "included"}},
            id="Include",
        ),
        pytest.param("{{resolve:ssm:/a/b:1}}x", "<ssm /a/b:1>x", id="dynamic reference"),
        pytest.param(
            {"Fn::Sub": "{{resolve:ssm:/${Name}}}"}, "<ssm /ann>", id="dynamic reference made by Sub"
        ),
        pytest.param(
            {"Condition": {"Ref": "Name"}}, {"Condition": "ann"}, id="a policy's Condition is no function"
        ),
    ],
)
def test_evaluate(node: Any, value: Any) -> None:
    assert evaluate(scope(), node) == value


@pytest.mark.parametrize(
    ("node", "message"),
    [
        pytest.param(
            {"Ref": "Nobody"},
            "Template format error: Unresolved resource dependencies [Nobody] "
            "in the Resources block of the template",
            id="Ref",
        ),
        pytest.param(
            {"Fn::GetAtt": ["Nobody", "Arn"]},
            "Template error: instance of Fn::GetAtt references undefined resource Nobody",
            id="GetAtt",
        ),
        pytest.param(
            {"Fn::GetAtt": ["Nobody"]},
            "Template error: every Fn::GetAtt object requires two non-empty parameters, "
            "the resource name and the resource attribute",
            id="GetAtt with one argument",
        ),
        pytest.param(
            {"Fn::Select": [5, ["a"]]},
            "Template error: Fn::Select cannot select nonexistent value at index 5",
            id="Select",
        ),
        pytest.param(
            {"Fn::Select": ["x", ["a"]]},
            "Template error: Fn::Select requires a list argument with two elements: "
            "an integer index and a list",
            id="Select by a name",
        ),
        pytest.param(
            {"Fn::FindInMap": ["Sizes", "mars", "small"]},
            "Template error: Unable to get mapping for Sizes::mars::small",
            id="FindInMap",
        ),
        pytest.param(
            {"Fn::If": ["Maybe", 1, 2]},
            "Template format error: Unresolved condition dependency Maybe",
            id="If",
        ),
        pytest.param(
            {"Fn::If": ["Yes", 1]},
            "Template error: Fn::If requires a list argument with 3 elements",
            id="If without an else",
        ),
        pytest.param(
            {"Fn::Sub": "${Names}"},
            'Template error: Fn::Sub expects text, found ["ann", "bob"]',
            id="Sub of a list",
        ),
        pytest.param({"Fn::Length": "ab"}, "Template error: Fn::Length requires a list", id="Length"),
        pytest.param(
            {"Fn::Transform": {"Name": "Mine"}}, "No transform named Mine found.", id="unknown transform"
        ),
        pytest.param(
            {"Fn::Cidr": ["10.0.0.0/30", 9, 1]},
            "Template error: 10.0.0.0/30 does not have 9 subnets of 1 bits",
            id="Cidr",
        ),
        pytest.param(
            {"Fn::And": [{"Condition": "Yes"}]},
            "Template error: every Fn::And object requires a list of at least 2 and at most 10 "
            "boolean parameters.",
            id="And of one",
        ),
    ],
)
def test_refused_functions(node: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=f"^ValidationError: {re.escape(message)}$"):
        evaluate(scope(), node)


@pytest.mark.parametrize(
    ("definition", "holds"),
    [
        pytest.param({"Fn::Equals": [{"Ref": "Name"}, "ann"]}, True, id="Equals"),
        pytest.param({"Fn::Equals": [True, "true"]}, True, id="Equals of a boolean and a text"),
        pytest.param({"Fn::Equals": [1, "2"]}, False, id="not Equals"),
        pytest.param({"Fn::Not": [{"Condition": "Other"}]}, True, id="Not of a condition defined later"),
        pytest.param(
            {"Fn::And": [{"Fn::Equals": [1, 1]}, {"Fn::Not": [{"Fn::Equals": [1, 1]}]}]}, False, id="And"
        ),
        pytest.param({"Fn::Or": [{"Condition": "Other"}, {"Fn::Equals": [1, 1]}]}, True, id="Or"),
    ],
)
def test_conditions_may_refer_to_each_other(definition: Any, holds: bool) -> None:
    definitions = {"Asked": definition, "Other": {"Fn::Equals": ["a", "b"]}}

    assert evaluate_conditions(scope(), definitions) == {"Asked": holds, "Other": False}


def test_undefined_condition() -> None:
    with pytest.raises(ValidationError, match="Unresolved condition dependency Gone in the Conditions block"):
        evaluate_conditions(scope(), {"Asked": {"Condition": "Gone"}})


def test_only_ifs_are_resolved() -> None:
    node = {
        "a": {"Fn::If": ["Yes", {"Ref": "Topic"}, {"Ref": "Other"}]},
        "b": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]},
        "c": [{"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}, {"Fn::Sub": "${Name}"}],
    }

    assert resolve_ifs(scope(), node) == {"a": {"Ref": "Topic"}, "c": [{"Fn::Sub": "${Name}"}]}
