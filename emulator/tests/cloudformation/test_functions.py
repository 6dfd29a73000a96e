import re
from typing import Any

import pytest
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.functions import evaluate, evaluate_conditions, resolve_ifs
from tests.cloudformation.samples import STACK_ID, scope
from tests.conftest import cases


@cases(
    ("node", "value"),
    {
        "text": ("plain", "plain"),
        "number": (7, 7),
        "inside objects and lists": ({"a": [{"Ref": "Name"}]}, {"a": ["ann"]}),
        "Ref of a list parameter": ({"Ref": "Names"}, ["ann", "bob"]),
        "Ref of a resource": ({"Ref": "Topic"}, "topic-1"),
        "Ref of a pseudo parameter": ({"Ref": "AWS::StackId"}, STACK_ID),
        "topics": ({"Ref": "AWS::NotificationARNs"}, ["arn:aws:sns:us-west-2:111111111111:events"]),
        "NoValue in an object": ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
        "NoValue in a list": ([{"Ref": "AWS::NoValue"}, 1], [1]),
        "GetAtt as a list": ({"Fn::GetAtt": ["Topic", "Arn"]}, "arn:topic-1"),
        "GetAtt as text": ({"Fn::GetAtt": "Topic.Endpoint.Port"}, 80),
        "Sub": ({"Fn::Sub": "${Name} at ${Topic.Arn}"}, "ann at arn:topic-1"),
        "Sub with values": ({"Fn::Sub": ["${a}-${Name}", {"a": {"Ref": "Topic"}}]}, "topic-1-ann"),
        "Sub with a literal": ({"Fn::Sub": "${!Name} ${AWS::Region}"}, "${Name} us-west-2"),
        "Sub does not read its values": ({"Fn::Sub": ["${a}", {"a": "${!Name}"}]}, "${!Name}"),
        "Join": ({"Fn::Join": ["-", ["a", {"Ref": "Name"}, 3, True]]}, "a-ann-3-true"),
        "Join of a list parameter": ({"Fn::Join": ["", {"Ref": "Names"}]}, "annbob"),
        "Split": ({"Fn::Split": [",", "a,b,"]}, ["a", "b", ""]),
        "Select": ({"Fn::Select": ["1", {"Ref": "Names"}]}, "bob"),
        "If": ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        "If not": ({"Fn::If": ["No", "a", {"Ref": "Name"}]}, "ann"),
        "FindInMap": ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "small"]}, "s"),
        "FindInMap with a default": (
            {"Fn::FindInMap": ["Sizes", "mars", "small", {"DefaultValue": {"Ref": "Name"}}]},
            "ann",
        ),
        "GetAZs here": ({"Fn::GetAZs": ""}, ["us-west-2a", "us-west-2b"]),
        "GetAZs elsewhere": ({"Fn::GetAZs": "eu-west-1"}, ["eu-west-1a", "eu-west-1b"]),
        "Cidr": ({"Fn::Cidr": ["10.0.0.0/16", 2, "8"]}, ["10.0.0.0/24", "10.0.1.0/24"]),
        "Base64": ({"Fn::Base64": {"Ref": "Name"}}, "YW5u"),
        "ImportValue": ({"Fn::ImportValue": "vpc"}, "vpc-1"),
        "GetStackOutput": (
            {"Fn::GetStackOutput": {"StackName": "s", "OutputName": {"Ref": "Name"}}},
            "<s ann us-west-2>",
        ),
        "ToJsonString": ({"Fn::ToJsonString": {"a": [{"Ref": "Name"}]}}, '{"a":["ann"]}'),
        "Length": ({"Fn::Length": {"Ref": "Names"}}, 2),
        "dynamic reference": ("{{resolve:ssm:/a/b:1}}x", "<ssm /a/b:1>x"),
        "dynamic reference made by Sub": ({"Fn::Sub": "{{resolve:ssm:/${Name}}}"}, "<ssm /ann>"),
        "a policy's Condition is no function": ({"Condition": {"Ref": "Name"}}, {"Condition": "ann"}),
    },
)
def test_evaluate(node: Any, value: Any) -> None:
    assert evaluate(scope(), node) == value


@cases(
    ("node", "message"),
    {
        "Ref": (
            {"Ref": "Nobody"},
            (
                "Template format error: Unresolved resource dependencies [Nobody] "
                "in the Resources block of the template"
            ),
        ),
        "GetAtt": (
            {"Fn::GetAtt": ["Nobody", "Arn"]},
            "Template error: instance of Fn::GetAtt references undefined resource Nobody",
        ),
        "GetAtt with one argument": (
            {"Fn::GetAtt": ["Nobody"]},
            (
                "Template error: every Fn::GetAtt object requires two non-empty parameters, "
                "the resource name and the resource attribute"
            ),
        ),
        "Select": (
            {"Fn::Select": [5, ["a"]]},
            "Template error: Fn::Select cannot select nonexistent value at index 5",
        ),
        "Select by a name": (
            {"Fn::Select": ["x", ["a"]]},
            (
                "Template error: Fn::Select requires a list argument with two elements: "
                "an integer index and a list"
            ),
        ),
        "FindInMap": (
            {"Fn::FindInMap": ["Sizes", "mars", "small"]},
            "Template error: Unable to get mapping for Sizes::mars::small",
        ),
        "If": ({"Fn::If": ["Maybe", 1, 2]}, "Template format error: Unresolved condition dependency Maybe"),
        "If without an else": (
            {"Fn::If": ["Yes", 1]},
            "Template error: Fn::If requires a list argument with 3 elements",
        ),
        "Sub of a list": (
            {"Fn::Sub": "${Names}"},
            'Template error: Fn::Sub expects text, found ["ann", "bob"]',
        ),
        "Length": ({"Fn::Length": "ab"}, "Template error: Fn::Length requires a list"),
        "Cidr": (
            {"Fn::Cidr": ["10.0.0.0/30", 9, 1]},
            "Template error: 10.0.0.0/30 does not have 9 subnets of 1 bits",
        ),
        "And of one": (
            {"Fn::And": [{"Condition": "Yes"}]},
            (
                "Template error: every Fn::And object requires a list of at least 2 and at most 10 "
                "boolean parameters."
            ),
        ),
    },
)
def test_refused_functions(node: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=f"^ValidationError: {re.escape(message)}$"):
        evaluate(scope(), node)


@cases(
    ("definition", "holds"),
    {
        "Equals": ({"Fn::Equals": [{"Ref": "Name"}, "ann"]}, True),
        "Equals of a boolean and a text": ({"Fn::Equals": [True, "true"]}, True),
        "not Equals": ({"Fn::Equals": [1, "2"]}, False),
        "Not of a condition defined later": ({"Fn::Not": [{"Condition": "Other"}]}, True),
        "And": ({"Fn::And": [{"Fn::Equals": [1, 1]}, {"Fn::Not": [{"Fn::Equals": [1, 1]}]}]}, False),
        "Or": ({"Fn::Or": [{"Condition": "Other"}, {"Fn::Equals": [1, 1]}]}, True),
    },
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
