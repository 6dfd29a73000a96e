"""Launch roles as the files, the stack and IAM have them: what is missing, outdated or changed by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from publisher.aws.account_roles import AccountRoles, Document, Role
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.bootstrap.expected_roles import ExpectedRole, expected_role, expected_roles, place_of
from publisher.bootstrap.grants import NO_CHANGES, GrantChanges, canonical, grant_changes
from publisher.bootstrap.placement import stack_name
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.stacks import Stacks
from publisher.bootstrap.templates import REGION_TAG, Template, role_resources
from publisher.errors import AwsError, InputError, Refused

State = Literal["missing", "outdated", "changed", "removed"]
Kind = Literal[
    "role deleted",
    "policy deleted",
    "policy changed",
    "policy detached",
    "policy attached",
    "inline policy added",
    "trust policy changed",
    "tags changed",
]


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """What somebody changed by hand of a role; `subject` is the ARN or name of the policy, if it is one."""

    kind: Kind
    subject: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.subject.rpartition('/')[2]}" if self.subject else self.kind


@dataclass(frozen=True, kw_only=True)
class RoleState:
    """A role that is not as the files have it, or that they no longer have (`removed`).

    `actions` is how what it allows is to change, `boundary` the same of what its product's roles can be
    allowed; `by_hand` is how it deviates from the stack that made it. `expands`: it, or a role that it makes,
    is to be allowed more than what was deployed. `launches` (Region/name) use the role, or roles with the
    boundary, and lose what is removed.
    """

    name: str
    state: State
    actions: GrantChanges = NO_CHANGES
    boundary: GrantChanges = NO_CHANGES
    by_hand: tuple[Deviation, ...] = ()
    expands: bool = False
    launches: tuple[str, ...] = ()

    @property
    def narrows(self) -> bool:
        """Whether launches that use it lose something; one that is to be deleted has none."""
        return self.state != "removed" and (self.actions.narrows or self.boundary.narrows)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What launches of the product need and do not get."""
        return (*self.actions.granted, *(f"boundary: {it}" for it in self.boundary.granted))

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "name": self.name,
            "state": self.state,
            **self.actions.document(),
            "boundary": self.boundary.document(),
            "changed_by_hand": [str(it) for it in self.by_hand],
            "needs": "launch-role" if self.expands else None,
            "losing_launches": list(self.launches),
        }


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Roles as the files, the stack and IAM have them; `account` is None where IAM cannot be read."""

    wanted: Mapping[str, ExpectedRole]
    stack: Mapping[str, ExpectedRole] = field(default_factory=dict)
    account: AccountRoles | None

    def states(self) -> tuple[RoleState, ...]:
        """The roles that are not as the files have them, sorted by name."""
        names = sorted(self.wanted.keys() | self.stack.keys())
        return tuple(state for name in names if (state := self._state(name)) is not None)

    def _state(self, name: str) -> RoleState | None:
        wanted, deployed = self.wanted.get(name), self.stack.get(name)
        by_hand = self.deviations(deployed) if deployed else ()
        documents = self._documents(name)
        if wanted is None:
            actions = grant_changes(documents, ())
            return RoleState(name=name, state="removed", actions=actions, by_hand=by_hand)
        actual = self.account.roles.get(name) if self.account else None
        missing = actual is None and (self.account is not None or deployed is None)
        # First, as comparing what is allowed takes longer than comparing texts.
        if not missing and not (
            self.deviations(wanted) if self.account else not _same(wanted, self.stack[name])
        ):
            return None
        actions = grant_changes(documents, wanted.policies.values())
        expands = deployed is not None and _expands(deployed, wanted)
        if missing:
            return RoleState(name=name, state="missing", actions=actions, by_hand=by_hand, expands=expands)
        if self._unknown(actual):
            actions = replace(actions, added=(), changed=())
        boundary = self._boundary_changes(deployed, wanted)
        if deployed is None and not actions.granted and not boundary.granted:
            # Nobody knows how the role came to be, but it does.
            return None
        return RoleState(
            name=name,
            state="changed" if by_hand else "outdated",
            actions=actions,
            boundary=boundary,
            by_hand=by_hand,
            expands=expands if deployed else bool(actions.granted),
        )

    def _boundary_changes(self, deployed: ExpectedRole | None, wanted: ExpectedRole) -> GrantChanges:
        before = dict(deployed.boundary) if deployed else {}
        if self.account is not None:
            known = self.account.policies
            before = {arn: known[arn] for arn in {**before, **wanted.boundary} if arn in known}
        return grant_changes(before.values(), wanted.boundary.values())

    def deviations(self, expected: ExpectedRole) -> tuple[Deviation, ...]:
        """How IAM's role differs from an expected one; nothing where IAM cannot be read."""
        return tuple(_deviations(expected, self.account)) if self.account else ()

    @property
    def by_hand(self) -> Mapping[str, tuple[Deviation, ...]]:
        """What to repair, by role. One that the stack is to delete anyway is not made again."""
        found = {name: self.deviations(role) for name, role in self.stack.items()}
        return {
            name: some
            for name, some in found.items()
            if some and (name in self.wanted or some[0].kind != "role deleted")
        }

    def _documents(self, name: str) -> list[Document]:
        """What the role may do, as far as it is known."""
        if self.account is None:
            return list(self.stack[name].policies.values()) if name in self.stack else []
        role = self.account.roles.get(name)
        if role is None:
            return []
        attached = (self.account.policies.get(arn, {}) for arn in role.attached)
        return [*attached, *role.inline.values()]

    def _unknown(self, role: Role | None) -> bool:
        """Whether the role has a policy of AWS, whose document is not in the listing."""
        known = self.account.policies if self.account else {}
        return role is not None and any(arn not in known for arn in role.attached)


def refuse_unallowed(states: Iterable[tuple[str, RoleState]], allowed: Collection[str]) -> None:
    """Raises Refused when a role that exists gets more permissions, and that is not allowed.

    Each is after the place where it is.
    """
    expanded = [(where, state) for where, state in states if state.expands]
    if expanded and "launch-role" not in allowed:
        where, state = expanded[0]
        more = f", and {len(expanded) - 1} more" if len(expanded) > 1 else ""
        raise Refused(
            f"{where}: launch role {state.name} gets more permissions, which needs --allow launch-role{more}",
            hint="nothing was written; if this is intended, add --allow launch-role",
        )


def _expands(before: ExpectedRole, after: ExpectedRole) -> bool:
    """Whether a role, or one that its product makes, is allowed more, or others may use it."""
    pairs = [(before.policies, after.policies)]
    # One that had no boundary was not limited.
    pairs += [(before.boundary, after.boundary)] if before.boundary else []
    return canonical(before.trust) != canonical(after.trust) or any(
        grant_changes(old.values(), new.values()).granted for old, new in pairs
    )


def _same(one: ExpectedRole, other: ExpectedRole) -> bool:
    return canonical(one.trust) == canonical(other.trust) and _texts(one) == _texts(other)


def _texts(role: ExpectedRole) -> dict[str, str]:
    return {arn: canonical(document) for arn, document in role.documents.items()}


def _deviations(expected: ExpectedRole, account: AccountRoles) -> Iterator[Deviation]:
    role = account.roles.get(expected.name)
    if role is None:
        yield Deviation(kind="role deleted")
    for arn, document in expected.documents.items():
        if arn not in account.policies:
            yield Deviation(kind="policy deleted", subject=arn)
        elif canonical(account.policies[arn]) != canonical(document):
            yield Deviation(kind="policy changed", subject=arn)
        missing = arn in expected.policies and role is not None and arn not in role.attached
        if missing and arn in account.policies:
            yield Deviation(kind="policy detached", subject=arn)
    if role is not None:
        for arn in role.attached:
            if arn not in expected.policies:
                yield Deviation(kind="policy attached", subject=arn)
        for name in sorted(role.inline):
            yield Deviation(kind="inline policy added", subject=name)
        if canonical(role.trust) != canonical(expected.trust):
            yield Deviation(kind="trust policy changed")
        if not expected.tags.items() <= role.tags.items():
            yield Deviation(kind="tags changed")


def read_account_roles(aws: Aws) -> tuple[AccountRoles | None, str]:
    """The roles of the account, or why they cannot be read: whoever reviews plans may lack permission."""
    try:
        return AccountRoles.read(aws), ""
    except AwsError as error:
        return None, str(error)


def home_region(
    names: Iterable[str], tags_of: Callable[[str], Mapping[str, str] | None]
) -> tuple[str, list[str]]:
    """(the Region whose stack made most of the roles, or nothing; the roles that do not say a Region).

    `tags_of` has the tags of a role, and None when there is no such role.
    """
    found = {name: tags for name in names if (tags := tags_of(name)) is not None}
    regions = [tags[REGION_TAG] for tags in found.values() if REGION_TAG in tags]
    unmanaged = [name for name, tags in found.items() if REGION_TAG not in tags]
    return next((region for region, _ in Counter(regions).most_common(1)), ""), unmanaged


def look_at_roles(
    aws: Aws, names: Collection[str], roles: Sequence[LaunchRole], *, clock: Clock
) -> tuple[tuple[RoleState, ...], str]:
    """The states of these roles of an account, and why it could not look.

    `roles` are those whose products change: they must have what the files need; what they have beyond that
    can be for other published versions. The others are compared with the stack that made them, or only have
    to exist.
    """
    account, unread = read_account_roles(aws)
    if account is None:
        return (), unread
    tags: Mapping[str, Mapping[str, str]] = {name: it.tags for name, it in account.roles.items()}
    home, _ = home_region(sorted(names), tags.get)
    place = place_of(aws, home or aws.region)
    made = expected_roles(_templates(aws, home, clock) if home else [], place)
    stack = {name: role for name, role in made.items() if name in names}
    try:
        wanted = stack | {it.name: expected_role(it.name, role_resources(it), place) for it in roles}
    except InputError as error:
        return (), str(error)
    found = Seen(wanted=wanted, stack=stack, account=account).states()
    states = {it.name: it for it in found if it.state != "outdated" or it.lacks}
    for name in sorted(names - wanted.keys() - account.roles.keys()):
        states[name] = RoleState(name=name, state="missing")
    return tuple(states[name] for name in sorted(states)), ""


def _templates(aws: Aws, home: str, clock: Clock) -> list[Template | None]:
    """Nothing also for who may not read them: then nobody knows what was changed by hand."""
    stacks = Stacks(aws if home == aws.region else aws.in_region(home), note=lambda _: None, clock=clock)
    try:
        return stacks.templates(stack_name)
    except AwsError:
        return []
