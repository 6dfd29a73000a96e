"""Stacks that refer to other stacks: exports, outputs, nested stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.samples import application, body, group, outputs, status

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


def test_imported_exports_are_protected(cfn: CloudFormationClient) -> None:
    giving = body(
        {"A": group("a")},
        Outputs={"Out": {"Value": "v1", "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-out"}}}},
    )
    taking = body({"B": group("b", Description={"Fn::ImportValue": "one-out"})})
    cfn.create_stack(StackName="one", TemplateBody=giving)
    cfn.create_stack(StackName="two", TemplateBody=taking)

    assert cfn.list_imports(ExportName="one-out")["Imports"] == ["two"]
    with pytest.raises(ClientError, match=r"Cannot delete export one-out as it is in use by two\."):
        cfn.delete_stack(StackName="one")
    cfn.update_stack(StackName="one", TemplateBody=giving.replace("v1", "v2"))
    assert status(cfn) == (
        "UPDATE_ROLLBACK_COMPLETE",
        "Cannot delete export one-out as it is in use by two. Rollback requested by user.",
    )
    cfn.delete_stack(StackName="two")
    with pytest.raises(ClientError, match=r"Export 'one-out' is not imported by any stack\."):
        cfn.list_imports(ExportName="one-out")
    cfn.delete_stack(StackName="one")
    assert cfn.list_exports()["Exports"] == []


def test_export_names_are_unique(cfn: CloudFormationClient) -> None:
    template = body({"A": application()}, Outputs={"Out": {"Value": "v", "Export": {"Name": "taken"}}})
    cfn.create_stack(StackName="one", TemplateBody=template)

    cfn.create_stack(StackName="two", TemplateBody=template)
    assert status(cfn, "two") == (
        "ROLLBACK_COMPLETE",
        "Export with name taken is already exported by stack one. Rollback requested by user.",
    )

    cfn.create_stack(StackName="three", TemplateBody=body({"A": application()}))
    cfn.update_stack(StackName="three", TemplateBody=template)
    assert status(cfn, "three")[0] == "UPDATE_ROLLBACK_COMPLETE"
    assert [export["ExportingStackId"].split("/")[1] for export in cfn.list_exports()["Exports"]] == ["one"]


def test_missing_import(cfn: CloudFormationClient) -> None:
    cfn.create_stack(
        StackName="one", TemplateBody=body({"B": group("b", Description={"Fn::ImportValue": "none"})})
    )

    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert "No export named none found." in [event.get("ResourceStatusReason") for event in events]


def test_nested_stacks(cfn: CloudFormationClient) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="templates")
    inner = body(
        {"A": group("a", Description={"Ref": "P"})},
        Parameters={"P": {"Type": "String"}},
        Outputs={"Out": {"Value": {"Ref": "P"}}},
    )
    s3.put_object(Bucket="templates", Key="inner.json", Body=inner.encode())
    outer = body(
        {
            "Inner": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {
                    "TemplateURL": "https://templates.s3.amazonaws.com/inner.json",
                    "Parameters": {"P": "v1"},
                },
            }
        },
        Outputs={"Out": {"Value": {"Fn::GetAtt": "Inner.Outputs.Out"}}},
    )

    cfn.create_stack(StackName="one", TemplateBody=outer)
    assert outputs(cfn) == {"Out": "v1"}
    cfn.update_stack(StackName="one", TemplateBody=outer.replace("v1", "v2"))
    assert outputs(cfn) == {"Out": "v2"}
    names = sorted(stack["StackName"] for stack in cfn.describe_stacks()["Stacks"])
    assert names[1].startswith("one-Inner-")
    cfn.delete_stack(StackName="one")
    assert cfn.describe_stacks()["Stacks"] == []


def test_output_of_another_stack(cfn: CloudFormationClient) -> None:
    response = body({"A": group("a")}, Outputs={"Name": {"Value": {"Ref": "A"}}})
    cfn.create_stack(StackName="other", TemplateBody=response)
    expected = {"Fn::GetStackOutput": {"StackName": "other", "OutputName": "Name"}}
    missing = {"Fn::GetStackOutput": {"StackName": "other", "OutputName": "No"}}

    cfn.create_stack(StackName="one", TemplateBody=body({"B": group("b", Description=expected)}))
    cfn.create_stack(StackName="two", TemplateBody=body({"C": group("c", Description=missing)}))

    assert status(cfn)[0] == "CREATE_COMPLETE"
    events = cfn.describe_stack_events(StackName="two")["StackEvents"]
    reasons = [event.get("ResourceStatusReason") for event in events]
    assert "Output No of stack other does not exist" in reasons
