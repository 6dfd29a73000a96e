import re

import pytest
from moto.cloudformation.exceptions import ValidationError

from catalog_emulator.cloudformation.template.document import load


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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "Template format error: unsupported structure.", id="empty"),
        pytest.param("- a", "Template format error: unsupported structure.", id="a list"),
        pytest.param("a: [", "Template format error: YAML not well-formed. (line 2, column 1)", id="YAML"),
        pytest.param(
            "{Resources: {R: {Type: T}}, Foo: 1}",
            "Invalid template property or properties [Foo]",
            id="section",
        ),
        pytest.param(
            "{Resources: []}",
            "Template format error: [/Resources] must be an object.",
            id="section of a kind",
        ),
        pytest.param(
            "{Resources: {}}",
            "Template format error: At least one Resources member must be defined.",
            id="nothing",
        ),
        pytest.param(
            "{Resources: {R: {}}}",
            "Template format error: [/Resources/R] Every Resources object must contain a Type member.",
            id="no type",
        ),
        pytest.param(
            "{Resources: {R-1: {Type: T}}}",
            "Template format error: Resource name R-1 is non alphanumeric.",
            id="name",
        ),
        pytest.param(
            "{Resources: {R: {Type: T, Depends: A}}}",
            "Template format error: Invalid template resource property 'Depends'",
            id="resource attribute",
        ),
        pytest.param(
            "{Resources: {R: {Type: T, DeletionPolicy: Keep}}}",
            "Template format error: Unrecognized DeletionPolicy Keep for resource R",
            id="deletion policy",
        ),
        pytest.param(
            "{Resources: {R: {Type: T}}, Parameters: {P: {}}}",
            "Template format error: [/Parameters/P] Every Parameters object must contain a Type member.",
            id="parameter",
        ),
        pytest.param(
            "{Resources: {R: {Type: T}}, Outputs: {O: {}}}",
            "Template format error: [/Outputs/O] Every Outputs member must contain a Value object",
            id="output",
        ),
    ],
)
def test_refused_text(text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=f"^ValidationError: {re.escape(message)}$"):
        load(text)
