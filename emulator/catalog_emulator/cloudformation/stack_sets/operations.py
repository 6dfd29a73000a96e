"""The stack sets of one account and Region, and the operations on them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from moto.cloudformation import exceptions
from moto.cloudformation.utils import generate_stackset_arn, generate_stackset_id

from catalog_emulator.cloudformation.stack_sets.instance_stacks import InstanceStacks
from catalog_emulator.cloudformation.stack_sets.model import Instance, Operation, Result, StackSet
from catalog_emulator.cloudformation.stack_sets.operation_run import Run, Step
from catalog_emulator.cloudformation.stack_sets.targets import (
    Targets,
    accounts_of,
    accounts_under,
    check_administration,
    check_organization,
    suspended,
)
from catalog_emulator.cloudformation.template.document import load

_ADMINISTRATION = "AWSCloudFormationStackSetAdministrationRole"
_EXECUTION = "AWSCloudFormationStackSetExecutionRole"


class StackSets:
    """The stack sets of a backend; `backends` gives those of all accounts and Regions."""

    def __init__(self, owner: Any, backends: Callable[[str, str], Any]) -> None:
        # Typed, it would import the backend, which imports this module.
        self._owner = owner
        self._account_id: str = owner.account_id
        self._partition: str = owner.partition
        self._stacks = InstanceStacks(owner.account_id, owner.partition, backends)

    def create(
        self,
        name: str,
        template: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
        *,
        permission_model: str | None = None,
        administration_role_arn: str | None = None,
        execution_role_name: str | None = None,
        token: str | None = None,
        **attributes: Any,
    ) -> StackSet:
        """A new stack set; with the token of an existing one, that one."""
        same = next((one for one in self._active() if one.name == name), None)
        if same is not None:
            if token is not None and same.token == token:
                return same
            raise exceptions.CloudFormationError(
                "NameAlreadyExistsException", f"The name '{name}' is already in use"
            )
        load(template)
        if permission_model == "SERVICE_MANAGED":
            check_organization(self._account_id, self._partition)
        stack_set_id = generate_stackset_id(name)
        default_role = f"arn:{self._partition}:iam::{self._account_id}:role/{_ADMINISTRATION}"
        made = StackSet(
            id=stack_set_id,
            arn=generate_stackset_arn(stack_set_id, self._owner.region_name, self._account_id),
            name=name,
            template=template,
            parameters=parameters,
            tags=tags,
            permission_model=permission_model or "SELF_MANAGED",
            administration_role_arn=administration_role_arn or default_role,
            execution_role_name=_EXECUTION if execution_role_name is None else execution_role_name,
            token=token,
            **attributes,
        )
        self._owner.stacksets[stack_set_id] = made
        return made

    def all(self) -> list[StackSet]:
        """Deleted ones, too."""
        return list(self._owner.stacksets.values())

    def find(self, name: str) -> StackSet:
        for one in self._active():
            if name in (one.id, one.name):
                return one
        raise exceptions.StackSetNotFoundException(name)

    def delete(self, name: str) -> None:
        """Delete a stack set without instances; ListStackSets goes on listing it."""
        try:
            found = self.find(name)
        except exceptions.StackSetNotFoundException:
            return
        if found.instances:
            raise exceptions.StackSetNotEmpty()
        found.status = "DELETED"

    def operation(self, stack_set: StackSet, operation_id: str) -> Operation:
        for one in stack_set.operations:
            if one.operation_id == operation_id:
                return one
        raise exceptions.CloudFormationError(
            "OperationNotFoundException", f"Operation {operation_id} not found"
        )

    def stop(self, stack_set: StackSet, operation_id: str) -> None:
        found = self.operation(stack_set, operation_id)
        if found.status != "RUNNING":
            raise exceptions.CloudFormationError(
                "InvalidOperationException",
                f"Operation {operation_id} is in {found.status} status and cannot be stopped",
            )
        found.status = "STOPPING"

    def create_instances(
        self,
        stack_set: StackSet,
        accounts: Sequence[str],
        regions: Sequence[str],
        *,
        overrides: Mapping[str, str],
        **request: Any,
    ) -> Operation:
        """Makes the instances that are missing, and tries those again that are OUTDATED.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackInstances.html
        """
        found = self._accounts(stack_set, accounts, request.get("deployment_targets"))
        self._check_roles(stack_set)
        units = (request.get("deployment_targets") or {}).get("OrganizationalUnitIds", ())
        named = ((unit, region) for unit in units for region in regions)
        stack_set.units = tuple(dict.fromkeys((*stack_set.units, *named)))
        there = [stack_set.instance(account, region) for region in regions for account in found]
        again = [it for it in there if it is not None and it.status == "OUTDATED"]
        made = [
            Instance(
                stack_set_id=stack_set.id,
                account_id=account,
                region_name=region,
                overrides=overrides,
                organizational_unit_id=unit,
            )
            for region in regions
            for account, unit in found.items()
            if stack_set.instance(account, region) is None
        ]
        stack_set.instances.extend(made)
        operate = partial(self._stacks.update, stack_set)
        return self._run("CREATE", stack_set, [*again, *made], operate, **request)

    def update_instances(
        self, stack_set: StackSet, instances: Sequence[Instance], **request: Any
    ) -> Operation:
        if instances:
            self._check_roles(stack_set)
        return self._run("UPDATE", stack_set, instances, partial(self._stacks.update, stack_set), **request)

    def delete_instances(
        self,
        stack_set: StackSet,
        instances: Sequence[Instance],
        *,
        regions: Sequence[str] = (),
        **request: Any,
    ) -> Operation:
        """Delete instances, and forget units in Regions; with `retain_stacks` in the request stacks stay."""
        targets = request.get("deployment_targets") or {}
        if not targets.get("Accounts"):
            units = targets.get("OrganizationalUnitIds", ())
            stack_set.units = tuple(
                one for one in stack_set.units if one[0] not in units or one[1] not in regions
            )
        if instances:
            self._check_roles(stack_set)

        def forget(result: Result) -> None:
            if result.status == "SUCCEEDED":
                stack_set.instances.remove(result.instance)
            else:
                result.instance.status = "INOPERABLE"

        delete = partial(self._stacks.delete, stack_set, retain=bool(request.get("retain_stacks")))
        return self._run("DELETE", stack_set, instances, delete, on_result=forget, **request)

    def follow(self, account: str) -> None:
        """Deploy to an account that came under the units of stack sets, and delete where it left them.

        Parameters of their own, and filters of accounts, are for those that were there: not documented.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_AutoDeployment.html
        """
        for stack_set in self._active():
            automatic = stack_set.auto_deployment or {}
            if not automatic.get("Enabled"):
                continue
            under = {
                unit: accounts_under(self._account_id, self._partition, [unit]) for unit, _ in stack_set.units
            }
            left = [
                one
                for one in stack_set.instances
                if one.account_id == account
                and account not in under.get(one.organizational_unit_id or "", [account])
            ]
            if left:
                retain = bool(automatic.get("RetainStacksOnAccountRemoval"))
                self.delete_instances(stack_set, left, retain_stacks=retain)
            made = [
                Instance(
                    stack_set_id=stack_set.id,
                    account_id=account,
                    region_name=region,
                    organizational_unit_id=unit,
                )
                for unit, region in stack_set.units
                if account in under[unit] and stack_set.instance(account, region) is None
            ]
            if made:
                stack_set.instances.extend(made)
                self._run("CREATE", stack_set, made, partial(self._stacks.create, stack_set))

    def detect_drift(self, stack_set: StackSet, **request: Any) -> Operation:
        def summarize(operation: Operation) -> None:
            stack_set.drift = self._stacks.drift(stack_set, operation)

        detect = self._stacks.detect_drift
        return self._run("DETECT_DRIFT", stack_set, stack_set.instances, detect, on_end=summarize, **request)

    def instances(
        self,
        stack_set: StackSet,
        accounts: Sequence[str],
        regions: Sequence[str],
        targets: Targets | None = None,
        *,
        all_exist: bool = False,
    ) -> list[Instance]:
        """The instances of accounts or targets in Regions; with `all_exist` a missing one is an error."""
        found = self._accounts(stack_set, accounts, targets)
        known = [stack_set.instance(account, region) for region in regions for account in found]
        if all_exist and None in known:
            raise exceptions.StackInstanceNotFound()
        return [one for one in known if one is not None]

    def _active(self) -> list[StackSet]:
        return [one for one in self.all() if one.status == "ACTIVE"]

    def _accounts(
        self, stack_set: StackSet, accounts: Sequence[str], targets: Targets | None
    ) -> dict[str, str | None]:
        if accounts and not targets and any(one.organizational_unit_id for one in stack_set.instances):
            # Operations on existing instances may name accounts without organizational units.
            return dict.fromkeys(accounts)
        return accounts_of(stack_set, self._account_id, self._partition, accounts, targets)

    def _check_roles(self, stack_set: StackSet) -> None:
        if stack_set.permission_model == "SERVICE_MANAGED":
            check_organization(self._account_id, self._partition)
        elif stack_set.execution_role_name:
            check_administration(stack_set, self._account_id)

    def _run(
        self,
        action: str,
        stack_set: StackSet,
        instances: Sequence[Instance],
        step: Step,
        *,
        on_result: Callable[[Result], None] = lambda result: None,
        on_end: Callable[[Operation], None] = lambda operation: None,
        operation_id: str | None = None,
        **request: Any,
    ) -> Operation:
        results = [Result(instance=one) for one in instances]
        operation = Operation(
            operation_id=operation_id or str(uuid4()), action=action, results=results, **request
        )
        stack_set.operations.append(operation)
        managed = stack_set.permission_model == "SERVICE_MANAGED"
        closed = suspended(self._account_id, self._partition) if managed else ()
        Run(operation=operation, step=step, on_result=on_result, on_end=on_end, suspended=closed).start()
        return operation
