"""What is done for a stack set at one account and Region."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from moto.cloudformation.exceptions import ValidationError
from moto.core.utils import utcnow

from catalog_emulator.cloudformation.engine.permissions import STACK_SET
from catalog_emulator.cloudformation.engine.stack import Stack
from catalog_emulator.cloudformation.stack_sets.model import Instance, Operation, StackSet
from catalog_emulator.cloudformation.stack_sets.targets import execution_problem
from catalog_emulator.iam import with_path
from catalog_emulator.settings import settings

# Stacks in these states cannot be updated: they are made anew.
_BROKEN = ("CREATE_FAILED", "DELETE_COMPLETE", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


class Sites:
    """Works on stacks wherever they are; `backends` knows the engine of an account and Region."""

    def __init__(self, account_id: str, partition: str, backends: Callable[[str, str], Any]) -> None:
        self._account_id = account_id
        self._partition = partition
        self._backends = backends

    def create(self, stack_set: StackSet, instance: Instance) -> Stack:
        """Starts making the stack."""
        role_arn = self._execution_role(stack_set, instance)
        # moto has one stack of a stack set in an account and Region; AWS gives each a name of its own.
        name = f"StackSet-{stack_set.name}-{uuid4()}" if settings.strict else f"StackSet-{stack_set.name}"
        backend = self._backends(instance.account_id, instance.region_name)
        made: Stack = backend.create_stack(
            name=name,
            template=stack_set.template,
            parameters=stack_set.given(instance),
            tags=dict(stack_set.tags or {}),
            role_arn=role_arn,
            **({"session": STACK_SET} if role_arn else {}),
        )
        if instance.hidden:
            backend.stacks.pop(made.stack_id, None)
        instance.stack = made
        return made

    def update(self, stack_set: StackSet, instance: Instance) -> Stack | None:
        """Starts bringing the stack to the stack set's template and parameters."""
        role_arn = self._execution_role(stack_set, instance)
        stack = instance.stack
        if stack is not None and stack.status in _BROKEN:
            with self._seen(instance, stack) as backend:
                backend.delete_stack(stack.stack_id, wait=True)
        if stack is None or stack.status in _BROKEN:
            return self.create(stack_set, instance)
        given = [
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in stack_set.given(instance).items()
        ]
        with self._seen(instance, stack) as backend:
            try:
                backend.update_stack(
                    stack.stack_id,
                    stack_set.template,
                    role_arn,
                    parameters=given,
                    tags=dict(stack_set.tags or {}) or None,
                )
            except ValidationError as error:
                if error.message != "No updates are to be performed.":
                    raise
        return stack

    def delete(self, stack_set: StackSet, instance: Instance, *, retain: bool) -> Stack | None:
        """Starts deleting the stack; one that is retained, or never was, is only forgotten."""
        if instance.stack is None or retain:
            return None
        self._execution_role(stack_set, instance)
        with self._seen(instance, instance.stack) as backend:
            backend.delete_stack(instance.stack.stack_id)
        return instance.stack

    def detect(self, instance: Instance) -> None:
        """Detects the stack's drift."""
        if instance.stack is None:
            raise ValidationError(message="The stack instance has no stack")
        detections = self._backends(instance.account_id, instance.region_name).detections
        found = detections.detect(instance.stack, wait=True)
        if found.detection_status == "DETECTION_FAILED":
            raise ValidationError(message=found.detection_status_reason)

    def drift(self, stack_set: StackSet, operation: Operation) -> dict[str, Any]:
        """StackSetDriftDetectionDetails."""
        found = [
            one.stack.drift_information["StackDriftStatus"] if one.stack else None
            for one in stack_set.stack_instances
        ]
        failed = sum(result.status == "FAILED" for result in operation.results)
        drifted = found.count("DRIFTED")
        return {
            "DriftStatus": "DRIFTED" if drifted else "IN_SYNC",
            "DriftDetectionStatus": "PARTIAL_SUCCESS" if failed else "COMPLETED",
            "LastDriftCheckTimestamp": utcnow(),
            "TotalStackInstancesCount": len(found),
            "DriftedStackInstancesCount": drifted,
            "InSyncStackInstancesCount": found.count("IN_SYNC"),
            "InProgressStackInstancesCount": 0,
            "FailedStackInstancesCount": failed,
        }

    @contextmanager
    def _seen(self, instance: Instance, stack: Stack) -> Iterator[Any]:
        """The engine of the stack; moto hides the stacks of service-managed stack sets from it."""
        backend = self._backends(instance.account_id, instance.region_name)
        if instance.hidden:
            backend.stacks[stack.stack_id] = stack
        try:
            yield backend
        finally:
            if instance.hidden:
                backend.stacks.pop(stack.stack_id, None)

    def _execution_role(self, stack_set: StackSet, instance: Instance) -> str | None:
        """The role that works in the instance's account; None where roles are not looked at.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
        """
        managed = stack_set.permission_model == "SERVICE_MANAGED"
        if not settings.strict or managed or not stack_set.execution_role_name:
            return None
        problem = execution_problem(stack_set, instance.account_id, self._account_id, self._partition)
        if problem:
            raise ValidationError(message=problem)
        start = f"arn:{self._partition}:iam::{instance.account_id}:role/"
        return with_path(start + stack_set.execution_role_name)
