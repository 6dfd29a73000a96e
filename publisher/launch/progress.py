"""Follows an operation until it has finished: its record's status, and its stack's events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from publisher.aws.calls import aws_errors
from publisher.aws.clients import Aws
from publisher.aws.stack_events import Event, StackEvents, cause
from publisher.aws.waiting import Clock, poll
from publisher.errors import PublisherError, command
from publisher.launch.denial import remedy
from publisher.launch.provisioned import ProvisionedProduct

_OUTCOMES: Mapping[str, Literal["succeeded", "failed"]] = {"SUCCEEDED": "succeeded", "FAILED": "failed"}
FINAL = frozenset(_OUTCOMES)
# A stack can wait for hours, for a certificate say; we watch no longer than this.
_SECONDS = 3 * 60 * 60
_PAUSE = 5.0
# https://docs.aws.amazon.com/servicecatalog/latest/dg/API_RecordDetail.html
_NOUNS: Mapping[str, str] = {
    "PROVISION_PRODUCT": "launch",
    "UPDATE_PROVISIONED_PRODUCT": "update",
    "TERMINATE_PROVISIONED_PRODUCT": "termination",
}


@dataclass(frozen=True, kw_only=True)
class State:
    """How far an operation is, in AWS's word; why it failed, and the stack's ARN, where they are known."""

    status: str
    outcome: Literal["running", "succeeded", "failed"]
    reason: str = ""
    stack: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation in progress. `doing` is its noun, e.g. "launch"; `stack` a name or ARN, or empty.

    `again` says how to try again when it failed; `status_command` shows its status. `launch_role` is a name,
    or empty. `record_id` is empty where Service Catalog does not tell; `state` asks how far it is.
    """

    state: Callable[[], State]
    record_id: str = ""
    name: str
    doing: str
    stack: str
    again: str
    launch_role: str
    status_command: str
    events: StackEvents


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Where lines of progress go: `report` for everybody, `detail` for --verbose only."""

    report: Callable[[str], None]
    detail: Callable[[str], None]


def read_record(aws: Aws, record_id: str) -> Mapping[str, Any]:
    """The RecordDetail of a record. Raises AwsError."""
    with aws_errors(f"cannot read record {record_id}"):
        record: Mapping[str, Any] = aws.client("servicecatalog").describe_record(Id=record_id)["RecordDetail"]
    return record


def under_way(aws: Aws, provisioned: ProvisionedProduct, *, subject: str) -> Operation:
    """The operation that somebody began; `subject` is the launch's config or name in commands.

    Raises AwsError.
    """
    record = read_record(aws, provisioned.last_record_id)
    doing = _NOUNS.get(record.get("RecordType", ""), "operation")
    stack = provisioned.stack or f"SC-{aws.account_id}-{provisioned.id}"
    events = StackEvents(aws, stack)
    if doing != "launch":
        # Those there are may be of earlier operations.
        events.new()
    return Operation(
        state=record_state(aws, provisioned.last_record_id),
        record_id=provisioned.last_record_id,
        name=provisioned.name,
        doing=doing,
        stack=stack,
        again=_again(doing, subject),
        launch_role=provisioned.launch_role,
        status_command=command("outputs", subject),
        events=events,
    )


def _again(doing: str, subject: str) -> str:
    terminate = command("terminate", subject, "--force")
    match doing:
        case "launch":
            return f"run {terminate} to remove what is left and launch again"
        case "termination":
            return f"run {terminate} again"
        case _:
            return "update it again"


def follow(operation: Operation, *, clock: Clock, reporter: Reporter) -> str:
    """Waits for the end; the stack's ARN as the record has it. Raises PublisherError on a failure."""
    events: list[Event] = []
    status = ""

    def finished() -> State | None:
        nonlocal status
        with aws_errors(
            f"{operation.name}: cannot read the status of the {operation.doing}",
            hint=f"run {operation.status_command}",
        ):
            state = operation.state()
        # In this order, so that the events of a finished operation are complete.
        new = operation.events.new()
        events.extend(new)
        for event in new:
            (reporter.report if event.finished else reporter.detail)(str(event))
        if state.status != status:
            status = state.status
            reporter.report(f"{operation.name}: {status}")
        return None if state.outcome == "running" else state

    state = poll(finished, clock=clock, seconds=_SECONDS, longest_pause=_PAUSE)
    if state is None:
        raise PublisherError(
            f"{operation.name}: the {operation.doing} has not finished; its status is {status}",
            hint=f"it continues in AWS; run {operation.status_command} to see its status",
        )
    if state.outcome == "failed":
        # Without the right to read the stack's events, what the state says must do.
        reason = cause(events) or operation.events.invalid() or state.reason
        raise PublisherError(
            f"{operation.name}: the {operation.doing} failed: {reason}",
            hint=f"{remedy(reason, operation.launch_role)}, then {operation.again}",
        )
    return state.stack


def record_state(aws: Aws, record_id: str) -> Callable[[], State]:
    """Asks for the state of an operation by its record."""

    def state() -> State:
        answer = aws.client("servicecatalog").describe_record(Id=record_id)
        record = answer["RecordDetail"]
        outputs = {it["OutputKey"]: it["OutputValue"] for it in answer.get("RecordOutputs", ())}
        return State(
            status=record["Status"],
            outcome=_OUTCOMES.get(record["Status"], "running"),
            reason=record_reason(record),
            stack=str(outputs.get("CloudformationStackARN", "")),
        )

    return state


def record_reason(record: Mapping[str, Any]) -> str:
    """Why an operation failed, as its record says it."""
    errors = [it.get("Description") or it.get("Code", "") for it in record.get("RecordErrors", ())]
    return "; ".join(errors) or "Service Catalog gave no reason"
