"""The status of a stack, and what it means for the record and the provisioned product.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionedProductDetail.html
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from catalog_emulator.servicecatalog.state import State

_SUCCEEDED = {
    "PROVISION_PRODUCT": ("CREATE_COMPLETE",),
    # An update of a stack set can also create or delete stacks.
    "UPDATE_PROVISIONED_PRODUCT": ("UPDATE_COMPLETE", "CREATE_COMPLETE", "DELETE_COMPLETE"),
    "TERMINATE_PROVISIONED_PRODUCT": ("DELETE_COMPLETE",),
}
_STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass(kw_only=True)
class StackSetProgress:
    """An operation on a stack set, in the shape of one stack."""

    stack_id: str
    status: str
    status_reason: str | None = None
    outputs: list[dict[str, Any]] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The status of a record, and of the provisioned product with it."""

    status: str
    product_status: str = "UNDER_CHANGE"
    errors: tuple[tuple[str, str], ...] = ()


def outcome(record_type: str, stack: Any, first_event: int) -> Outcome:
    """The outcome of a record whose operation started at this event of the stack, or of StackSetProgress."""
    if stack.status in _SUCCEEDED[record_type]:
        return Outcome(status="SUCCEEDED", product_status="AVAILABLE")
    if stack.status.endswith("_IN_PROGRESS"):
        failing = "ROLLBACK" in stack.status
        return Outcome(status="IN_PROGRESS_IN_ERROR" if failing else "IN_PROGRESS")
    return Outcome(
        status="FAILED",
        # A stack that was never created cannot be tainted.
        product_status="ERROR" if record_type == "PROVISION_PRODUCT" else "TAINTED",
        errors=tuple(_errors(stack, stack.events[first_event:])),
    )


def outputs(stack: Any) -> list[dict[str, str]]:
    """The stack's outputs as RecordOutputs."""
    return [
        {name: str(output[name]) for name in ("OutputKey", "OutputValue", "Description") if name in output}
        for output in stack.outputs
    ]


def resource_ids(stack_id: str | None, type_name: str) -> list[str]:
    """The physical ids of a stack's resources of one type; none for a stack set."""
    if stack_id is None or is_stack_set(stack_id):
        return []
    return [one.physical_id for one in stack_at(stack_id).stack_resources if one.type_name == type_name]


def is_stack_set(arn: str) -> bool:
    """Whether it is the ARN of a stack set, and not of a stack."""
    return ":stackset/" in arn


def stack_at(stack_id: str) -> Any:
    """The stack with this id, in any account and Region."""
    _, _, _, region, account_id, _ = stack_id.split(":", 5)
    return cloudformation_backends[account_id][region].get_stack(stack_id)


def own_stack(state: State, stack_id: str) -> Any:
    """The stack with this name or id in the account and Region; None if there is none."""
    stacks: Any = cloudformation_backends[state.account_id][state.region_name]
    try:
        return stacks.get_stack(stack_id)
    except (ServiceException, HTTPException):
        return None


def _errors(stack: Any, events: Iterable[Any]) -> list[tuple[str, str]]:
    failed = [
        (event.resource_status, f"{event.logical_resource_id} ({event.resource_type}): {reason}")
        for event in events
        if event.resource_status.endswith("_FAILED") and event.resource_type != _STACK_TYPE
        for reason in [event.resource_status_reason or "no reason given"]
    ]
    return failed or [(stack.status, stack.status_reason or f"The stack is in state {stack.status}.")]
