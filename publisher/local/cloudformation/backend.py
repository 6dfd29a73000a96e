"""moto's CloudFormation backend with our engine inside: same calls, stacks that roll back and replace."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Thread
from typing import Any

from moto.cloudformation import urls
from moto.cloudformation.exceptions import AlreadyExistsException, ValidationError
from moto.cloudformation.models import CloudFormationBackend
from moto.cloudformation.parsing import Export
from moto.cloudformation.utils import generate_stack_id
from moto.core.utils import utcnow
from moto.sns.models import sns_backends

from publisher.local.cloudformation.around import Around
from publisher.local.cloudformation.bench import Bench
from publisher.local.cloudformation.blueprint import Blueprint, Types, draw
from publisher.local.cloudformation.clients import clients
from publisher.local.cloudformation.nested import NestedStack
from publisher.local.cloudformation.operations import Operations
from publisher.local.cloudformation.providers import Providers
from publisher.local.cloudformation.scope import Surroundings, text_of
from publisher.local.cloudformation.stack import STACK_TYPE, Event, Stack

Given = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


@dataclass(kw_only=True)
class Settings:
    """How stacks are worked on.

    `background` returns at once and works in a thread. `strict` refuses what AWS refuses and moto takes: stack
    names, unknown resource attributes, updates that change nothing. `patience` is how many seconds the function
    of a custom resource may take to answer.
    """

    background: bool = False
    strict: bool = False
    patience: float = 60.0


settings = Settings()


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
        self._check_exports(stack, blueprint)
        self.stacks[stack.stack_id] = stack
        stack.set_status("CREATE_IN_PROGRESS", "User Initiated")
        self._run(stack, lambda: self._create(stack, blueprint, on_failure), wait=parent is not None)
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
        if stack.status == "REVIEW_IN_PROGRESS" or not _updatable(stack):
            raise ValidationError(
                message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated."
            )
        blueprint = self.blueprint(stack, template or stack.template, _given(parameters, stack.parameters))
        wanted = None if tags is None else dict(tags)
        assert stack.blueprint is not None
        same = blueprint.same_as(stack.blueprint) and wanted in (None, stack.tags)
        if same and (settings.strict or parameters):
            raise ValidationError(message="No updates are to be performed.")
        stack.token = token
        stack.role_arn = role_arn or stack.role_arn
        if notification_arns is not None:
            stack.notification_arns = list(notification_arns)
        stack.last_updated_time = utcnow()
        stack.set_status("UPDATE_IN_PROGRESS", "User Initiated")
        self._run(
            stack,
            lambda: self._operations(stack).update(blueprint, self.around.check_named, wanted),
            wait=wait,
        )
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
        self._check_unused(stack)
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
            imported=lambda name: self._imported(stack, name),
            dynamic=self.around.dynamic,
            included=self.around.included,
            zones=self.around.zones,
        )
        types = Types(known=self.providers.knows, schema=self.providers.schema)
        return draw(template, given, surroundings, self.around.parameter, types, strict=settings.strict)

    def list_imports(self, export_name: str) -> list[str]:
        """Names of the stacks that import an export."""
        importing = sorted(stack.name for stack in self.stacks.values() if export_name in stack.imports)
        if not importing:
            raise ValidationError(message=f"Export '{export_name}' is not imported by any stack.")
        return importing

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
        self._publish(stack, ())
        stack.imports = set()
        self.deleted_stacks[stack.stack_id] = stack
        self.stacks.pop(stack.stack_id, None)

    def _operations(self, stack: Stack) -> Operations:
        bench = Bench(stack, self.providers, self.clients, self.partition)
        return Operations(stack, bench, self.providers, self._publish)

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

    def _imported(self, stack: Stack, name: str) -> str:
        if name not in self.exports:
            raise ValidationError(message=f"No export named {name} found.")
        stack.imports.add(name)
        return str(self.exports[name].value)

    def _check_exports(self, stack: Stack, blueprint: Blueprint) -> None:
        for output in blueprint.outputs:
            if isinstance(output.export, str):
                self._check_export(stack, output.export)

    def _check_export(self, stack: Stack, name: str) -> None:
        taken = self.exports.get(name)
        if taken is not None and taken.exporting_stack_id != stack.stack_id:
            owner = re.sub(r".*:stack/([^/]+)/.*", r"\1", taken.exporting_stack_id)
            raise ValidationError(message=f"Export with name {name} is already exported by stack {owner}.")

    def _publish(self, stack: Stack, exports: Sequence[Export]) -> None:
        for export in exports:
            self._check_export(stack, export.name)
        for old in stack.exports:
            wanted = next((export for export in exports if export.name == old.name), None)
            if (wanted is None or wanted.value != old.value) and stack.status != "DELETE_COMPLETE":
                self._check_export_unused(old.name)
            self.exports.pop(old.name, None)
        stack.exports = list(exports)
        self.exports.update({export.name: export for export in exports})

    def _check_unused(self, stack: Stack) -> None:
        for export in stack.exports:
            self._check_export_unused(export.name)

    def _check_export_unused(self, name: str) -> None:
        importing = sorted(stack.name for stack in self.stacks.values() if name in stack.imports)
        if importing:
            raise ValidationError(
                message=f"Cannot delete export {name} as it is in use by {' and '.join(importing)}."
            )


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


def _updatable(stack: Stack) -> bool:
    return stack.status in (
        "CREATE_COMPLETE",
        "IMPORT_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    )
