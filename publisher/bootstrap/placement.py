"""Which stack has which launch role: CloudFormation limits a template's size and number of resources.

What is in a stack stays there; a new role goes to the first stack with room. Calls no AWS.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.templates import ROLES_STACK, Template, role_resources, roles_frame
from publisher.declarations.product import boundary_name
from publisher.errors import InputError

Resources = Mapping[str, Any]

# New roles fill a stack up to here, so that those in it can grow.
_SHARE_FOR_NEW = 0.6
# A template has at least one resource; this one is only a URL.
_NOTHING = {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle", "Condition": "MakesRoles"}}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many bytes and resources a template can have."""

    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    size: int = 1_000_000
    resources: int = 500


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The templates of the stacks in their order.

    `moved` are the roles that leave a `full` stack for another, which can make them only after that.
    """

    templates: tuple[Template, ...]
    moved: tuple[str, ...] = ()
    full: frozenset[str] = frozenset()


CLOUDFORMATION = Limits()


def stack_name(number: int) -> str:
    """The name of a stack of roles; they are counted from 1."""
    return ROLES_STACK if number == 1 else f"{ROLES_STACK}-{number}"


def place_roles(
    roles: Iterable[LaunchRole],
    *,
    current: Sequence[Template | None] = (),
    keep_others: bool = False,
    bounding: Collection[str] = (),
    fewest: int = 1,
    limits: Limits = CLOUDFORMATION,
) -> Placement:
    """The stacks of these roles, given the templates of the current ones; at least so many as `fewest`.

    A role moves only when its stack is full because others in it grew. With `keep_others` roles in the
    current stacks that are not among these stay, and with their names in `bounding` the boundaries of those
    that no longer have one. Raises InputError for a role that no stack can have.
    """
    left = {role.name: role_resources(role) for role in sorted(roles, key=lambda it: it.name)}
    moved: dict[str, Resources] = {}
    stacks: list[_Contents] = []
    placed: set[str] = set()
    full: set[str] = set()
    for number, template in enumerate(current, 1):
        stack = _Contents(number, limits)
        for name, before in sorted(roles_in(template).items()):
            resources = left.pop(name, before if keep_others and name not in placed else {})
            placed.add(name)
            if name in bounding and resources:
                resources = {**_boundary_of(before), **resources}
            if resources and not stack.take(resources):
                moved[name] = resources
                full.add(stack_name(number))
        stacks.append(stack)
    for name, resources in sorted((left | moved).items()):
        if not any(stack.take(resources, share=_SHARE_FOR_NEW) for stack in stacks):
            stacks.append(_Contents(len(stacks) + 1, limits))
            if not stacks[-1].take(resources):
                raise InputError(
                    f"launch role '{name}' does not fit in a stack: CloudFormation allows templates of at "
                    f"most {limits.size} bytes and {limits.resources} resources",
                    hint="split the product, or set launch_role to an existing role",
                )
    stacks = stacks or [_Contents(1, limits)]
    while len(stacks) > fewest and stacks[-1].empty:
        stacks.pop()
    return Placement(
        templates=tuple(it.template for it in stacks), moved=tuple(sorted(moved)), full=frozenset(full)
    )


def roles_in(template: Template | None) -> dict[str, Resources]:
    """By the names of a template's roles their resources: the policies, the boundary, the role.

    What is not of the form that bootstrap writes is left out.
    """
    resources = (template or {}).get("Resources")
    resources = resources if isinstance(resources, Mapping) else {}
    policies: dict[str, str] = {}
    for logical, it in resources.items():
        match it:
            case {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"ManagedPolicyName": str(name), "PolicyDocument": dict()},
            }:
                policies[logical] = name
    named = {name: logical for logical, name in policies.items()}
    found: dict[str, Resources] = {}
    for logical, it in resources.items():
        match it:
            case {
                "Type": "AWS::IAM::Role",
                "Properties": {"RoleName": str(name), "ManagedPolicyArns": list(attached)},
            }:
                attached = [str(ref.get("Ref")) for ref in attached if isinstance(ref, Mapping)]
                names = [it for it in [*attached, named.get(boundary_name(name), "")] if it in policies]
                found[name] = {it: resources[it] for it in [*names, logical]}
    return found


def _boundary_of(resources: Resources) -> Resources:
    *_, role = resources.values()
    name = boundary_name(role["Properties"]["RoleName"])
    return {
        logical: it for logical, it in resources.items() if it["Properties"].get("ManagedPolicyName") == name
    }


class _Contents:
    """What is to be in one stack."""

    def __init__(self, number: int, limits: Limits) -> None:
        self._limits = limits
        self._template = roles_frame(number)
        self._size = _size(self._template)
        self._resources: dict[str, Any] = self._template["Resources"]
        self.empty = True

    @property
    def template(self) -> Template:
        # One that lost its roles stays while others follow it: they are read in their order.
        return self._template if self._resources else {**self._template, "Resources": dict(_NOTHING)}

    def take(self, resources: Resources, *, share: float = 1) -> bool:
        """Adds them if they fit in this share of a stack, or the stack is empty."""
        size, count = self._size + _size(resources), len(self._resources) + len(resources)
        share = 1 if self.empty else share
        full = size > self._limits.size * share or count > self._limits.resources * share
        if full or resources.keys() & self._resources.keys():
            return False
        self._resources |= resources
        self._size, self.empty = size, False
        return True


def _size(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))
