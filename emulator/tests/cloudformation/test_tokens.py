from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.cloudformation.samples import body, group, history

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

FIRST, SECOND = body({"A": group("a")}), body({"A": group("a", Description="d")})


def test_repeated_creation(cfn: CloudFormationClient) -> None:
    made = [
        cfn.create_stack(StackName="one", TemplateBody=FIRST, ClientRequestToken="t")["StackId"]
        for _ in range(2)
    ]

    assert made[0] == made[1]
    assert [status for name, status in history(cfn) if name == "one"] == [
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    ]
    response = cfn.describe_stack_events(StackName="one")["StackEvents"]
    assert {event["ClientRequestToken"] for event in response} == {"t"}
    with pytest.raises(cfn.exceptions.TokenAlreadyExistsException, match="already exists with other"):
        cfn.create_stack(StackName="one", TemplateBody=SECOND, ClientRequestToken="t")
    with pytest.raises(cfn.exceptions.AlreadyExistsException):
        cfn.create_stack(StackName="one", TemplateBody=FIRST, ClientRequestToken="u")


def test_repeated_update(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=FIRST)
    for _ in range(2):
        cfn.update_stack(StackName="one", TemplateBody=SECOND, ClientRequestToken="t")

    assert [status for name, status in history(cfn)].count("UPDATE_COMPLETE") == 2
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cfn.update_stack(StackName="one", TemplateBody=SECOND)


def test_repeated_change_set(cfn: CloudFormationClient) -> None:
    cfn.create_stack(StackName="one", TemplateBody=FIRST)
    made = [
        cfn.create_change_set(StackName="one", ChangeSetName="next", TemplateBody=SECOND, ClientToken="t")[
            "Id"
        ]
        for _ in range(2)
    ]
    for _ in range(2):
        cfn.execute_change_set(ChangeSetName=made[0], ClientRequestToken="u")

    assert made[0] == made[1]
    assert [status for name, status in history(cfn)].count("UPDATE_COMPLETE") == 2


def test_failed_request_can_be_repeated(cfn: CloudFormationClient) -> None:
    with pytest.raises(ClientError, match="Unresolved resource dependencies"):
        cfn.create_stack(
            StackName="one",
            TemplateBody=body({"A": group("a", Description={"Ref": "No"})}),
            ClientRequestToken="t",
        )
    cfn.create_stack(StackName="one", TemplateBody=FIRST, ClientRequestToken="t")
