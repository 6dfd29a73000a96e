"""The drift calls."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from catalog_emulator.cloudformation.api.replies import Replies
from catalog_emulator.cloudformation.engine.drift_detection import drifts


class DriftCalls(Replies):
    """What clients ask about drift."""

    def detect_stack_drift(self) -> ActionResult:
        """DetectStackDrift."""
        stack = self._backend.get_stack(self._get_param("StackName"))
        detection = self._backend.detections.detect(stack, self._get_param("LogicalResourceIds", []))
        return ActionResult({"StackDriftDetectionId": detection.stack_drift_detection_id})

    def describe_stack_drift_detection_status(self) -> ActionResult:
        """DescribeStackDriftDetectionStatus."""
        found: Any = self._backend.detections.run(self._get_param("StackDriftDetectionId"))
        return ActionResult(found)

    def detect_stack_resource_drift(self) -> ActionResult:
        """DetectStackResourceDrift."""
        stack = self._backend.get_stack(self._get_param("StackName"))
        found = self._backend.detections.detect_resource(stack, self._get_param("LogicalResourceId"))
        return ActionResult({"StackResourceDrift": found})

    def describe_stack_resource_drifts(self) -> ActionResult:
        """DescribeStackResourceDrifts."""
        stack = self._backend.get_stack(self._get_param("StackName"))
        found = drifts(stack, self._get_param("StackResourceDriftStatusFilters", []))
        page, token = self._page(found)
        return ActionResult({"StackResourceDrifts": page, "NextToken": token})
