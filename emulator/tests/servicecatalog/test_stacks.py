from dataclasses import dataclass, field
from typing import Any

from catalog_emulator.servicecatalog.stacks import Outcome, outcome, outputs
from tests.conftest import cases

PROVISION, UPDATE, TERMINATE = (
    "PROVISION_PRODUCT",
    "UPDATE_PROVISIONED_PRODUCT",
    "TERMINATE_PROVISIONED_PRODUCT",
)


@dataclass
class FakeEvent:
    resource_status: str
    logical_resource_id: str = "Topic"
    resource_type: str = "AWS::SNS::Topic"
    resource_status_reason: str | None = "denied"


@dataclass
class FakeStack:
    status: str
    status_reason: str | None = None
    stack_id: str = "id"
    outputs: list[dict[str, Any]] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)


@cases(
    ("record", "status", "expected"),
    {
        "creating": (PROVISION, "CREATE_IN_PROGRESS", ("IN_PROGRESS", "UNDER_CHANGE")),
        "created": (PROVISION, "CREATE_COMPLETE", ("SUCCEEDED", "AVAILABLE")),
        "back": (PROVISION, "ROLLBACK_IN_PROGRESS", ("IN_PROGRESS_IN_ERROR", "UNDER_CHANGE")),
        "not created": (PROVISION, "ROLLBACK_COMPLETE", ("FAILED", "ERROR")),
        "clean": (UPDATE, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ("IN_PROGRESS", "UNDER_CHANGE")),
        "updated": (UPDATE, "UPDATE_COMPLETE", ("SUCCEEDED", "AVAILABLE")),
        "not updated": (UPDATE, "UPDATE_ROLLBACK_COMPLETE", ("FAILED", "TAINTED")),
        "deleting": (TERMINATE, "DELETE_IN_PROGRESS", ("IN_PROGRESS", "UNDER_CHANGE")),
        "deleted": (TERMINATE, "DELETE_COMPLETE", ("SUCCEEDED", "AVAILABLE")),
        "not deleted": (TERMINATE, "DELETE_FAILED", ("FAILED", "TAINTED")),
    },
)
def test_statuses(record: str, status: str, expected: tuple[str, str]) -> None:
    found = outcome(record, FakeStack(status), 0)
    assert (found.status, found.product_status) == expected


def test_errors_name_resource_and_reason() -> None:
    events = [
        FakeEvent("DELETE_FAILED", logical_resource_id="Old"),
        FakeEvent("CREATE_FAILED"),
        FakeEvent("CREATE_FAILED", logical_resource_id="Queue", resource_status_reason=None),
        FakeEvent("CREATE_FAILED", resource_type="AWS::CloudFormation::Stack"),
        FakeEvent("DELETE_COMPLETE"),
    ]
    found = outcome(PROVISION, FakeStack("ROLLBACK_COMPLETE", events=events), 1)
    assert found == Outcome(
        status="FAILED",
        product_status="ERROR",
        errors=(
            ("CREATE_FAILED", "Topic (AWS::SNS::Topic): denied"),
            ("CREATE_FAILED", "Queue (AWS::SNS::Topic): no reason given"),
        ),
    )


@cases(
    ("reason", "shown"),
    {"reason": ("No such VPC", "No such VPC"), "none": (None, "The stack is in state ROLLBACK_COMPLETE.")},
)
def test_errors_without_a_failed_resource(reason: str | None, shown: str) -> None:
    found = outcome(PROVISION, FakeStack("ROLLBACK_COMPLETE", status_reason=reason), 0)
    assert found.errors == (("ROLLBACK_COMPLETE", shown),)


def test_outputs() -> None:
    stack = FakeStack(
        "CREATE_COMPLETE",
        outputs=[
            {"OutputKey": "A", "OutputValue": "a", "Description": "d", "ExportName": "x"},
            {"OutputKey": "B", "OutputValue": 1},
        ],
    )
    assert outputs(stack) == [
        {"OutputKey": "A", "OutputValue": "a", "Description": "d"},
        {"OutputKey": "B", "OutputValue": "1"},
    ]
