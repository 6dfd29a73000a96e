"""What is derived of a role that makes a template's stack: policies, boundary, and what it amounts to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from publisher.permissions.boundary import boundary
from publisher.permissions.boundary_checks import administrator, unbounded
from publisher.permissions.fitting import fitted
from publisher.permissions.known_types import Knowledge
from publisher.permissions.names import Names
from publisher.permissions.need import Need
from publisher.permissions.needs import needs, needs_of
from publisher.permissions.policies import Policy, policies
from publisher.permissions.scope import Scope
from publisher.permissions.trusts import trust


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """A role's policies, and the needs that they are made of.

    `boundary` is what the roles that the template makes can be allowed at most, None where it makes none or
    none is derived. `administrator` says why the role is equivalent to one. `unbounded` are the roles that
    lack their boundary, by message; of such a template the two are not derived.
    """

    needs: tuple[Need, ...]
    policies: tuple[Policy, ...]
    boundary: Policy | None = None
    administrator: tuple[str, ...] = ()
    unbounded: Mapping[str, Sequence[str]] = field(default_factory=dict)


def derive(
    template: dict[str, Any], scope: Scope, *, limits: bool = False, knowledge: Knowledge | None = None
) -> Derivation:
    """The role of a template (long form), with `limits` its boundary. Raises InputError if it has none."""
    names = Names(template, scope, knowledge)
    found = needs_of(names)
    made = _policies(found, scope)
    if wrong := unbounded(names):
        return Derivation(needs=found, policies=made, unbounded=wrong)
    limit = None
    if limits:
        # That of every launch, for whichever the policies are.
        every = scope.of_any_launch
        limit = boundary(names if scope == every else Names(template, every, knowledge))
    return Derivation(needs=found, policies=made, boundary=limit, administrator=administrator(names, limit))


def launch_policies(
    template: dict[str, Any], *, scope: Scope | None = None, knowledge: Knowledge | None = None
) -> tuple[Policy, ...]:
    """The managed policies of a product's launch role. Raises InputError when they cannot be derived."""
    return _policies(needs(template, scope=scope, knowledge=knowledge), scope or Scope())


def _policies(found: tuple[Need, ...], scope: Scope) -> tuple[Policy, ...]:
    return fitted(found) if trust(scope.for_).policies == 1 else policies(found)
