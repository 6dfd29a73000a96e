"""The stacks of a stack set's instances."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

from moto.cloudformation.exceptions import ValidationError
from moto.core.utils import utcnow

from catalog_emulator.cloudformation.engine.permissions import STACK_SET
from catalog_emulator.cloudformation.engine.stack import NoUpdates, Stack
from catalog_emulator.cloudformation.stack_sets.model import Instance, Operation, StackSet
from catalog_emulator.cloudformation.stack_sets.targets import check_execution
from catalog_emulator.iam import DeniedError, access_of, with_path

# Stacks in these states cannot be updated; they are deleted and created again.
_BROKEN = ("CREATE_FAILED", "DELETE_COMPLETE", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")


class InstanceStacks:
    """Starts operations on stacks; `backends` gives the stacks of an account and Region."""

    def __init__(self, account_id: str, partition: str, backends: Callable[[str, str], Any]) -> None:
        self._account_id = account_id
        self._partition = partition
        self._backends = backends

    def create(self, stack_set: StackSet, instance: Instance) -> Stack:
        role_arn = self._execution_role(stack_set, instance, "CreateStack")
        made: Stack = self._backend(instance).create_stack(
            name=f"StackSet-{stack_set.name}-{uuid4()}",
            template=stack_set.template,
            parameters=stack_set.parameters_of(instance),
            tags=dict(stack_set.tags or {}),
            role_arn=role_arn,
            **({"session": STACK_SET} if role_arn else {}),
        )
        instance.stack = made
        return made

    def update(self, stack_set: StackSet, instance: Instance) -> Stack | None:
        stack, backend = instance.stack, self._backend(instance)
        if stack is None:
            return self.create(stack_set, instance)
        role_arn = self._execution_role(stack_set, instance, "UpdateStack")
        if stack.status in _BROKEN:
            backend.delete_stack(stack.stack_id, wait=True)
            return self.create(stack_set, instance)
        with suppress(NoUpdates):
            backend.update_stack(
                stack.stack_id,
                stack_set.template,
                role_arn,
                parameters=stack_set.parameters_of(instance),
                tags=dict(stack_set.tags or {}) or None,
            )
        return stack

    def delete(self, stack_set: StackSet, instance: Instance, *, retain: bool) -> Stack | None:
        if instance.stack is None or retain:
            return None
        self._execution_role(stack_set, instance, "DeleteStack")
        self._backend(instance).delete_stack(instance.stack.stack_id)
        return instance.stack

    def detect_drift(self, instance: Instance) -> None:
        if instance.stack is None:
            raise ValidationError(message="The stack instance has no stack")
        found = self._backend(instance).detections.detect(instance.stack, wait=True)
        if found.detection_status == "DETECTION_FAILED":
            raise ValidationError(message=found.detection_status_reason)

    def drift(self, stack_set: StackSet, operation: Operation) -> dict[str, Any]:
        found = [
            one.stack.drift_information["StackDriftStatus"] if one.stack else None
            for one in stack_set.instances
        ]
        drifted = found.count("DRIFTED")
        return {
            "DriftStatus": "DRIFTED" if drifted else "IN_SYNC",
            "DriftDetectionStatus": "PARTIAL_SUCCESS" if operation.failed else "COMPLETED",
            "LastDriftCheckTimestamp": utcnow(),
            "TotalStackInstancesCount": len(found),
            "DriftedStackInstancesCount": drifted,
            "InSyncStackInstancesCount": found.count("IN_SYNC"),
            "InProgressStackInstancesCount": 0,
            "FailedStackInstancesCount": operation.failed,
        }

    def _backend(self, instance: Instance) -> Any:
        return self._backends(instance.account_id, instance.region_name)

    def _execution_role(self, stack_set: StackSet, instance: Instance, operation: str) -> str | None:
        """The execution role in the instance's account; None when the stack set uses none.

        It needs all of CloudFormation; asked for is the operation on the stack.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
        """
        if stack_set.permission_model == "SERVICE_MANAGED" or not stack_set.execution_role_name:
            return None
        start = f"arn:{self._partition}:iam::{instance.account_id}:role/"
        role_arn = with_path(start + stack_set.execution_role_name)
        check_execution(stack_set, role_arn, self._account_id)
        region, stack = instance.region_name, instance.stack
        access = access_of(role_arn, region=region, session=STACK_SET)
        place = f"arn:{self._partition}:cloudformation:{region}:{instance.account_id}:stack"
        new = f"{place}/StackSet-{stack_set.name}-{uuid4()}/*"
        try:
            if access is not None:
                access.check(f"cloudformation:{operation}", stack.stack_id if stack else new)
        except DeniedError as error:
            raise ValidationError(message=str(error)) from None
        return role_arn
