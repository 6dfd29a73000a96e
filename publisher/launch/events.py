"""What a stack tells while it works, as far as the caller may read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.clients import Aws, ClientError, error_code
from publisher.launch.calls import DENIED, asking

_STACK_TYPE = "AWS::CloudFormation::Stack"
# CloudFormation has no code of its own for a stack that is not there.
_NO_STACK = "ValidationError"
# What fails after another failure; the words are AWS's own, and only choose among reasons.
_CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of a resource."""

    resource: str
    type: str
    status: str
    reason: str

    @property
    def done(self) -> bool:
        """Whether the resource has come to an end with it."""
        return not self.status.endswith("_IN_PROGRESS")

    @property
    def failed(self) -> bool:
        """Whether it tells of a failure."""
        return self.status.endswith("_FAILED")

    def __str__(self) -> str:
        reason = f"  {self.reason}" if self.failed and self.reason else ""
        return f"  {self.status:<18}  {self.type:<34}  {self.resource}{reason}".rstrip()


class Events:
    """The events of one stack, by its name or ARN (a deleted stack is found by ARN only)."""

    def __init__(self, aws: Aws, stack: str) -> None:
        self._client = aws.client("cloudformation")
        self._stack = stack
        self._seen: set[str] = set()
        self._readable = bool(stack)

    def new(self) -> list[Event]:
        """Those of resources since the last look, oldest first; none where the caller may not read them."""
        fresh: list[Mapping[str, Any]] = []
        if self._readable:
            with asking(f"{self._stack}: cannot read the events of the stack"):
                fresh = self._fresh()
        self._seen.update(event["EventId"] for event in fresh)
        return [_event(it) for it in reversed(fresh) if it["ResourceType"] != _STACK_TYPE]

    def _fresh(self) -> list[Mapping[str, Any]]:
        """Newest first, as they come."""
        fresh = []
        try:
            for event in self._all():
                if event["EventId"] in self._seen:
                    break
                fresh.append(event)
        except ClientError as error:
            self._readable = error_code(error) not in DENIED
            if self._readable and error_code(error) != _NO_STACK:
                raise
        return fresh

    def _all(self) -> Iterator[Mapping[str, Any]]:
        paginator = self._client.get_paginator("describe_stack_events")
        for page in paginator.paginate(StackName=self._stack):
            yield from page["StackEvents"]


def cause(events: Iterable[Event]) -> Event | None:
    """The failure that explains the others: the first that was not a cancellation."""
    failed = [event for event in events if event.failed]
    return next((it for it in failed if _CANCELLED not in it.reason.lower()), failed[0] if failed else None)


def _event(entry: Mapping[str, Any]) -> Event:
    return Event(
        resource=entry["LogicalResourceId"],
        type=entry["ResourceType"],
        status=entry["ResourceStatus"],
        reason=entry.get("ResourceStatusReason") or "",
    )
