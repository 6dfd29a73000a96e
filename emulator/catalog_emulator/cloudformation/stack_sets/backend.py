"""The stack sets of one account and Region: moto's calls, with stacks that really are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from moto.cloudformation.exceptions import (
    CloudFormationError,
    StackInstanceNotFound,
    StackSetNotEmpty,
    StackSetNotFoundException,
    ValidationError,
)
from moto.cloudformation.utils import generate_stackset_arn, generate_stackset_id

from catalog_emulator.cloudformation.stack_sets.instances import Sites
from catalog_emulator.cloudformation.stack_sets.model import Instance, Operation, Parameters, Result, StackSet
from catalog_emulator.cloudformation.stack_sets.running import Run, Step
from catalog_emulator.cloudformation.stack_sets.targets import (
    Targets,
    accounts_of,
    check_administration,
    check_organization,
)
from catalog_emulator.cloudformation.template.document import load
from catalog_emulator.settings import settings

_ADMINISTRATION = "AWSCloudFormationStackSetAdministrationRole"
_EXECUTION = "AWSCloudFormationStackSetExecutionRole"


class NameAlreadyExists(CloudFormationError):
    """AWS's refusal of a second stack set of the same name."""

    code = "NameAlreadyExistsException"


class OperationNotFound(CloudFormationError):
    """AWS's answer to an operation that is not there."""

    code = "OperationNotFoundException"


class InvalidOperation(CloudFormationError):
    """AWS's refusal of what does not fit the operation's state."""

    code = "InvalidOperationException"


class StackSets:
    """The stack sets; `table` is the one that moto lists."""

    def __init__(
        self,
        account_id: str,
        region: str,
        partition: str,
        table: dict[str, StackSet],
        backends: Callable[[str, str], Any],
    ) -> None:
        self._account_id = account_id
        self._region = region
        self._partition = partition
        self._table = table
        self._sites = Sites(account_id, partition, backends)

    def create(
        self,
        name: str,
        template: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
        permission_model: str | None,
        admin_role: str | None,
        exec_role: str | None,
        description: str | None,
        **more: Any,
    ) -> StackSet:
        """A new stack set; with the token of one that there is, that one."""
        same = next((one for one in self._active() if one.name == name), None)
        if settings.strict and same is not None:
            if same.token is not None and same.token == more.get("token"):
                return same
            raise NameAlreadyExists(f"The name '{name}' is already in use")
        if settings.strict:
            load(template)
            if permission_model == "SERVICE_MANAGED":
                check_organization(self._account_id, self._partition)
        stack_set_id = generate_stackset_id(name)
        default_role = f"arn:{self._partition}:iam::{self._account_id}:role/{_ADMINISTRATION}"
        made = StackSet(
            id=stack_set_id,
            arn=generate_stackset_arn(stack_set_id, self._region, self._account_id),
            name=name,
            template=template,
            description=description,
            parameters=parameters,
            tags=tags,
            permission_model=permission_model or "SELF_MANAGED",
            administration_role_arn=admin_role or default_role,
            execution_role_name=_EXECUTION if exec_role is None else exec_role,
            **more,
        )
        self._table[stack_set_id] = made
        return made

    def find(self, name: str) -> StackSet:
        """A stack set by id or name, unless it is deleted."""
        for one in self._active():
            if name in (one.id, one.name):
                return one
        raise StackSetNotFoundException(name)

    def delete(self, name: str) -> None:
        """Forgets a stack set without instances; moto and AWS go on listing it. One that is gone is gone."""
        try:
            found = self.find(name)
        except StackSetNotFoundException:
            return
        if found.stack_instances:
            raise StackSetNotEmpty()
        found.status = "DELETED"

    def operation(self, stack_set: StackSet, operation_id: str) -> Operation:
        """One of its operations."""
        found = next((one for one in stack_set.operations if one.operation_id == operation_id), None)
        if found is not None:
            return found
        if settings.strict:
            raise OperationNotFound(f"Operation {operation_id} not found")
        raise ValidationError(operation_id)

    def stop(self, stack_set: StackSet, operation_id: str) -> None:
        """Stops an operation after the Region that it is at; moto stops also what is done."""
        found = self.operation(stack_set, operation_id)
        if found.status == "RUNNING":
            found.status = "STOPPING"
        elif settings.strict:
            raise InvalidOperation(
                f"Operation {operation_id} is in {found.status} status and cannot be stopped"
            )
        else:
            found.finish("STOPPED")

    def make(
        self,
        stack_set: StackSet,
        accounts: Sequence[str],
        regions: Sequence[str],
        parameters: Parameters,
        targets: Targets | None,
        **given: Any,
    ) -> Operation:
        """Makes the stacks that are not there yet."""
        found = self._accounts(stack_set, accounts, targets)
        self._check_roles(stack_set)
        made = [
            Instance(
                account_id=account,
                region_name=region,
                parameters=parameters,
                organizational_unit=unit,
                hidden=not settings.strict and stack_set.permission_model == "SERVICE_MANAGED",
            )
            for region in regions
            for account, unit in found.items()
            if stack_set.instances.get_instance(account, region) is None
        ]
        stack_set.stack_instances.extend(made)
        operation = self._operation("CREATE", made, targets=targets, **given)
        return self._run(stack_set, operation, lambda one: self._sites.create(stack_set, one))

    def change(self, stack_set: StackSet, instances: Sequence[Instance], **given: Any) -> Operation:
        """Brings stacks to the stack set's template and parameters."""
        if instances:
            self._check_roles(stack_set)
        operation = self._operation("UPDATE", instances, **given)
        return self._run(stack_set, operation, lambda one: self._sites.update(stack_set, one))

    def remove(self, stack_set: StackSet, instances: Sequence[Instance], **given: Any) -> Operation:
        """Deletes stacks, or lets go of them."""
        if instances:
            self._check_roles(stack_set)
        operation = self._operation("DELETE", instances, **given)

        def forget(result: Result) -> None:
            if result.status == "SUCCEEDED":
                stack_set.stack_instances.remove(result.instance)
            else:
                result.instance.status = "INOPERABLE"

        retain = bool(operation.retain)
        return self._run(
            stack_set, operation, lambda one: self._sites.delete(stack_set, one, retain=retain), forget
        )

    def look(self, stack_set: StackSet, **given: Any) -> Operation:
        """Detects the drift of all its stacks."""
        operation = self._operation("DETECT_DRIFT", stack_set.stack_instances, **given)

        def sum_up() -> None:
            stack_set.drift = self._sites.drift(stack_set, operation)

        return self._run(stack_set, operation, self._sites.detect, finished=sum_up)

    def chosen(
        self,
        stack_set: StackSet,
        accounts: Sequence[str],
        regions: Sequence[str],
        targets: Targets | None = None,
        *,
        all_there: bool = False,
    ) -> list[Instance]:
        """The instances that an operation is for; when all must be there, a missing one is an error."""
        found = self._accounts(stack_set, accounts, targets)
        known = [stack_set.instances.get_instance(account, region) for region in regions for account in found]
        if all_there and None in known:
            raise StackInstanceNotFound()
        return [one for one in known if one is not None]

    def _active(self) -> list[StackSet]:
        return [one for one in self._table.values() if one.status == "ACTIVE"]

    def _accounts(
        self, stack_set: StackSet, accounts: Sequence[str], targets: Targets | None
    ) -> dict[str, str | None]:
        if accounts and not targets and any(one.organizational_unit for one in stack_set.stack_instances):
            # Operations on instances that are there may name their accounts alone.
            return dict.fromkeys(accounts)
        return accounts_of(stack_set, self._account_id, self._partition, accounts, targets)

    def _check_roles(self, stack_set: StackSet) -> None:
        if not settings.strict:
            return
        if stack_set.permission_model == "SERVICE_MANAGED":
            check_organization(self._account_id, self._partition)
        elif stack_set.execution_role_name:
            check_administration(stack_set, self._account_id)

    def _operation(
        self, action: str, instances: Sequence[Instance], *, operation_id: str | None = None, **given: Any
    ) -> Operation:
        results = [Result(instance=one) for one in instances]
        return Operation(operation_id=operation_id or str(uuid4()), action=action, results=results, **given)

    def _run(
        self,
        stack_set: StackSet,
        operation: Operation,
        step: Step,
        settled: Callable[[Result], None] = lambda result: None,
        finished: Callable[[], None] = lambda: None,
    ) -> Operation:
        stack_set.operations.append(operation)
        Run(operation=operation, step=step, settled=settled, finished=finished).start()
        return operation
