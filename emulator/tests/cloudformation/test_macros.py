"""Templates with macros of CloudFormation: what they become, and what has to be acknowledged."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import body, group, physical_ids, status
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

EXPAND: Any = ["CAPABILITY_AUTO_EXPAND"]
IAM: Any = [*EXPAND, "CAPABILITY_IAM"]
LOOP = {"Fn::ForEach::L": ["X", ["a", "b"], {"Topic${X}": {"Type": "AWS::SNS::Topic"}}]}
SERVERLESS: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Globals": {"Function": {"Runtime": "python3.13", "Timeout": 7}},
    "Parameters": {"Memory": {"Type": "Number", "Default": 256}},
    "Resources": {
        "Function": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "Handler": "a.b",
                "InlineCode": "def b(event, context): pass",
                "MemorySize": {"Ref": "Memory"},
                "Policies": ["AmazonS3ReadOnlyAccess"],
            },
        }
    },
    "Outputs": {"Role": {"Value": {"Fn::GetAtt": "FunctionRole.Arn"}}},
}
SNIPPETS = {
    "topic.yaml": "Type: AWS::SNS::Topic\nProperties: {DisplayName: included}",
    "name.json": json.dumps({"DisplayName": "included"}),
    "sections.yaml": "Outputs: {Two: {Value: two}}\nMappings: {M: {a: {b: c}}}",
    "short.yaml": "DisplayName: !Ref Name",
}


def include(key: str) -> dict[str, Any]:
    return {"Name": "AWS::Include", "Parameters": {"Location": {"Fn::Sub": f"s3://${{Bucket}}/{key}"}}}


@pytest.fixture
def snippets(mocked: None) -> None:
    s3 = boto3.client("s3", "us-east-1")
    s3.create_bucket(Bucket="snippets")
    for key, text in SNIPPETS.items():
        s3.put_object(Bucket="snippets", Key=key, Body=text.encode())


def including(**sections: Any) -> str:
    return json.dumps(
        {
            "Parameters": {"Bucket": {"Type": "String", "Default": "snippets"}},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            **sections,
        }
    )


def processed(cfn: CloudFormationClient, **which: Any) -> Any:
    return cfn.get_template(**{"StackName": "one", "TemplateStage": "Processed", **which})["TemplateBody"]


def test_loops_are_unrolled_in_the_processed_template(cfn: CloudFormationClient) -> None:
    template = body(LOOP, Transform="AWS::LanguageExtensions")
    cfn.create_stack(StackName="one", TemplateBody=template, Capabilities=EXPAND)

    topic = {"Type": "AWS::SNS::Topic"}
    assert processed(cfn) == {"Resources": {"Topica": topic, "Topicb": topic}}
    answer = cfn.get_template(StackName="one", TemplateStage="Original")
    assert answer["TemplateBody"] == json.loads(template)
    assert answer["StagesAvailable"] == ["Original", "Processed"]
    with pytest.raises(ClientError, match=r"enum value set: \[Original, Processed\]"):
        processed(cfn, TemplateStage="Other")


def test_a_template_without_macros_is_processed_as_it_is(cfn: CloudFormationClient) -> None:
    text = "# a comment\nResources: {Topic: {Type: 'AWS::SNS::Topic'}}"
    cfn.create_stack(StackName="one", TemplateBody=text)
    assert processed(cfn) == text


def test_change_sets_need_no_acknowledgement_of_macros(cfn: CloudFormationClient) -> None:
    template = body(LOOP, Transform="AWS::LanguageExtensions")
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        cfn.create_stack(StackName="one", TemplateBody=template)

    cfn.create_change_set(StackName="one", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=template)
    assert list(processed(cfn, ChangeSetName="c")["Resources"]) == ["Topica", "Topicb"]
    before: Any = cfn.get_template(StackName="one")["TemplateBody"]
    assert before == ""
    cfn.execute_change_set(StackName="one", ChangeSetName="c")
    assert set(physical_ids(cfn)) == {"Topica", "Topicb"}

    more = body({**LOOP, "C": group("c")}, Transform="AWS::LanguageExtensions")
    cfn.create_change_set(StackName="one", ChangeSetName="d", TemplateBody=more)
    changes = cfn.describe_change_set(StackName="one", ChangeSetName="d")["Changes"]
    assert [change["ResourceChange"]["LogicalResourceId"] for change in changes] == ["C"]


def test_serverless_resources_become_others(cfn: CloudFormationClient) -> None:
    template = json.dumps(SERVERLESS)
    assert cfn.validate_template(TemplateBody=template)["Capabilities"] == EXPAND
    summary = cfn.get_template_summary(TemplateBody=template)
    assert summary["ResourceTypes"] == ["AWS::Serverless::Function"]

    cfn.create_stack(StackName="one", TemplateBody=template, Capabilities=IAM)

    assert status(cfn)[0] == "CREATE_COMPLETE"
    ids = physical_ids(cfn)
    function = boto3.client("lambda", REGION).get_function_configuration(FunctionName=ids["Function"])
    assert (function["Timeout"], function["MemorySize"]) == (7, 256)
    policies = boto3.client("iam").list_attached_role_policies(RoleName=ids["FunctionRole"])
    assert {policy["PolicyName"] for policy in policies["AttachedPolicies"]} == {
        "AWSLambdaBasicExecutionRole",
        "AmazonS3ReadOnlyAccess",
    }
    made = processed(cfn)
    assert "Transform" not in made and "Globals" not in made
    assert made["Resources"]["Function"]["Type"] == "AWS::Lambda::Function"


def test_roles_that_serverless_makes_are_acknowledged(cfn: CloudFormationClient) -> None:
    template = json.dumps(SERVERLESS)
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_IAM\]"):
        cfn.create_stack(StackName="one", TemplateBody=template, Capabilities=EXPAND)

    cfn.create_change_set(StackName="one", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=template)
    found = cfn.describe_change_set(StackName="one", ChangeSetName="c")
    reason = "Requires capabilities : [CAPABILITY_IAM]"
    assert (found["Status"], found["StatusReason"]) == ("FAILED", reason)

    cfn.create_change_set(
        StackName="one", ChangeSetName="d", ChangeSetType="CREATE", TemplateBody=template, Capabilities=IAM
    )
    cfn.execute_change_set(StackName="one", ChangeSetName="d")
    assert cfn.describe_stacks(StackName="one")["Stacks"][0]["Capabilities"] == IAM
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_IAM\]"):
        cfn.update_stack(
            StackName="one",
            UsePreviousTemplate=True,
            Parameters=[{"ParameterKey": "Memory", "ParameterValue": "512"}],
            Capabilities=EXPAND,
        )


@cases(
    ("resource", "message"),
    {
        "code on this machine": (
            {"Type": "AWS::Serverless::Function", "Properties": {"Handler": "a", "CodeUri": "./code"}},
            "Number of errors found: 1. Resource with id [R] is invalid. 'CodeUri' is not a valid S3 Uri",
        ),
        "application repository": (
            {"Type": "AWS::Serverless::Application", "Properties": {"Location": {"ApplicationId": "a"}}},
            "Resource with id [R] is not implemented by this endpoint: an application of",
        ),
        "nonsense": (
            {"Type": "AWS::Serverless::Function", "Properties": {"Events": ["a"]}},
            "Transform AWS::Serverless-2016-10-31 failed with: ",
        ),
    },
)
def test_serverless_refusals(cfn: CloudFormationClient, resource: dict[str, Any], message: str) -> None:
    template = body({"R": resource}, Transform="AWS::Serverless-2016-10-31")
    with pytest.raises(ClientError, match=re.escape(message)):
        cfn.create_stack(StackName="one", TemplateBody=template, Capabilities=IAM)
    plain = body({"R": resource})
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::Serverless::"):
        cfn.create_stack(StackName="one", TemplateBody=plain, Capabilities=IAM)


@cases(
    "sections",
    {
        "resource": {"Resources": {"Topic": {"Fn::Transform": include("topic.yaml")}}},
        "properties": {
            "Resources": {
                "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Fn::Transform": include("name.json")}}
            }
        },
        "beside others": {
            "Resources": {
                "Topic": {
                    "Type": "AWS::SNS::Topic",
                    "Properties": {"TopicName": "t", "Fn::Transform": include("name.json")},
                }
            }
        },
    },
)
def test_snippets_in_their_places(
    snippets: None, cfn: CloudFormationClient, sections: dict[str, Any]
) -> None:
    cfn.create_stack(StackName="one", TemplateBody=including(**sections), Capabilities=EXPAND)

    arn = physical_ids(cfn)["Topic"]
    attributes = boto3.client("sns", REGION).get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["DisplayName"] == "included"
    assert processed(cfn)["Resources"]["Topic"]["Properties"]["DisplayName"] == "included"


def test_snippets_of_sections(snippets: None, cfn: CloudFormationClient) -> None:
    text = including(
        Transform=include("sections.yaml"),
        Outputs={"One": {"Value": {"Fn::FindInMap": ["M", "a", "b"]}}},
    )
    cfn.create_stack(StackName="one", TemplateBody=text, Capabilities=EXPAND)
    shown = cfn.describe_stacks(StackName="one")["Stacks"][0]["Outputs"]
    assert {one["OutputKey"]: one["OutputValue"] for one in shown} == {"One": "c", "Two": "two"}


@cases(
    ("key", "message"),
    {
        "no such object": ("none.yaml", "The specified key does not exist"),
        "short forms": ("short.yaml", "could not determine a constructor for the tag '!Ref'"),
    },
)
def test_refused_snippets(snippets: None, cfn: CloudFormationClient, key: str, message: str) -> None:
    text = including(Resources={"Topic": {"Fn::Transform": include(key)}})
    with pytest.raises(ClientError, match=f"Transform AWS::Include failed with: .*{message}"):
        cfn.create_stack(StackName="one", TemplateBody=text, Capabilities=EXPAND)
