"""Identity-based IAM policies, evaluated. Pure; refuses to know whose policies they are.

Principals, resource policies, session and organization policies are outside of it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from catalog_emulator.iam.conditions import Condition, MalformedPolicyError, Null, conditions
from catalog_emulator.iam.patterns import Pattern, Values, translated

__all__ = ["Decision", "MalformedPolicyError", "Policy", "Request", "compiled", "decide"]


class Decision(Enum):
    """What policies say to a request: an explicit deny wins, and what nobody allows is denied."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicitDeny"
    EXPLICIT_DENY = "explicitDeny"


@dataclass(frozen=True, kw_only=True)
class Request:
    """An action on a resource; context keys in small letters, each with its values.

    A resource of "*" is an action that takes none. None is one that cannot be told: a statement for any
    resource then allows, and only one for every resource denies.
    """

    action: str
    resource: str | None = "*"
    context: Values = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; `but` lists (NotAction, NotResource) match what is not in them."""

    allows: bool
    actions: re.Pattern[str]
    but_actions: bool
    resources: tuple[Pattern, ...]
    but_resources: bool
    conditions: tuple[Condition | Null, ...]

    def concerns(self, action: str) -> bool:
        """Whether the statement is about the action."""
        return (self.actions.fullmatch(action) is None) == self.but_actions

    def applies(self, request: Request) -> bool:
        """Whether it is about the request's resource, and its conditions hold."""
        return self._covers(request) and all(each.holds(request.context) for each in self.conditions)

    def _covers(self, request: Request) -> bool:
        resource = request.resource
        if resource is None:
            everything = not self.but_resources and any(one.text == "*" for one in self.resources)
            return self.allows or everything
        found = any(one.like(resource, request.context) for one in self.resources)
        return found != self.but_resources


class Policy:
    """A compiled policy document; remembers which statements are about which action."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._statements = tuple(statements)
        self._concerned: dict[str, tuple[Statement, ...]] = {}

    def decide(self, request: Request) -> Decision:
        """What this document alone says."""
        decision = Decision.IMPLICIT_DENY
        for statement in self._about(request.action):
            if statement.applies(request):
                if not statement.allows:
                    return Decision.EXPLICIT_DENY
                decision = Decision.ALLOWED
        return decision

    def _about(self, action: str) -> tuple[Statement, ...]:
        found = self._concerned.get(action)
        if found is None:
            found = tuple(one for one in self._statements if one.concerns(action))
            self._concerned[action] = found
        return found


def decide(policies: Iterable[Policy], request: Request) -> Decision:
    """What several documents say together."""
    said = {policy.decide(request) for policy in policies}
    if Decision.EXPLICIT_DENY in said:
        return Decision.EXPLICIT_DENY
    return Decision.ALLOWED if Decision.ALLOWED in said else Decision.IMPLICIT_DENY


@lru_cache(maxsize=1024)
def compiled(text: str) -> Policy:
    """The policy of a JSON document, compiled once. Raises MalformedPolicyError."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise MalformedPolicyError("Syntax errors in policy.")
    # Policy variables came with this version: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    variables = document.get("Version") == "2012-10-17"
    return Policy(_statement(one, variables) for one in _listed(document.get("Statement")))


def _statement(element: Mapping[str, Any], variables: bool) -> Statement:
    but_actions, but_resources = "NotAction" in element, "NotResource" in element
    actions = _listed(element.get("NotAction" if but_actions else "Action"))
    resources = _listed(element.get("NotResource" if but_resources else "Resource"))
    return Statement(
        allows=element.get("Effect") == "Allow",
        actions=re.compile("|".join(map(translated, actions)) or r"(?!)", re.IGNORECASE),
        but_actions=but_actions,
        resources=tuple(Pattern(one, variables) for one in resources),
        but_resources=but_resources,
        conditions=tuple(_conditions(element, variables)),
    )


def _conditions(element: Mapping[str, Any], variables: bool) -> Iterator[Condition | Null]:
    return conditions(element.get("Condition") or {}, variables=variables)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
