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
        pytest.param("", "unsupported structure.", id="empty"),
        pytest.param("- a", "unsupported structure.", id="a list"),
        pytest.param("a: [", "YAML not well-formed. (line 2, column 1)", id="YAML"),
        pytest.param("{Resources: []}", "[/Resources] must be an object.", id="section of a kind"),
        pytest.param("{Resources: {}}", "At least one Resources member must be defined.", id="nothing"),
        pytest.param(
            "{Resources: {R: {}}}",
            "[/Resources/R] Every Resources object must contain a Type member.",
            id="no type",
        ),
        pytest.param("{Resources: {R-1: {Type: T}}}", "Resource name R-1 is non alphanumeric.", id="name"),
        pytest.param(
            "{Resources: {R: {Type: T, Depends: A}}}",
            "Invalid template resource property 'Depends'",
            id="resource attribute",
        ),
        pytest.param(
            "{Resources: {R: {Type: T, DeletionPolicy: Keep}}}",
            "Unrecognized DeletionPolicy Keep for resource R",
            id="deletion policy",
        ),
        pytest.param(
            "{Resources: {R: {Type: T}}, Parameters: {P: {}}}",
            "[/Parameters/P] Every Parameters object must contain a Type member.",
            id="parameter",
        ),
        pytest.param(
            "{Resources: {R: {Type: T}}, Outputs: {O: {}}}",
            "[/Outputs/O] Every Outputs member must contain a Value object",
            id="output",
        ),
    ],
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
