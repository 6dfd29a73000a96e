from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.conftest import REGION
from tests.cloudformation.samples import (
    UNMAKEABLE,
    application,
    body,
    group,
    history,
    outputs,
    physical_ids,
    status,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

START = {"A": group("a"), "B": group("b", Description={"Ref": "A"})}


@pytest.fixture
def updated(cfn: CloudFormationClient) -> CloudFormationClient:
    cfn.create_stack(StackName="one", TemplateBody=body(START))
    return cfn


def since_update(client: CloudFormationClient) -> list[tuple[str, str]]:
    lines = history(client)
    return lines[lines.index(("one", "UPDATE_IN_PROGRESS")) :]


def test_update_in_place(updated: CloudFormationClient) -> None:
    updated.update_stack(StackName="one", TemplateBody=body({**START, "A": group("a", Description="new")}))

    assert since_update(updated) == [
        ("one", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        ("one", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("one", "UPDATE_COMPLETE"),
    ]


def test_replacement_updates_references(updated: CloudFormationClient) -> None:
    updated.update_stack(StackName="one", TemplateBody=body({**START, "A": group("c")}))

    assert physical_ids(updated) == {"A": "c", "B": "b"}
    assert since_update(updated) == [
        ("one", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "CREATE_IN_PROGRESS"),
        ("A", "CREATE_COMPLETE"),
        ("A", "UPDATE_COMPLETE"),
        ("B", "UPDATE_IN_PROGRESS"),
        ("B", "UPDATE_COMPLETE"),
        ("one", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("A", "DELETE_IN_PROGRESS"),
        ("A", "DELETE_COMPLETE"),
        ("one", "UPDATE_COMPLETE"),
    ]


def test_replacement_gets_a_new_generated_name(cfn: CloudFormationClient) -> None:
    pipe = {"Type": "AWS::Pipes::Pipe", "Properties": {"RoleArn": "r", "Source": "s1", "Target": "t"}}
    cfn.create_stack(StackName="one", TemplateBody=body({"Pipe": pipe}))
    before = physical_ids(cfn)["Pipe"]

    cfn.update_stack(
        StackName="one",
        TemplateBody=body({"Pipe": {**pipe, "Properties": {"RoleArn": "r", "Source": "s2", "Target": "t"}}}),
    )

    after = physical_ids(cfn)["Pipe"]
    assert (before[:9], after[:9], before == after) == ("one-Pipe-", "one-Pipe-", False)


def test_added_and_removed_resources(updated: CloudFormationClient) -> None:
    updated.update_stack(
        StackName="one", TemplateBody=body({"C": group("c")}, Outputs={"C": {"Value": {"Ref": "C"}}})
    )

    assert (physical_ids(updated), outputs(updated)) == ({"C": "c"}, {"C": "c"})
    assert since_update(updated)[3:] == [
        ("one", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("B", "DELETE_IN_PROGRESS"),
        ("B", "DELETE_COMPLETE"),
        ("A", "DELETE_IN_PROGRESS"),
        ("A", "DELETE_COMPLETE"),
        ("one", "UPDATE_COMPLETE"),
    ]


def test_new_type_under_the_same_logical_id(updated: CloudFormationClient) -> None:
    updated.update_stack(StackName="one", TemplateBody=body({"A": application(), "B": group("b")}))

    resource = updated.describe_stack_resource(StackName="one", LogicalResourceId="A")["StackResourceDetail"]
    assert resource["ResourceType"] == "AWS::Amplify::App"


def test_failed_update_rolls_back(updated: CloudFormationClient) -> None:
    resources = {
        "A": group("c"),
        "B": {**group("b", Description="other"), "Metadata": {"of": "the failed update"}},
        "New": group("new"),
        "Bad": UNMAKEABLE,
    }

    updated.update_stack(StackName="one", TemplateBody=body(resources))

    reason = "The following resource(s) failed to update: [Bad]. Rollback requested by user."
    assert status(updated) == ("UPDATE_ROLLBACK_COMPLETE", reason)
    assert physical_ids(updated) == {"A": "a", "B": "b"}
    shown = updated.describe_stack_resource(StackName="one", LogicalResourceId="B")["StackResourceDetail"]
    assert "the failed update" not in shown.get("Metadata", "")
    lines = since_update(updated)
    assert lines[lines.index(("one", "UPDATE_ROLLBACK_IN_PROGRESS")) :] == [
        ("one", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("B", "UPDATE_IN_PROGRESS"),
        ("B", "UPDATE_COMPLETE"),
        ("A", "UPDATE_COMPLETE"),
        ("one", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Bad", "DELETE_IN_PROGRESS"),
        ("Bad", "DELETE_COMPLETE"),
        ("New", "DELETE_IN_PROGRESS"),
        ("New", "DELETE_COMPLETE"),
        ("A", "DELETE_IN_PROGRESS"),
        ("A", "DELETE_COMPLETE"),
        ("one", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    updated.update_stack(StackName="one", TemplateBody=body({"A": group("a"), "B": group("b")}))
    assert status(updated) == ("UPDATE_COMPLETE", None)


def test_replacement_of_a_custom_name_is_refused(cfn: CloudFormationClient) -> None:
    pipe: dict[str, Any] = {"Name": "mine", "RoleArn": "r", "Source": "s1", "Target": "t"}
    resources = {"Pipe": {"Type": "AWS::Pipes::Pipe", "Properties": pipe}}
    cfn.create_stack(StackName="one", TemplateBody=body(resources))

    pipe["Source"] = "s2"
    cfn.update_stack(StackName="one", TemplateBody=body(resources), DisableValidation=True)

    events = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert [
        event["ResourceStatusReason"] for event in events if event["ResourceStatus"] == "UPDATE_FAILED"
    ] == [
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        "Rename mine and update the stack again."
    ]
    assert status(cfn)[0] == "UPDATE_ROLLBACK_COMPLETE"


def test_policies_retain_resources(cfn: CloudFormationClient) -> None:
    resources = {
        "Removed": {**group("removed"), "DeletionPolicy": "Retain"},
        "Replaced": {**group("replaced"), "UpdateReplacePolicy": "Retain"},
    }
    cfn.create_stack(StackName="one", TemplateBody=body(resources))

    cfn.update_stack(StackName="one", TemplateBody=body({"Replaced": group("other")}))

    skipped = [line for line in since_update(cfn) if line[1] == "DELETE_SKIPPED"]
    assert skipped == [("Replaced", "DELETE_SKIPPED"), ("Removed", "DELETE_SKIPPED")]


def test_update_of_tags(updated: CloudFormationClient) -> None:
    updated.update_stack(StackName="one", TemplateBody=body(START), Tags=[{"Key": "a", "Value": "b"}])

    assert [line for line in since_update(updated) if line[1] == "UPDATE_COMPLETE"][:2] == [
        ("A", "UPDATE_COMPLETE"),
        ("B", "UPDATE_COMPLETE"),
    ]
    assert updated.describe_stacks(StackName="one")["Stacks"][0]["Tags"] == [{"Key": "a", "Value": "b"}]


def test_update_by_the_tagging_api(updated: CloudFormationClient) -> None:
    tagging = boto3.client("resourcegroupstaggingapi", region_name=REGION)
    arn = updated.describe_stacks(StackName="one")["Stacks"][0]["StackId"]

    def found(key: str) -> list[str]:
        pages = tagging.get_resources(TagFilters=[{"Key": key}])["ResourceTagMappingList"]
        return [one["ResourceARN"] for one in pages]

    assert tagging.tag_resources(ResourceARNList=[arn], Tags={"a": "b", "c": "d"})["FailedResourcesMap"] == {}
    assert found("a") == [arn]
    assert ("A", "UPDATE_COMPLETE") in since_update(updated)
    assert tagging.untag_resources(ResourceARNList=[arn], TagKeys=["a", "c"])["FailedResourcesMap"] == {}
    assert found("a") == []
    assert updated.describe_stacks(StackName="one")["Stacks"][0]["Tags"] == []


def test_previous_parameter_values(cfn: CloudFormationClient) -> None:
    template = body(
        {"A": group("a", Description={"Ref": "P"})},
        Parameters={"P": {"Type": "String"}, "Q": {"Type": "String", "Default": "q"}},
        Outputs={"P": {"Value": {"Fn::Sub": "${P}${Q}"}}},
    )
    cfn.create_stack(
        StackName="one", TemplateBody=template, Parameters=[{"ParameterKey": "P", "ParameterValue": "p"}]
    )

    cfn.update_stack(
        StackName="one",
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "P", "UsePreviousValue": True},
            {"ParameterKey": "Q", "ParameterValue": "r"},
        ],
    )

    assert outputs(cfn) == {"P": "pr"}
    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        cfn.update_stack(
            StackName="one",
            UsePreviousTemplate=True,
            Parameters=[
                {"ParameterKey": "P", "UsePreviousValue": True},
                {"ParameterKey": "Q", "UsePreviousValue": True},
            ],
        )
    with pytest.raises(ClientError, match=r"Parameters: \[P\] must have values"):
        cfn.update_stack(StackName="one", UsePreviousTemplate=True)


def test_an_address_of_another_domain_is_another_address(cfn: CloudFormationClient) -> None:
    address = {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}
    cfn.create_stack(StackName="one", TemplateBody=body({"A": address}))
    before = physical_ids(cfn)["A"]

    cfn.update_stack(StackName="one", TemplateBody=body({"A": {**address, "Properties": {}}}))

    assert status(cfn)[0] == "UPDATE_COMPLETE"
    assert physical_ids(cfn)["A"] != before


def test_a_key_gets_no_other_usage(cfn: CloudFormationClient) -> None:
    key = {"Type": "AWS::KMS::Key", "Properties": {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}}
    cfn.create_stack(StackName="one", TemplateBody=body({"A": key}))

    other = {**key, "Properties": {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}}
    cfn.update_stack(StackName="one", TemplateBody=body({"A": other}))

    assert status(cfn)[0] == "UPDATE_ROLLBACK_COMPLETE"
