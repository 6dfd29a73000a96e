"""Bootstraps an account and Region, or removes that again: which stacks, where, and when it is refused.

IAM is global, buckets are not: every Region has its bucket stack, one Region has the stacks of the roles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import Any

from publisher.aws.account_roles import AccountRoles
from publisher.aws.buckets import empty_bucket, template_bucket_name
from publisher.aws.calls import aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.bootstrap.expected_roles import ExpectedRole, expected_roles, place_of
from publisher.bootstrap.in_use import launches_with, published, with_launches
from publisher.bootstrap.older_versions import Kept
from publisher.bootstrap.placement import CLOUDFORMATION, Limits, place_roles, roles_in, stack_name
from publisher.bootstrap.quotas import check_quotas
from publisher.bootstrap.repair import repair
from publisher.bootstrap.role_states import RoleState, Seen, home_region, read_account_roles
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.stacks import Action, Stack, Stacks, upload
from publisher.bootstrap.templates import (
    BUCKET_PARAMETER,
    BUCKET_STACK,
    ROLES_STACK,
    bucket_template,
)
from publisher.errors import AwsError, InputError, PublisherError, Refused
from publisher.stopping import Pool, Stop

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Readers:
    """Who may read starting content: None keeps it as it is, an empty value means nobody."""

    organization: str | None = None
    accounts: tuple[str, ...] | None = None

    @classmethod
    def of(cls, organization: str | None, accounts: Sequence[str] | None) -> Readers:
        """From the values of options, where 'none' means nobody. Raises InputError."""
        if organization is not None and not re.fullmatch(r"o-[a-z0-9]{10,32}|none", organization):
            raise InputError(
                f"--organization: '{organization}' is not an organization id",
                hint="use the id that aws organizations describe-organization prints, or 'none' to revoke",
            )
        for account in accounts or ():
            if not re.fullmatch(r"[0-9]{12}|none", account):
                raise InputError(
                    f"--account: '{account}' is not an account id",
                    hint="use twelve digits, or 'none' to revoke all",
                )
        return cls(
            organization="" if organization == "none" else organization,
            accounts=tuple(account for account in accounts if account != "none") if accounts else None,
        )

    def parameters(self) -> dict[str, str]:
        """The bucket stack's parameters."""
        parameters: dict[str, str] = {}
        if self.organization is not None:
            parameters["OrganizationId"] = self.organization
        if self.accounts is not None:
            parameters["ReaderAccounts"] = ",".join(sorted(set(self.accounts)))
        return parameters


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is to be done, or was done, to one stack; `roles` is how many launch roles it has."""

    stack: str
    region: str
    action: Action
    roles: int = 0


@dataclass(frozen=True, kw_only=True)
class Result:
    """The steps in their order, what is in the stacks, and the roles that are not as the files have them.

    `moved` are roles that leave a full stack for another. `unread` says why IAM could not be read, so that
    only the stacks' roles are compared. `kept` is what the roles have for other published versions.
    """

    account_id: str
    region: str
    bucket: str
    roles: tuple[str, ...]
    steps: tuple[Step, ...]
    role_states: tuple[RoleState, ...] = ()
    moved: tuple[str, ...] = ()
    unread: str = ""
    kept: Kept = field(default_factory=Kept)

    @property
    def changes(self) -> bool:
        """Whether anything is to be done."""
        return any(step.action not in {"unchanged", "absent"} for step in self.steps)

    @property
    def target(self) -> str:
        """account/Region."""
        return f"{self.account_id}/{self.region}"

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "target": self.target,
            "account": self.account_id,
            "region": self.region,
            "bucket": self.bucket,
            "parameter": BUCKET_PARAMETER,
            "roles": list(self.roles),
            "stacks": [{"stack": it.stack, "region": it.region, "action": it.action} for it in self.steps],
            "role_changes": [it.document() for it in self.role_states],
            "moved_roles": list(self.moved),
            "unread": self.unread,
            **self.kept.document(),
        }


class Bootstrap:
    """One account and Region; `aws_in` is the same identity in another Region, `command_in` the command.

    In a run for many Regions of an account only one of them is `with_roles`.
    """

    def __init__(
        self,
        aws: Aws,
        *,
        aws_in: Callable[[str], Aws],
        note: Callable[[str], None],
        clock: Clock,
        command_in: Callable[..., str],
        with_roles: bool = True,
        limits: Limits = CLOUDFORMATION,
    ) -> None:
        self._aws, self._aws_in, self._note, self._clock = aws, aws_in, note, clock
        self._command_in, self._with_roles, self._limits = command_in, with_roles, limits

    @property
    def _bucket(self) -> str:
        return template_bucket_name(self._aws.account_id, self._aws.region)

    def plan(
        self,
        roles: Sequence[LaunchRole],
        readers: Readers,
        *,
        regions: Iterable[str] = (),
        keep_others: bool = False,
    ) -> Result:
        """What `deploy` would do; only reads. `regions`: where else products can be launched.

        With `keep_others` roles that are not among these stay as they are. Raises Refused when a role that
        is in use would be deleted, or was not created by bootstrap.
        """
        bucket = _bucket_stack(readers)
        steps = [self._step(BUCKET_STACK, self._stacks(self._aws.region).action(bucket))]
        if not self._with_roles:
            return self._result((), steps)
        looked = self._look(roles, keep_others=keep_others)
        self._refuse_lost_roles(looked, regions)
        unread = check_quotas(self._aws, looked.seen)
        looked = replace(looked, unread="; ".join(filter(None, [looked.unread, unread])))
        stacks = self._stacks(looked.home)
        steps += [self._roles_step(looked, it, stacks.action(it)) for it in looked.stacks]
        steps += [Step(stack=it, region=looked.home, action="delete") for it in looked.emptied]
        result = self._result([it.name for it in roles], steps, looked)
        places = map(self._in, sorted({self._aws.region, looked.home, *regions}))
        try:
            return replace(result, role_states=with_launches(result.role_states, places))
        except AwsError as error:
            return replace(result, unread="; ".join(filter(None, [result.unread, str(error)])))

    def deploy(
        self,
        roles: Sequence[LaunchRole],
        readers: Readers,
        *,
        keep_others: bool = False,
        stop: Stop | None = None,
    ) -> Result:
        """Creates or updates the stacks, and repairs the roles that were changed by hand."""
        stop = stop or Stop()
        bucket = _bucket_stack(readers)
        steps = [self._step(BUCKET_STACK, self._deployed(self._aws.region, bucket, stop))]
        if not self._with_roles:
            return self._result((), steps)
        looked = self._look(roles, keep_others=keep_others)
        # First, as CloudFormation updates no policy and deletes no role that it does not find as it left it.
        for name, deviations in looked.seen.by_hand.items() if not stop.requested else ():
            self._note(f"{name}: repairing what was changed by hand")
            repair(self._aws, looked.seen.stack[name], deviations)
        # A role has to leave its stack before another can make it.
        actions = {
            it.name: self._deployed(looked.home, it, stop) for it in looked.stacks if it.name in looked.left
        }
        actions |= self._deployed_at_once(
            looked.home, [it for it in looked.stacks if it.name not in actions], stop
        )
        steps += [self._roles_step(looked, it, actions[it.name]) for it in looked.stacks]
        steps += self._deleted_each(
            [Step(stack=it, region=looked.home, action="delete") for it in looked.emptied], stop
        )
        return self._result([it.name for it in roles], steps, looked)

    def _deployed_at_once(self, region: str, stacks: Sequence[Stack], stop: Stop) -> dict[str, Action]:
        """Begins them in their order, so that a killed run leaves none that its numbers do not find.

        When one fails, the others are finished all the same, and then its error is raised. After one that
        cannot be begun there is no other.
        """
        turns, gap = [Event() for _ in range(len(stacks) + 1)], Event()
        turns[0].set()

        def deployed(number: int) -> Action:
            turns[number].wait()
            following = turns[number + 1]
            try:
                if gap.is_set():
                    return "not attempted"
                return self._deployed(region, stacks[number], stop, begun=following.set)
            except PublisherError:
                if not following.is_set():
                    gap.set()
                raise
            finally:
                following.set()

        with Pool() as pool:
            futures = [pool.submit(deployed, number) for number in range(len(stacks))]
        return {it.name: future.result() for it, future in zip(stacks, futures, strict=True)}

    def _deployed(
        self, region: str, stack: Stack, stop: Stop, begun: Callable[[], None] = lambda: None
    ) -> Action:
        if stop.requested:
            return "not attempted"
        with stop.doing(stack, f"stack {region}/{stack.name}"):
            return self._stacks(region).deploy(stack, upload=partial(upload, self._aws), begun=begun)

    def _look(self, roles: Sequence[LaunchRole], *, keep_others: bool) -> _Looked:
        """Raises Refused when a role of such a name was not created by bootstrap."""
        account, unread = read_account_roles(self._aws)
        home, unmanaged = home_region((role.name for role in roles), partial(self._tags_of, account))
        home = home or self._aws.region
        current = self._stacks(home).templates(stack_name)
        place = place_of(self._aws, home)
        made = expected_roles(current, place)
        placement = place_roles(
            roles,
            current=current,
            keep_others=keep_others,
            bounding=_bounding(made, account),
            limits=self._limits,
        )
        for name in unmanaged:
            if name not in made:
                raise Refused(
                    f"role '{name}' already exists and was not created by bootstrap",
                    hint="delete it, or remove sagemaker_templates from the portfolio"
                    if name.startswith("deploy-")
                    else f"delete it, or set launch_role: {name} in the family's product.yaml",
                )
        numbered = enumerate(placement.templates, 1)
        return _Looked(
            home=home,
            stacks=[
                Stack(name=stack_name(number), template=template, capabilities=("CAPABILITY_NAMED_IAM",))
                for number, template in numbered
            ],
            emptied=[stack_name(number) for number in range(len(placement.templates) + 1, len(current) + 1)],
            left=placement.full,
            seen=Seen(wanted=expected_roles(placement.templates, place), stack=made, account=account),
            moved=placement.moved,
            unread=f"cannot look at launch roles: {unread}" if unread else "",
        )

    def _tags_of(self, account: AccountRoles | None, name: str) -> Mapping[str, str] | None:
        if account is not None:
            role = account.roles.get(name)
            return role.tags if role else None
        with aws_errors(f"cannot read the role {name}"):
            found = or_none(lambda: self._aws.client("iam").get_role(RoleName=name)["Role"], "NoSuchEntity")
        return found and {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}

    def _refuse_lost_roles(self, looked: _Looked, regions: Iterable[str]) -> None:
        lost = looked.seen.stack.keys() - looked.seen.wanted.keys()
        for region in sorted({self._aws.region, looked.home, *regions}) if lost else ():
            if used := launches_with(self._in(region), lost):
                raise Refused(
                    f"launches in {region} use roles of products that were removed: {_some(used)}",
                    hint="terminate these launches first, or restore the products",
                )

    def plan_removal(self, regions: Iterable[str]) -> Result:
        """What `remove` would do; only reads. `regions`: where else products can be published or launched.

        Raises Refused while launches use the roles, or published products the bucket.
        """
        here = self._stacks(self._aws.region)
        bucket = here.current(BUCKET_STACK) is not None
        if bucket and (products := published(self._aws)):
            raise Refused(
                f"the bucket contains templates of published products: {_some(products)}",
                hint="delete these products first",
            )
        contents = {stack_name(n): roles_in(it) for n, it in enumerate(here.templates(stack_name), 1)}
        roles = here.current(ROLES_STACK) is not None or len(contents) > 1
        names = {name for roles in contents.values() for name in roles}
        if roles:
            self._refuse_roles_in_use(names, sorted({*regions} - {self._aws.region}))
        steps = [
            self._step(stack, "delete" if roles else "absent", roles=len(made))
            for stack, made in contents.items()
        ]
        return self._result(names, [*steps, self._step(BUCKET_STACK, "delete" if bucket else "absent")])

    def _refuse_roles_in_use(self, names: set[str], others: Sequence[str]) -> None:
        for region in [self._aws.region, *others]:
            if used := launches_with(self._in(region), names):
                raise Refused(
                    f"launches in {region} use the launch roles: {_some(used)}",
                    hint="terminate these launches first",
                )
        for region in others:
            if self._stacks(region).current(BUCKET_STACK):
                raise Refused(
                    f"the launch roles are in {self._aws.region}, and {region} is still bootstrapped",
                    hint=f"run {self._command_in(region, 'bootstrap', '--remove')} first",
                )

    def remove(self, plan: Result, stop: Stop | None = None) -> Result:
        """Empties the bucket and deletes the stacks of a removal's plan."""
        stop = stop or Stop()
        *roles, bucket = plan.steps
        steps = self._deleted_each(roles, stop)
        return self._result(plan.roles, [*steps, self._deleted(bucket, stop)])

    def _deleted_each(self, steps: Sequence[Step], stop: Stop) -> list[Step]:
        """The last first: what a killed run leaves is found again, as its numbers have no gap."""
        return [self._deleted(it, stop) for it in reversed(steps)][::-1]

    def _deleted(self, step: Step, stop: Stop) -> Step:
        if step.action != "delete":
            return step
        if stop.requested:
            return replace(step, action="not attempted")
        with stop.doing(step, f"stack {step.region}/{step.stack}"):
            if step.stack == BUCKET_STACK:
                self._note(f"{self._bucket}: deleting all object versions")
                with aws_errors(f"cannot empty the bucket {self._bucket}"):
                    empty_bucket(self._aws.client("s3"), self._bucket)
            return replace(step, action=self._stacks(step.region).delete(step.stack))

    def _in(self, region: str) -> Aws:
        return self._aws if region == self._aws.region else self._aws_in(region)

    def _stacks(self, region: str) -> Stacks:
        return Stacks(self._in(region), note=self._note, clock=self._clock)

    def _step(self, stack: str, action: Action, *, roles: int = 0) -> Step:
        return Step(stack=stack, region=self._aws.region, action=action, roles=roles)

    def _roles_step(self, looked: _Looked, stack: Stack, action: Action) -> Step:
        roles = roles_in(stack.template)
        repaired = not roles.keys().isdisjoint(looked.seen.by_hand) and action == "unchanged"
        action = "repair" if repaired else action
        return Step(stack=stack.name, region=looked.home, action=action, roles=len(roles))

    def _result(self, roles: Iterable[str], steps: Sequence[Step], looked: _Looked | None = None) -> Result:
        return Result(
            account_id=self._aws.account_id,
            region=self._aws.region,
            bucket=self._bucket,
            roles=tuple(sorted(roles)),
            steps=tuple(steps),
            role_states=looked.seen.states() if looked else (),
            moved=looked.moved if looked else (),
            unread=looked.unread if looked else "",
        )


@dataclass(frozen=True, kw_only=True)
class _Looked:
    """The stacks of the roles, in their Region, and the roles as they are.

    Roles leave the stacks `left` for another one; those `emptied` are deleted.
    """

    home: str
    stacks: Sequence[Stack]
    emptied: Sequence[str]
    left: Collection[str]
    seen: Seen
    moved: tuple[str, ...]
    unread: str


def _bounding(made: Mapping[str, ExpectedRole], account: AccountRoles | None) -> set[str]:
    """The launch roles whose boundaries other roles have, which IAM does not delete then.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html says so of attached policies; of
    boundaries it is not documented.
    """
    used = {it.boundary for it in account.roles.values()} if account else None
    return {name for name, it in made.items() if used is None or not used.isdisjoint(it.boundary)}


def _bucket_stack(readers: Readers) -> Stack:
    return Stack(name=BUCKET_STACK, template=bucket_template(), parameters=readers.parameters())


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
