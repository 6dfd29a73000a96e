"""Faults on purpose: throttling, lost replies, late visibility and more, between callers and local AWS."""

from __future__ import annotations

from catalog_emulator.faults.faults import Faults
from catalog_emulator.faults.profile import FaultProfile

__all__ = ["FaultProfile", "Faults"]
