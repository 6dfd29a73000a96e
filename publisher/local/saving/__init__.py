"""The local account in a file: everything that moto holds, as data that no code of a file can hide in."""

from __future__ import annotations

from publisher.local.saving.account import dump, load, save

__all__ = ["dump", "load", "save"]
