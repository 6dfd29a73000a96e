"""Stack sets, their instances and operations.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from catalog_emulator.cloudformation.engine.stack import Stack


@dataclass(kw_only=True, eq=False)
class Instance:
    """An instance in one account and Region; `stack` is None when its creation could not start."""

    stack_set_id: str
    account_id: str
    region_name: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    organizational_unit_id: str | None = None
    stack: Stack | None = None
    status: str = "OUTDATED"
    detailed_status: str = "PENDING"
    reason: str | None = None
    operation_id: str | None = None

    def shown(self) -> dict[str, Any]:
        drift = self.stack.drift_information if self.stack else {}
        return vars(self) | {
            "Region": self.region_name,
            "Account": self.account_id,
            "StackId": self.stack.stack_id if self.stack else None,
            "ParameterOverrides": [
                {"ParameterKey": name, "ParameterValue": value} for name, value in self.overrides.items()
            ],
            "StatusReason": self.reason,
            "StackInstanceStatus": {"DetailedStatus": self.detailed_status},
            "DriftStatus": drift.get("StackDriftStatus", "NOT_CHECKED"),
            "LastDriftCheckTimestamp": drift.get("LastCheckTimestamp"),
            "LastOperationId": self.operation_id,
        }


@dataclass(kw_only=True)
class Result:
    """The result of an operation for one instance."""

    instance: Instance
    status: str = "PENDING"
    reason: str | None = None

    def set(self, status: str, reason: str | None = None) -> None:
        self.status, self.reason = status, reason
        self.instance.detailed_status, self.instance.reason = status, reason
        self.instance.status = "CURRENT" if status == "SUCCEEDED" else "OUTDATED"

    def skip(self) -> None:
        """For an account that is closed. Which status the result then has is not documented."""
        self.set("CANCELLED", "The account is suspended")
        self.instance.detailed_status = "SKIPPED_SUSPENDED_ACCOUNT"

    def shown(self) -> dict[str, Any]:
        account, region = self.instance.account_id, self.instance.region_name
        gate = f"arn:aws:lambda:{region}:{account}:function:AWSCloudFormationStackSetAccountGate"
        return {
            **self.instance.shown(),
            "Status": self.status,
            "StatusReason": self.reason,
            "AccountGateResult": {"Status": "SKIPPED", "StatusReason": f"Function not found: {gate}"},
        }


@dataclass(kw_only=True)
class Operation:
    """One operation on a stack set."""

    operation_id: str
    action: str
    operation_preferences: Mapping[str, Any] = field(default_factory=dict)
    retain_stacks: bool | None = None
    deployment_targets: Mapping[str, Any] | None = None
    results: list[Result] = field(default_factory=list)
    status: str = "RUNNING"
    creation_timestamp: datetime = field(default_factory=utcnow)
    end_timestamp: datetime | None = None

    @property
    def failed(self) -> int:
        """For how many instances it failed."""
        return sum(result.status == "FAILED" for result in self.results)

    def finish(self, status: str) -> None:
        self.status, self.end_timestamp = status, utcnow()

    def shown(self, stack_set: "StackSet") -> dict[str, Any]:
        drift = stack_set.drift if self.action == "DETECT_DRIFT" else None
        return {
            **vars(stack_set),
            **vars(self),
            "StackSetId": stack_set.id,
            "StatusDetails": {"FailedStackInstancesCount": self.failed},
            "StackSetDriftDetectionDetails": drift,
        }


@dataclass(kw_only=True, eq=False)
class StackSet:
    """A stack set. With an `execution_role_name` of "" its stacks are made without a role."""

    id: str
    arn: str
    name: str
    template: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    permission_model: str
    administration_role_arn: str
    execution_role_name: str
    description: str | None = None
    capabilities: Sequence[str] = ()
    auto_deployment: Mapping[str, Any] | None = None
    managed_execution: Mapping[str, Any] = field(default_factory=lambda: {"Active": False})
    token: str | None = None
    # The organizational units that were named, each with a Region, also those without accounts.
    units: tuple[tuple[str, str], ...] = ()
    status: str = "ACTIVE"
    drift: Mapping[str, Any] | None = None
    operations: list[Operation] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)

    @property
    def is_busy(self) -> bool:
        return any(one.status in ("RUNNING", "STOPPING") for one in self.operations)

    def instance(self, account: str, region: str) -> Instance | None:
        for one in self.instances:
            if (one.account_id, one.region_name) == (account, region):
                return one
        return None

    def parameters_of(self, instance: Instance) -> dict[str, str]:
        """The parameters of an instance's stack: the stack set's, then its overrides."""
        return {**self.parameters, **instance.overrides}

    def shown(self) -> dict[str, Any]:
        return vars(self) | {
            "StackSetName": self.name,
            "StackSetId": self.id,
            "StackSetARN": self.arn,
            "TemplateBody": self.template,
            **(self.drift or {"DriftStatus": "NOT_CHECKED"}),
            "StackSetDriftDetectionDetails": self.drift,
            "OrganizationalUnitIds": sorted({unit for unit, _ in self.units}),
            "Regions": list(dict.fromkeys(one.region_name for one in self.instances)),
        }
