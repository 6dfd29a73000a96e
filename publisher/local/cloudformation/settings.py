"""How the stack engine works, for the whole process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """How stacks are worked on.

    `background` returns at once and works in a thread. `strict` is how AWS does where moto does otherwise:
    it refuses stack names, unknown types and attributes, missing capabilities, updates that change nothing,
    roles that stack sets cannot use; it tells of every event; and a resource that fails is the stack's
    failure, not the caller's. `patience` is how many seconds the function of a custom resource may take.
    """

    background: bool = False
    strict: bool = False
    patience: float = 60.0


settings = Settings()
