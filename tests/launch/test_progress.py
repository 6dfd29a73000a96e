from __future__ import annotations

import pytest

from publisher.aws.stack_events import Event, StackEvents, cause
from publisher.errors import AwsError, PublisherError
from publisher.launch.preflight import prepare
from publisher.launch.progress import Operation
from publisher.launch.provision import provision
from publisher.launch.provisioned import find
from tests.account import ACCOUNT
from tests.conftest import cases, raising
from tests.launch.account import BROKEN, INVALID, NAME, PATH, Account, launch_request

DONE = [
    "  CREATE_COMPLETE     AWS::S3::Bucket                     Bucket",
    "  CREATE_COMPLETE     AWS::SageMaker::ModelPackageGroup   Group",
    "  CREATE_COMPLETE     AWS::KMS::Key                       Key",
    "  CREATE_COMPLETE     AWS::SNS::Topic                     Topic",
    "  CREATE_COMPLETE     AWS::SNS::Subscription              Subscription",
    "  CREATE_COMPLETE     AWS::SSM::Parameter                 Parameter",
]
MISSING = (
    "the template reads an output of a stack that is not in this account and Region, or not there yet: "
    "make that stack first, or correct the name in the config"
)
AGAIN = f"run publisher terminate {PATH} --force to remove what is left and launch again"
REMEDY = f"{MISSING}, then {AGAIN}"


def started(account: Account) -> Operation:
    return provision(account.aws, prepare(account.aws, launch_request(), report=account.ignored.append))


def event(resource: str, status: str, reason: str = "") -> Event:
    return Event(resource=resource, type="AWS::SNS::Topic", status=status, reason=reason)


def failure(account: Account, operation: Operation) -> dict[str, str]:
    with pytest.raises(PublisherError) as caught:
        account.follow(operation)
    return caught.value.document()


def test_a_success(account: Account) -> None:
    account.publish()
    stack = account.follow(started(account))
    assert stack.startswith(f"arn:aws:cloudformation:us-west-2:{ACCOUNT}:stack/SC-{ACCOUNT}-pp-")
    assert sorted(account.lines[:-1]) == sorted(DONE)
    assert account.lines[-1] == f"{NAME}: SUCCEEDED"
    assert {line.split()[0] for line in account.details} == {"CREATE_IN_PROGRESS"}


def test_a_failure_names_the_resource_and_the_reason(account: Account) -> None:
    account.publish(template=BROKEN)
    document = failure(account, started(account))
    assert document["message"].startswith(f"{NAME}: the launch failed: Bucket (AWS::S3::Bucket): ")
    assert "taken" in document["message"]
    assert document["hint"] == REMEDY
    failed = [line for line in account.lines if line.startswith("  CREATE_FAILED")]
    assert failed[0].startswith("  CREATE_FAILED       AWS::S3::Bucket                     Bucket  ")
    held = find(account.aws, NAME)
    assert held is not None
    assert (held.status, "taken" in held.reason) == ("ERROR", True)


@cases(
    ("readable", "reason"),
    {
        "read": (
            True,
            "Bucket (AWS::S3::Bucket): Resource of type 'AWS::S3::Bucket' with identifier 'taken' already",
        ),
        "not allowed": (False, "The following hook(s)/validation failed: "),
    },
)
def test_what_stops_a_launch_before_a_resource_is_made(readable: bool, reason: str, account: Account) -> None:
    account.s3.create_bucket(Bucket="taken", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    account.publish(template=INVALID)
    if not readable:
        account.deny("cloudformation", "DescribeEvents", code="AccessDenied")
    document = failure(account, started(account))
    assert document["message"].startswith(f"{NAME}: the launch failed: {reason}")
    assert account.lines == [f"{NAME}: FAILED"]


def test_a_failure_where_the_stack_cannot_be_read(account: Account) -> None:
    account.publish(template=BROKEN)
    account.deny("cloudformation", "DescribeStackEvents", code="AccessDenied")
    document = failure(account, started(account))
    assert document["message"].startswith(f"{NAME}: the launch failed: Bucket (AWS::S3::Bucket): ")
    assert account.lines == [f"{NAME}: FAILED"]


@cases(
    ("errors", "reason"),
    {
        "no reason": ([], "Service Catalog gave no reason"),
        "a code": ([{"Code": "Odd"}], "Odd"),
        "descriptions": ([{"Description": "a"}, {"Code": "X", "Description": "b"}], "a; b"),
    },
)
def test_a_failure_before_the_stack(account: Account, errors: list[dict[str, str]], reason: str) -> None:
    account.publish()
    operation = started(account)
    record = {"Status": "FAILED", "RecordErrors": errors}
    account.answer("servicecatalog", "DescribeRecord", {"RecordDetail": record})
    account.deny("cloudformation", "DescribeStackEvents", code="ValidationError")
    assert failure(account, operation) == {
        "code": "failed",
        "message": f"{NAME}: the launch failed: {reason}",
        "hint": f"fix this, then {AGAIN}",
    }


def test_no_end(account: Account) -> None:
    account.publish()
    operation = started(account)
    account.answer("servicecatalog", "DescribeRecord", {"RecordDetail": {"Status": "IN_PROGRESS"}})
    account.deny("cloudformation", "DescribeStackEvents", code="AccessDenied")
    assert failure(account, operation) == {
        "code": "failed",
        "message": f"{NAME}: the launch has not finished; its status is IN_PROGRESS",
        "hint": f"it continues in AWS; run publisher outputs {PATH} to see its status",
    }
    assert account.lines == [f"{NAME}: IN_PROGRESS"]
    # Events that the caller may not read are not requested again.
    assert account.aws.calls["cloudformation:DescribeStackEvents"] <= 1


def test_a_record_that_cannot_be_read(account: Account) -> None:
    account.publish()
    operation = started(account)
    account.deny("servicecatalog", "DescribeRecord", code="ResourceNotFoundException")
    assert failure(account, operation) == {
        "code": "aws",
        "message": f"{NAME}: cannot read the status of the launch: "
        "DescribeRecord answered ResourceNotFoundException: not for you",
        "hint": f"run publisher outputs {PATH}",
    }


def test_events_are_reported_once_and_in_order(account: Account) -> None:
    account.publish()
    events = StackEvents(account.aws, started(account).stack)
    first = events.new()
    assert first[0].status == "CREATE_IN_PROGRESS"
    assert [str(it) for it in first if it.finished][-1] == DONE[-1]
    assert events.new() == []


def test_events_of_nothing(account: Account) -> None:
    assert StackEvents(account.aws, "").new() == []
    later = StackEvents(account.aws, "SC-not-yet")
    assert (later.new(), later.new()) == ([], [])


def test_events_that_cannot_be_read(account: Account) -> None:
    account.deny("cloudformation", "DescribeStackEvents", code="InternalFailure")
    with raising(
        AwsError,
        "SC-x: cannot read the events of the stack: "
        "DescribeStackEvents answered InternalFailure: not for you",
    ):
        StackEvents(account.aws, "SC-x").new()


@cases(
    ("events", "found"),
    {
        "nothing": ([], ""),
        "no failure": ([event("A", "CREATE_COMPLETE")], ""),
        "not the cancelled one": (
            [event("A", "CREATE_FAILED", "Resource creation cancelled"), event("B", "CREATE_FAILED", "full")],
            "B (AWS::SNS::Topic): full",
        ),
        "only a cancelled one": (
            [event("A", "CREATE_FAILED", "Resource creation cancelled"), event("B", "CREATE_COMPLETE")],
            "A (AWS::SNS::Topic): Resource creation cancelled",
        ),
        "the first": (
            [event("A", "DELETE_FAILED"), event("B", "DELETE_FAILED", "full")],
            "A (AWS::SNS::Topic): DELETE_FAILED",
        ),
    },
)
def test_cause(events: list[Event], found: str) -> None:
    assert cause(events) == found


@pytest.mark.parametrize(
    ("status", "reason", "text"),
    [
        (
            "CREATE_FAILED",
            "the disk is full",
            "  CREATE_FAILED       AWS::SNS::Topic                     A  the disk is full",
        ),
        ("CREATE_COMPLETE", "of no interest", "  CREATE_COMPLETE     AWS::SNS::Topic                     A"),
    ],
)
def test_lines(status: str, reason: str, text: str) -> None:
    assert str(event("A", status, reason)) == text
