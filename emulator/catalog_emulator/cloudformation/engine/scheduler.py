"""Runs the operations on the stacks of one account and Region, one at a time on each stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.utils import generate_stack_id
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.sns.models import sns_backends

from catalog_emulator.acting import acting, acting_as
from catalog_emulator.cloudformation.engine.account_lookups import AccountLookups
from catalog_emulator.cloudformation.engine.early_validation import refuse_invalid
from catalog_emulator.cloudformation.engine.exports import Exports
from catalog_emulator.cloudformation.engine.permissions import (
    Permissions,
    check_assumable,
    is_launch,
    session_of,
)
from catalog_emulator.cloudformation.engine.resource_steps import ResourceSteps
from catalog_emulator.cloudformation.engine.stack import PAUSE, Event, Stack
from catalog_emulator.cloudformation.engine.stack_operations import StackOperations
from catalog_emulator.cloudformation.resources.clients import clients
from catalog_emulator.cloudformation.resources.custom_resources import CUSTOM
from catalog_emulator.cloudformation.template.blueprint import Blueprint, build_blueprint
from catalog_emulator.cloudformation.template.scope import Environment
from catalog_emulator.iam import session_arn
from catalog_emulator.settings import settings

if TYPE_CHECKING:
    from catalog_emulator.cloudformation.engine.backend import StackBackend


class Scheduler:
    """Starts operations on the stacks of a backend."""

    def __init__(self, backend: StackBackend) -> None:
        self._backend = backend
        self._clients = clients(backend.account_id, backend.region_name)
        self.lookups = AccountLookups(backend.account_id, self._clients)
        self.exports = Exports(backend.exports, backend.stacks)

    def new_stack(
        self,
        name: str,
        *,
        stack_id: str | None = None,
        tags: Mapping[str, str] | None = None,
        **attributes: Any,
    ) -> Stack:
        return Stack(
            stack_id=stack_id or generate_stack_id(name, self._backend.region_name, self._backend.account_id),
            name=name,
            account_id=self._backend.account_id,
            region_name=self._backend.region_name,
            notify=notify,
            tags=dict(tags or {}),
            **{"session": session_of(tags), **attributes},
        )

    def check_role(
        self,
        stack: Stack,
        action: str,
        tags: Mapping[str, str],
        role_arn: str | None = None,
        *,
        keeps_template: bool = False,
    ) -> None:
        """Raise ValidationError when the stack's (new) role, or principal, cannot start the operation."""
        arn = role_arn or stack.role_arn
        permissions = Permissions.of(stack, arn)
        if arn:
            check_assumable(arn, stack.session)
        if permissions is not None and is_launch(stack.session):
            permissions.check_start(f"cloudformation:{action}", stack, tags, keeps_template=keeps_template)

    def blueprint(
        self, stack: Stack, template: str, parameters: Mapping[str, str], role_arn: str | None = None
    ) -> Blueprint:
        """The blueprint of a template with these parameters, looked up as the stack's (new) role."""
        environment = self.environment(stack, role_arn)
        fetch = self._lookups(stack, role_arn).parameter
        return build_blueprint(template, parameters, environment, fetch, self._backend.providers)

    def environment(self, stack: Stack, role_arn: str | None = None) -> Environment:
        lookups = self._lookups(stack, role_arn)
        return Environment(
            account_id=self._backend.account_id,
            region=self._backend.region_name,
            partition=self._backend.partition,
            stack_id=stack.stack_id,
            stack_name=stack.name,
            notification_arns=tuple(stack.notification_arns),
            imported=lambda name: self.exports.imported(stack, name),
            dynamic=lookups.dynamic,
            included=lookups.included,
            zones=lookups.zones,
            output=self._output,
        )

    def create(
        self,
        stack: Stack,
        blueprint: Blueprint,
        on_failure: str = "ROLLBACK",
        *,
        wait: bool = False,
        validates: bool = False,
    ) -> None:
        self._backend.stacks[stack.stack_id] = stack
        stack.has_custom_resources = _has_custom_resources(blueprint)
        stack.set_status("CREATE_IN_PROGRESS", "User Initiated")
        check = self._check(stack, stack.tags, validates)
        self.run(stack, lambda: self._create(stack, blueprint, check, on_failure), wait)

    def update(
        self,
        stack: Stack,
        blueprint: Blueprint,
        tags: Mapping[str, str] | None,
        *,
        wait: bool = False,
        validates: bool = False,
        **options: bool,
    ) -> None:
        """Start updating the stack; tags of None stay. The options are those of StackOperations.update."""
        stack.last_updated_time = utcnow()
        stack.has_custom_resources = _has_custom_resources(blueprint)
        stack.set_status("UPDATE_IN_PROGRESS", "User Initiated")
        new_tags = None if tags is None else dict(tags)
        check = self._check(stack, stack.tags if new_tags is None else new_tags, validates)

        def update() -> None:
            self._operations(stack).update(blueprint, check, new_tags, **options)

        self.run(stack, update, wait)

    def roll_back(self, stack: Stack, skipped: frozenset[str] | None = None, *, wait: bool = False) -> None:
        """Start undoing the update that failed, or the rest of it, but for what is skipped."""
        assert stack.unfinished is not None
        stack.unfinished.skipped = skipped
        reason = "User Initiated"
        stack.set_status("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        self.run(stack, lambda: self._operations(stack).roll_back(reason), wait)

    def delete(self, stack: Stack, retained: Sequence[str], *, wait: bool = False) -> None:
        """Start deleting the stack; an operation that is running stops first."""
        if stack.busy:
            stack.cancelled = True
        else:
            stack.set_status("DELETE_IN_PROGRESS", "User Initiated")
        self.run(stack, lambda: self._delete(stack, retained), wait)

    def _output(self, stack_name: str, output_name: str, region: str) -> str:
        stack: Any = cloudformation_backends[self._backend.account_id][region].get_stack(stack_name)
        for output in stack.outputs:
            if output["OutputKey"] == output_name:
                return str(output["OutputValue"])
        raise ValidationError(message=f"Output {output_name} of stack {stack_name} does not exist")

    def _check(self, stack: Stack, tags: Mapping[str, str], validates: bool) -> Callable[[Blueprint], None]:
        def check(blueprint: Blueprint) -> None:
            self._lookups(stack).check_named(blueprint)
            if validates:
                refuse_invalid(stack, blueprint, self.steps(stack), tags)

        return check

    def _create(
        self, stack: Stack, blueprint: Blueprint, check: Callable[[Blueprint], None], on_failure: str
    ) -> None:
        self._operations(stack).create(blueprint, check, on_failure)
        if stack.status == "DELETE_COMPLETE":
            self._archive(stack)

    def _delete(self, stack: Stack, retained: Sequence[str]) -> None:
        stack.cancelled = False
        if stack.status != "DELETE_IN_PROGRESS":
            stack.set_status("DELETE_IN_PROGRESS", "User Initiated")
        if self._operations(stack).delete(retained):
            self._archive(stack)

    def _archive(self, stack: Stack) -> None:
        self.exports.withdraw(stack)
        stack.imports = set()
        self._backend.deleted_stacks[stack.stack_id] = stack
        self._backend.stacks.pop(stack.stack_id, None)

    def steps(self, stack: Stack) -> ResourceSteps:
        return ResourceSteps(
            stack, self._backend.providers, self._clients, self._backend.partition, Permissions.of(stack)
        )

    def _lookups(self, stack: Stack, role_arn: str | None = None) -> AccountLookups:
        permissions = Permissions.of(stack, role_arn)
        if permissions is None:
            return self.lookups
        return AccountLookups(self._backend.account_id, permissions.lookup_clients(self._clients))

    def _operations(self, stack: Stack) -> StackOperations:
        return StackOperations(stack, self.steps(stack), self.exports.publish)

    def run(self, stack: Stack, task: Callable[[], None], wait: bool) -> None:
        principal = session_arn(stack.role_arn, stack.session) if stack.role_arn else acting("")

        def locked() -> None:
            with stack.lock, acting_as(principal):
                task()

        thread = Thread(target=locked, name=f"stack {stack.name}", daemon=True)
        if not wait and settings.background:
            thread.start()
        elif not wait and stack.has_custom_resources:
            # The answer may come from the caller, in its next call.
            thread.start()
            while thread.is_alive() and not stack.awaits_answer:
                thread.join(PAUSE)
        else:
            locked()


def _has_custom_resources(blueprint: Blueprint) -> bool:
    return any(definition.type_name.startswith(CUSTOM) for definition in blueprint.definitions.values())


def notify(stack: Stack, event: Event) -> None:
    """Publish an event to the stack's notification topics; a topic that is gone is ignored."""
    for arn in stack.notification_arns:
        _, _, _, region, account_id, _ = arn.split(":", 5)
        try:
            sns_backends[account_id][region].publish(
                event.message(stack.account_id), subject="AWS CloudFormation Notification", arn=arn
            )
        except ServiceException:
            continue
