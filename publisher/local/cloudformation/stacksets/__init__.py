"""Stack sets: one template's stacks in several accounts and Regions."""

from __future__ import annotations

from publisher.local.cloudformation.stacksets.backend import StackSets
from publisher.local.cloudformation.stacksets.calls import StackSetBackend

__all__ = ["StackSetBackend", "StackSets"]
