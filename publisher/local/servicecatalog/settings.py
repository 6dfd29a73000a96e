"""How the local Service Catalog behaves where that is a matter of choice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(kw_only=True)
class Settings:
    """What can be chosen.

    `strict` refuses what AWS refuses and moto takes, and says what AWS says where moto says something else.
    `authorize` refuses callers whom IAM knows what their policies do not allow. A caller whom IAM does not
    know stays moto's nameless user, who may do everything.
    `share_seconds` is how long an action on a share takes by the `clock`: until then the account can begin no
    other one, and recipients do not see the share.
    """

    strict: bool = True
    authorize: bool = False
    share_seconds: float = 0.0
    clock: Callable[[], float] = time.monotonic


settings = Settings()
