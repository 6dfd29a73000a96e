"""What one identity may do, and AWS's words for what it may not.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog_emulator.iam.patterns import Values
from catalog_emulator.iam.policy import Decision, Policy, Request, decide


class DeniedError(Exception):
    """An action that is not allowed; the text is AWS's message."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a call goes."""

    partition: str
    region: str
    account_id: str


@dataclass(frozen=True, kw_only=True)
class Access:
    """An identity as AWS names it in messages, its policies, and the context that all its requests have.

    `boundary` are the documents of its permissions boundary: what none of them allows is denied.
    """

    arn: str
    policies: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None = None
    context: Values = field(default_factory=dict)

    def check(
        self, action: str, resource: str | None = "*", context: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """Raises DeniedError unless the policies allow the action; a resource of None cannot be told."""
        known = {**self.context, **{key.lower(): values for key, values in (context or {}).items()}}
        why = self._why_not(Request(action=action, resource=resource, context=known))
        if why:
            raise DeniedError(
                f"User: {self.arn} is not authorized to perform: {action} "
                f"on resource: {resource or '*'} {why}"
            )

    def _why_not(self, request: Request) -> str:
        kinds = [("identity-based policy", "an identity-based policy", self.policies)]
        if self.boundary is not None:
            kinds.append(("permissions boundary", "a permissions boundary", self.boundary))
        said = [(decide(policies, request), kind, a_kind) for kind, a_kind, policies in kinds]
        for decision, _, a_kind in said:
            if decision is Decision.EXPLICIT_DENY:
                return f"with an explicit deny in {a_kind}"
        for decision, kind, _ in said:
            if decision is Decision.IMPLICIT_DENY:
                return f"because no {kind} allows the {request.action} action"
        return ""
