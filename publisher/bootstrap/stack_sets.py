"""The launch roles in accounts of an organization: service-managed stack sets, one for each stack of roles.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/what-is-cfnstacksets.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any, Literal

from publisher.aws.calls import aws_errors, or_none
from publisher.aws.clients import Aws
from publisher.aws.waiting import Clock, poll
from publisher.bootstrap.expected_roles import Place, expected_roles
from publisher.bootstrap.organization import Organization, Targets
from publisher.bootstrap.placement import Placement, place_roles, roles_in, stack_name
from publisher.bootstrap.role_states import RoleState, Seen
from publisher.bootstrap.roles import LaunchRole
from publisher.bootstrap.templates import (
    HUB_ACCOUNT,
    INLINE_SIZE,
    ROLES_REGION,
    STACK_TAGS,
    Template,
    body,
)
from publisher.errors import AwsError, command
from publisher.stopping import Stop

SetAction = Literal["create", "update", "unchanged", "delete", "absent", "not attempted"]
Instance = tuple[str, str]

_SECONDS = 60 * 60
# All accounts are tried, those that fail are reported.
_PREFERENCES = {
    "FailureTolerancePercentage": 100,
    "MaxConcurrentPercentage": 100,
    "RegionConcurrencyType": "PARALLEL",
}


@dataclass(frozen=True, kw_only=True)
class SetStep:
    """What is to be done, or was done, to one stack set; `instances` are added or deleted."""

    stack_set: str
    action: SetAction
    roles: int = 0
    instances: tuple[Instance, ...] = ()
    # Units that the stack set does not have yet, which may be without accounts.
    units: tuple[str, ...] = ()
    failed: Mapping[Instance, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "stack_set": self.stack_set,
            "action": self.action,
            "roles": self.roles,
            "instances": [{"account": account, "region": region} for account, region in self.instances],
            "failed": [
                {"account": account, "region": region, "reason": reason}
                for (account, region), reason in sorted(self.failed.items())
            ],
        }


@dataclass(frozen=True, kw_only=True)
class SetResult:
    """The stack sets of the roles, in their order, and how the roles change."""

    steps: tuple[SetStep, ...]
    accounts: tuple[str, ...]
    role_states: tuple[RoleState, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether anything is to be done."""
        return any(it.action not in {"unchanged", "absent"} for it in self.steps)

    @property
    def failed(self) -> int:
        """For how many instances it failed."""
        return sum(len(it.failed) for it in self.steps)

    def document(self) -> dict[str, Any]:
        """Its JSON shape."""
        return {
            "accounts": list(self.accounts),
            "stack_sets": [it.document() for it in self.steps],
            "role_changes": [it.document() for it in self.role_states],
        }


@dataclass(frozen=True, kw_only=True)
class _Current:
    """A stack set as it is."""

    template: Template | None
    parameters: Mapping[str, str]
    automatic: bool
    units: Collection[str]
    instances: Mapping[Instance, str]


class RoleStackSets:
    """The stack sets of the caller.

    `hub` is the account with the content, `regions` begin with that of the roles.
    """

    def __init__(
        self,
        aws: Aws,
        *,
        hub: str,
        regions: Sequence[str],
        targets: Targets,
        note: Callable[[str], None],
        clock: Clock,
        upload: Callable[[str], str],
    ) -> None:
        self._aws, self._client = aws, aws.client("cloudformation")
        self._hub, self._regions, self._targets = hub, regions, targets
        self._note, self._clock, self._upload = note, clock, upload
        self._organization = Organization(aws)
        self._call_as = {"CallAs": self._organization.call_as()}

    def plan(self, roles: Sequence[LaunchRole], *, keep_others: bool = False) -> SetResult:
        """What `deploy` would do; only reads. Raises AwsError, Refused."""
        current = list(self._current())
        templates = self._placed(roles, current, keep_others=keep_others).templates
        accounts = self._organization.accounts(self._targets)
        place = Place(partition=self._aws.partition, account_id="*", region=self._regions[0])
        seen = Seen(
            wanted=expected_roles(templates, place),
            stack=expected_roles([it.template for it in current], place),
            account=None,
        )
        steps = [
            self._planned(number, template, current[number - 1] if number <= len(current) else None, accounts)
            for number, template in enumerate(templates, 1)
        ]
        return SetResult(steps=tuple(steps), accounts=accounts, role_states=seen.states())

    def deploy(
        self, roles: Sequence[LaunchRole], plan: SetResult, stop: Stop, *, keep_others: bool = False
    ) -> SetResult:
        """Does what was planned, and waits. Raises AwsError."""
        placement = self._placed(roles, list(self._current()), keep_others=keep_others)
        planned = sorted(
            zip(plan.steps, placement.templates, strict=True),
            key=lambda it: it[0].stack_set not in placement.full,
        )
        done = {step.stack_set: self._deployed(step, template, stop) for step, template in planned}
        return replace(plan, steps=tuple(done[it.stack_set] for it in plan.steps))

    def plan_removal(self) -> SetResult:
        """What `remove` would do; only reads. Without targets it is about all instances."""
        accounts = self._organization.accounts(self._targets)
        steps = []
        for number, current in enumerate(self._current(), 1):
            found = tuple(sorted(it for it in current.instances if not accounts or it[0] in accounts))
            left = len(current.instances) - len(found)
            action: SetAction = "delete" if found or not left else "absent"
            steps.append(
                SetStep(
                    stack_set=stack_name(number),
                    action=action,
                    roles=len(roles_in(current.template)),
                    instances=found,
                )
            )
        gone = sorted({account for step in steps for account, _ in step.instances})
        return SetResult(steps=tuple(steps), accounts=tuple(gone))

    def remove(self, plan: SetResult, stop: Stop) -> SetResult:
        """Deletes the instances of a removal's plan, then stack sets that have none left. Raises AwsError."""
        steps = []
        for step in reversed(plan.steps):
            if step.action != "delete" or stop.requested:
                action: SetAction = "not attempted" if step.action == "delete" else step.action
                steps.append(replace(step, action=action))
                continue
            with stop.doing(step, f"stack set {step.stack_set}"):
                steps.append(replace(step, failed=self._removed(step)))
        return SetResult(steps=tuple(reversed(steps)), accounts=plan.accounts)

    def _removed(self, step: SetStep) -> Mapping[Instance, str]:
        failed: Mapping[Instance, str] = {}
        if step.instances:
            accounts = tuple(sorted({account for account, _ in step.instances}))
            failed = self._operation(
                step.stack_set,
                self._client.delete_stack_instances,
                DeploymentTargets=self._organization.deployment_targets(Targets(accounts=accounts)),
                Regions=sorted({region for _, region in step.instances}),
                RetainStacks=False,
            )
        if not failed and not self._instances(step.stack_set):
            with aws_errors(f"cannot delete the stack set {step.stack_set}"):
                self._client.delete_stack_set(StackSetName=step.stack_set, **self._call_as)
        return failed

    def _placed(
        self, roles: Sequence[LaunchRole], current: Sequence[_Current], *, keep_others: bool
    ) -> Placement:
        known = [it.template for it in current]
        return place_roles(roles, current=known, keep_others=keep_others, fewest=max(len(known), 1))

    def _planned(
        self, number: int, template: Template, current: _Current | None, accounts: Sequence[str]
    ) -> SetStep:
        regions = self._regions_of(stack_name(number))
        units = tuple(it for it in self._targets.units if current is None or it not in current.units)
        known = current.instances if current else {}
        missing = tuple((it, region) for it in accounts for region in regions if (it, region) not in known)
        same = current is not None and (
            current.template == template
            and current.parameters == self._parameters(template)
            and current.automatic == bool(self._targets.units)
            and all(status == "CURRENT" for status in known.values())
        )
        action: SetAction = (
            "create" if current is None else "update" if missing or units or not same else "unchanged"
        )
        return SetStep(
            stack_set=stack_name(number),
            action=action,
            roles=len(roles_in(template)),
            instances=missing,
            units=units,
        )

    def _regions_of(self, stack_set: str) -> Sequence[str]:
        return self._regions if stack_set == stack_name(1) else self._regions[:1]

    def _deployed(self, step: SetStep, template: Template, stop: Stop) -> SetStep:
        if step.action == "unchanged":
            return step
        if stop.requested:
            return replace(step, action="not attempted")
        with stop.doing(step, f"stack set {step.stack_set}"):
            failed = self._written(step, template)
            if step.instances or step.units:
                # Also a unit without accounts: those that join it get the roles.
                failed |= self._operation(
                    step.stack_set,
                    self._client.create_stack_instances,
                    DeploymentTargets=self._organization.deployment_targets(
                        self._targets if self._targets.units else _accounts_of(step.instances)
                    ),
                    Regions=list(self._regions_of(step.stack_set))
                    if step.units
                    else list(dict.fromkeys(region for _, region in step.instances)),
                )
        return replace(step, failed=failed)

    def _written(self, step: SetStep, template: Template) -> dict[Instance, str]:
        text = body(template)
        arguments: dict[str, Any] = {
            "StackSetName": step.stack_set,
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in self._parameters(template).items()
            ],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Tags": [{"Key": key, "Value": value} for key, value in STACK_TAGS.items()],
            "PermissionModel": "SERVICE_MANAGED",
            # Accounts that join a unit get the roles; where accounts are named, nobody else does.
            "AutoDeployment": {"Enabled": True, "RetainStacksOnAccountRemoval": False}
            if self._targets.units
            else {"Enabled": False},
            **({"TemplateURL": self._upload(text)} if len(text) > INLINE_SIZE else {"TemplateBody": text}),
        }
        if step.action == "update":
            del arguments["StackSetName"]
            return self._operation(step.stack_set, self._client.update_stack_set, **arguments)
        with aws_errors(f"cannot create the stack set {step.stack_set}"):
            self._client.create_stack_set(**arguments, **self._call_as)
        return {}

    def _parameters(self, template: Template) -> dict[str, str]:
        values = {ROLES_REGION: self._regions[0], HUB_ACCOUNT: self._hub}
        return {key: value for key, value in values.items() if key in template["Parameters"]}

    def _operation(self, name: str, call: Callable[..., Any], **arguments: Any) -> dict[Instance, str]:
        """Starts an operation and waits; the reasons of the instances that failed."""
        with aws_errors(f"cannot change the stack set {name}"):
            started = call(
                StackSetName=name, OperationPreferences=_PREFERENCES, **arguments, **self._call_as
            )["OperationId"]
        where = {"StackSetName": name, "OperationId": started, **self._call_as}
        line = ""

        def finished() -> str | None:
            nonlocal line
            with aws_errors(f"cannot read the stack set {name}"):
                found = self._client.describe_stack_set_operation(**where)["StackSetOperation"]
            now = f"{name}: {found['Action']} {found['Status']}"
            if now != line:
                line = now
                self._note(line)
            return None if found["Status"] in {"QUEUED", "RUNNING", "STOPPING"} else str(found["Status"])

        if poll(finished, clock=self._clock, seconds=_SECONDS) is None:
            raise AwsError(
                f"stack set {name}: the operation has not finished after {_SECONDS // 60} minutes",
                hint=f"look at it in the console, then run {command('bootstrap', '--stack-set')} again",
            )
        with aws_errors(f"cannot read the stack set {name}"):
            pages = self._client.get_paginator("list_stack_set_operation_results").paginate(**where)
            results = [it for page in pages for it in page["Summaries"]]
        return {
            (it["Account"], it["Region"]): it.get("StatusReason", it["Status"])
            for it in results
            if it["Status"] != "SUCCEEDED"
        }

    def _current(self) -> Iterator[_Current]:
        for number in count(1):
            name = stack_name(number)
            read = partial(self._client.describe_stack_set, StackSetName=name, **self._call_as)
            with aws_errors(f"cannot read the stack set {name}"):
                answer = or_none(read, "StackSetNotFoundException")
            if answer is None:
                return
            found = answer["StackSet"]
            yield _Current(
                template=_parsed(found.get("TemplateBody", "")),
                parameters={
                    it["ParameterKey"]: it.get("ParameterValue", "") for it in found.get("Parameters", ())
                },
                automatic=bool(found.get("AutoDeployment", {}).get("Enabled")),
                units=found.get("OrganizationalUnitIds", ()),
                instances=self._instances(name),
            )

    def _instances(self, name: str) -> dict[Instance, str]:
        with aws_errors(f"cannot read the stack set {name}"):
            pages = self._client.get_paginator("list_stack_instances").paginate(
                StackSetName=name, **self._call_as
            )
            return {(it["Account"], it["Region"]): it["Status"] for page in pages for it in page["Summaries"]}


def _accounts_of(instances: Sequence[Instance]) -> Targets:
    return Targets(accounts=tuple(sorted({account for account, _ in instances})))


def _parsed(text: str) -> Template | None:
    try:
        template = json.loads(text)
    except ValueError:
        return None
    return template if isinstance(template, dict) else None
