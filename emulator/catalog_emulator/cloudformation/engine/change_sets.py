"""Change sets: blueprints of a stack that wait to be executed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from moto.cloudformation.exceptions import AlreadyExistsException, CloudFormationError
from moto.core.utils import utcnow

from catalog_emulator.cloudformation.engine.change_preview import Change, changes
from catalog_emulator.cloudformation.engine.drift import DELETED, DRIFTED, IN_SYNC, MODIFIED
from catalog_emulator.cloudformation.engine.early_validation import validate
from catalog_emulator.cloudformation.engine.operation_events import StackOperation
from catalog_emulator.cloudformation.engine.resource_steps import ResourceSteps
from catalog_emulator.cloudformation.engine.stack import Stack
from catalog_emulator.cloudformation.template.blueprint import Blueprint
from catalog_emulator.cloudformation.template.summary import InsufficientCapabilities, check_capabilities

REVERT_DRIFT: Final = "REVERT_DRIFT"
NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)


@dataclass(kw_only=True)
class ChangeSet:
    """A change set, with the attribute names that DescribeChangeSet shows."""

    change_set_id: str
    change_set_name: str
    change_set_type: str
    stack: Stack
    blueprint: Blueprint
    changes: Sequence[Change]
    operation: StackOperation
    tags: Mapping[str, str] | None = None
    role_arn: str | None = None
    description: str | None = None
    on_stack_failure: str | None = None
    deployment_mode: str | None = None
    notification_arns: Sequence[str] = ()
    status: str = "CREATE_COMPLETE"
    execution_status: str = "AVAILABLE"
    status_reason: str | None = None
    capabilities: list[str] = field(default_factory=list)
    creation_time: datetime = field(default_factory=utcnow)

    def fail(self, reason: str) -> None:
        """Make a change set that cannot be executed."""
        self.status, self.execution_status, self.status_reason = "FAILED", "UNAVAILABLE", reason

    def shown(self) -> dict[str, Any]:
        """The members that DescribeChangeSet and ListChangeSets show, and others."""
        return vars(self) | {
            "StackId": self.stack.stack_id,
            "StackName": self.stack.name,
            "StackDriftStatus": self._stack_drift_status(),
            "Parameters": self.blueprint.parameter_list(),
            "Tags": [{"Key": key, "Value": value} for key, value in (self.tags or {}).items()],
            "Changes": [{"Type": "Resource", "ResourceChange": change} for change in self.changes],
        }

    def _stack_drift_status(self) -> str | None:
        if self.deployment_mode != REVERT_DRIFT:
            return None
        drifted = any(change.resource_drift_status in (MODIFIED, DELETED) for change in self.changes)
        return DRIFTED if drifted else IN_SYNC


def previewed(
    stack: Stack,
    blueprint: Blueprint,
    steps: ResourceSteps,
    *,
    capabilities: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
    deployment_mode: str | None = None,
    validates: bool = True,
    **attributes: Any,
) -> ChangeSet:
    """A new change set, which has failed when it would change nothing, or cannot be executed."""
    imports, new_tags = {*stack.imports}, stack.tags if tags is None else tags
    found = changes(stack, blueprint, steps, new_tags, revert_drift=deployment_mode == REVERT_DRIFT)
    operation = stack.begin("CREATE_CHANGESET")
    if stack.blueprint is None and not stack.events:
        stack.set_status("REVIEW_IN_PROGRESS", "User Initiated")
    change_set = ChangeSet(
        stack=stack,
        blueprint=blueprint,
        changes=found,
        operation=operation,
        capabilities=list(capabilities),
        tags=tags,
        deployment_mode=deployment_mode,
        **attributes,
    )
    if stack.has(blueprint) and not found:
        change_set.fail(NO_CHANGES)
    if blueprint.expanded:
        try:
            check_capabilities(blueprint.template, capabilities)
        except InsufficientCapabilities as error:
            change_set.fail(error.message)
    if validates and change_set.status != "FAILED":
        reason = validate(stack, blueprint, steps, found, operation)
        if reason is not None:
            change_set.fail(reason)
    # A preview imports nothing.
    stack.imports = imports
    operation.end(failed=change_set.status == "FAILED")
    return change_set


def find(change_sets: Mapping[str, ChangeSet], name: str, stack_name: str | None = None) -> ChangeSet:
    """A change set by id, or by name within its stack (without a stack, the newest of that name)."""
    if name in change_sets:
        return change_sets[name]
    named = [
        known
        for known in change_sets.values()
        if known.change_set_name == name and stack_name in (None, known.stack.name, known.stack.stack_id)
    ]
    if not named:
        raise CloudFormationError("ChangeSetNotFoundException", f"ChangeSet [{name}] does not exist")
    return named[-1]


def check_executable(change_set: ChangeSet) -> None:
    """Raise InvalidChangeSetStatusException unless the change set can be executed."""
    if change_set.execution_status != "AVAILABLE":
        raise CloudFormationError(
            "InvalidChangeSetStatusException",
            f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current execution status of "
            f"[{change_set.execution_status}]",
        )


def add(change_sets: dict[str, ChangeSet], change_set: ChangeSet) -> None:
    """Add a change set; raise AlreadyExistsException when one of its name can still be executed."""
    for known in [*change_sets.values()]:
        if (known.stack, known.change_set_name) == (change_set.stack, change_set.change_set_name):
            if known.execution_status == "AVAILABLE":
                raise AlreadyExistsException(f"ChangeSet {known.change_set_name} already exists")
            del change_sets[known.change_set_id]
    change_sets[change_set.change_set_id] = change_set
