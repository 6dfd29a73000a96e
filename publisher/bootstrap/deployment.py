"""Bootstraps an account and Region, or removes that again: which stacks, where, and when it is refused.

IAM is global, buckets are not: every Region has its bucket stack, one Region has the stack of the roles.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from publisher.aws.account_roles import AccountRoles
from publisher.aws.buckets import empty_bucket
from publisher.aws.calls import ClientError, aws_errors, error_code
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.bootstrap.expected_roles import expected_roles, place_of
from publisher.bootstrap.in_use import launches_with, published
from publisher.bootstrap.repair import repair
from publisher.bootstrap.role_states import RoleState, Seen, home_region, read_account_roles
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.stacks import Action, Stack, Stacks
from publisher.bootstrap.templates import (
    BUCKET_PARAMETER,
    BUCKET_STACK,
    ROLES_STACK,
    bucket_name,
    bucket_template,
    roles_template,
)
from publisher.errors import InputError, Refused
from publisher.stopping import Stop

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
    """What is to be done, or was done, to one stack."""

    stack: str
    region: str
    action: Action


@dataclass(frozen=True, kw_only=True)
class Result:
    """The steps in their order, what is in the stacks, and the roles that are not as the files have them.

    `unread` says why IAM could not be read, so that only the stack's roles are compared.
    """

    account_id: str
    region: str
    bucket: str
    roles: tuple[str, ...]
    steps: tuple[Step, ...]
    role_states: tuple[RoleState, ...] = ()
    unread: str = ""

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
            "unread": self.unread,
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
    ) -> None:
        self._aws, self._aws_in, self._note, self._clock = aws, aws_in, note, clock
        self._command_in, self._with_roles = command_in, with_roles

    @property
    def _bucket(self) -> str:
        return bucket_name(account_id=self._aws.account_id, region=self._aws.region)

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
        steps = [self._step(self._aws.region, bucket, self._stacks(self._aws.region).action(bucket))]
        if not self._with_roles:
            return self._result((), steps)
        looked = self._look(roles, keep_others=keep_others)
        self._refuse_lost_roles(looked, regions)
        action = self._stacks(looked.home).action(looked.stack)
        return self._result([it.name for it in roles], [*steps, self._roles_step(looked, action)], looked)

    def deploy(
        self,
        roles: Sequence[LaunchRole],
        readers: Readers,
        *,
        keep_others: bool = False,
        stop: Stop | None = None,
    ) -> Result:
        """Creates or updates both stacks, and repairs the roles that were changed by hand."""
        stop = stop or Stop()
        bucket = _bucket_stack(readers)
        steps = [self._step(self._aws.region, bucket, self._deployed(self._aws.region, bucket, stop))]
        if not self._with_roles:
            return self._result((), steps)
        looked = self._look(roles, keep_others=keep_others)
        # First, as CloudFormation updates no policy and deletes no role that it does not find as it left it.
        for name, deviations in looked.seen.by_hand.items() if not stop.requested else ():
            self._note(f"{name}: repairing what was changed by hand")
            repair(self._aws, looked.seen.stack[name], deviations)
        action = self._deployed(looked.home, looked.stack, stop)
        return self._result([it.name for it in roles], [*steps, self._roles_step(looked, action)], looked)

    def _deployed(self, region: str, stack: Stack, stop: Stop) -> Action:
        if stop.requested:
            return "not attempted"
        with stop.doing(stack, f"stack {region}/{stack.name}"):
            return self._stacks(region).deploy(stack, upload=self._upload)

    def _look(self, roles: Sequence[LaunchRole], *, keep_others: bool) -> _Looked:
        """Raises Refused when a role of such a name was not created by bootstrap."""
        account, unread = read_account_roles(self._aws)
        home, unmanaged = home_region((role.name for role in roles), partial(self._tags_of, account))
        home = home or self._aws.region
        stacks = self._stacks(home)
        current = stacks.template(ROLES_STACK) if stacks.current(ROLES_STACK) else None
        template = roles_template(roles, kept=current if keep_others else None)
        place = place_of(self._aws, home)
        made = expected_roles(current, place)
        for name in unmanaged:
            if name not in made:
                raise Refused(
                    f"role '{name}' already exists and was not created by bootstrap",
                    hint=f"delete it, or set launch_role: {name} in the family's product.yaml",
                )
        seen = Seen(wanted=expected_roles(template, place), stack=made, account=account)
        stack = Stack(name=ROLES_STACK, template=template, capabilities=("CAPABILITY_NAMED_IAM",))
        note = f"cannot look at launch roles: {unread}" if unread else ""
        return _Looked(home=home, stack=stack, seen=seen, unread=note)

    def _tags_of(self, account: AccountRoles | None, name: str) -> Mapping[str, str] | None:
        if account is not None:
            role = account.roles.get(name)
            return role.tags if role else None
        with aws_errors(f"cannot read the role {name}"):
            try:
                found = self._aws.client("iam").get_role(RoleName=name)["Role"]
            except ClientError as error:
                if error_code(error) == "NoSuchEntity":
                    return None
                raise
        return {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}

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
        roles = here.current(ROLES_STACK) is not None
        if bucket and (products := published(self._aws)):
            raise Refused(
                f"the bucket contains templates of published products: {_some(products)}",
                hint="delete these products first",
            )
        current = here.template(ROLES_STACK) if roles else None
        names = set(expected_roles(current, place_of(self._aws, self._aws.region)))
        if roles:
            self._refuse_roles_in_use(names, sorted({*regions} - {self._aws.region}))
        return self._result(
            names,
            [
                Step(stack=ROLES_STACK, region=self._aws.region, action="delete" if roles else "absent"),
                Step(stack=BUCKET_STACK, region=self._aws.region, action="delete" if bucket else "absent"),
            ],
        )

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
        stacks = self._stacks(self._aws.region)
        steps = []
        for step in plan.steps:
            action = step.action
            if action == "delete" and stop.requested:
                action = "not attempted"
            with stop.doing(step, f"stack {step.region}/{step.stack}"):
                if action == "delete" and step.stack == BUCKET_STACK:
                    self._note(f"{self._bucket}: deleting all object versions")
                    with aws_errors(f"cannot empty the bucket {self._bucket}"):
                        empty_bucket(self._aws.client("s3"), self._bucket)
                if action == "delete":
                    action = stacks.delete(step.stack)
            steps.append(Step(stack=step.stack, region=step.region, action=action))
        return self._result(plan.roles, steps)

    def _upload(self, text: str) -> str:
        """The URL of a template body that is too long for a call, in the bucket that exists by then."""
        key = f"bootstrap/{hashlib.sha256(text.encode()).hexdigest()}.json"
        with aws_errors(f"cannot put the roles' template into the bucket {self._bucket}"):
            self._aws.client("s3").put_object(
                Bucket=self._bucket, Key=key, Body=text.encode(), ContentType="application/json"
            )
        return f"https://{self._bucket}.s3.{self._aws.region}.{self._aws.url_suffix}/{key}"

    def _in(self, region: str) -> Aws:
        return self._aws if region == self._aws.region else self._aws_in(region)

    def _stacks(self, region: str) -> Stacks:
        return Stacks(self._in(region), note=self._note, clock=self._clock)

    def _step(self, region: str, stack: Stack, action: Action) -> Step:
        return Step(stack=stack.name, region=region, action=action)

    def _roles_step(self, looked: _Looked, action: Action) -> Step:
        repaired = looked.seen.by_hand and action == "unchanged"
        return self._step(looked.home, looked.stack, "repair" if repaired else action)

    def _result(self, roles: Iterable[str], steps: Sequence[Step], looked: _Looked | None = None) -> Result:
        return Result(
            account_id=self._aws.account_id,
            region=self._aws.region,
            bucket=self._bucket,
            roles=tuple(sorted(roles)),
            steps=tuple(steps),
            role_states=looked.seen.states() if looked else (),
            unread=looked.unread if looked else "",
        )


@dataclass(frozen=True, kw_only=True)
class _Looked:
    """The stack of the roles, in its Region, and the roles as they are."""

    home: str
    stack: Stack
    seen: Seen
    unread: str


def _bucket_stack(readers: Readers) -> Stack:
    return Stack(name=BUCKET_STACK, template=bucket_template(), parameters=readers.parameters())


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
