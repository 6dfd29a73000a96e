"""Bootstraps an account and Region, or removes that again: which stacks, where, and when it is refused.

IAM is global, buckets are not: every Region has its bucket stack, one Region has the stack of the roles.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from publisher.aws.buckets import empty_bucket
from publisher.aws.calls import ClientError, aws_errors, error_code
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.bootstrap.in_use import launches_with, published
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.stacks import Action, Stack, Stacks
from publisher.bootstrap.templates import (
    BUCKET_PARAMETER,
    REGION_TAG,
    Template,
    bucket_name,
    bucket_template,
    roles_template,
)
from publisher.errors import InputError, Refused

BUCKET_STACK = "publisher-bootstrap"
ROLES_STACK = "publisher-launch-roles"

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
    """The steps in their order, and what is in the stacks."""

    account_id: str
    region: str
    bucket: str
    roles: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def changes(self) -> bool:
        """Whether anything is to be done."""
        return any(step.action not in {"unchanged", "absent"} for step in self.steps)

    def document(self, *, dry_run: bool) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "account": self.account_id,
            "region": self.region,
            "bucket": self.bucket,
            "parameter": BUCKET_PARAMETER,
            "roles": list(self.roles),
            "dry_run": dry_run,
            "stacks": [{"stack": it.stack, "region": it.region, "action": it.action} for it in self.steps],
        }


class Bootstrap:
    """One account and Region; `aws_in` is the same identity in another Region, `command_in` the command."""

    def __init__(
        self,
        aws: Aws,
        *,
        aws_in: Callable[[str], Aws],
        note: Callable[[str], None],
        clock: Clock,
        command_in: Callable[[str], str],
    ) -> None:
        self._aws, self._aws_in, self._note, self._clock = aws, aws_in, note, clock
        self._command_in = command_in
        self._bucket = bucket_name(account_id=aws.account_id, region=aws.region)

    def plan(self, roles: Sequence[LaunchRole], readers: Readers, *, regions: Iterable[str] = ()) -> Result:
        """What `deploy` would do; only reads. `regions`: where else products can be launched.

        Raises Refused when a role that is in use would be deleted.
        """
        home = self.roles_region(roles)
        self._refuse_lost_roles(roles, home, regions)
        stacks = [(self._aws.region, _bucket_stack(readers)), (home, _roles_stack(roles))]
        return self._result(
            roles, [self._step(region, stack, self._stacks(region).action(stack)) for region, stack in stacks]
        )

    def deploy(self, roles: Sequence[LaunchRole], readers: Readers) -> Result:
        """Creates or updates both stacks."""
        home = self.roles_region(roles)
        bucket, role_stack = _bucket_stack(readers), _roles_stack(roles)
        steps = [self._step(self._aws.region, bucket, self._stacks(self._aws.region).deploy(bucket))]
        action = self._stacks(home).deploy(role_stack, upload=self._upload)
        return self._result(roles, [*steps, self._step(home, role_stack, action)])

    def roles_region(self, roles: Iterable[LaunchRole]) -> str:
        """The Region with the stack of the roles, from the tag of a role; without roles it is this one.

        Raises Refused when a role of such a name was not created by bootstrap.
        """
        client = self._aws.client("iam")
        for role in roles:
            with aws_errors(f"cannot read the role {role.name}"):
                try:
                    tags = client.get_role(RoleName=role.name)["Role"].get("Tags", [])
                except ClientError as error:
                    if error_code(error) == "NoSuchEntity":
                        continue
                    raise
            region = next((tag["Value"] for tag in tags if tag["Key"] == REGION_TAG), None)
            if region is None:
                raise Refused(
                    f"role '{role.name}' already exists and was not created by bootstrap",
                    hint=f"delete it, or set launch_role: {role.name} in the family's product.yaml",
                )
            return str(region)
        return self._aws.region

    def _refuse_lost_roles(self, roles: Iterable[LaunchRole], home: str, regions: Iterable[str]) -> None:
        stacks = self._stacks(home)
        current = stacks.template(ROLES_STACK) if stacks.current(ROLES_STACK) else None
        lost = _role_names(current) - {role.name for role in roles}
        for region in sorted({self._aws.region, home, *regions}) if lost else ():
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
        names = _role_names(here.template(ROLES_STACK)) if roles else set()
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
                    hint=f"run {self._command_in(region)} bootstrap --remove first",
                )

    def remove(self, plan: Result) -> Result:
        """Empties the bucket and deletes the stacks of a removal's plan."""
        stacks = self._stacks(self._aws.region)
        steps = []
        for step in plan.steps:
            if step.action == "delete" and step.stack == BUCKET_STACK:
                self._note(f"{self._bucket}: deleting all object versions")
                with aws_errors(f"cannot empty the bucket {self._bucket}"):
                    empty_bucket(self._aws.client("s3"), self._bucket)
            action = stacks.delete(step.stack) if step.action == "delete" else step.action
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

    def _result(self, roles: Iterable[LaunchRole | str], steps: Sequence[Step]) -> Result:
        return Result(
            account_id=self._aws.account_id,
            region=self._aws.region,
            bucket=self._bucket,
            roles=tuple(sorted(role if isinstance(role, str) else role.name for role in roles)),
            steps=tuple(steps),
        )


def _bucket_stack(readers: Readers) -> Stack:
    return Stack(name=BUCKET_STACK, template=bucket_template(), parameters=readers.parameters())


def _roles_stack(roles: Sequence[LaunchRole]) -> Stack:
    return Stack(name=ROLES_STACK, template=roles_template(roles), capabilities=("CAPABILITY_NAMED_IAM",))


def _role_names(template: Template | None) -> set[str]:
    resources = (template or {}).get("Resources", {}).values()
    return {
        resource["Properties"]["RoleName"] for resource in resources if resource["Type"] == "AWS::IAM::Role"
    }


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
