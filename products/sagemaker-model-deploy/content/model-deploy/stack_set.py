"""Deploys a template to the accounts of an organizational unit: a stack set with service-managed permissions.

Every run does all that is missing: one that was killed is finished by the next.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/what-is-cfnstacksets.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

POLL_SECONDS = 15
# A build ends after two hours.
LONGEST_SECONDS = 110 * 60
_RUNNING = frozenset({"QUEUED", "RUNNING", "STOPPING"})
# Somebody's operation is running, or the stack set has just changed.
_BUSY = frozenset({"OperationInProgressException", "StaleRequestException"})
_SUSPENDED = "SKIPPED_SUSPENDED_ACCOUNT"


class StackSetFailed(Exception):
    """Not all accounts have what was released."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """What every stack is to be."""

    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(kw_only=True)
class StackSet:
    """A stack set by its name. `call_as` is SELF in the management account, else DELEGATED_ADMIN."""

    cloudformation: Any
    name: str
    call_as: str = "SELF"
    sleep: Callable[[float], None] = time.sleep
    seconds_left: float = field(default=LONGEST_SECONDS, init=False)

    def deploy(self, release: Release, *, unit: str, region: str) -> list[str]:
        """Has all accounts of a unit, or below it, have the release; these accounts. Raises StackSetFailed.

        An account that was closed is left out. One that has left the unit keeps its stack, and gets the release,
        too.
        """
        if not self._create(release):
            self._operate("update_stack_set", **_definition(release))
        # Accounts that have an instance keep it.
        target = {"OrganizationalUnitIds": [unit]}
        self._operate("create_stack_instances", DeploymentTargets=target, Regions=[region])
        self._take_back(release, unit, region)
        accounts = self.accounts(region)
        if not accounts:
            raise self._failed(f"{unit} holds no active account that a stack set reaches")
        return accounts

    def accounts(self, region: str) -> list[str]:
        """The accounts that have the stack. Raises StackSetFailed if one does not have what it should."""
        found = self._pages("list_stack_instances", StackInstanceRegion=region)
        states = [(it, it["StackInstanceStatus"]["DetailedStatus"]) for it in found]
        for it in [it for it, state in states if state == _SUSPENDED]:
            print(f"account {it['Account']} is suspended; it is left out", flush=True)
        failed = [_reason(it, state) for it, state in states if state not in ("SUCCEEDED", _SUSPENDED)]
        if failed:
            raise self._failed("not all accounts have the release", *failed)
        return sorted(it["Account"] for it, state in states if state == "SUCCEEDED")

    def _create(self, release: Release) -> bool:
        """Whether the stack set was made; otherwise there is one."""
        try:
            self._call("describe_stack_set")
        except self.cloudformation.exceptions.StackSetNotFoundException:
            self._call(
                "create_stack_set",
                **_definition(release),
                Description="Endpoints of one stage of a SageMaker project",
                PermissionModel="SERVICE_MANAGED",
                AutoDeployment={"Enabled": False},
            )
            return True
        return False

    def _take_back(self, release: Release, unit: str, region: str) -> None:
        """Sets parameters that somebody has overridden for an account; updates of the stack set leave them.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStackInstances.html
        """
        changed: dict[str, str] = {}
        accounts = []
        for account in self.accounts(region):
            place = {"StackInstanceAccount": account, "StackInstanceRegion": region}
            found = self._call("describe_stack_instance", **place)["StackInstance"]
            own = {it["ParameterKey"]: it["ParameterValue"] for it in found.get("ParameterOverrides", [])}
            other = {key: value for key, value in release.parameters.items() if own.get(key, value) != value}
            if other:
                print(f"account {account} has its own {', '.join(other)}, which is set again", flush=True)
                changed |= other
                accounts.append(account)
        if accounts:
            self._operate(
                "update_stack_instances",
                DeploymentTargets={
                    "OrganizationalUnitIds": [unit],
                    "Accounts": accounts,
                    "AccountFilterType": "INTERSECTION",
                },
                Regions=[region],
                ParameterOverrides=_parameters(changed),
            )

    def _operate(self, call: str, **request: Any) -> None:
        """Starts an operation as soon as no other one runs, and waits for its end. Raises StackSetFailed."""
        operation = {"OperationId": str(uuid4())}
        while True:
            try:
                self._call(call, **operation, **request)
                break
            except self.cloudformation.exceptions.ClientError as error:
                code = error.response["Error"]["Code"]
                # A reply was lost, and botocore has asked again.
                if code == "OperationIdAlreadyExistsException":
                    break
                if code not in _BUSY:
                    raise
            self._pause("another operation is running")
        status = "RUNNING"
        while status in _RUNNING:
            found = self._call("describe_stack_set_operation", **operation)["StackSetOperation"]
            status = found["Status"]
            if status in _RUNNING:
                self._pause(f"operation {operation['OperationId']} is {status}")
        if status != "SUCCEEDED":
            results = self._pages("list_stack_set_operation_results", **operation)
            reasons = [_reason(it, it["Status"]) for it in results if it["Status"] != "SUCCEEDED"]
            raise self._failed(f"{found['Action']} {status}", *reasons)

    def _pause(self, why: str) -> None:
        if self.seconds_left <= 0:
            raise self._failed(f"{why} after {LONGEST_SECONDS // 60} minutes")
        self.sleep(POLL_SECONDS)
        self.seconds_left -= POLL_SECONDS

    def _failed(self, why: str, *reasons: str) -> StackSetFailed:
        return StackSetFailed("\n  ".join([f"stack set {self.name}: {why}", *reasons]))

    def _call(self, call: str, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self.cloudformation, call)(
            StackSetName=self.name, CallAs=self.call_as, **request
        )
        return answer

    def _pages(self, call: str, **request: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            page = self._call(call, **request, **token)
            found += page["Summaries"]
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}


def _reason(found: Mapping[str, Any], status: str) -> str:
    why = found.get("StatusReason", "no reason is known")
    return f"{found['Account']}/{found['Region']} {status}: {why}"


def _definition(release: Release) -> dict[str, Any]:
    return {
        "TemplateBody": release.template,
        "Parameters": _parameters(release.parameters),
        "Tags": [{"Key": key, "Value": value} for key, value in release.tags.items()],
    }


def _parameters(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
