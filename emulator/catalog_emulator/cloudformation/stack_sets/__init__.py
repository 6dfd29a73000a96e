"""Stack sets: one template's stacks in several accounts and Regions."""

from __future__ import annotations

from catalog_emulator.cloudformation.stack_sets.backend import StackSets
from catalog_emulator.cloudformation.stack_sets.calls import StackSetBackend

__all__ = ["StackSetBackend", "StackSets"]
