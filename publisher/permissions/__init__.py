"""The IAM actions a template needs to be launched, with a reason for each, and the policies made of them.

Knows templates and what cfn-lint ships; refuses to know AWS accounts, Regions and products' declarations.
"""

from __future__ import annotations

from publisher.permissions.derivation import Derivation, derive, launch_policies
from publisher.permissions.known_types import Knowledge
from publisher.permissions.need import Need
from publisher.permissions.needs import needs
from publisher.permissions.policies import Policy, explain, policies
from publisher.permissions.scope import Scope
from publisher.permissions.trusts import Trust, trust, trusts

__all__ = [
    "Derivation",
    "Knowledge",
    "Need",
    "Policy",
    "Scope",
    "Trust",
    "derive",
    "explain",
    "launch_policies",
    "needs",
    "policies",
    "trust",
    "trusts",
]
