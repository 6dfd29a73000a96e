import json
import re
from typing import Any

import pytest
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.document import load
from tests.conftest import cases


def test_short_forms_become_long() -> None:
    text = """
AWSTemplateFormatVersion: 2010-09-09
Conditions:
  Is: !Equals [!Ref A, b]
Resources:
  R:
    Type: T
    Properties:
      a: !GetAtt R.B.C
      b: !Sub ["${x}", {x: !If [Is, 1, !Ref AWS::NoValue]}]
      c: !Not [!Condition Is]
      d: !GetAtt [R, B]
      e:
        Fn::Join: ["-", !Split [",", "a,b"]]
"""
    assert load(text) == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Conditions": {"Is": {"Fn::Equals": [{"Ref": "A"}, "b"]}},
        "Resources": {
            "R": {
                "Type": "T",
                "Properties": {
                    "a": {"Fn::GetAtt": ["R", "B.C"]},
                    "b": {"Fn::Sub": ["${x}", {"x": {"Fn::If": ["Is", 1, {"Ref": "AWS::NoValue"}]}}]},
                    "c": {"Fn::Not": [{"Condition": "Is"}]},
                    "d": {"Fn::GetAtt": ["R", "B"]},
                    "e": {"Fn::Join": ["-", {"Fn::Split": [",", "a,b"]}]},
                },
            }
        },
    }


MANY: dict[str, Any] = {
    "Mappings": {f"M{number}": {"a": {"b": "c"}} for number in range(201)},
    "Outputs": {f"O{number}": {"Value": "v"} for number in range(201)},
    "Parameters": {f"P{number}": {"Type": "String"} for number in range(201)},
    "Resources": {f"R{number}": {"Type": "T"} for number in range(501)},
}


@cases(
    ("text", "message"),
    {
        "empty": ("", "unsupported structure."),
        "a list": ("- a", "unsupported structure."),
        "YAML": ("a: [", "YAML not well-formed. (line 2, column 1)"),
        "section of a kind": ("{Resources: []}", "[/Resources] must be an object."),
        "nothing": ("{Resources: {}}", "At least one Resources member must be defined."),
        "no type": (
            "{Resources: {R: {}}}",
            "[/Resources/R] Every Resources object must contain a Type member.",
        ),
        "properties": (
            "{Resources: {R: {Type: T, Properties: [a]}}}",
            "[/Resources/R] Properties must be an object.",
        ),
        "name": ("{Resources: {R-1: {Type: T}}}", "Resource name R-1 is non alphanumeric."),
        "resource attribute": (
            "{Resources: {R: {Type: T, Depends: A}}}",
            "Invalid template resource property 'Depends'",
        ),
        "deletion policy": (
            "{Resources: {R: {Type: T, DeletionPolicy: Keep}}}",
            "Unrecognized DeletionPolicy Keep for resource R",
        ),
        "parameter": (
            "{Resources: {R: {Type: T}}, Parameters: {P: {}}}",
            "[/Parameters/P] Every Parameters object must contain a Type member.",
        ),
        "output": (
            "{Resources: {R: {Type: T}}, Outputs: {O: {}}}",
            "[/Outputs/O] Every Outputs member must contain a Value object",
        ),
        "loop without its macro": (
            "{Resources: {'Fn::ForEach::L': [X, [a], {'T${X}': {Type: T}}]}}",
            "[/Resources/Fn::ForEach::L] definition is malformed",
        ),
        **{
            f"too many {section.lower()}": (
                json.dumps({"Resources": {"R": {"Type": "T"}}, section: members}),
                f"Number of {section.lower()}, {len(members)}, is greater than maximum allowed, "
                f"{len(members) - 1}",
            )
            for section, members in MANY.items()
        },
        "too many attributes": (
            json.dumps({"Resources": {"R": {"Type": "T"}}, "Mappings": {"M": MANY["Mappings"]}}),
            "Number of attributes in mapping M, 201, is greater than maximum allowed, 200",
        ),
        "too many dynamic references": (
            json.dumps({"Resources": {"R": {"Type": "T", "Properties": {"a": ["{{resolve:ssm:a}}"] * 61}}}}),
            "Number of dynamic references, 61, is greater than maximum allowed, 60",
        ),
        "long name": (
            json.dumps({"Resources": {"R" * 256: {"Type": "T"}}}),
            f"[/Resources] names have at most 255 characters, found {'R' * 256}",
        ),
        "long description": (
            json.dumps({"Description": "\u00e9" * 513, "Resources": {"R": {"Type": "T"}}}),
            "'Description' length is greater than 1024.",
        ),
    },
)
def test_refused_text(text: str, message: str) -> None:
    with pytest.raises(
        ValidationError, match=f"^ValidationError: Template format error: {re.escape(message)}$"
    ):
        load(text)


def test_unknown_section() -> None:
    with pytest.raises(
        ValidationError, match=r"^ValidationError: Invalid template property or properties \[Foo\]$"
    ):
        load("{Resources: {R: {Type: T}}, Foo: 1}")
