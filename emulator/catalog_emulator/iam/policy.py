"""Evaluates identity-based IAM policies. Pure; does not know whose policies they are.

Principals, resource policies, session and organization policies are out of scope.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from catalog_emulator.iam.conditions import Condition, MalformedPolicyError, Null, conditions
from catalog_emulator.iam.patterns import Pattern, Values, as_list, wildcards
from catalog_emulator.wildcards import Wildcards

__all__ = ["Decision", "MalformedPolicyError", "Policy", "Request", "compiled", "decide"]


class Decision(Enum):
    """The result for a request: an explicit deny wins, and what no policy allows is denied."""

    ALLOWED = "allowed"
    IMPLICIT_DENY = "implicitDeny"
    EXPLICIT_DENY = "explicitDeny"


@dataclass(frozen=True, kw_only=True)
class Request:
    """An action on a resource; context keys are lowercase, each with its values.

    The resource is "*" for an action that takes none. None is an unknown resource: a statement for any
    resource then allows, and only one for every resource denies.
    """

    action: str
    resource: str | None = "*"
    context: Values = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement; with `not_actions` and `not_resources` the lists match what is not in them."""

    allows: bool
    actions: tuple[Wildcards, ...]
    not_actions: bool
    resources: tuple[Pattern, ...]
    not_resources: bool
    conditions: tuple[Condition | Null, ...]

    def matches_action(self, action: str) -> bool:
        found = any(one.match(action.lower()) for one in self.actions)
        return found != self.not_actions

    def applies(self, request: Request) -> bool:
        """Whether it covers the request's resource, and its conditions hold."""
        return self._covers(request) and all(each.holds(request.context) for each in self.conditions)

    def _covers(self, request: Request) -> bool:
        resource = request.resource
        if resource is None:
            everything = not self.not_resources and any(one.text == "*" for one in self.resources)
            return self.allows or everything
        found = any(one.like(resource, request.context) for one in self.resources)
        return found != self.not_resources


class Policy:
    """A compiled policy document; caches the statements that cover an action."""

    def __init__(self, statements: Iterable[Statement]) -> None:
        self._statements = tuple(statements)
        self._by_action: dict[str, tuple[Statement, ...]] = {}

    def decide(self, request: Request) -> Decision:
        decision = Decision.IMPLICIT_DENY
        for statement in self._statements_for(request.action):
            if statement.applies(request):
                if not statement.allows:
                    return Decision.EXPLICIT_DENY
                decision = Decision.ALLOWED
        return decision

    def missing(self, request: Request) -> Iterator[str]:
        """The condition keys of statements for the request's action that its context does not have."""
        for statement in self._statements_for(request.action):
            yield from (one.key for one in statement.conditions if one.key not in request.context)

    def _statements_for(self, action: str) -> tuple[Statement, ...]:
        found = self._by_action.get(action)
        if found is None:
            found = tuple(one for one in self._statements if one.matches_action(action))
            self._by_action[action] = found
        return found


def decide(policies: Iterable[Policy], request: Request) -> Decision:
    """The result of several documents together."""
    decisions = {policy.decide(request) for policy in policies}
    by_precedence = (Decision.EXPLICIT_DENY, Decision.ALLOWED)
    return next((one for one in by_precedence if one in decisions), Decision.IMPLICIT_DENY)


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
    return Policy(_statement(one, variables) for one in as_list(document.get("Statement")))


def _statement(element: Mapping[str, Any], variables: bool) -> Statement:
    not_actions, not_resources = "NotAction" in element, "NotResource" in element
    actions = as_list(element.get("NotAction" if not_actions else "Action"))
    resources = as_list(element.get("NotResource" if not_resources else "Resource"))
    return Statement(
        allows=element.get("Effect") == "Allow",
        actions=tuple(wildcards(one.lower()) for one in actions),
        not_actions=not_actions,
        resources=tuple(Pattern(one, variables) for one in resources),
        not_resources=not_resources,
        conditions=tuple(conditions(element.get("Condition") or {}, variables=variables)),
    )
