from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.stub import Stubber

from publisher.bootstrap.stacks import Stack, Stacks
from publisher.errors import AwsError
from tests.bootstrap.account import Account
from tests.samples import Ticks

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "mine"}}


def stack(**changes: Any) -> Stack:
    template = {"Resources": {"Queue": {**QUEUE, **changes}}}
    return Stack(name="publisher-test", template=template)


def stacks(account: Account) -> Stacks:
    return Stacks(account.aws, note=account.notes.append, clock=Ticks().clock())


def test_create_update_delete(account: Account) -> None:
    mine = stacks(account)
    assert mine.current("publisher-test") is None
    assert mine.delete("publisher-test") == "absent"
    assert mine.deploy(stack()) == "create"
    assert mine.deploy(stack()) == "unchanged"
    changed = stack(Properties={"QueueName": "mine", "DelaySeconds": 5})
    assert mine.action(changed) == "update"
    assert mine.deploy(changed) == "update"
    assert mine.template("publisher-test") == changed.template
    account.notes.clear()
    assert mine.delete("publisher-test") == "delete"
    assert account.notes == ["publisher-test: DELETE_COMPLETE"]
    assert mine.current("publisher-test") is None


def test_a_failure_names_resource_and_reason(account: Account) -> None:
    account.client("sqs").create_queue(QueueName="mine", Attributes={"DelaySeconds": "7"})
    with pytest.raises(AwsError) as caught:
        stacks(account).deploy(stack(Properties={"QueueName": "mine", "DelaySeconds": 5}))
    assert caught.value.message.startswith(
        "stack publisher-test is ROLLBACK_COMPLETE: Queue (AWS::SQS::Queue): "
    )
    assert caught.value.hint == "fix the cause, then run publisher bootstrap again"


def test_a_stack_that_never_worked_is_created_again(account: Account) -> None:
    sqs = account.client("sqs")
    there = sqs.create_queue(QueueName="mine", Attributes={"DelaySeconds": "7"})["QueueUrl"]
    desired = stack(Properties={"QueueName": "mine", "DelaySeconds": 5})
    with pytest.raises(AwsError):
        stacks(account).deploy(desired)
    sqs.delete_queue(QueueUrl=there)
    assert stacks(account).action(desired) == "create"
    assert stacks(account).deploy(desired) == "create"
    assert stacks(account).deploy(desired) == "unchanged"


def test_a_failed_update_names_the_resource(account: Account) -> None:
    mine = stacks(account)
    mine.deploy(stack())
    account.client("sqs").create_queue(QueueName="theirs", Attributes={"DelaySeconds": "7"})
    broken = stack(Properties={"QueueName": "theirs", "DelaySeconds": 5})
    with pytest.raises(AwsError, match="stack publisher-test is UPDATE_ROLLBACK_COMPLETE: Queue"):
        mine.deploy(broken)
    assert mine.action(stack()) == "unchanged"


def test_parameters_keep_their_value_until_they_are_set(account: Account) -> None:
    def desired(**parameters: str) -> Stack:
        return Stack(
            name="publisher-test",
            template={
                "Parameters": {"Delay": {"Type": "Number", "Default": 0}},
                "Resources": {"Queue": {**QUEUE, "Properties": {"DelaySeconds": {"Ref": "Delay"}}}},
            },
            parameters=parameters,
        )

    mine = stacks(account)
    assert mine.deploy(desired(Delay="5")) == "create"
    assert mine.deploy(desired()) == "unchanged"
    assert mine.deploy(desired(Delay="5")) == "unchanged"
    assert mine.deploy(desired(Delay="6")) == "update"


def described(status: str, reason: str = "") -> dict[str, Any]:
    made = {"StackName": "publisher-test", "CreationTime": "2026-01-01T00:00:00Z", "StackStatus": status}
    made |= {"StackStatusReason": reason} if reason else {}
    return {"Stacks": [{**made, "StackId": "arn:aws:cloudformation:us-west-2:1:stack/publisher-test/1"}]}


def test_an_operation_in_progress_is_awaited(account: Account) -> None:
    with Stubber(account.client("cloudformation")) as stub:
        for status in ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_COMPLETE"):
            stub.add_response("describe_stacks", described(status))
        stub.add_response("get_template", {"TemplateBody": json.dumps(stack().template)})
        assert stacks(account).deploy(stack()) == "unchanged"
    assert account.notes == ["publisher-test: waiting, its status is UPDATE_IN_PROGRESS"]


def test_an_operation_that_does_not_finish(account: Account) -> None:
    with Stubber(account.client("cloudformation")) as stub:
        for _ in range(910):
            stub.add_response("describe_stacks", described("UPDATE_IN_PROGRESS"))
        with pytest.raises(AwsError) as caught:
            stacks(account).deploy(stack())
    assert caught.value.message == "stack publisher-test: the operation has not finished after 30 minutes"
    assert caught.value.hint == "look at its events in the console, then run publisher bootstrap again"


def test_no_updates_are_to_be_performed(account: Account) -> None:
    with Stubber(account.client("cloudformation")) as stub:
        for _ in range(2):
            stub.add_response("describe_stacks", described("UPDATE_COMPLETE"))
        stub.add_response("get_template", {"TemplateBody": "Resources: {}"})
        stub.add_response("describe_stack_events", {"StackEvents": []})
        stub.add_client_error(
            "update_stack",
            service_error_code="ValidationError",
            service_message="No updates are to be performed.",
        )
        assert stacks(account).deploy(stack()) == "unchanged"


def test_a_stack_that_cannot_be_rolled_back(account: Account) -> None:
    with Stubber(account.client("cloudformation")) as stub:
        for _ in range(2):
            stub.add_response("describe_stacks", described("UPDATE_COMPLETE"))
        stub.add_response("get_template", {"TemplateBody": "{}"})
        stub.add_response("describe_stack_events", {"StackEvents": []})
        stub.add_response("update_stack", {})
        failed = described("UPDATE_ROLLBACK_FAILED", "Role launch cannot be assumed")
        stub.add_response("describe_stacks", failed)
        stub.add_response("describe_stack_events", {"StackEvents": []})
        stub.add_response("describe_events", {"OperationEvents": []})
        with pytest.raises(AwsError) as caught:
            stacks(account).deploy(stack())
    assert (
        caught.value.message
        == "stack publisher-test is UPDATE_ROLLBACK_FAILED: Role launch cannot be assumed"
    )
    assert caught.value.hint == "continue its rollback in the console, then run publisher bootstrap again"


def test_a_stack_without_permission_to_read_it(account: Account) -> None:
    with Stubber(account.client("cloudformation")) as stub:
        stub.add_client_error("describe_stacks", service_error_code="AccessDenied", service_message="no")
        with pytest.raises(AwsError) as caught:
            stacks(account).current("publisher-test")
    assert caught.value.message == (
        "cannot read the stack publisher-test: DescribeStacks answered AccessDenied: no"
    )
