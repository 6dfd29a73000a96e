"""moto's Python interface to stack sets, kept for whoever calls it, on our stack sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError

from catalog_emulator.cloudformation.stack_sets.backend import StackSets
from catalog_emulator.cloudformation.stack_sets.model import Operation, Parameters, StackSet
from catalog_emulator.settings import settings


class StackSetBackend:
    """The methods; `stack_sets` does the work. Without an operation id a stack that cannot be made raises."""

    stack_sets: StackSets
    stacksets: dict[str, StackSet]

    def create_stack_set(
        self,
        name: str,
        template: str,
        parameters: Mapping[str, str],
        tags: Mapping[str, str],
        permission_model: str | None = None,
        admin_role: str | None = None,
        exec_role: str | None = None,
        description: str | None = None,
        **more: Any,
    ) -> StackSet:
        """A new stack set."""
        return self.stack_sets.create(
            name,
            template,
            parameters,
            tags,
            permission_model,
            admin_role,
            exec_role,
            description,
            **more,
        )

    def describe_stack_set(self, name: str) -> StackSet:
        """A stack set by id or name."""
        return self.stack_sets.find(name)

    def delete_stack_set(self, name: str) -> None:
        """Deletes a stack set without instances."""
        self.stack_sets.delete(name)

    def list_stack_sets(self) -> Iterable[StackSet]:
        """All of them, the deleted ones too."""
        return self.stacksets.values()

    def create_stack_instances(
        self,
        stackset_name: str,
        accounts: Sequence[str],
        regions: Sequence[str],
        parameters: Parameters,
        deployment_targets: Mapping[str, Any] | None,
        *,
        operation_id: str | None = None,
        preferences: Mapping[str, Any] | None = None,
    ) -> str:
        """Makes stacks; the operation's id."""
        stack_set = self.stack_sets.find(stackset_name)
        operation = self.stack_sets.make(
            stack_set,
            accounts,
            regions,
            parameters,
            deployment_targets,
            operation_id=operation_id,
            preferences=preferences or {},
        )
        if not settings.strict or operation_id is None:
            _raise(stack_set, operation)
        return operation.operation_id

    def delete_stack_instances(
        self, stackset_name: str, accounts: Sequence[str], regions: Sequence[str]
    ) -> StackSet:
        """Deletes stacks."""
        stack_set = self.stack_sets.find(stackset_name)
        self.stack_sets.remove(stack_set, self.stack_sets.chosen(stack_set, accounts, regions))
        return stack_set


def _raise(stack_set: StackSet, operation: Operation) -> None:
    """As in moto: what cannot be started is refused, and has no instance."""
    for result in operation.results:
        if result.error is not None:
            stack_set.stack_instances.remove(result.instance)
            raise CloudFormationError(*result.error)
