from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from catalog_emulator.cloudformation.template.summary import capabilities
from tests.cloudformation.samples import body, group
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ],
}


def role(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST, **properties}}


TEMPLATE = body(
    {"A": group("a"), "B": group("b"), "Role": role(RoleName="named")},
    AWSTemplateFormatVersion="2010-09-09",
    Description="some",
    Metadata={"of": "it"},
    Parameters={
        "Count": {"Type": "Number", "Default": 3, "AllowedValues": [3, 4], "Description": "how many"},
        "Secret": {"Type": "String", "NoEcho": "true"},
    },
)


@cases(
    ("template", "needed"),
    {
        "nothing": ({"Resources": {"A": group("a")}}, ()),
        "a role": ({"Resources": {"A": role()}}, ("CAPABILITY_IAM",)),
        "a named role": ({"Resources": {"A": role(RoleName="r")}}, ("CAPABILITY_NAMED_IAM",)),
        "one of them named": (
            {"Resources": {"A": role(), "B": role(RoleName={"Ref": "P"})}},
            ("CAPABILITY_NAMED_IAM",),
        ),
        "the name of a policy is none": (
            {"Resources": {"A": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "p"}}}},
            ("CAPABILITY_IAM",),
        ),
        "macros": (
            {"Resources": {"A": role()}, "Transform": ["AWS::LanguageExtensions", {"Name": "My"}]},
            ("CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
        ),
    },
)
def test_capabilities_of_a_template(template: dict[str, Any], needed: tuple[str, ...]) -> None:
    assert capabilities(template) == needed


@cases(
    ("named", "supplied", "refusal"),
    {
        "enough": (False, ["CAPABILITY_IAM"], None),
        "more than enough": (False, ["CAPABILITY_NAMED_IAM"], None),
        "named": (True, ["CAPABILITY_NAMED_IAM"], None),
        "none": (False, [], "Requires capabilities : [CAPABILITY_IAM]"),
        "too little": (True, ["CAPABILITY_IAM"], "Requires capabilities : [CAPABILITY_NAMED_IAM]"),
    },
)
def test_capabilities_must_be_acknowledged(
    named: bool, supplied: Any, refusal: str | None, cfn: CloudFormationClient
) -> None:
    template = body({"Role": role(**({"RoleName": "r"} if named else {}))})
    cfn.create_stack(StackName="other", TemplateBody=body({"A": group("a")}))
    calls: list[Any] = [
        lambda: cfn.create_stack(StackName="one", TemplateBody=template, Capabilities=supplied),
        lambda: cfn.create_change_set(
            StackName="other", ChangeSetName="next", TemplateBody=template, Capabilities=supplied
        ),
        lambda: cfn.update_stack(StackName="other", TemplateBody=template, Capabilities=supplied),
        lambda: cfn.create_stack_set(StackSetName="set", TemplateBody=template, Capabilities=supplied),
    ]
    for call in calls:
        if refusal is None:
            call()
            continue
        with pytest.raises(cfn.exceptions.InsufficientCapabilitiesException, match=re.escape(refusal)):
            call()
    if refusal is None:
        assert cfn.describe_stacks(StackName="one")["Stacks"][0]["Capabilities"] == supplied


def test_summary_of_a_template(cfn: CloudFormationClient) -> None:
    response: dict[str, Any] = {**cfn.get_template_summary(TemplateBody=TEMPLATE)}
    del response["ResponseMetadata"]

    assert response == {
        "Parameters": [
            {
                "ParameterKey": "Count",
                "DefaultValue": "3",
                "ParameterType": "Number",
                "NoEcho": False,
                "Description": "how many",
                "ParameterConstraints": {"AllowedValues": ["3", "4"]},
            },
            {
                "ParameterKey": "Secret",
                "ParameterType": "String",
                "NoEcho": True,
                "Description": "",
                "ParameterConstraints": {},
            },
        ],
        "Description": "some",
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "CapabilitiesReason": "The following resource(s) require capabilities: [AWS::IAM::Role]",
        "ResourceTypes": ["AWS::MediaConvert::Queue", "AWS::IAM::Role"],
        "Version": "2010-09-09",
        "Metadata": '{"of": "it"}',
        "DeclaredTransforms": [],
        "ResourceIdentifierSummaries": [
            {
                "ResourceType": "AWS::MediaConvert::Queue",
                "LogicalResourceIds": ["A", "B"],
                "ResourceIdentifiers": ["Name"],
            },
            {
                "ResourceType": "AWS::IAM::Role",
                "LogicalResourceIds": ["Role"],
                "ResourceIdentifiers": ["RoleName"],
            },
        ],
        "Warnings": {"UnrecognizedResourceTypes": []},
    }


def test_summaries_of_stacks_and_stack_sets(cfn: CloudFormationClient) -> None:
    template = body({"A": group("a")}, Transform="AWS::Include")
    supplied: Any = ["CAPABILITY_AUTO_EXPAND"]
    cfn.create_stack(StackName="one", TemplateBody=template, Capabilities=supplied)
    cfn.create_stack_set(StackSetName="set", TemplateBody=template, Capabilities=supplied)
    cfn.create_change_set(
        StackName="new",
        ChangeSetName="next",
        ChangeSetType="CREATE",
        TemplateBody=template,
        Capabilities=supplied,
    )

    subjects: list[dict[str, Any]] = [{"StackName": "one"}, {"StackSetName": "set"}]
    for subject in subjects:
        response = cfn.get_template_summary(**subject)
        assert response["CapabilitiesReason"] == "The template contains macros"
        assert response["DeclaredTransforms"] == ["AWS::Include"]
    with pytest.raises(ClientError, match="cannot be called on REVIEW_IN_PROGRESS stacks"):
        cfn.get_template_summary(StackName="new")


@cases(
    ("sections", "refusal"),
    {
        "none": ({}, None),
        "type": (
            {"Resources": {"A": {"Type": "AWS::No::Thing"}}},
            "Unrecognized resource types: [AWS::No::Thing]",
        ),
        "reference": (
            {"Outputs": {"O": {"Value": {"Ref": "Gone"}}}},
            "Unresolved resource dependencies [Gone] in the Outputs block of the template",
        ),
        "condition": (
            {"Conditions": {"C": {"Fn::Not": [{"Condition": "D"}]}}},
            "Unresolved condition dependency D in the Conditions block of the template",
        ),
        "cycle": (
            {"Resources": {"A": {**group("a"), "DependsOn": "B"}, "B": {**group("b"), "DependsOn": ["A"]}}},
            "Circular dependency between resources: [A, B]",
        ),
        "outline": ({"Resources": {}}, "At least one Resources member must be defined"),
    },
)
def test_validate_template(sections: dict[str, Any], refusal: str | None, cfn: CloudFormationClient) -> None:
    text = json.dumps({**json.loads(TEMPLATE), **sections})
    if refusal is None:
        response = cfn.validate_template(TemplateBody=text)
        assert [one["ParameterKey"] for one in response["Parameters"]] == ["Count", "Secret"]
        assert (response["Description"], response["Capabilities"]) == ("some", ["CAPABILITY_NAMED_IAM"])
        return
    with pytest.raises(ClientError, match=re.escape(refusal)):
        cfn.validate_template(TemplateBody=text)


def test_validation_is_fast(cfn: CloudFormationClient) -> None:
    resources = {f"Group{number}": group(f"g{number}") for number in range(400)}
    text = body(resources)
    start = time.process_time()

    cfn.validate_template(TemplateBody=text)
    cfn.get_template_summary(TemplateBody=text)

    assert time.process_time() - start < 1.5
