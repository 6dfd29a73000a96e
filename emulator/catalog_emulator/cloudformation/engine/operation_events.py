"""The operations on a stack, each with its events, in the shape of OperationEvent.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_OperationEvent.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import uuid4

from moto.core.utils import utcnow

if TYPE_CHECKING:
    from catalog_emulator.cloudformation.engine.stack import Stack

# The operation that a stack's status starts; a rollback is one of its own.
STARTED_BY: Final[Mapping[str, str]] = {
    "CREATE_IN_PROGRESS": "CREATE_STACK",
    "UPDATE_IN_PROGRESS": "UPDATE_STACK",
    "DELETE_IN_PROGRESS": "DELETE_STACK",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK",
    "UPDATE_ROLLBACK_IN_PROGRESS": "ROLLBACK",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the validation of a change set found; those with the mode WARN do not fail it."""

    event_type: ClassVar = "VALIDATION_ERROR"
    validation_status: ClassVar = "FAILED"
    stack_id: str
    operation_id: str
    logical_resource_id: str
    physical_resource_id: str = ""
    resource_type: str
    validation_name: str
    validation_failure_mode: str = "FAIL"
    validation_path: str
    validation_status_reason: str
    event_id: str = field(default_factory=lambda: str(uuid4()))
    timestamp: datetime = field(default_factory=utcnow)


@dataclass(kw_only=True)
class StackOperation:
    """An operation on a stack, or the creation of a change set with what its validation found."""

    event_type: ClassVar = "STACK_EVENT"
    stack_id: str
    operation_type: str
    client_request_token: str | None = None
    operation_id: str = field(default_factory=lambda: str(uuid4()))
    operation_status: str = "IN_PROGRESS"
    start_time: datetime = field(default_factory=utcnow)
    end_time: datetime | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def event_id(self) -> str:
        return self.operation_id

    @property
    def timestamp(self) -> datetime:
        return self.end_time or self.start_time

    def end(self, *, failed: bool) -> None:
        """End the operation; one that has ended stays as it is."""
        if self.end_time is None:
            self.operation_status, self.end_time = "FAILED" if failed else "SUCCEEDED", utcnow()


def events_of(stack: Stack, operation: StackOperation, *, failed: bool) -> Iterator[Any]:
    """The operation and its events, newest first, or failed ones only."""
    if not failed or operation.operation_status == "FAILED":
        yield operation
    yield from operation.findings
    for event in stack.events[::-1]:
        if event.operation_id == operation.operation_id and (
            not failed or event.event_type.endswith("_ERROR")
        ):
            yield event
