"""Drift detection on the stacks of one account and Region."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from moto.cloudformation.exceptions import ValidationError
from moto.core.utils import utcnow

from catalog_emulator.cloudformation.engine.drift import DRIFTED, IN_SYNC, NOT_CHECKED, Drift
from catalog_emulator.cloudformation.engine.scheduler import Scheduler
from catalog_emulator.cloudformation.engine.stack import Stack, StackResource

_CHECKABLE = (
    *("CREATE_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"),
    *("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"),
)


@dataclass(kw_only=True)
class Detection:
    """A detection on a stack, with the member names of DescribeStackDriftDetectionStatus."""

    stack_id: str
    stack_drift_detection_id: str = field(default_factory=lambda: str(uuid4()))
    detection_status: str = "DETECTION_IN_PROGRESS"
    detection_status_reason: str | None = None
    stack_drift_status: str | None = None
    drifted_stack_resource_count: int | None = None
    timestamp: datetime = field(default_factory=utcnow)


class Detections:
    """The detections of one account and Region."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._known: dict[str, Detection] = {}

    def detect(self, stack: Stack, logical_ids: Sequence[str] = (), *, wait: bool = False) -> Detection:
        _check(stack)
        for logical_id in logical_ids:
            stack.resource(logical_id)
        detection = Detection(stack_id=stack.stack_id)
        self._known[detection.stack_drift_detection_id] = detection
        self._scheduler.run(
            stack, lambda: self._run(detection, stack, logical_ids or list(stack.resources)), wait
        )
        return detection

    def detect_resource(self, stack: Stack, logical_id: str) -> dict[str, Any]:
        _check(stack)
        resource = stack.resource(logical_id)
        resource.drift = self._scheduler.steps(stack).drift(resource)
        return _shown(stack, resource, resource.drift)

    def find(self, detection_id: str) -> Detection:
        found = self._known.get(detection_id)
        if found is None:
            raise ValidationError(message=f"Drift detection with id {detection_id} does not exist")
        return found

    def _run(self, detection: Detection, stack: Stack, logical_ids: Sequence[str]) -> None:
        failed = []
        for logical_id in logical_ids:
            resource = stack.resources[logical_id]
            if resource.skipped:
                # Only detection on the resource alone compares what ContinueUpdateRollback skipped.
                continue
            try:
                resource.drift = self._scheduler.steps(stack).drift(resource)
            except Exception as error:
                # As in AWS, an error with one resource does not stop the detection on the others.
                resource.drift = None
                failed.append(f"{logical_id}: {error}")
        found = [resource.drift for resource in stack.resources.values() if resource.drift is not None]
        drifted = [drift for drift in found if drift.status not in (IN_SYNC, NOT_CHECKED)]
        detection.drifted_stack_resource_count = len(drifted)
        detection.stack_drift_status = DRIFTED if drifted else IN_SYNC
        detection.timestamp = utcnow()
        detection.detection_status = "DETECTION_FAILED" if failed else "DETECTION_COMPLETE"
        if failed:
            reason = f"Failed to detect drift on resources [{', '.join(failed)}]"
            detection.detection_status_reason = reason
        stack.drift_information = {
            "StackDriftStatus": detection.stack_drift_status,
            "LastCheckTimestamp": detection.timestamp,
        }


def drifts(stack: Stack, statuses: Sequence[str]) -> list[dict[str, Any]]:
    """The StackResourceDrifts of the resources that were checked, by logical id."""
    return [
        _shown(stack, resource, resource.drift)
        for resource in sorted(stack.resources.values(), key=lambda one: one.logical_id)
        if resource.drift is not None
        and resource.drift.status != NOT_CHECKED
        and (not statuses or resource.drift.status in statuses)
    ]


def _shown(stack: Stack, resource: StackResource, drift: Drift) -> dict[str, Any]:
    return {
        "StackId": stack.stack_id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type_name,
        **drift.shown(),
    }


def _check(stack: Stack) -> None:
    if stack.status not in _CHECKABLE:
        raise ValidationError(
            message=f"Drift detection cannot be performed on stack [{stack.stack_id}] "
            f"while it is in {stack.status} state"
        )
