"""Stack sets: one stack in each of several accounts and Regions, for products with a STACKSET constraint.

The CloudFormation engine runs them; these are the operations of launches, updates and terminations.
https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-stackset.html
"""

from dataclasses import dataclass
from typing import Any

from moto.cloudformation.models import cloudformation_backends

from catalog_emulator.servicecatalog.stacks import StackSetProgress
from catalog_emulator.servicecatalog.state import State, update
from catalog_emulator.servicecatalog.values import Tags


@dataclass(frozen=True, kw_only=True)
class Targets:
    """The stacks of a stack set, deployed Region after Region; `tolerance` is how many may fail in each."""

    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    tolerance: int
    admin_role: str
    execution_role: str


class StackSets:
    """The stack sets of one account and Region. Methods that start an operation return its id."""

    def __init__(self, state: State) -> None:
        self._backend: Any = cloudformation_backends[state.account_id][state.region_name]

    def create(self, name: str, targets: Targets, template: str, parameters: Tags, tags: Tags) -> str:
        """Makes a stack set without stacks; its ARN."""
        created = self._backend.stack_sets.create(
            name,
            template,
            dict(parameters),
            dict(tags),
            administration_role_arn=targets.admin_role,
            execution_role_name=targets.execution_role,
        )
        return str(created.arn)

    def deploy(self, arn: str, targets: Targets) -> str:
        operation = self._backend.stack_sets.create_instances(
            self._find(arn),
            targets.accounts,
            targets.regions,
            overrides={},
            operation_preferences=_preferences(targets),
        )
        return str(operation.operation_id)

    def update(self, arn: str, targets: Targets, template: str, parameters: Tags, tags: Tags) -> str:
        update(self._find(arn), template=template, parameters=dict(parameters), tags=dict(tags))
        return self._change("update_instances", arn, targets)

    def remove(self, arn: str, targets: Targets | None) -> str:
        """Deletes the stacks at these targets, or all of them, however many fail."""
        return self._change("delete_instances", arn, targets)

    def _change(self, operation: str, arn: str, targets: Targets | None) -> str:
        stack_set, sets = self._find(arn), self._backend.stack_sets
        if targets is None:
            found = list(stack_set.instances)
            preferences: dict[str, Any] = {"FailureToleranceCount": len(found)}
        else:
            found = sets.instances(stack_set, targets.accounts, targets.regions)
            preferences = _preferences(targets)
        return str(getattr(sets, operation)(stack_set, found, operation_preferences=preferences).operation_id)

    def progress(self, arn: str, operation_id: str) -> StackSetProgress:
        """The progress of an operation, as if it were one stack."""
        stack_set = self._backend.stacksets[_id(arn)]
        operation = next(one for one in stack_set.operations if one.operation_id == operation_id)
        if operation.status in ("RUNNING", "STOPPING"):
            return StackSetProgress(stack_id=arn, status="UPDATE_IN_PROGRESS")
        failed = [
            f"{one.instance.account_id} {one.instance.region_name}: {one.reason}"
            for one in operation.results
            if one.status == "FAILED"
        ]
        # A deletion that leaves stacks has failed, whatever the failure tolerance.
        if operation.status == "SUCCEEDED" and not (failed and operation.action == "DELETE"):
            return StackSetProgress(stack_id=arn, status=f"{operation.action}_COMPLETE")
        return StackSetProgress(stack_id=arn, status="FAILED", status_reason="; ".join(failed))

    def instances(self, arn: str) -> list[tuple[str, str, str]]:
        return [(one.account_id, one.region_name, one.status) for one in self._find(arn).instances]

    def delete(self, arn: str) -> None:
        self._backend.stack_sets.delete(_id(arn))

    def _find(self, arn: str) -> Any:
        return self._backend.stack_sets.find(_id(arn))


def _id(arn: str) -> str:
    return arn.split(":stackset/", 1)[1]


def _preferences(targets: Targets) -> dict[str, Any]:
    return {"FailureToleranceCount": targets.tolerance, "RegionOrder": list(targets.regions)}
