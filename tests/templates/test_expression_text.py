from __future__ import annotations

from typing import Any

from publisher.templates.expression_text import readable
from tests.conftest import cases

WORKLOAD = {"Fn::If": ["HasWorkload", {"Fn::Sub": "${A}-${B}-${Workload}-ml"}, {"Fn::Sub": "${A}-${B}-ml"}]}


@cases(
    ("value", "text"),
    {
        "text": ("plain", "plain"),
        "number": (5, "5"),
        "true": (True, "true"),
        "list": ([1, {"Ref": "A"}], "1, {A}"),
        "Ref": ({"Ref": "A"}, "{A}"),
        "pseudo parameter": ({"Ref": "AWS::Region"}, "{region}"),
        "no value": ({"Ref": "AWS::NoValue"}, ""),
        "GetAtt": ({"Fn::GetAtt": ["A", "Arn"]}, "{A.Arn}"),
        "Sub": ({"Fn::Sub": "/a/${B}/${AWS::Region}/${C.Arn}/${!D}"}, "/a/{B}/{region}/{C.Arn}/${D}"),
        "Sub with variables": ({"Fn::Sub": ["${X}/${Y}/${Z}", {"X": {"Ref": "A"}, "Y": "y"}]}, "{A}/y/{Z}"),
        "Sub of If": ({"Fn::Sub": ["${X}", {"X": WORKLOAD}]}, "{A}-{B}[-{Workload}]-ml"),
        "Sub of something else": ({"Fn::Sub": {"a": 1}}, "{Sub}"),
        "Join": ({"Fn::Join": ["-", ["a", {"Ref": "B"}]]}, "a-{B}"),
        "Join of a reference": ({"Fn::Join": ["-", {"Ref": "L"}]}, "{Join}"),
        "If optional": (WORKLOAD, "{A}-{B}[-{Workload}]-ml"),
        "If choice": ({"Fn::If": ["C", "a/b/z", "a/c/z"]}, "a/(b|c)/z"),
        "If alike": ({"Fn::If": ["C", "a", "a"]}, "a"),
        "If nothing": ({"Fn::If": ["C", {"Ref": "AWS::NoValue"}, "a"]}, "[a]"),
        "If doubled": ({"Fn::If": ["C", "aa", "a"]}, "[a]a"),
        "Select": ({"Fn::Select": [1, ["a", {"Ref": "B"}]]}, "{B}"),
        "Select by text": ({"Fn::Select": ["0", ["a"]]}, "a"),
        "Select beyond": ({"Fn::Select": [3, ["a"]]}, "{…}"),
        "Select of a reference": ({"Fn::Select": [0, {"Ref": "L"}]}, "{L 0}"),
        "Split": (
            {"Fn::Select": [4, {"Fn::Split": ["-", {"Ref": "AWS::StackId"}]}]},
            "{stack_id split at '-', 4}",
        ),
        "Split alone": ({"Fn::Split": [",", "a,b"]}, "a,b"),
        "Base64": ({"Fn::Base64": {"Ref": "A"}}, "{A}"),
        "FindInMap": ({"Fn::FindInMap": ["M", {"Ref": "A"}, "k"]}, "{M.A.k}"),
        "ImportValue": ({"Fn::ImportValue": {"Fn::Sub": "${A}-x"}}, "{import {A}-x}"),
        "another function": ({"Fn::GetAZs": ""}, "{GetAZs}"),
        "mapping": ({"a": 1, "b": 2}, "{…}"),
        "nothing": (None, "{…}"),
    },
)
def test_readable(value: Any, text: str) -> None:
    assert readable(value) == text


def test_known_references() -> None:
    assert readable({"Fn::Sub": "/${A}/${B}"}, {"A": "{a}"}) == "/{a}/{B}"


def test_no_depth_is_too_deep() -> None:
    value: Any = "a"
    for _ in range(5000):
        value = {"Fn::Join": ["", [value]]}
    assert readable(value) == "…"
