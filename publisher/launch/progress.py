"""Follows an operation of Service Catalog to its end: the record's status, and the stack's events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock, poll
from publisher.errors import PublisherError
from publisher.launch.calls import asking
from publisher.launch.events import Event, Events, cause

# A stack may wait for hours, for a certificate say; nobody watches longer than this.
_SECONDS = 3 * 60 * 60
_PAUSE = 5.0
_ENDS = frozenset({"SUCCEEDED", "FAILED"})
_STACK_OUTPUT = "CloudformationStackARN"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """Something under way. `doing` says what, e.g. "launch"; `stack` is a name or ARN, empty when unknown.

    `remedy` ends the message of a failure; `look` is the command that tells how far it is.
    """

    record_id: str
    name: str
    doing: str
    stack: str
    remedy: str
    look: str
    events: Events


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Where lines of progress go: `tell` those for everybody, `detail` those only --verbose asks for."""

    tell: Callable[[str], None]
    detail: Callable[[str], None]


def follow(aws: Aws, operation: Operation, *, clock: Clock, teller: Reporter) -> str:
    """Waits for the end; the ARN of the stack as the record tells it. Raises PublisherError on a failure."""
    client = aws.client("servicecatalog")
    happened: list[Event] = []
    status = ""

    def ended() -> Mapping[str, Any] | None:
        nonlocal status
        with asking(f"{operation.name}: cannot read how the {operation.doing} goes", hint=operation.look):
            answer: Mapping[str, Any] = client.describe_record(Id=operation.record_id)
        # In this order, so that the events of an operation that has ended are all there.
        events = operation.events.new()
        happened.extend(events)
        _tell_events(events, teller)
        if answer["RecordDetail"]["Status"] != status:
            status = answer["RecordDetail"]["Status"]
            teller.tell(f"{operation.name}: {status}")
        return answer if status in _ENDS else None

    answer = poll(ended, clock=clock, seconds=_SECONDS, longest_pause=_PAUSE)
    if answer is None:
        raise PublisherError(
            f"{operation.name}: the {operation.doing} has not come to its end, it is {status}",
            hint=f"it goes on in AWS: {operation.look}",
        )
    if status == "FAILED":
        raise _failure(operation, answer["RecordDetail"], happened)
    outputs = {it["OutputKey"]: it["OutputValue"] for it in answer.get("RecordOutputs", ())}
    return str(outputs.get(_STACK_OUTPUT, ""))


def _tell_events(events: list[Event], teller: Reporter) -> None:
    for event in events:
        (teller.tell if event.done else teller.detail)(str(event))


def _failure(operation: Operation, record: Mapping[str, Any], events: list[Event]) -> PublisherError:
    """The stack names the resource; without the right to read it, the record's errors must do."""
    first = cause(events)
    errors = [it.get("Description") or it.get("Code", "") for it in record.get("RecordErrors", ())]
    if first is not None:
        reason = f"{first.resource} ({first.type}): {first.reason or first.status}"
    else:
        reason = "; ".join(errors) or "Service Catalog gives no reason"
    return PublisherError(f"{operation.name}: the {operation.doing} failed: {reason}", hint=operation.remedy)
