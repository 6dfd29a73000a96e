"""Deliberate faults between clients and the emulator: throttling, lost replies, late visibility and more."""

from catalog_emulator.faults.faults import Faults
from catalog_emulator.faults.profile import FaultProfile

__all__ = ["FaultProfile", "Faults"]
