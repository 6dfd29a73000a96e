"""Portfolio shares: one action at a time in an account."""

from __future__ import annotations

from collections.abc import Callable

from catalog_emulator.faults.calls import Call
from catalog_emulator.faults.replies import Reply, refused

_ACTIONS = ("CreatePortfolioShare", "DeletePortfolioShare", "UpdatePortfolioShare")


class Shares:
    """Until when a share action runs, by account and Region."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[tuple[str, str], float] = {}

    def refusal(self, seconds: float | None, call: Call) -> Reply | None:
        """InvalidStateException while another action runs; else this one runs from now on."""
        if not seconds or call.service != "servicecatalog" or call.operation not in _ACTIONS:
            return None
        account, now = (call.account_id, call.region), self._clock()
        if self._until.get(account, now) > now:
            return refused(
                call,
                "InvalidStateException",
                "Another portfolio share action is in progress. Try again later.",
            )
        self._until[account] = now + seconds
        return None

    def clear(self) -> None:
        """No action runs."""
        self._until.clear()
