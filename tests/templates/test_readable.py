from __future__ import annotations

from typing import Any

import pytest

from publisher.templates.readable import readable

WORKLOAD = {
    "Fn::If": [
        "HasWorkload",
        {"Fn::Sub": "${A}-${B}-${Workload}-ml"},
        {"Fn::Sub": "${A}-${B}-ml"},
    ]
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("plain", "plain", id="text"),
        pytest.param(5, "5", id="number"),
        pytest.param(True, "true", id="true"),
        pytest.param([1, {"Ref": "A"}], "1, {A}", id="list"),
        pytest.param({"Ref": "A"}, "{A}", id="Ref"),
        pytest.param({"Ref": "AWS::Region"}, "{region}", id="pseudo parameter"),
        pytest.param({"Ref": "AWS::NoValue"}, "", id="no value"),
        pytest.param({"Fn::GetAtt": ["A", "Arn"]}, "{A.Arn}", id="GetAtt"),
        pytest.param(
            {"Fn::Sub": "/a/${B}/${AWS::Region}/${C.Arn}/${!D}"}, "/a/{B}/{region}/{C.Arn}/${D}", id="Sub"
        ),
        pytest.param(
            {"Fn::Sub": ["${X}/${Y}/${Z}", {"X": {"Ref": "A"}, "Y": "y"}]},
            "{A}/y/{Z}",
            id="Sub with variables",
        ),
        pytest.param({"Fn::Sub": ["${X}", {"X": WORKLOAD}]}, "{A}-{B}[-{Workload}]-ml", id="Sub of If"),
        pytest.param({"Fn::Sub": {"a": 1}}, "{Sub}", id="Sub of something else"),
        pytest.param({"Fn::Join": ["-", ["a", {"Ref": "B"}]]}, "a-{B}", id="Join"),
        pytest.param({"Fn::Join": ["-", {"Ref": "L"}]}, "{Join}", id="Join of a reference"),
        pytest.param(WORKLOAD, "{A}-{B}[-{Workload}]-ml", id="If optional"),
        pytest.param({"Fn::If": ["C", "a/b/z", "a/c/z"]}, "a/(b|c)/z", id="If choice"),
        pytest.param({"Fn::If": ["C", "a", "a"]}, "a", id="If alike"),
        pytest.param({"Fn::If": ["C", {"Ref": "AWS::NoValue"}, "a"]}, "[a]", id="If nothing"),
        pytest.param({"Fn::If": ["C", "aa", "a"]}, "[a]a", id="If doubled"),
        pytest.param({"Fn::Select": [1, ["a", {"Ref": "B"}]]}, "{B}", id="Select"),
        pytest.param({"Fn::Select": ["0", ["a"]]}, "a", id="Select by text"),
        pytest.param({"Fn::Select": [3, ["a"]]}, "{…}", id="Select beyond"),
        pytest.param({"Fn::Select": [0, {"Ref": "L"}]}, "{L 0}", id="Select of a reference"),
        pytest.param(
            {"Fn::Select": [4, {"Fn::Split": ["-", {"Ref": "AWS::StackId"}]}]},
            "{stack_id split at '-', 4}",
            id="Split",
        ),
        pytest.param({"Fn::Split": [",", "a,b"]}, "a,b", id="Split alone"),
        pytest.param({"Fn::Base64": {"Ref": "A"}}, "{A}", id="Base64"),
        pytest.param({"Fn::FindInMap": ["M", {"Ref": "A"}, "k"]}, "{M.A.k}", id="FindInMap"),
        pytest.param({"Fn::ImportValue": {"Fn::Sub": "${A}-x"}}, "{import {A}-x}", id="ImportValue"),
        pytest.param({"Fn::GetAZs": ""}, "{GetAZs}", id="another function"),
        pytest.param({"a": 1, "b": 2}, "{…}", id="mapping"),
        pytest.param(None, "{…}", id="nothing"),
    ],
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
