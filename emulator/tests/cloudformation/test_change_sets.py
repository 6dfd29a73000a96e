from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.samples import body, group, physical_ids, status

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

START = {"A": group("a"), "B": group("b", Description={"Ref": "A"}), "C": group("c")}
KIND = "AWS::MediaConvert::Queue"


def changes(client: CloudFormationClient, resources: dict[str, Any], **supplied: Any) -> list[Any]:
    client.create_change_set(StackName="one", ChangeSetName="next", TemplateBody=body(resources), **supplied)
    response = client.describe_change_set(StackName="one", ChangeSetName="next")
    return [change["ResourceChange"] for change in response["Changes"]]


def test_change_set_shows_and_makes_changes(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body(START))

    found = changes(cfn, {"A": group("z"), "B": START["B"], "D": group("d")}, ChangeSetType="UPDATE")

    name = {"Attribute": "Properties", "Name": "Name", "RequiresRecreation": "Always"}
    description = {"Attribute": "Properties", "Name": "Description", "RequiresRecreation": "Never"}
    assert found == [
        {
            "Action": "Modify",
            "LogicalResourceId": "A",
            "PhysicalResourceId": "a",
            "ResourceType": KIND,
            "Replacement": "True",
            "PolicyAction": "ReplaceAndDelete",
            "Scope": ["Properties"],
            "Details": [{"Target": name, "Evaluation": "Static", "ChangeSource": "DirectModification"}],
        },
        {
            "Action": "Modify",
            "LogicalResourceId": "B",
            "PhysicalResourceId": "b",
            "ResourceType": KIND,
            "Replacement": "False",
            "Scope": ["Properties"],
            "Details": [
                {
                    "Target": description,
                    "Evaluation": "Dynamic",
                    "ChangeSource": "ResourceReference",
                    "CausingEntity": "A",
                }
            ],
        },
        {"Action": "Add", "LogicalResourceId": "D", "ResourceType": KIND, "Scope": [], "Details": []},
        {
            "Action": "Remove",
            "LogicalResourceId": "C",
            "PhysicalResourceId": "c",
            "ResourceType": KIND,
            "PolicyAction": "Delete",
            "Scope": [],
            "Details": [],
        },
    ]
    assert physical_ids(cfn) == {"A": "a", "B": "b", "C": "c"}
    cfn.execute_change_set(StackName="one", ChangeSetName="next")
    assert physical_ids(cfn) == {"A": "z", "B": "b", "D": "d"}
    with pytest.raises(ClientError, match=r"execution status of \[EXECUTE_COMPLETE\]"):
        cfn.execute_change_set(StackName="one", ChangeSetName="next")


def test_unknown_values_make_a_replacement_conditional(cfn: CloudFormationClient) -> None:
    resources = {
        "A": group("a"),
        "B": group("b"),
        "C": {**group("c"), "Properties": {"Name": {"Fn::Sub": "${A}-c"}}},
        "D": {**group("d"), "Properties": {"Name": {"Fn::Sub": "${C}-d"}}},
    }
    cfn.create_stack(StackName="one", TemplateBody=body(resources))

    found = changes(cfn, {**resources, "A": group("z")}, ChangeSetType="UPDATE")

    assert [(change["LogicalResourceId"], change["Replacement"]) for change in found] == [
        ("A", "True"),
        ("C", "Conditional"),
        ("D", "Conditional"),
    ]


def test_change_of_tags(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"A": group("a")}))

    found = changes(cfn, {"A": group("a")}, ChangeSetType="UPDATE", Tags=[{"Key": "k", "Value": "v"}])

    assert [(change["Scope"], change["Replacement"]) for change in found] == [(["Tags"], "False")]


def test_change_set_creates_a_stack(cfn: CloudFormationClient) -> None:
    assert changes(cfn, {"A": group("a")}, ChangeSetType="CREATE") == [
        {"Action": "Add", "LogicalResourceId": "A", "ResourceType": KIND, "Scope": [], "Details": []}
    ]
    assert status(cfn)[0] == "REVIEW_IN_PROGRESS"
    with pytest.raises(ClientError, match="ChangeSet next already exists"):
        changes(cfn, {"A": group("a")}, ChangeSetType="CREATE")
    cfn.execute_change_set(StackName="one", ChangeSetName="next")
    assert status(cfn)[0] == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="already exists and cannot be created again"):
        changes(cfn, {"A": group("a")}, ChangeSetType="CREATE")


def test_change_set_without_changes_fails(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=body({"A": group("a")}))

    assert changes(cfn, {"A": group("a")}, ChangeSetType="UPDATE") == []
    found = cfn.list_change_sets(StackName="one")["Summaries"]
    assert [(one["Status"], one["ExecutionStatus"]) for one in found] == [("FAILED", "UNAVAILABLE")]
    cfn.delete_change_set(StackName="one", ChangeSetName="next")
    cfn.delete_change_set(StackName="one", ChangeSetName="next")
    with pytest.raises(ClientError, match=r"ChangeSet \[next\] does not exist"):
        cfn.describe_change_set(StackName="one", ChangeSetName="next")


def test_missing_stack(cfn: CloudFormationClient) -> None:
    with pytest.raises(ClientError, match=r"Stack \[one\] does not exist"):
        changes(cfn, {"A": group("a")}, ChangeSetType="UPDATE")


def test_import_is_refused(cfn: CloudFormationClient) -> None:
    """It would make what is there already."""
    with pytest.raises(ClientError, match="ChangeSetType IMPORT is not implemented by this endpoint"):
        cfn.create_change_set(
            StackName="one",
            ChangeSetName="next",
            ChangeSetType="IMPORT",
            TemplateBody=body({"A": group("a")}),
            ResourcesToImport=[
                {"ResourceType": KIND, "LogicalResourceId": "A", "ResourceIdentifier": {"Name": "a"}}
            ],
        )


def test_execution_deletes_the_other_change_sets_of_the_stack(cfn: CloudFormationClient) -> None:
    for stack in ("one", "two"):
        cfn.create_stack(StackName=stack, TemplateBody=body({"A": group(stack)}))
        for name in ("first", "second"):
            resources = {"A": group(stack), "B": group(f"{stack}-{name}")}
            cfn.create_change_set(StackName=stack, ChangeSetName=name, TemplateBody=body(resources))
    cfn.execute_change_set(StackName="one", ChangeSetName="second")
    left = {
        stack: [one["ChangeSetName"] for one in cfn.list_change_sets(StackName=stack)["Summaries"]]
        for stack in ("one", "two")
    }
    assert left == {"one": ["second"], "two": ["first", "second"]}
