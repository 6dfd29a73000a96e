"""The IAM actions a template needs to be launched, with a reason for each, and the policies made of them.

Knows templates and what cfn-lint ships; refuses to know AWS accounts, Regions and products' declarations.
"""

from __future__ import annotations

from publisher.permissions.fitting import fitted
from publisher.permissions.known_types import Knowledge
from publisher.permissions.need import Need
from publisher.permissions.needs import needs
from publisher.permissions.policies import Policy, explain, policies
from publisher.permissions.scope import Scope
from publisher.permissions.trusts import Trust, trust, trusts

__all__ = [
    "Knowledge",
    "Need",
    "Policy",
    "Scope",
    "Trust",
    "explain",
    "launch_policies",
    "needs",
    "policies",
    "trust",
    "trusts",
]


def launch_policies(
    template: dict[str, object], *, scope: Scope | None = None, knowledge: Knowledge | None = None
) -> tuple[Policy, ...]:
    """The managed policies of a product's launch role. Raises InputError when they cannot be derived."""
    found = needs(template, scope=scope, knowledge=knowledge)
    single = scope is not None and trust(scope.for_).policies == 1
    return fitted(found) if single else policies(found)
