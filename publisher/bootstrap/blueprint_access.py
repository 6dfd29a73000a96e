"""The role that Control Tower assumes in the account of the blueprints, as a stack of its own.

https://docs.aws.amazon.com/controltower/latest/userguide/step-1-create-blueprint-access-role.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from publisher.aws.calls import DENIED, aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock
from publisher.bootstrap.stacks import Action, Stack, Stacks
from publisher.bootstrap.templates import ACCESS_ROLE, ACCESS_STACK, REGION_TAG, STACK_TAGS, access_template
from publisher.errors import AwsError, InputError, Refused, command, quoted
from publisher.stopping import Stop

# The mandatory control GRIAMROLEPOLICY protects all roles of such a name.
# https://docs.aws.amazon.com/controltower/latest/userguide/af-customization-page.html#af-error
ENROLLED = (
    f"in an account that is enrolled in Control Tower a service control policy refuses {ACCESS_ROLE}: assume "
    "AWSControlTowerExecution for it, or deploy the template of --template as a service-managed StackSet"
)
_NO_ORGANIZATION = "AWSOrganizationsNotInUseException"
_MANAGEMENT, _CONSOLE = "ManagementAccountId", "ConsoleRole"


@dataclass(frozen=True, kw_only=True)
class Trusted:
    """Who may assume the role: Control Tower of the management account, and there the people of a role.

    An empty `console_role` keeps what the stack has, at first Control Tower's own permission set.
    """

    management_account: str
    console_role: str = ""

    @classmethod
    def of(cls, management_account: str, console_role: str) -> Trusted:
        """From the values of options. Raises InputError."""
        if not re.fullmatch(r"[0-9]{12}", management_account):
            raise InputError(
                f"--blueprint-access: {quoted(management_account)} is not an account id",
                hint="use the twelve digits of Control Tower's management account",
            )
        if console_role and not re.fullmatch(r"[A-Za-z0-9_+=,.@-]{1,64}", console_role):
            raise InputError(
                f"--console-role: {quoted(console_role)} is not a name",
                hint="use the name of a permission set, such as AWSAdministratorAccess, or of a role",
            )
        return cls(management_account=management_account, console_role=console_role)

    def parameters(self) -> dict[str, str]:
        """The stack's parameters."""
        console = {_CONSOLE: self.console_role} if self.console_role else {}
        return {_MANAGEMENT: self.management_account, **console}


@dataclass(frozen=True, kw_only=True)
class AccessResult:
    """What is to be done, or was done, and whom the role trusted before; empty for nobody."""

    account_id: str
    region: str
    trusted: Trusted
    before: str
    action: Action

    @property
    def changes(self) -> bool:
        """Whether anything is to be done."""
        return self.action not in {"unchanged", "absent"}

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "target": f"{self.account_id}/{self.region}",
            "account": self.account_id,
            "region": self.region,
            "role": ACCESS_ROLE,
            "management_account": self.trusted.management_account,
            "console_role": self.trusted.console_role,
            "trusted_before": self.before,
            "stacks": [{"stack": ACCESS_STACK, "region": self.region, "action": self.action}],
        }


class BlueprintAccess:
    """The role in one account; its stack is in one Region."""

    def __init__(self, aws: Aws, *, note: Callable[[str], None], clock: Clock) -> None:
        self._aws, self._stacks = aws, Stacks(aws, note=note, clock=clock)

    def plan(self, trusted: Trusted) -> AccessResult:
        """What `deploy` would do; only reads.

        Raises Refused when others have made the role or stack, or deleted the role, or it would be for a
        stranger.
        """
        self._check_organization(trusted)
        before, tags = self._before(), self._tags()
        if before and tags is None:
            removal = command("bootstrap", "--blueprint-access", before, "--remove")
            raise Refused(
                f"stack {ACCESS_STACK} is there, but somebody deleted its role {ACCESS_ROLE}",
                hint=f"run {removal}, then the command again",
            )
        if not before and tags is not None:
            ours = STACK_TAGS.items() <= tags.items()
            raise Refused(
                f"role '{ACCESS_ROLE}' already exists and was not created in {self._aws.region}",
                hint=f"use the Region of its stack: {tags[REGION_TAG]}"
                if ours and REGION_TAG in tags
                else "account vending can use it as it is; or delete it first",
            )
        return self._result(trusted, before, self._stacks.action(_stack(trusted)))

    def deploy(self, plan: AccessResult, stop: Stop) -> AccessResult:
        """Creates or updates the role. Raises AwsError, with what to do in an enrolled account."""
        stack = _stack(plan.trusted)
        with stop.doing(stack, f"stack {self._aws.region}/{ACCESS_STACK}"):
            try:
                return replace(plan, action=self._stacks.deploy(stack))
            except AwsError as error:
                raise AwsError(error.message, hint=f"{error.hint}; {ENROLLED}") from error

    def plan_removal(self, trusted: Trusted) -> AccessResult:
        """What `remove` would do; only reads.

        Raises Refused when the role is for another account, or the stack is of others.
        """
        before = self._before()
        if before and before != trusted.management_account:
            raise Refused(
                f"{ACCESS_ROLE} is for management account {before}, not {trusted.management_account}",
                hint=f"use --blueprint-access {before}",
            )
        return self._result(trusted, before, "delete" if before else "absent")

    def remove(self, plan: AccessResult, stop: Stop) -> AccessResult:
        """Deletes the role with its stack."""
        with stop.doing(plan, f"stack {self._aws.region}/{ACCESS_STACK}"):
            return replace(plan, action=self._stacks.delete(ACCESS_STACK))

    def _check_organization(self, trusted: Trusted) -> None:
        """The account's organization, if it has one that can be read, has no other management account."""
        read = self._aws.client("organizations").describe_organization
        with aws_errors("cannot read the organization"):
            found = or_none(lambda: read()["Organization"], _NO_ORGANIZATION, *DENIED) or {}
        known = found.get("MasterAccountId", trusted.management_account)
        if known != trusted.management_account:
            raise Refused(
                f"the management account of the organization of {self._aws.account_id} is {known}, "
                f"not {trusted.management_account}",
                hint=f"use --blueprint-access {known}",
            )

    def _before(self) -> str:
        """Whom the role of the stack trusts, if there is one. Raises Refused for a stack of others."""
        current = self._stacks.current(ACCESS_STACK)
        if current is None:
            return ""
        tags = {it["Key"]: it["Value"] for it in current.get("Tags", ())}
        # One of --template, deployed by hand, has no tags.
        by_hand = current.get("Description") == access_template()["Description"]
        if not (by_hand or STACK_TAGS.items() <= tags.items()):
            raise Refused(
                f"stack {ACCESS_STACK} was not created by bootstrap",
                hint="delete it first, or deploy the template of --template as a stack of another name",
            )
        found = {it["ParameterKey"]: it.get("ParameterValue", "") for it in current.get("Parameters", ())}
        return str(found.get(_MANAGEMENT, ""))

    def _tags(self) -> Mapping[str, str] | None:
        """Those of the role; None where there is no role."""
        read = self._aws.client("iam").get_role
        with aws_errors(f"cannot read the role {ACCESS_ROLE}"):
            found = or_none(lambda: read(RoleName=ACCESS_ROLE)["Role"], "NoSuchEntity")
        return found and {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}

    def _result(self, trusted: Trusted, before: str, action: Action) -> AccessResult:
        return AccessResult(
            account_id=self._aws.account_id,
            region=self._aws.region,
            trusted=trusted,
            before=before,
            action=action,
        )


def _stack(trusted: Trusted) -> Stack:
    return Stack(
        name=ACCESS_STACK,
        template=access_template(),
        parameters=trusted.parameters(),
        capabilities=("CAPABILITY_NAMED_IAM",),
    )
