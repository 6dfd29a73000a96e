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

    account_id: str
    region_name: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    organizational_unit: str | None = None
    stack: Stack | None = None
    status: str = "OUTDATED"
    detailed_status: str = "PENDING"
    reason: str | None = None
    operation_id: str | None = None

    def shown(self, stack_set_id: str) -> dict[str, Any]:
        drift = self.stack.drift_information if self.stack else {}
        return {
            "StackSetId": stack_set_id,
            "Region": self.region_name,
            "Account": self.account_id,
            "StackId": self.stack.stack_id if self.stack else None,
            "ParameterOverrides": [
                {"ParameterKey": name, "ParameterValue": value} for name, value in self.overrides.items()
            ],
            "Status": self.status,
            "StatusReason": self.reason,
            "StackInstanceStatus": {"DetailedStatus": self.detailed_status},
            "OrganizationalUnitId": self.organizational_unit,
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

    def shown(self) -> dict[str, Any]:
        account, region = self.instance.account_id, self.instance.region_name
        gate = f"arn:aws:lambda:{region}:{account}:function:AWSCloudFormationStackSetAccountGate"
        return {
            "Account": account,
            "Region": region,
            "Status": self.status,
            "StatusReason": self.reason,
            "AccountGateResult": {"Status": "SKIPPED", "StatusReason": f"Function not found: {gate}"},
            "OrganizationalUnitId": self.instance.organizational_unit,
        }


@dataclass(kw_only=True)
class Operation:
    """One operation on a stack set."""

    operation_id: str
    action: str
    preferences: Mapping[str, Any] = field(default_factory=dict)
    retain: bool | None = None
    targets: Mapping[str, Any] | None = None
    results: list[Result] = field(default_factory=list)
    status: str = "RUNNING"
    created: datetime = field(default_factory=utcnow)
    ended: datetime | None = None

    def finish(self, status: str) -> None:
        self.status, self.ended = status, utcnow()

    def summary(self) -> dict[str, Any]:
        failed = sum(result.status == "FAILED" for result in self.results)
        return {
            "OperationId": self.operation_id,
            "Action": self.action,
            "Status": self.status,
            "CreationTimestamp": self.created,
            "EndTimestamp": self.ended,
            "StatusDetails": {"FailedStackInstancesCount": failed},
            "OperationPreferences": dict(self.preferences),
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

    def summary(self) -> dict[str, Any]:
        return {
            "StackSetName": self.name,
            "StackSetId": self.id,
            "Description": self.description,
            "Status": self.status,
            "AutoDeployment": self.auto_deployment,
            "PermissionModel": self.permission_model,
            "ManagedExecution": self.managed_execution,
            "DriftStatus": (self.drift or {}).get("DriftStatus", "NOT_CHECKED"),
            "LastDriftCheckTimestamp": (self.drift or {}).get("LastDriftCheckTimestamp"),
        }

    def shown(self) -> dict[str, Any]:
        units = {one.organizational_unit for one in self.instances}
        return self.summary() | {
            "TemplateBody": self.template,
            "Parameters": dict(self.parameters),
            "Capabilities": list(self.capabilities),
            "Tags": dict(self.tags),
            "StackSetARN": self.arn,
            "AdministrationRoleARN": self.administration_role_arn,
            "ExecutionRoleName": self.execution_role_name,
            "StackSetDriftDetectionDetails": self.drift,
            "OrganizationalUnitIds": sorted(unit for unit in units if unit),
            "Regions": list(dict.fromkeys(one.region_name for one in self.instances)),
        }

    def operation_shown(self, operation: Operation) -> dict[str, Any]:
        return operation.summary() | {
            "StackSetId": self.id,
            "RetainStacks": operation.retain,
            "AdministrationRoleARN": self.administration_role_arn,
            "ExecutionRoleName": self.execution_role_name,
            "DeploymentTargets": operation.targets,
            "StackSetDriftDetectionDetails": self.drift if operation.action == "DETECT_DRIFT" else None,
        }
