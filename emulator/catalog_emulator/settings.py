"""How this AWS behaves where that is a matter of choice, for the whole process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """What can be chosen. The defaults are moto's ways, which its users' tests rely on.

    `strict` is how AWS does where moto does otherwise. It refuses what AWS refuses and moto takes: stack
    names, unknown types and attributes, missing capabilities, updates that change nothing, roles that stack
    sets cannot use, products without a version, shares with nobody, ids that are not there, tokens used again
    for something else. It tells of every event; a resource that fails is the stack's failure, not the
    caller's; and who is subscribed by e-mail has to confirm.

    `background` returns at once from calls that change stacks, and works in a thread. `patience` is how many
    seconds the function of a custom resource may take.

    `authorize` has Service Catalog refuse callers whom IAM knows what their policies do not allow. A caller
    whom IAM does not know stays moto's nameless user, who may do everything.

    `share_seconds` is how long an action on a share takes by the `clock`: until then the account can begin no
    other one, and recipients do not see the share.
    """

    strict: bool = False
    background: bool = False
    patience: float = 60.0
    authorize: bool = False
    share_seconds: float = 0.0
    clock: Callable[[], float] = time.monotonic


settings = Settings()
