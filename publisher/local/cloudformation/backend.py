"""moto's CloudFormation backend with our engine inside: same calls, stacks that roll back and replace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any

from moto.cloudformation import urls
from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.parsing import Export
from moto.cloudformation.utils import generate_changeset_id, generate_stack_id, validate_create_change_set
from moto.core.utils import utcnow
from moto.sns.models import sns_backends

from publisher.local.cloudformation.around import Around
from publisher.local.cloudformation.bench import Bench
from publisher.local.cloudformation.blueprint import Blueprint, Types, draw
from publisher.local.cloudformation.changesets import (
    NO_CHANGES,
    ChangeSet,
    ChangeSetNotFound,
    add,
    check_executable,
    find,
)
from publisher.local.cloudformation.clients import clients
from publisher.local.cloudformation.exports import Exports
from publisher.local.cloudformation.foresight import changes
from publisher.local.cloudformation.nested import NestedStack
from publisher.local.cloudformation.operations import Operations
from publisher.local.cloudformation.providers import Providers
from publisher.local.cloudformation.scope import Surroundings, text_of
from publisher.local.cloudformation.stack import STACK_TYPE, Event, Stack

Given = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


@dataclass(kw_only=True)
class Settings:
    """How stacks are worked on.

    `background` returns at once and works in a thread. `strict` refuses what AWS refuses and moto takes:
    stack names, unknown resource attributes, updates that change nothing. `patience` is how many seconds
    the function of a custom resource may take to answer.
    """

    background: bool = False
    strict: bool = False
    patience: float = 60.0


settings = Settings()
_UPDATABLE = (
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
)


# moto's types would have every stack be moto's own.
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
        self.clients = clients(account_id, region_name)
        self.around = Around(account_id, self.partition, self.clients)
        self.providers = Providers(region_name, {STACK_TYPE: NestedStack(backend=self)}, settings.patience)

    @property
    def _url_module(self) -> Any:
        return urls

    def reset(self) -> None:
        """Back to nothing; operations under way stop at their next resource."""
        for stack in list(self.stacks.values()):
            stack.cancelled = True
        super().reset()

    @property
    def _exported(self) -> Exports:
        return Exports(self.exports, self.stacks)

    def get_stack(self, name_or_stack_id: str) -> Stack:
        """A stack by name or id; deleted ones by id only."""
        stack: Stack = super().get_stack(name_or_stack_id)
        return stack

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
    ) -> Stack:
        """Checks all that can be refused up front, then makes the stack."""
        taken = self._by_name(name)
        if taken is not None and taken.status != "REVIEW_IN_PROGRESS":
            raise AlreadyExistsException(f"Stack [{name}] already exists")
        stack = self._new_stack(
            name,
            notification_arns=notification_arns or (),
            tags=tags,
            role_arn=role_arn,
            enable_termination_protection=bool(enable_termination_protection),
            timeout_in_minutes=timeout_in_mins,
            policy=stack_policy_body or "",
        )
        stack.token = token
        stack.disable_rollback = on_failure == "DO_NOTHING"
        if parent is not None:
            stack.parent_id, stack.root_id = parent.stack_id, parent.root_id or parent.stack_id
        blueprint = self.blueprint(stack, template, _given(parameters, {}))
        self._exported.check_free(stack, blueprint)
        self.stacks[stack.stack_id] = stack
        self._start_creation(stack, blueprint, on_failure, wait=parent is not None)
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
        blueprint = self.blueprint(stack, template or stack.template, _given(parameters, stack.parameters))
        wanted = None if tags is None else dict(tags)
        same = (
            stack.blueprint is not None
            and blueprint.same_as(stack.blueprint)
            and wanted in (None, stack.tags)
        )
        if same and (settings.strict or parameters):
            raise ValidationError(message="No updates are to be performed.")
        stack.token = token
        stack.role_arn = role_arn or stack.role_arn
        if notification_arns is not None:
            stack.notification_arns = list(notification_arns)
        self._start_update(stack, blueprint, wanted, wait=wait)
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
        if stack is None:
            return
        if stack.enable_termination_protection:
            raise ValidationError(
                message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        self._exported.check_unused(stack)
        if stack.status == "DELETE_IN_PROGRESS":
            return
        creating = stack.busy
        stack.cancelled, stack.token = True, token
        if not creating:
            stack.set_status("DELETE_IN_PROGRESS", "User Initiated")
        self._run(stack, lambda: self._delete(stack, retained), wait=wait)

    def blueprint(self, stack: Stack, template: str, given: Mapping[str, str]) -> Blueprint:
        """What a launch of the template with these parameters wants."""
        surroundings = Surroundings(
            account_id=self.account_id,
            region=self.region_name,
            partition=self.partition,
            stack_id=stack.stack_id,
            stack_name=stack.name,
            notification_arns=tuple(stack.notification_arns),
            imported=lambda name: self._exported.imported(stack, name),
            dynamic=self.around.dynamic,
            included=self.around.included,
            zones=self.around.zones,
        )
        types = Types(known=self.providers.knows, schema=self.providers.schema)
        return draw(template, given, surroundings, self.around.parameter, types, strict=settings.strict)

    def list_imports(self, export_name: str) -> list[str]:
        """Names of the stacks that import an export."""
        importing = self._exported.importing(export_name)
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
        stack = self._stack_to_change(stack_name, change_set_type, notification_arns, tags, role_arn)
        blueprint = self.blueprint(stack, template or stack.template, _given(parameters, stack.parameters))
        change_set = ChangeSet(
            change_set_id=generate_changeset_id(change_set_name, self.region_name, self.account_id),
            change_set_name=change_set_name,
            change_set_type=change_set_type,
            stack=stack,
            blueprint=blueprint,
            changes=changes(stack, blueprint, self._bench(stack), stack.tags if tags is None else tags),
            given_tags=tags,
            role_arn=role_arn,
            description=description,
            notification_arns=notification_arns or (),
        )
        same = stack.blueprint is not None and blueprint.same_as(stack.blueprint)
        if same and not change_set.changes:
            change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
            change_set.status_reason = NO_CHANGES
        add(self.change_sets, change_set)
        self.stacks[stack.stack_id] = stack
        return change_set.change_set_id, stack.stack_id

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
        found.execution_status = "EXECUTE_COMPLETE"
        stack.change_set_id = found.change_set_id
        if stack.blueprint is None:
            self._start_creation(stack, found.blueprint, "ROLLBACK")
            return
        _check_updatable(stack)
        tags = None if found.given_tags is None else dict(found.given_tags)
        self._start_update(stack, found.blueprint, tags)

    def _stack_to_change(
        self,
        name: str,
        change_set_type: str,
        notification_arns: Sequence[str] | None,
        tags: Mapping[str, str] | None,
        role_arn: str | None,
    ) -> Stack:
        known = self.stacks.get(name) or self._by_name(name)
        if change_set_type == "UPDATE":
            if known is None:
                raise ValidationError(message=f"Stack [{name}] does not exist")
            _check_updatable(known)
            return known
        if known is not None and known.status != "REVIEW_IN_PROGRESS":
            raise ValidationError(
                message=f"Stack [{name}] already exists and cannot be created again with the changeSet."
            )
        if known is not None:
            return known
        stack = self._new_stack(name, notification_arns=notification_arns or (), tags=tags, role_arn=role_arn)
        stack.set_status("REVIEW_IN_PROGRESS", "User Initiated")
        return stack

    def _start_creation(
        self, stack: Stack, blueprint: Blueprint, on_failure: str, *, wait: bool = False
    ) -> None:
        stack.set_status("CREATE_IN_PROGRESS", "User Initiated")
        self._run(stack, lambda: self._create(stack, blueprint, on_failure), wait=wait)

    def _start_update(
        self, stack: Stack, blueprint: Blueprint, tags: dict[str, str] | None, *, wait: bool = False
    ) -> None:
        stack.last_updated_time = utcnow()
        stack.set_status("UPDATE_IN_PROGRESS", "User Initiated")
        update = self._operations(stack).update
        self._run(stack, lambda: update(blueprint, self.around.check_named, tags), wait=wait)

    def _create(self, stack: Stack, blueprint: Blueprint, on_failure: str) -> None:
        self._operations(stack).create(blueprint, self.around.check_named, on_failure)
        if stack.status == "DELETE_COMPLETE":
            self._bury(stack)

    def _delete(self, stack: Stack, retained: Sequence[str]) -> None:
        if stack.status != "DELETE_IN_PROGRESS":
            stack.set_status("DELETE_IN_PROGRESS", "User Initiated")
        if self._operations(stack).delete(retained):
            self._bury(stack)
        stack.cancelled = False

    def _bury(self, stack: Stack) -> None:
        self._exported.withdraw(stack)
        stack.imports = set()
        self.deleted_stacks[stack.stack_id] = stack
        self.stacks.pop(stack.stack_id, None)

    def _operations(self, stack: Stack) -> Operations:
        return Operations(stack, self._bench(stack), self.providers, self._exported.publish)

    def _bench(self, stack: Stack) -> Bench:
        return Bench(stack, self.providers, self.clients, self.partition)

    def _run(self, stack: Stack, work: Any, *, wait: bool) -> None:
        def locked() -> None:
            with stack.lock:
                work()

        if wait or not settings.background:
            locked()
        else:
            Thread(target=locked, name=f"stack {stack.name}", daemon=True).start()

    def _new_stack(self, name: str, **attributes: Any) -> Stack:
        known = self._by_name(name)
        if known is not None:
            del self.stacks[known.stack_id]
        return Stack(
            stack_id=known.stack_id if known else generate_stack_id(name, self.region_name, self.account_id),
            name=name,
            account_id=self.account_id,
            region_name=self.region_name,
            notify=self._notify(name),
            **attributes,
        )

    def _notify(self, name: str) -> Any:
        def notify(event: Event) -> None:
            stack = self.stacks.get(event.stack_id)
            for arn in stack.notification_arns if stack else ():
                region = arn.split(":")[3]
                sns_backends[arn.split(":")[4]][region].publish(
                    event.message(self.account_id), subject="AWS CloudFormation Notification", arn=arn
                )

        return notify

    def _by_name(self, name: str) -> Stack | None:
        return next((stack for stack in self.stacks.values() if stack.name == name), None)


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


def _check_updatable(stack: Stack) -> None:
    if stack.status not in _UPDATABLE:
        raise ValidationError(
            message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
        )
