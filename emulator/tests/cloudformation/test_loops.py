from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.samples import body, group, outputs, physical_ids
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

EXPAND: Any = ["CAPABILITY_AUTO_EXPAND"]
PARAMETERS = {"Stages": {"Type": "CommaDelimitedList", "Default": "a-1,b"}}


def looped(collection: Any) -> str:
    resources = {
        "Fn::ForEach::Groups": ["Stage", collection, {"Group&{Stage}": group("g-${Stage}")}],
        "Fn::ForEach::Pairs": [
            "One",
            ["x", "y"],
            {"Fn::ForEach::Inner": ["Two", ["p"], {"${One}${Two}": group("${One}-${Two}")}]},
        ],
        "Last": group("last", Tags=[{"Key": "of", "Value": "it"}], Description={"Ref": "Groupb"}),
    }
    shown = {"Fn::ForEach::Name": ["Stage", collection, {"Name&{Stage}": {"Value": {"Ref": "Stage"}}}]}
    return body(resources, Transform="AWS::LanguageExtensions", Parameters=PARAMETERS, Outputs=shown)


@cases("collection", {"plain": ["a-1", "b"], "parameter": {"Ref": "Stages"}})
def test_loops_are_unrolled(collection: Any, cfn: CloudFormationClient) -> None:
    template = looped(collection)
    cfn.validate_template(TemplateBody=template)
    assert cfn.get_template_summary(TemplateBody=template)["ResourceTypes"] == ["AWS::MediaConvert::Queue"]

    cfn.create_stack(StackName="one", TemplateBody=template, Capabilities=EXPAND)

    assert physical_ids(cfn) == {
        "Groupa1": "g-a-1",
        "Groupb": "g-b",
        "Last": "last",
        "xp": "x-p",
        "yp": "y-p",
    }
    assert outputs(cfn) == {"Namea1": "a-1", "Nameb": "b"}
    cfn.update_stack(
        StackName="one",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Stages", "ParameterValue": "b"}],
        Capabilities=EXPAND,
    )


@cases(
    ("resources", "refusal"),
    {
        "layout": ({"Fn::ForEach::L": ["I", ["a"]]}, "Fn::ForEach::L layout is incorrect"),
        "no list": (
            {"Fn::ForEach::L": ["I", "a", {"A${I}": group("a")}]},
            "the collection of Fn::ForEach::L is not a list",
        ),
        "twice": (
            {"Fn::ForEach::L": ["I", ["a"], {"A": group("a")}], "A": group("b")},
            "defines A, which already exists",
        ),
        "outline": (
            {"Fn::ForEach::L": ["I", ["a"], {"A${I}": {}}]},
            "[/Resources/Aa] Every Resources object must contain a Type member",
        ),
    },
)
def test_refused_loops(resources: dict[str, Any], refusal: str, cfn: CloudFormationClient) -> None:
    if "defines" in refusal:
        resources = dict(reversed(resources.items()))
    template = json.dumps({"Resources": resources, "Transform": "AWS::LanguageExtensions"})

    with pytest.raises(ClientError, match=re.escape(refusal)):
        cfn.create_stack(StackName="one", TemplateBody=template, Capabilities=EXPAND)


@cases(
    ("macro", "refusal"),
    {
        "of AWS": ("AWS::CodeStar", "is not implemented by this endpoint"),
        "own": ("Mine", "No transform named Mine found"),
    },
)
def test_templates_with_macros_are_read_but_not_run(
    macro: str, refusal: str, cfn: CloudFormationClient
) -> None:
    template = body({"A": group("a")}, Transform=macro)
    with pytest.raises(ClientError, match=refusal):
        cfn.create_stack(StackName="one", TemplateBody=template, Capabilities=EXPAND)
    assert cfn.validate_template(TemplateBody=template)["DeclaredTransforms"] == [macro]
