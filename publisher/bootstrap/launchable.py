"""Whether launch roles suit what is about to be published, and are as they were deployed. Only reads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.bootstrap.deployment import ROLES_STACK
from publisher.bootstrap.expected_roles import expected_roles, place_of
from publisher.bootstrap.role_states import RoleState, Seen, home_region, read_account_roles
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.stacks import Stacks
from publisher.bootstrap.templates import Template, roles_template
from publisher.errors import AwsError, InputError


def look_at_roles(
    aws: Aws, names: Collection[str], roles: Sequence[LaunchRole], *, clock: Clock
) -> tuple[tuple[RoleState, ...], str]:
    """The states of these roles of an account, and why it could not look.

    `roles` are those whose products change: they are compared with the files. The others are compared with
    the stack that made them, or only have to exist.
    """
    account, unread = read_account_roles(aws)
    if account is None:
        return (), unread
    tags: Mapping[str, Mapping[str, str]] = {name: it.tags for name, it in account.roles.items()}
    home, _ = home_region(sorted(names), tags.get)
    place = place_of(aws, home or aws.region)
    made = expected_roles(_stack_template(aws, home, clock) if home else None, place)
    stack = {name: role for name, role in made.items() if name in names}
    try:
        wanted = stack | expected_roles(roles_template(roles), place)
    except InputError as error:
        return (), str(error)
    states = {it.name: it for it in Seen(wanted=wanted, stack=stack, account=account).states()}
    for name in sorted(names - wanted.keys() - account.roles.keys()):
        states[name] = RoleState(name=name, state="missing")
    return tuple(states[name] for name in sorted(states)), ""


def _stack_template(aws: Aws, home: str, clock: Clock) -> Template | None:
    """None also for who may not read it: then nobody knows what was changed by hand."""
    stacks = Stacks(aws if home == aws.region else aws.in_region(home), note=lambda _: None, clock=clock)
    try:
        return stacks.template(ROLES_STACK)
    except AwsError:
        return None
