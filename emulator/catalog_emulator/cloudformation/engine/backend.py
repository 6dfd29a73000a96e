"""moto's CloudFormation backend with our engine inside: same calls, stacks that roll back and replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudformation import urls
from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError
from moto.cloudformation.models import CloudFormationBackend, cloudformation_backends
from moto.cloudformation.parsing import Export
from moto.cloudformation.utils import generate_changeset_id, validate_create_change_set

from catalog_emulator.cloudformation.engine.change_sets import (
    NO_CHANGES,
    ChangeSet,
    ChangeSetNotFound,
    add,
    check_executable,
    find,
)
from catalog_emulator.cloudformation.engine.client_tokens import Tokens
from catalog_emulator.cloudformation.engine.drift_detection import Detections
from catalog_emulator.cloudformation.engine.environment import Around
from catalog_emulator.cloudformation.engine.nested_stacks import NestedStack
from catalog_emulator.cloudformation.engine.scheduler import Scheduler
from catalog_emulator.cloudformation.engine.stack import STACK_TYPE, Stack
from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.providers import Providers
from catalog_emulator.cloudformation.stack_sets import StackSetBackend, StackSets
from catalog_emulator.cloudformation.template.blueprint import Blueprint, Types
from catalog_emulator.cloudformation.template.scope import Environment, text_of
from catalog_emulator.settings import settings

Given = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_UPDATABLE = (
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
)

# moto's types would have every stack be moto's own.
_Moto: Any = CloudFormationBackend


class StackBackend(StackSetBackend, _Moto):  # type: ignore[misc]
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
        self.providers = Providers(region_name, {STACK_TYPE: NestedStack(backend=self)}, settings.patience)
        self._work = Scheduler(
            account_id=account_id,
            region=region_name,
            partition=self.partition,
            providers=self.providers,
            clients=clients(account_id, region_name),
            stacks=self.stacks,
            deleted=self.deleted_stacks,
            exports=self.exports,
        )

        self.detections = Detections(self._work)
        self.tokens = Tokens()
        self.stack_sets = StackSets(account_id, region_name, self.partition, self.stacksets, engine)

    @property
    def _url_module(self) -> Any:
        return urls

    @property
    def around(self) -> Around:
        """What stacks can look at around themselves."""
        return self._work.around

    @property
    def types(self) -> Types:
        """What templates may use."""
        return self._work.types

    def environment(self, stack_id: str, name: str) -> Environment:
        """What is around a stack, or was around one that is forgotten."""
        stack = self.stacks.get(stack_id) or self.deleted_stacks.get(stack_id)
        return self._work.environment(stack or self._work.new_stack(name, stack_id=stack_id))

    def reset(self) -> None:
        """Back to nothing; operations under way stop at their next resource."""
        for stack in list(self.stacks.values()):
            stack.cancelled = True
        super().reset()

    def get_stack(self, name_or_stack_id: str) -> Stack:
        """A stack by name or id; deleted ones by id only."""
        stack: Stack = super().get_stack(name_or_stack_id)
        return stack

    def blueprint(
        self, stack: Stack, template: str, given: Mapping[str, str], role_arn: str | None = None
    ) -> Blueprint:
        """What a launch of the template with these parameters wants, looked up as the stack's (new) role."""
        return self._work.blueprint(stack, template, given, role_arn)

    def create_stack(
        self,
        name: str,
        template: str,
        parameters: Given = None,
        notification_arns: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        role_arn: str | None = None,
        enable_termination_protection: bool | None = False,
        timeout_in_mins: int | None = None,
        stack_policy_body: str | None = None,
        *,
        on_failure: str = "ROLLBACK",
        token: str | None = None,
        parent: Stack | None = None,
        **more: Any,
    ) -> Stack:
        """Checks all that can be refused up front, then makes the stack."""
        known = self._by_name(name)
        if known is not None and known.status != "REVIEW_IN_PROGRESS":
            raise AlreadyExistsException(f"Stack [{name}] already exists")
        stack = self._work.new_stack(
            name,
            stack_id=known.stack_id if known else None,
            notification_arns=notification_arns or (),
            tags=tags,
            role_arn=role_arn,
            enable_termination_protection=bool(enable_termination_protection),
            timeout_in_minutes=timeout_in_mins,
            policy=stack_policy_body or "",
            **more,
        )
        stack.token = token
        stack.disable_rollback = on_failure == "DO_NOTHING"
        if parent is not None:
            stack.parent_id, stack.root_id = parent.stack_id, parent.root_id or parent.stack_id
            stack.role_arn, stack.session = role_arn or parent.role_arn, parent.session
        else:
            self._work.admit(stack, "CreateStack", stack.tags)
        blueprint = self.blueprint(stack, template, _given(parameters, {}))
        self._work.exports.check_free(stack, blueprint)
        self._work.create(stack, blueprint, on_failure, wait=parent is not None)
        return stack

    def update_stack(
        self,
        name: str,
        template: str | None,
        role_arn: str | None = None,
        parameters: Given = None,
        tags: Mapping[str, str] | None = None,
        *,
        notification_arns: Sequence[str] | None = None,
        token: str | None = None,
        wait: bool = False,
    ) -> Stack:
        """Changes a stack; a template of None keeps the one it has, parameters may say UsePreviousValue."""
        stack = self.get_stack(name)
        _check_updatable(stack)
        if stack.parent_id is None:
            self._work.admit(stack, "UpdateStack", stack.tags if tags is None else tags, role_arn)
        given = _given(parameters, stack.parameters)
        blueprint = self.blueprint(stack, template or stack.template, given, role_arn)
        if (settings.strict or parameters) and _same(stack, blueprint) and tags in (None, stack.tags):
            raise ValidationError(message="No updates are to be performed.")
        stack.token = token
        stack.role_arn = role_arn or stack.role_arn
        if notification_arns is not None:
            stack.notification_arns = list(notification_arns)
        self._work.update(stack, blueprint, tags, wait=wait)
        return stack

    def delete_stack(
        self,
        name_or_stack_id: str,
        *,
        retained: Sequence[str] = (),
        token: str | None = None,
        wait: bool = False,
    ) -> None:
        """Deletes a stack; one that is not there is deleted already."""
        stack = self.stacks.get(name_or_stack_id) or self._by_name(name_or_stack_id)
        if stack is None or stack.status == "DELETE_IN_PROGRESS":
            return
        if stack.enable_termination_protection:
            raise ValidationError(
                message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        self._work.exports.check_unused(stack)
        if stack.parent_id is None:
            self._work.admit(stack, "DeleteStack", stack.tags)
        stack.token = token
        self._work.delete(stack, retained, wait=wait)

    def list_imports(self, export_name: str) -> list[str]:
        """Names of the stacks that import an export."""
        importing = self._work.exports.importing(export_name)
        if not importing:
            raise ValidationError(message=f"Export '{export_name}' is not imported by any stack.")
        return importing

    def create_change_set(
        self,
        stack_name: str,
        change_set_name: str,
        template: str | None,
        parameters: Given,
        description: str | None,
        change_set_type: str,
        notification_arns: Sequence[str] | None = None,
        tags: Mapping[str, str] | None = None,
        role_arn: str | None = None,
    ) -> tuple[str, str]:
        """Works out what a launch of the template would change; answers ids of change set and stack."""
        validate_create_change_set(change_set_name)
        stack = self._stack_to_change(stack_name, change_set_type, tags, role_arn)
        blueprint = self.blueprint(stack, template or stack.template, _given(parameters, stack.parameters))
        change_set = ChangeSet(
            change_set_id=generate_changeset_id(change_set_name, self.region_name, self.account_id),
            change_set_name=change_set_name,
            change_set_type=change_set_type,
            stack=stack,
            blueprint=blueprint,
            changes=self._work.changes(stack, blueprint, tags),
            given_tags=tags,
            role_arn=role_arn,
            description=description,
            notification_arns=notification_arns or (),
        )
        if _same(stack, blueprint) and not change_set.changes:
            change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
            change_set.status_reason = NO_CHANGES
        add(self.change_sets, change_set)
        self.stacks[stack.stack_id] = stack
        return change_set.change_set_id, stack.stack_id

    def repeats(self, name: str, parameters: Given) -> bool:
        """Whether a launch of the stack's own template with these parameters would want what is there."""
        stack = self.get_stack(name)
        return _same(stack, self.blueprint(stack, stack.template, _given(parameters, stack.parameters)))

    def describe_change_set(self, change_set_name: str, stack_name: str | None = None) -> ChangeSet:
        """A change set."""
        return find(self.change_sets, change_set_name, stack_name)

    def delete_change_set(self, change_set_name: str, stack_name: str | None = None) -> None:
        """Forgets a change set; one that is not there is deleted already."""
        try:
            found = find(self.change_sets, change_set_name, stack_name)
        except ChangeSetNotFound:
            return
        del self.change_sets[found.change_set_id]

    def execute_change_set(self, change_set_name: str, stack_name: str | None = None) -> None:
        """Does what the change set tells."""
        found = find(self.change_sets, change_set_name, stack_name)
        check_executable(found)
        stack = found.stack
        if stack.blueprint is not None:
            _check_updatable(stack)
        found.execution_status = "EXECUTE_COMPLETE"
        if settings.strict:
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
            for other in [one for one in self.change_sets.values() if one.stack is stack]:
                if other is not found:
                    del self.change_sets[other.change_set_id]
        stack.change_set_id = found.change_set_id
        stack.notification_arns = list(found.notification_arns) or stack.notification_arns
        if stack.blueprint is None:
            self._work.create(stack, found.blueprint)
        else:
            self._work.update(stack, found.blueprint, found.given_tags)

    def _stack_to_change(
        self, name: str, change_set_type: str, tags: Mapping[str, str] | None, role_arn: str | None
    ) -> Stack:
        known = self.stacks.get(name) or self._by_name(name)
        if change_set_type == "UPDATE":
            if known is None:
                raise ValidationError(message=f"Stack [{name}] does not exist")
            _check_updatable(known)
            return known
        if known is None:
            stack = self._work.new_stack(name, tags=tags, role_arn=role_arn)
            stack.set_status("REVIEW_IN_PROGRESS", "User Initiated")
            return stack
        if known.status != "REVIEW_IN_PROGRESS":
            raise ValidationError(
                message=f"Stack [{name}] already exists and cannot be created again with the changeSet."
            )
        return known

    def _by_name(self, name: str) -> Stack | None:
        return next((stack for stack in list(self.stacks.values()) if stack.name == name), None)


def engine(account_id: str, region: str) -> StackBackend:
    """The stacks of an account and Region."""
    found: Any = cloudformation_backends[account_id][region]
    assert isinstance(found, StackBackend)
    return found


def _given(parameters: Given, previous: Mapping[str, str]) -> dict[str, str]:
    """Parameters as a mapping, whichever way they come."""
    if parameters is None or isinstance(parameters, Mapping):
        return {name: _joined(value) for name, value in (parameters or {}).items()}
    values: dict[str, str] = {}
    for parameter in parameters:
        name = parameter["ParameterKey"]
        if parameter.get("UsePreviousValue") and name in previous:
            values[name] = previous[name]
        elif "ParameterValue" in parameter:
            values[name] = _joined(parameter["ParameterValue"])
    return values


def _joined(value: Any) -> str:
    return ",".join(map(text_of, value)) if isinstance(value, list) else text_of(value)


def _same(stack: Stack, blueprint: Blueprint) -> bool:
    return stack.blueprint is not None and blueprint.same_as(stack.blueprint)


def _check_updatable(stack: Stack) -> None:
    if stack.status not in _UPDATABLE:
        raise ValidationError(
            message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        )
