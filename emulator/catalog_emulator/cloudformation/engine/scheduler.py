"""Starts and runs operations on the stacks of one account and Region, one at a time on each stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import Export
from moto.cloudformation.utils import generate_stack_id
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.sns.models import sns_backends

from catalog_emulator.cloudformation.engine.change_preview import Change, changes
from catalog_emulator.cloudformation.engine.drift import Drift
from catalog_emulator.cloudformation.engine.environment import Around
from catalog_emulator.cloudformation.engine.exports import Exports
from catalog_emulator.cloudformation.engine.permissions import (
    Permissions,
    check_assumable,
    is_launch,
    session_of,
)
from catalog_emulator.cloudformation.engine.resource_steps import ResourceSteps
from catalog_emulator.cloudformation.engine.stack import PAUSE, Event, Stack, StackResource
from catalog_emulator.cloudformation.engine.stack_operations import Operations
from catalog_emulator.cloudformation.resources.moto_models import CUSTOM
from catalog_emulator.cloudformation.resources.providers import Providers
from catalog_emulator.cloudformation.template.blueprint import Blueprint, Types, draw
from catalog_emulator.cloudformation.template.scope import Environment
from catalog_emulator.settings import settings


class Scheduler:
    """The operations; `stacks`, `deleted` and `exports` are the tables that moto's calls read."""

    def __init__(
        self,
        *,
        account_id: str,
        region: str,
        partition: str,
        providers: Providers,
        clients: Callable[[str], Any],
        stacks: dict[str, Stack],
        deleted: dict[str, Stack],
        exports: dict[str, Export],
    ) -> None:
        self.around = Around(account_id, partition, clients)
        self.exports = Exports(exports, stacks)
        self._account_id = account_id
        self._region = region
        self._partition = partition
        self._providers = providers
        self._clients = clients
        self._stacks = stacks
        self._deleted = deleted

    @property
    def types(self) -> Types:
        """What a template may use: in moto anything, which it warns of when it comes to it."""
        known = self._providers.knows if settings.strict else lambda type_name: True
        return Types(known=known, has_attribute=self._providers.has_attribute)

    def new_stack(self, name: str, *, stack_id: str | None = None, **attributes: Any) -> Stack:
        """A stack that nobody knows yet."""
        return Stack(
            stack_id=stack_id or generate_stack_id(name, self._region, self._account_id),
            name=name,
            account_id=self._account_id,
            region_name=self._region,
            notify=notify,
            **{"session": session_of(attributes.get("tags"), strict=settings.strict), **attributes},
        )

    def admit(self, stack: Stack, action: str, tags: Mapping[str, str], role_arn: str | None = None) -> None:
        """Raises ValidationError when the stack's role (or its new one) cannot even begin."""
        arn = role_arn or stack.role_arn
        permissions = Permissions.of(stack, arn)
        if arn is None or permissions is None:
            return
        check_assumable(arn, stack.session)
        if is_launch(stack.session):
            permissions.admit(f"cloudformation:{action}", stack, tags)

    def blueprint(
        self, stack: Stack, template: str, given: Mapping[str, str], role_arn: str | None = None
    ) -> Blueprint:
        """What a launch of the template with these parameters wants, looked up as the stack's (new) role."""
        environment = self.environment(stack, role_arn)
        types = self.types
        fetch = self._around(stack, role_arn).parameter
        return draw(template, given, environment, fetch, types, strict=settings.strict)

    def environment(self, stack: Stack, role_arn: str | None = None) -> Environment:
        """The stack's place, and what it sees as its (new) role."""
        around = self._around(stack, role_arn)
        return Environment(
            account_id=self._account_id,
            region=self._region,
            partition=self._partition,
            stack_id=stack.stack_id,
            stack_name=stack.name,
            notification_arns=tuple(stack.notification_arns),
            imported=lambda name: self.exports.imported(stack, name),
            dynamic=around.dynamic,
            included=around.included,
            zones=around.zones,
            output=self._output,
        )

    def changes(
        self, stack: Stack, blueprint: Blueprint, tags: Mapping[str, str] | None
    ) -> tuple[Change, ...]:
        """What the blueprint would change in the stack."""
        return changes(stack, blueprint, self._bench(stack), stack.tags if tags is None else tags)

    def create(
        self, stack: Stack, blueprint: Blueprint, on_failure: str = "ROLLBACK", *, wait: bool = False
    ) -> None:
        """Makes the stack."""
        self._stacks[stack.stack_id] = stack
        stack.asks_others = _asks_others(blueprint)
        stack.set_status("CREATE_IN_PROGRESS", "User Initiated")
        self._run(stack, lambda: self._create(stack, blueprint, on_failure), wait)

    def update(
        self, stack: Stack, blueprint: Blueprint, tags: Mapping[str, str] | None, *, wait: bool = False
    ) -> None:
        """Changes the stack; tags of None stay as they are."""
        stack.last_updated_time = utcnow()
        stack.asks_others = _asks_others(blueprint)
        stack.set_status("UPDATE_IN_PROGRESS", "User Initiated")
        wanted = None if tags is None else dict(tags)
        operations = self._operations(stack)
        self._run(stack, lambda: operations.update(blueprint, self._checks(stack), wanted), wait)

    def delete(self, stack: Stack, retained: Sequence[str], *, wait: bool = False) -> None:
        """Deletes the stack, after stopping what runs on it."""
        if stack.busy:
            stack.cancelled = True
        else:
            stack.set_status("DELETE_IN_PROGRESS", "User Initiated")
        self._run(stack, lambda: self._delete(stack, retained), wait)

    def aside(self, stack: Stack, work: Callable[[], None], *, wait: bool) -> None:
        """Does something on the stack that is no operation of its own."""
        self._run(stack, work, wait)

    def drift(self, stack: Stack, resource: StackResource) -> Drift:
        """What one of its resources is, beside what it should be."""
        return self._bench(stack).drift(resource)

    def _output(self, stack_name: str, output_name: str, region: str) -> str:
        stack: Any = cloudformation_backends[self._account_id][region].get_stack(stack_name)
        for output in stack.outputs:
            if output["OutputKey"] == output_name:
                return str(output["OutputValue"])
        raise ValidationError(message=f"Output {output_name} of stack {stack_name} does not exist")

    def _create(self, stack: Stack, blueprint: Blueprint, on_failure: str) -> None:
        self._operations(stack).create(blueprint, self._checks(stack), on_failure)
        if stack.status == "DELETE_COMPLETE":
            self._bury(stack)

    def _delete(self, stack: Stack, retained: Sequence[str]) -> None:
        stack.cancelled = False
        if stack.status != "DELETE_IN_PROGRESS":
            stack.set_status("DELETE_IN_PROGRESS", "User Initiated")
        if self._operations(stack).delete(retained):
            self._bury(stack)

    def _bury(self, stack: Stack) -> None:
        self.exports.withdraw(stack)
        stack.imports = set()
        self._deleted[stack.stack_id] = stack
        self._stacks.pop(stack.stack_id, None)

    def _bench(self, stack: Stack) -> ResourceSteps:
        return ResourceSteps(stack, self._providers, self._clients, self._partition, Permissions.of(stack))

    def _around(self, stack: Stack, role_arn: str | None = None) -> Around:
        permissions = Permissions.of(stack, role_arn)
        if permissions is None:
            return self.around
        return Around(self._account_id, self._partition, permissions.around(self._clients))

    def _checks(self, stack: Stack) -> Callable[[Blueprint], None]:
        """What is looked up once a stack begins; moto looks up nothing."""
        return self._around(stack).check_named if settings.strict else lambda blueprint: None

    def _operations(self, stack: Stack) -> Operations:
        return Operations(stack, self._bench(stack), self._providers, self.exports.publish)

    def _run(self, stack: Stack, work: Callable[[], None], wait: bool) -> None:
        def alone() -> None:
            with stack.lock:
                work()

        if wait:
            alone()
            return
        thread = Thread(target=alone, name=f"stack {stack.name}", daemon=True)
        if settings.background:
            thread.start()
        elif stack.asks_others:
            # Whoever answers may be the caller, in its next call.
            thread.start()
            while thread.is_alive() and not stack.awaits_answer:
                thread.join(PAUSE)
        else:
            alone()


def _asks_others(blueprint: Blueprint) -> bool:
    return any(definition.type_name.startswith(CUSTOM) for definition in blueprint.definitions.values())


def notify(stack: Stack, event: Event) -> None:
    """Tells an event to the stack's notification topics; one that is gone is passed over.

    moto tells of the stack alone, AWS of its resources too.
    """
    if not settings.strict and event.physical_resource_id != stack.stack_id:
        return
    for arn in stack.notification_arns:
        _, _, _, region, account_id, _ = arn.split(":", 5)
        try:
            sns_backends[account_id][region].publish(
                event.message(stack.account_id), subject="AWS CloudFormation Notification", arn=arn
            )
        except ServiceException:
            continue
