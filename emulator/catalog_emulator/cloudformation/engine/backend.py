"""moto's CloudFormation backend on our engine: stacks that fail, roll back, replace and drift as in AWS."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from moto.cloudformation import urls
from moto.cloudformation.exceptions import AlreadyExistsException, CloudFormationError, ValidationError
from moto.cloudformation.models import CloudFormationBackend, cloudformation_backends
from moto.cloudformation.parsing import Export
from moto.cloudformation.utils import generate_changeset_id
from typing_extensions import override

from catalog_emulator.client_tokens import ClientTokens
from catalog_emulator.cloudformation.engine.change_sets import (
    REVERT_DRIFT,
    ChangeSet,
    add,
    check_executable,
    find,
    previewed,
)
from catalog_emulator.cloudformation.engine.drift_detection import Detections
from catalog_emulator.cloudformation.engine.nested_stacks import NestedStack
from catalog_emulator.cloudformation.engine.operation_events import events_of
from catalog_emulator.cloudformation.engine.scheduler import Scheduler
from catalog_emulator.cloudformation.engine.stack import STACK_TYPE, NoUpdates, Stack
from catalog_emulator.cloudformation.resources.providers import Providers
from catalog_emulator.cloudformation.stack_sets.operations import StackSets
from catalog_emulator.cloudformation.template.parameters import ParameterList, parameter_values
from catalog_emulator.cloudformation.template.scope import Environment
from catalog_emulator.cloudformation.template.summary import check_capabilities
from catalog_emulator.settings import settings

_UPDATABLE = (
    *("CREATE_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"),
    *("UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE"),
)

# With moto's types every stack would have to be one of moto's own.
_Moto: Any = CloudFormationBackend


class StackBackend(_Moto):  # type: ignore[misc]
    """The stacks of one account and Region."""

    region_name: str
    account_id: str
    partition: str
    stacks: dict[str, Stack]
    deleted_stacks: dict[str, Stack]
    exports: dict[str, Export]
    change_sets: dict[str, ChangeSet]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.providers = Providers(region_name, {STACK_TYPE: NestedStack(self)}, settings.patience)
        self.scheduler = Scheduler(self)
        self.detections = Detections(self.scheduler)
        self.tokens = ClientTokens()
        self.stack_sets = StackSets(self, engine)

    @property
    def _url_module(self) -> Any:
        return urls

    def environment(self, stack_id: str, name: str) -> Environment:
        """What templates see of a stack, also of one that is no longer known."""
        stack = self.stacks.get(stack_id) or self.deleted_stacks.get(stack_id)
        return self.scheduler.environment(stack or self.scheduler.new_stack(name, stack_id=stack_id))

    @override
    def reset(self) -> None:
        for stack in list(self.stacks.values()):
            # An operation that is running stops at its next resource.
            stack.cancelled = True
        super().reset()

    @override
    def get_stack(self, name_or_stack_id: str) -> Stack:
        # moto copies the dictionaries of all stacks first.
        known = self.stacks.get(name_or_stack_id) or self.deleted_stacks.get(name_or_stack_id)
        stack: Stack = known or super().get_stack(name_or_stack_id)
        return stack

    @override
    def create_stack(
        self,
        name: str,
        template: str,
        parameters: ParameterList = None,
        notification_arns: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        role_arn: str | None = None,
        *,
        stack_policy_body: str = "",
        on_failure: str = "ROLLBACK",
        token: str | None = None,
        parent: Stack | None = None,
        validates: bool = True,
        **attributes: Any,
    ) -> Stack:
        known = self._by_name(name)
        if known is not None and known.status != "REVIEW_IN_PROGRESS":
            raise AlreadyExistsException(f"Stack [{name}] already exists")
        stack = self.scheduler.new_stack(
            name,
            stack_id=known.stack_id if known else None,
            notification_arns=list(notification_arns or ()),
            tags=tags,
            role_arn=role_arn,
            policy=stack_policy_body,
            **attributes,
        )
        stack.token = token
        stack.disable_rollback = on_failure == "DO_NOTHING"
        if parent is not None:
            stack.parent_id, stack.root_id = parent.stack_id, parent.root_id or parent.stack_id
            stack.follow(parent)
        else:
            self.scheduler.check_role(stack, "CreateStack", stack.tags)
        blueprint = self.scheduler.blueprint(stack, template, parameter_values(parameters))
        if blueprint.expanded and stack.capabilities is not None:
            check_capabilities(blueprint.template, stack.capabilities)
        self.scheduler.create(stack, blueprint, on_failure, wait=parent is not None, validates=validates)
        return stack

    @override
    def update_stack(
        self,
        name: str,
        template: str | None,
        role_arn: str | None = None,
        parameters: ParameterList = None,
        tags: Mapping[str, str] | None = None,
        *,
        notification_arns: Sequence[str] | None = None,
        token: str | None = None,
        capabilities: list[str] | None = None,
        disable_rollback: bool = False,
        validates: bool = True,
        wait: bool = False,
    ) -> Stack:
        """Update a stack; a template of None keeps its template, tags of None keep its tags."""
        stack = self.get_stack(name)
        _check_status(stack)
        if stack.parent_id is None:
            self.scheduler.check_role(stack, "UpdateStack", stack.tags if tags is None else tags, role_arn)
        values = parameter_values(parameters, stack.parameters)
        blueprint = self.scheduler.blueprint(stack, template or stack.template, values, role_arn)
        if blueprint.expanded and capabilities is not None:
            check_capabilities(blueprint.template, capabilities)
        if stack.has(blueprint) and tags in (None, stack.tags):
            raise NoUpdates()
        stack.token = token
        stack.role_arn = role_arn or stack.role_arn
        stack.capabilities = capabilities or stack.capabilities
        if notification_arns is not None:
            stack.notification_arns = list(notification_arns)
        stack.disable_rollback = disable_rollback
        options = {"disable_rollback": disable_rollback, "validates": validates}
        self.scheduler.update(stack, blueprint, tags, wait=wait, **options)
        return stack

    def continue_update_rollback(
        self,
        name: str,
        role_arn: str | None = None,
        *,
        skipped: Collection[str] = (),
        force: bool = False,
        token: str | None = None,
    ) -> Stack:
        """Continue a rollback that failed, nested stacks first; `force` skips what failed.

        Resources of nested stacks are skipped by `name of the stack.logical id`. The texts of refusals are
        not documented.
        """
        stack = self.get_stack(name)
        if stack.parent_id is not None:
            raise ValidationError(message="RollbackUpdatedStack cannot be invoked on child stacks")
        _check_status(stack, ("UPDATE_ROLLBACK_FAILED",), "rolled back")
        if force and skipped:
            raise ValidationError(message="ForceRollback and ResourcesToSkip cannot both be specified")
        failed = frozenset(self._skippable(stack))
        refused = sorted({*skipped} - failed)
        if refused:
            raise ValidationError(
                message=f"Only resources that failed to roll back can be skipped: {', '.join(refused)}"
            )
        self.scheduler.check_role(stack, "ContinueUpdateRollback", stack.tags, role_arn)
        stack.role_arn, stack.token = role_arn or stack.role_arn, token
        self.scheduler.roll_back(stack, failed if force else frozenset(skipped))
        return stack

    def _skippable(self, stack: Stack, prefix: str = "") -> Iterator[str]:
        for step in stack.unfinished.steps if stack.unfinished else ():
            nested = self.stacks.get(step.now.physical_id)
            if nested is None or nested.status.startswith("DELETE_"):
                yield prefix + step.now.logical_id
            else:
                yield from self._skippable(nested, f"{nested.name}.")

    def rollback_stack(self, name: str, role_arn: str | None = None, *, token: str | None = None) -> Stack:
        """Roll back what failed without a rollback; a stack that was never complete is deleted."""
        stack = self.get_stack(name)
        _check_status(stack, ("CREATE_FAILED", "UPDATE_FAILED"), "rolled back")
        self.scheduler.check_role(stack, "RollbackStack", stack.tags, role_arn)
        stack.role_arn, stack.token = role_arn or stack.role_arn, token
        if stack.unfinished is None:
            self.scheduler.delete(stack, ())
        else:
            self.scheduler.roll_back(stack)
        return stack

    @override
    def tag_resource(self, arn: str, tags: Mapping[str, str]) -> None:
        """Tag a stack for the tagging API, which updates it.

        https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_TagResources.html
        """
        stack = self.get_stack(arn)
        with suppress(NoUpdates):
            self.update_stack(arn, None, parameters=stack.parameters, tags={**stack.tags, **tags})

    @override
    def untag_resource(self, arn: str, tag_keys: Collection[str]) -> None:
        stack = self.get_stack(arn)
        tags = {key: value for key, value in stack.tags.items() if key not in tag_keys}
        with suppress(NoUpdates):
            self.update_stack(arn, None, parameters=stack.parameters, tags=tags)

    @override
    def delete_stack(
        self,
        name_or_stack_id: str,
        *,
        retained: Sequence[str] = (),
        token: str | None = None,
        wait: bool = False,
    ) -> None:
        stack = self._by_name(name_or_stack_id)
        if stack is None or stack.status == "DELETE_IN_PROGRESS":
            return
        if stack.enable_termination_protection:
            raise ValidationError(
                message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        self.scheduler.exports.check_unused(stack)
        if stack.parent_id is None:
            self.scheduler.check_role(stack, "DeleteStack", stack.tags)
        stack.token = token
        self.scheduler.delete(stack, retained, wait=wait)

    def list_imports(self, export_name: str) -> list[str]:
        importing = self.scheduler.exports.importing(export_name)
        if not importing:
            raise ValidationError(message=f"Export '{export_name}' is not imported by any stack.")
        return importing

    @override
    def create_change_set(
        self,
        stack_name: str,
        template: str | None,
        parameters: ParameterList,
        *,
        change_set_name: str,
        change_set_type: str,
        tags: Mapping[str, str] | None = None,
        role_arn: str | None = None,
        **attributes: Any,
    ) -> tuple[str, str]:
        """The ids of a new change set and of its stack. The attributes are those of `previewed`."""
        stack = self._stack_to_change(stack_name, change_set_type, tags, role_arn)
        kept = template is None
        new_tags = stack.tags if tags is None else tags
        self.scheduler.check_role(stack, "CreateChangeSet", new_tags, role_arn, keeps_template=kept)
        values = parameter_values(parameters, stack.parameters)
        blueprint = self.scheduler.blueprint(stack, template or stack.template, values)
        change_set = previewed(
            stack,
            blueprint,
            self.scheduler.steps(stack),
            change_set_id=generate_changeset_id(change_set_name, self.region_name, self.account_id),
            change_set_name=change_set_name,
            change_set_type=change_set_type,
            tags=tags,
            role_arn=role_arn,
            **attributes,
        )
        add(self.change_sets, change_set)
        self.stacks[stack.stack_id] = stack
        return change_set.change_set_id, stack.stack_id

    @override
    def describe_change_set(self, change_set_name: str, stack_name: str | None = None) -> ChangeSet:
        return find(self.change_sets, change_set_name, stack_name)

    @override
    def delete_change_set(self, change_set_name: str, stack_name: str | None = None) -> None:
        with suppress(CloudFormationError):
            del self.change_sets[find(self.change_sets, change_set_name, stack_name).change_set_id]

    @override
    def execute_change_set(
        self, change_set_name: str, stack_name: str | None = None, *, disable_rollback: bool = False
    ) -> None:
        found = find(self.change_sets, change_set_name, stack_name)
        check_executable(found)
        stack = found.stack
        if stack.blueprint is not None:
            _check_status(stack)
        self.scheduler.check_role(stack, "ExecuteChangeSet", stack.tags)
        found.execution_status = "EXECUTE_COMPLETE"
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
        for other in [one for one in self.change_sets.values() if one.stack is stack]:
            if other is not found:
                del self.change_sets[other.change_set_id]
        stack.change_set_id = found.change_set_id
        # Of all that follows, too: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
        stack.role_arn = found.role_arn or stack.role_arn
        stack.capabilities = found.capabilities or stack.capabilities
        stack.notification_arns = list(found.notification_arns) or stack.notification_arns
        on_failure = found.on_stack_failure or ("DO_NOTHING" if disable_rollback else "ROLLBACK")
        stack.disable_rollback = on_failure == "DO_NOTHING"
        if stack.blueprint is None:
            self.scheduler.create(stack, found.blueprint, on_failure)
        else:
            self.scheduler.update(
                stack,
                found.blueprint,
                found.tags,
                disable_rollback=stack.disable_rollback,
                revert_drift=found.deployment_mode == REVERT_DRIFT,
            )

    def events(
        self, stack_name: str | None, change_set_name: str | None, operation_id: str | None, *, failed: bool
    ) -> list[Any]:
        """Events of a stack's operations, of one operation, or of a change set's creation; newest first."""
        if change_set_name and (stack_name or change_set_name.startswith("arn:")):
            operations = [find(self.change_sets, change_set_name, stack_name).operation]
        elif change_set_name or not (stack_name or operation_id):
            raise ValidationError(message="One of ChangeSetName, OperationId or StackName must be specified")
        else:
            every = (*self.stacks.values(), *self.deleted_stacks.values())
            stacks = [self.get_stack(stack_name)] if stack_name else every
            operations = [
                one
                for stack in stacks
                for one in stack.operations
                if operation_id in (None, one.operation_id)
            ]
        if operation_id and not operations:
            raise ValidationError(message="Operation ID does not exist")
        found = (events_of(self.get_stack(one.stack_id), one, failed=failed) for one in operations[::-1])
        return [event for events in found for event in events]

    def _stack_to_change(
        self, name: str, change_set_type: str, tags: Mapping[str, str] | None, role_arn: str | None
    ) -> Stack:
        known = self._by_name(name)
        if change_set_type == "UPDATE":
            if known is None:
                raise ValidationError(message=f"Stack [{name}] does not exist")
            _check_status(known)
            return known
        if known is None:
            return self.scheduler.new_stack(name, tags=tags, role_arn=role_arn)
        if known.status != "REVIEW_IN_PROGRESS":
            raise ValidationError(
                message=f"Stack [{name}] already exists and cannot be created again with the changeSet."
            )
        return known

    def _by_name(self, name: str) -> Stack | None:
        return next((one for one in list(self.stacks.values()) if name in (one.name, one.stack_id)), None)


def engine(account_id: str, region: str) -> StackBackend:
    """The stacks of an account and Region."""
    found: Any = cloudformation_backends[account_id][region]
    assert isinstance(found, StackBackend)
    return found


def _check_status(stack: Stack, allowed: Collection[str] = _UPDATABLE, verb: str = "updated") -> None:
    if stack.status not in allowed:
        raise ValidationError(
            message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be {verb}."
        )
