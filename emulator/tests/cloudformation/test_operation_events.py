from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.samples import UNMAKEABLE, body, group
from tests.conftest import cases

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

NO_ID = "One of ChangeSetName, OperationId or StackName must be specified"


def lines(client: CloudFormationClient, **supplied: Any) -> list[str]:
    """Operations and events, oldest first."""
    found = client.describe_events(**supplied)["OperationEvents"]
    return [
        f"{one['OperationType']} {one['OperationStatus']}"
        if one["EventType"] == "STACK_EVENT"
        else f"{one['EventType']} {one['LogicalResourceId']} {one['ResourceStatus']}"
        for one in found[::-1]
    ]


def test_events_by_operation(cfn: CloudFormationClient) -> None:
    made = cfn.create_stack(StackName="one", TemplateBody=body({"A": group("a")}))
    updated = cfn.update_stack(
        StackName="one",
        TemplateBody=body({"A": group("a", Description="d"), "B": UNMAKEABLE}),
        ClientRequestToken="t",
    )
    again = cfn.update_stack(
        StackName="one",
        TemplateBody=body({"A": group("a", Description="d"), "B": UNMAKEABLE}),
        ClientRequestToken="t",
    )

    assert lines(cfn, OperationId=made["OperationId"]) == [
        "PROGRESS_EVENT one CREATE_IN_PROGRESS",
        "PROGRESS_EVENT A CREATE_IN_PROGRESS",
        "PROGRESS_EVENT A CREATE_IN_PROGRESS",
        "PROGRESS_EVENT A CREATE_COMPLETE",
        "PROGRESS_EVENT one CREATE_COMPLETE",
        "CREATE_STACK SUCCEEDED",
    ]
    assert lines(cfn, OperationId=updated["OperationId"], StackName="one") == [
        "PROGRESS_EVENT one UPDATE_IN_PROGRESS",
        "PROGRESS_EVENT A UPDATE_IN_PROGRESS",
        "PROGRESS_EVENT A UPDATE_COMPLETE",
        "PROGRESS_EVENT B CREATE_IN_PROGRESS",
        "PROVISIONING_ERROR B CREATE_FAILED",
        "UPDATE_STACK FAILED",
    ]
    assert lines(cfn, StackName="one", Filters={"FailedEvents": True}) == [
        "PROVISIONING_ERROR B CREATE_FAILED",
        "UPDATE_STACK FAILED",
    ]
    assert again["OperationId"] == updated["OperationId"]
    stack: Any = cfn.describe_stacks(StackName="one")["Stacks"][0]
    rollback, update = stack["LastOperations"]
    assert (rollback["OperationType"], update) == (
        "ROLLBACK",
        {"OperationType": "UPDATE_STACK", "OperationId": updated["OperationId"]},
    )
    assert lines(cfn, OperationId=rollback["OperationId"])[-1] == "ROLLBACK SUCCEEDED"
    events: Any = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert {one["OperationId"] for one in events} == {
        made["OperationId"],
        updated["OperationId"],
        rollback["OperationId"],
    }


def test_events_of_a_deleted_stack(cfn: CloudFormationClient) -> None:
    made = cfn.create_stack(StackName="one", TemplateBody=body({"A": UNMAKEABLE}), OnFailure="DELETE")

    assert [line for line in lines(cfn, StackName=made["StackId"]) if "_STACK" in line] == [
        "CREATE_STACK FAILED",
        "DELETE_STACK SUCCEEDED",
    ]
    assert lines(cfn, OperationId=made["OperationId"])[-2:] == [
        "PROVISIONING_ERROR A CREATE_FAILED",
        "CREATE_STACK FAILED",
    ]


def test_events_of_change_sets(cfn: CloudFormationClient) -> None:
    made = cfn.create_change_set(
        StackName="one", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=body({"A": group("a")})
    )
    cfn.execute_change_set(StackName="one", ChangeSetName="first")
    cfn.create_change_set(StackName="one", ChangeSetName="same", TemplateBody=body({"A": group("a")}))

    assert lines(cfn, ChangeSetName=made["Id"]) == [
        "PROGRESS_EVENT one REVIEW_IN_PROGRESS",
        "CREATE_CHANGESET SUCCEEDED",
    ]
    assert lines(cfn, ChangeSetName="same", StackName="one") == ["CREATE_CHANGESET FAILED"]
    stack: Any = cfn.describe_stacks(StackName="one")["Stacks"][0]
    assert [one["OperationType"] for one in stack["LastOperations"]] == ["CREATE_STACK"]


@cases(
    ("supplied", "message"),
    {
        "nothing": ({}, NO_ID),
        "a change set of any stack": ({"ChangeSetName": "next"}, NO_ID),
        "unknown change set": ({"ChangeSetName": "next", "StackName": "one"}, r"ChangeSet \[next\]"),
        "unknown operation": ({"OperationId": "no"}, "Operation ID does not exist"),
        "unknown stack": ({"StackName": "no"}, "Stack with id no does not exist"),
    },
)
def test_refused_requests(cfn: CloudFormationClient, supplied: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        cfn.describe_events(**supplied)
