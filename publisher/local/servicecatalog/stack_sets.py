"""Stack sets: one stack in each of several accounts and Regions, for products with a STACKSET constraint.

https://docs.aws.amazon.com/servicecatalog/latest/adminguide/constraints-stackset.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.cloudformation.models import StackInstance, cloudformation_backends
from moto.core.exceptions import ServiceException
from moto.moto_api._internal import mock_random
from werkzeug.exceptions import HTTPException

from publisher.local.servicecatalog.caller import find_role
from publisher.local.servicecatalog.stacks import stack_at

_GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")


@dataclass(frozen=True, kw_only=True)
class Targets:
    """Where a stack set has its stacks, Region after Region; `tolerance` is how many may fail in each.

    Without an execution role none is looked for.
    """

    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    tolerance: int
    admin_role: str
    execution_role: str


@dataclass(frozen=True, kw_only=True)
class Done:
    """What an operation on a stack set touched, and what it could not even start."""

    stack_ids: tuple[str, ...]
    problems: tuple[str, ...]


class StackSets:
    """The stack sets of one account and Region."""

    def __init__(self, account_id: str, region: str, partition: str) -> None:
        self._backend: Any = cloudformation_backends[account_id][region]
        self._partition = partition

    def create(
        self,
        name: str,
        template: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
        targets: Targets,
    ) -> str:
        """A new stack set without stacks; its ARN."""
        made = self._backend.create_stack_set(
            name=name,
            template=template,
            parameters=dict(parameters),
            tags=dict(tags),
            permission_model="SELF_MANAGED",
            admin_role=targets.admin_role,
            exec_role=targets.execution_role,
            description=None,
        )
        return str(made.arn)

    def deploy(self, arn: str, targets: Targets) -> Done:
        """Makes stacks where there are none."""
        stack_set = self._backend.describe_stack_set(_id(arn))

        def run(account: str, region: str) -> str:
            instance = Instance(stack_set, account, region)
            self._instances(arn).append(instance)
            return str(instance.stack.stack_id)

        return self._everywhere(targets, run, lambda account, region: not self._has(arn, account, region))

    def update(
        self,
        arn: str,
        template: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
        targets: Targets,
    ) -> Done:
        """Changes the stack set, and its stacks at the targets."""
        stack_set = self._backend.describe_stack_set(_id(arn))
        stack_set.template = stack_set.instances.template = template
        stack_set.parameters = stack_set.instances.parameters = dict(parameters)
        stack_set.tags = dict(tags)
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]

        def run(account: str, region: str) -> str:
            stack = self._instance(arn, account, region).stack
            if (stack.template, stack.parameters) != (template, dict(parameters)):
                cloudformation_backends[account][region].update_stack(
                    stack.stack_id,
                    template,
                    parameters=given,  # type: ignore[call-arg]
                )
            return str(stack.stack_id)

        return self._everywhere(targets, run, lambda account, region: self._has(arn, account, region))

    def remove(self, arn: str, targets: Targets) -> Done:
        """Deletes the stacks at the targets."""

        def run(account: str, region: str) -> str:
            stack_id = str(self._instance(arn, account, region).stack.stack_id)
            cloudformation_backends[account][region].delete_stack(stack_id)
            return stack_id

        return self._everywhere(targets, run, lambda account, region: self._has(arn, account, region))

    def instances(self, arn: str) -> list[tuple[str, str, str]]:
        """Account, Region and StackInstanceStatus of each stack that is there."""
        found = [(one, stack_at(one.stack.stack_id).status) for one in self._instances(arn)]
        return [
            (one.account_id, one.region_name, "CURRENT" if status in _GOOD else _unsettled(status))
            for one, status in found
            if status != "DELETE_COMPLETE"
        ]

    def tidy(self, arn: str, *, forget: bool) -> None:
        """Drops the instances whose stacks are deleted, or the stack set with all of them."""
        instances = self._instances(arn)
        instances[:] = [
            one
            for one in instances
            if not forget and stack_at(one.stack.stack_id).status != "DELETE_COMPLETE"
        ]
        if forget:
            self._backend.delete_stack_set(_id(arn))

    def _everywhere(
        self, targets: Targets, run: Callable[[str, str], str], wanted: Callable[[str, str], bool]
    ) -> Done:
        stack_ids: list[str] = []
        problems: list[str] = []
        for region in targets.regions:
            failed = 0
            for account in targets.accounts:
                if not wanted(account, region):
                    continue
                problem = self._role_problem(account, targets) if targets.execution_role else None
                try:
                    stack_id = None if problem else run(account, region)
                except (ServiceException, HTTPException) as error:
                    stack_id, problem = None, str(getattr(error, "message", error))
                if stack_id is not None:
                    stack_ids.append(stack_id)
                else:
                    problems.append(f"{account} {region}: {problem}")
                failed += stack_id is None or _failed(stack_at(stack_id).status)
            if failed > targets.tolerance:
                break
        return Done(stack_ids=tuple(stack_ids), problems=tuple(problems))

    def _role_problem(self, account: str, targets: Targets) -> str | None:
        role = f"arn:{self._partition}:iam::{account}:role/{targets.execution_role}"
        if find_role(role, account, self._partition) is None:
            return (
                f"Account {account} should have '{targets.execution_role}' role with trust relationship "
                f"to Role '{targets.admin_role.rsplit('/', 1)[-1]}'."
            )
        return None

    def _instances(self, arn: str) -> list[Any]:
        found: list[Any] = self._backend.describe_stack_set(_id(arn)).instances.stack_instances
        return found

    def _instance(self, arn: str, account: str, region: str) -> Any:
        return next(
            one for one in self._instances(arn) if (one.account_id, one.region_name) == (account, region)
        )

    def _has(self, arn: str, account: str, region: str) -> bool:
        return any((one.account_id, one.region_name) == (account, region) for one in self._instances(arn))


class Instance(StackInstance):
    """A stack of a stack set, named and tagged as AWS does."""

    def __init__(self, stack_set: Any, account_id: str, region: str) -> None:
        self.account_id, self.region_name = account_id, region
        self.stackset_id, self.name = stack_set.id, stack_set.name
        self.stack_name = f"StackSet-{stack_set.name}-{mock_random.uuid4()}"
        self.template = stack_set.template
        self.parameters: list[dict[str, Any]] = []
        self.permission_model = "SELF_MANAGED"
        self.stack: Any = cloudformation_backends[account_id][region].create_stack(
            self.stack_name, stack_set.template, stack_set.parameters, tags=stack_set.tags
        )

    def to_dict(self) -> dict[str, Any]:
        """As CloudFormation lists it."""
        status = self.stack.status
        return {
            "StackId": self.stack.stack_id,
            "StackSetId": self.stackset_id,
            "Region": self.region_name,
            "Account": self.account_id,
            "Status": "CURRENT" if status in _GOOD else _unsettled(status),
            "ParameterOverrides": self.parameters,
            "StackInstanceStatus": {"DetailedStatus": "FAILED" if _failed(status) else "SUCCEEDED"},
        }


def is_stack_set(arn: str) -> bool:
    """Whether it is the ARN of a stack set, and not of a stack."""
    return ":stackset/" in arn


def _id(arn: str) -> str:
    return arn.split(":stackset/", 1)[1]


def _failed(status: str) -> bool:
    return status not in _GOOD and not status.endswith("_IN_PROGRESS")


def _unsettled(status: str) -> str:
    return "INOPERABLE" if status == "DELETE_FAILED" else "OUTDATED"
