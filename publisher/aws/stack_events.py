"""The events of a CloudFormation stack, as far as the caller may read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from publisher.aws.calls import ClientError, aws_errors, error_code, is_denied, or_none
from publisher.aws.clients import Aws

_STACK_TYPE = "AWS::CloudFormation::Stack"
# CloudFormation has no code for a stack that does not exist.
NO_STACK = "ValidationError"
# AWS's wording of a failure that follows from another one; it only chooses among reasons.
_CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of a resource, with the time that AWS gives it."""

    resource: str
    type: str
    status: str
    reason: str
    time: datetime | None = None

    @property
    def finished(self) -> bool:
        """Whether the operation on the resource ended with it."""
        return not self.status.endswith("_IN_PROGRESS")

    @property
    def failed(self) -> bool:
        """Whether the operation on the resource failed."""
        return self.status.endswith("_FAILED")

    def __str__(self) -> str:
        reason = f"  {self.reason}" if self.failed and self.reason else ""
        return f"  {self.status:<18}  {self.type:<34}  {self.resource}{reason}".rstrip()


class StackEvents:
    """The events of one stack, by its name or ARN (a deleted one is found by ARN only), or of none."""

    def __init__(self, aws: Aws, stack: str) -> None:
        self._client = aws.client("cloudformation")
        self._stack = stack
        self._seen: set[str] = set()
        self._readable = bool(stack)

    def locate(self, stack: str) -> None:
        """The stack, where only AWS knew it when this was made."""
        if not self._stack:
            self._stack, self._readable = stack, bool(stack)

    def new(self) -> list[Event]:
        """Events of resources since the last call, oldest first; none where the caller may not read them."""
        fresh: list[Mapping[str, Any]] = []
        if self._readable:
            with aws_errors(f"{self._stack}: cannot read the events of the stack"):
                fresh = self._fresh()
        self._seen.update(event["EventId"] for event in fresh)
        return [_event(it) for it in reversed(fresh) if it["ResourceType"] != _STACK_TYPE]

    def invalid(self) -> str:
        """What validation found before the last operation, and stopped it; empty where it cannot be read.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_OperationEvent.html
        """
        if not self._readable:
            return ""
        try:
            answer = self._client.describe_events(StackName=self._stack, Filters={"FailedEvents": True})
        except ClientError:
            return ""
        found = answer["OperationEvents"]
        return "; ".join(
            f"{it['LogicalResourceId']} ({it['ResourceType']}): {it['ValidationStatusReason']}"
            for it in found
            # Newest first.
            if it["OperationId"] == found[0]["OperationId"] and it.get("ValidationFailureMode") == "FAIL"
        )

    def _fresh(self) -> list[Mapping[str, Any]]:
        """Newest first."""
        fresh = []
        try:
            for event in self._all():
                if event["EventId"] in self._seen:
                    break
                fresh.append(event)
        except ClientError as error:
            self._readable = not is_denied(error)
            if self._readable and error_code(error) != NO_STACK:
                raise
        return fresh

    def _all(self) -> Iterator[Mapping[str, Any]]:
        paginator = self._client.get_paginator("describe_stack_events")
        for page in paginator.paginate(StackName=self._stack):
            yield from page["StackEvents"]


def stack_resources(aws: Aws, stack: str) -> list[Mapping[str, Any]]:
    """The summaries of a stack's resources, by name or ARN; none without the stack. Raises ClientError.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html
    """
    found = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    return or_none(lambda: [it for page in found for it in page["StackResourceSummaries"]], NO_STACK) or []


def cause(events: Iterable[Event]) -> str:
    """The failure that explains the others, the first that was not cancelled: resource, type and reason."""
    failed = [event for event in events if event.failed]
    for event in (*(it for it in failed if _CANCELLED not in it.reason.lower()), *failed):
        return f"{event.resource} ({event.type}): {event.reason or event.status}"
    return ""


def _event(entry: Mapping[str, Any]) -> Event:
    return Event(
        resource=entry["LogicalResourceId"],
        type=entry["ResourceType"],
        status=entry["ResourceStatus"],
        reason=entry.get("ResourceStatusReason") or "",
        time=entry.get("Timestamp"),
    )
