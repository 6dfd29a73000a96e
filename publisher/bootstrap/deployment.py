"""Bootstraps an account and Region, or takes it back: which stacks, where, and when not.

IAM is global and a bucket is not: every Region has its bucket stack, one Region has the stack of the roles.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from publisher.aws.clients import Aws, ClientError, error_code, wrapped
from publisher.bootstrap.bodies import (
    REGION_TAG,
    LaunchRole,
    Template,
    bucket_name,
    bucket_template,
    roles_template,
)
from publisher.bootstrap.launches import launches_with, published
from publisher.bootstrap.stacks import Action, Stack, Stacks
from publisher.errors import AwsError, Refused

BUCKET_STACK = "publisher-bootstrap"
ROLES_STACK = "publisher-launch-roles"

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class Readers:
    """Who may read starting content: None leaves it as it is, an empty value means nobody."""

    organization: str | None = None
    accounts: tuple[str, ...] | None = None

    def parameters(self) -> dict[str, str]:
        """The bucket stack's parameters."""
        given: dict[str, str] = {}
        if self.organization is not None:
            given["OrganizationId"] = self.organization
        if self.accounts is not None:
            given["ReaderAccounts"] = ",".join(sorted(set(self.accounts)))
        return given


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is, or was, to be done to one stack."""

    stack: str
    region: str
    action: Action


@dataclass(frozen=True, kw_only=True)
class Result:
    """The steps in their order, and what the stacks hold."""

    account_id: str
    region: str
    bucket: str
    roles: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def changes(self) -> bool:
        """Whether anything is to be done."""
        return any(step.action not in {"unchanged", "absent"} for step in self.steps)


class Bootstrap:
    """One account and Region; in another, `aws_in` answers the same identity, `elsewhere` the command."""

    def __init__(
        self,
        aws: Aws,
        *,
        aws_in: Callable[[str], Aws],
        note: Callable[[str], None],
        sleep: Callable[[float], None],
        elsewhere: Callable[[str], str],
    ) -> None:
        self._aws, self._aws_in, self._note, self._sleep = aws, aws_in, note, sleep
        self._elsewhere = elsewhere
        self._bucket = bucket_name(account_id=aws.account_id, region=aws.region)

    def plan(self, roles: Sequence[LaunchRole], readers: Readers, *, regions: Iterable[str] = ()) -> Result:
        """What deploying would do; only reads. `regions`: where else products may be launched.

        Raises Refused when it would take away what is in use.
        """
        home = self.roles_region(roles)
        self._refuse_lost_roles(roles, home, regions)
        stacks = [(self._aws.region, _bucket_stack(readers)), (home, _roles_stack(roles))]
        return self._result(
            roles, [self._step(region, stack, self._stacks(region).action(stack)) for region, stack in stacks]
        )

    def deploy(self, roles: Sequence[LaunchRole], readers: Readers) -> Result:
        """Makes or changes both stacks."""
        home = self.roles_region(roles)
        bucket, role_stack = _bucket_stack(readers), _roles_stack(roles)
        steps = [self._step(self._aws.region, bucket, self._stacks(self._aws.region).deploy(bucket))]
        action = self._stacks(home).deploy(role_stack, upload=self._upload)
        return self._result(roles, [*steps, self._step(home, role_stack, action)])

    def roles_region(self, roles: Iterable[LaunchRole]) -> str:
        """The Region whose stack holds the roles: each role says so in a tag; without roles it is this one.

        Raises Refused when a role of such a name is not ours.
        """
        client = self._aws.client("iam")
        for role in roles:
            with wrapped(f"cannot read the role {role.name}"):
                try:
                    tags = client.get_role(RoleName=role.name)["Role"].get("Tags", [])
                except ClientError as error:
                    if error_code(error) == "NoSuchEntity":
                        continue
                    raise
            region = next((tag["Value"] for tag in tags if tag["Key"] == REGION_TAG), None)
            if region is None:
                raise Refused(
                    f"the role '{role.name}' exists, and bootstrap did not make it",
                    hint=f"delete it, or write launch_role: {role.name} in the family's product.yaml",
                )
            return str(region)
        return self._aws.region

    def _refuse_lost_roles(self, roles: Iterable[LaunchRole], home: str, regions: Iterable[str]) -> None:
        stacks = self._stacks(home)
        before = stacks.template(ROLES_STACK) if stacks.live(ROLES_STACK) else None
        lost = _role_names(before) - {role.name for role in roles}
        for region in sorted({self._aws.region, home, *regions}) if lost else ():
            if used := launches_with(self._in(region), lost):
                raise Refused(
                    f"launches in {region} use roles that no product has any more: {_some(used)}",
                    hint="terminate these launches first, or bring the products back",
                )

    def plan_removal(self, regions: Iterable[str]) -> Result:
        """What removing would do; only reads. `regions`: where else products may be published or launched.

        Raises Refused while launches use the roles, or published products the bucket.
        """
        here = self._stacks(self._aws.region)
        bucket = here.live(BUCKET_STACK) is not None
        roles = here.live(ROLES_STACK) is not None
        if bucket and (products := published(self._aws)):
            raise Refused(
                f"the bucket holds the templates of published products: {_some(products)}",
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
            if self._stacks(region).live(BUCKET_STACK):
                raise Refused(
                    f"the launch roles are here, and {region} is bootstrapped as well",
                    hint=f"run {self._elsewhere(region)} bootstrap --remove first",
                )

    def remove(self, plan: Result) -> Result:
        """Deletes the stacks of a removal's plan; the bucket is emptied before."""
        stacks = self._stacks(self._aws.region)
        steps = []
        for step in plan.steps:
            if step.action == "delete" and step.stack == BUCKET_STACK:
                self._empty_bucket()
            action = stacks.delete(step.stack) if step.action == "delete" else step.action
            steps.append(Step(stack=step.stack, region=step.region, action=action))
        return self._result(plan.roles, steps)

    def _empty_bucket(self) -> None:
        client = self._aws.client("s3")
        with wrapped(f"cannot empty the bucket {self._bucket}"):
            for page in client.get_paginator("list_object_versions").paginate(Bucket=self._bucket):
                found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
                if objects:
                    self._note(f"{self._bucket}: deleting {len(objects)} object versions")
                    answer = client.delete_objects(
                        Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True}
                    )
                    if errors := answer.get("Errors"):
                        raise AwsError(
                            f"cannot delete {errors[0]['Key']} from the bucket {self._bucket}: "
                            f"{errors[0]['Code']}",
                            aws_code=errors[0]["Code"],
                        )

    def _upload(self, text: str) -> str:
        """The URL of a template body too long for a call, in the bucket that was made just before."""
        key = f"bootstrap/{hashlib.sha256(text.encode()).hexdigest()}.json"
        with wrapped(f"cannot put the roles' template into the bucket {self._bucket}"):
            self._aws.client("s3").put_object(
                Bucket=self._bucket, Key=key, Body=text.encode(), ContentType="application/json"
            )
        return f"https://{self._bucket}.s3.{self._aws.region}.{self._aws.url_suffix}/{key}"

    def _in(self, region: str) -> Aws:
        return self._aws if region == self._aws.region else self._aws_in(region)

    def _stacks(self, region: str) -> Stacks:
        return Stacks(self._in(region), note=self._note, sleep=self._sleep)

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
