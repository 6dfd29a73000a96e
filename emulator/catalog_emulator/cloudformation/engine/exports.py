"""Exports and their imports: names are unique, and an imported export cannot be changed or deleted."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import Export

from catalog_emulator.cloudformation.engine.stack import Stack


class Exports:
    """The exports of one account and Region; moto lists `table`."""

    def __init__(self, table: dict[str, Export], stacks: Mapping[str, Stack]) -> None:
        self._table = table
        self._stacks = stacks

    def imported(self, stack: Stack, name: str) -> str:
        """The value of an export, which the stack imports from now on."""
        if name not in self._table:
            raise ValidationError(message=f"No export named {name} found.")
        stack.imports.add(name)
        return str(self._table[name].value)

    def importing(self, name: str) -> list[str]:
        return sorted(stack.name for stack in self._stacks.values() if name in stack.imports)

    def check_unused(self, stack: Stack, kept: Mapping[str, str] = MappingProxyType({})) -> None:
        """Raise ValidationError when another stack imports an export that is not kept."""
        for export in stack.exports:
            importing = self.importing(export.name)
            if importing and kept.get(export.name) != export.value:
                users = " and ".join(importing)
                raise ValidationError(
                    message=f"Cannot delete export {export.name} as it is in use by {users}."
                )

    def publish(self, stack: Stack, exports: Sequence[Export]) -> None:
        for export in exports:
            taken = self._table.get(export.name)
            if taken is not None and taken.exporting_stack_id != stack.stack_id:
                owner = re.sub(r".*:stack/([^/]+)/.*", r"\1", taken.exporting_stack_id)
                raise ValidationError(
                    message=f"Export with name {export.name} is already exported by stack {owner}."
                )
        self.check_unused(stack, {export.name: export.value for export in exports})
        self.withdraw(stack)
        stack.exports = list(exports)
        self._table.update({export.name: export for export in exports})

    def withdraw(self, stack: Stack) -> None:
        for export in stack.exports:
            self._table.pop(export.name, None)
        stack.exports = []
