"""What one identity may do, and AWS's messages for what it may not.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog_emulator.iam.patterns import Values
from catalog_emulator.iam.policy import Decision, Policy, Request, decide
from catalog_emulator.settings import settings


class DeniedError(Exception):
    """An action that is not allowed, with AWS's message."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account and Region of a call."""

    partition: str
    region: str
    account_id: str


@dataclass(frozen=True, kw_only=True)
class Access:
    """An identity as AWS names it in messages, its policies, and the context of all its requests.

    `boundary` is its permissions boundary: what none of its documents allows is denied.
    """

    arn: str
    policies: tuple[Policy, ...]
    boundary: tuple[Policy, ...] | None = None
    context: Values = field(default_factory=dict)

    def check(
        self, action: str, resource: str | None = "*", context: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """Raises DeniedError unless the policies allow the action; None is an unknown resource."""
        known = {**self.context, **{key.lower(): values for key, values in (context or {}).items()}}
        if settings.checked is not None:
            settings.checked(self.arn, action, resource, known)
        request = Request(action=action, resource=resource, context=known)
        kinds = [("identity-based policy", "an identity-based policy", self.policies)]
        if self.boundary is not None:
            kinds.append(("permissions boundary", "a permissions boundary", self.boundary))
        decisions = [(decide(policies, request), kind, a_kind) for kind, a_kind, policies in kinds]
        denied = f"User: {self.arn} is not authorized to perform: {action} on resource: {resource or '*'}"
        for decision, _, a_kind in decisions:
            if decision is Decision.EXPLICIT_DENY:
                raise DeniedError(f"{denied} with an explicit deny in {a_kind}")
        for decision, kind, _ in decisions:
            if decision is Decision.IMPLICIT_DENY:
                raise DeniedError(f"{denied} because no {kind} allows the {action} action")
