"""Stack sets, their instances and operations, with the attribute names that moto's own have.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from catalog_emulator.cloudformation.engine.stack import Stack

Parameters = Sequence[Mapping[str, str]]


@dataclass(kw_only=True, eq=False)
class Instance:
    """A stack set's stack in one account and Region; `stack` is None when it could not even be started."""

    account_id: str
    region_name: str
    parameters: Parameters = ()
    organizational_unit: str | None = None
    stack: Stack | None = None
    status: str = "OUTDATED"
    detailed_status: str = "PENDING"
    reason: str | None = None
    operation_id: str | None = None
    hidden: bool = False

    def shown(self, stack_set_id: str) -> dict[str, Any]:
        """As DescribeStackInstance shows it."""
        drift = self.stack.drift_information if self.stack else {}
        return {
            "StackSetId": stack_set_id,
            "Region": self.region_name,
            "Account": self.account_id,
            "StackId": self.stack.stack_id if self.stack else None,
            "ParameterOverrides": list(self.parameters),
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
    """What an operation did at one instance; `error` is why it could not even start."""

    instance: Instance
    status: str = "PENDING"
    reason: str | None = None
    error: tuple[str, str] | None = None

    def resolve_versions(self, status: str, reason: str | None = None) -> None:
        """Tells it of the result and of the instance."""
        self.status, self.reason = status, reason
        self.instance.detailed_status, self.instance.reason = status, reason
        self.instance.status = "CURRENT" if status == "SUCCEEDED" else "OUTDATED"

    def shown(self, status: str | None = None) -> dict[str, Any]:
        """As ListStackSetOperationResults shows it."""
        account, region = self.instance.account_id, self.instance.region_name
        gate = f"arn:aws:lambda:{region}:{account}:function:AWSCloudFormationStackSetAccountGate"
        return {
            "Account": account,
            "Region": region,
            "Status": status or self.status,
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
        """Ends it."""
        self.status, self.ended = status, utcnow()

    def summary(self) -> dict[str, Any]:
        """As ListStackSetOperations shows it."""
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
class Instances:
    """The instances, and the words that they are launched with."""

    template: str
    parameters: Mapping[str, str]
    stack_instances: list[Instance] = field(default_factory=list)

    def get_instance(self, account: str, region: str) -> Instance | None:
        """The instance in an account and Region."""
        for one in self.stack_instances:
            if (one.account_id, one.region_name) == (account, region):
                return one
        return None


@dataclass(kw_only=True, eq=False)
class StackSet:
    """A stack set. `execution_role_name` of "" means that no role is looked for."""

    id: str
    arn: str
    name: str
    template: str
    description: str | None
    parameters: Mapping[str, str]
    tags: Mapping[str, str]
    permission_model: str
    administration_role_arn: str
    execution_role_name: str
    capabilities: Sequence[str] = ()
    auto_deployment: Mapping[str, Any] | None = None
    managed_execution: Mapping[str, Any] = field(default_factory=lambda: {"Active": False})
    token: str | None = None
    status: str = "ACTIVE"
    drift: Mapping[str, Any] | None = None
    operations: list[Operation] = field(default_factory=list)
    instances: Instances = field(init=False)

    def __post_init__(self) -> None:
        self.instances = Instances(template=self.template, parameters=self.parameters)

    @property
    def stack_instances(self) -> list[Instance]:
        """Its instances."""
        return self.instances.stack_instances

    @property
    def running(self) -> Operation | None:
        """The operation that is under way."""
        return next((one for one in self.operations if one.status in ("RUNNING", "STOPPING")), None)

    def given(self, instance: Instance) -> dict[str, str]:
        """The parameters of an instance's stack: the stack set's, and its own over them."""
        own = {one["ParameterKey"]: one["ParameterValue"] for one in instance.parameters}
        return {**self.parameters, **own}

    def summary(self) -> dict[str, Any]:
        """As ListStackSets shows it."""
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
        """As DescribeStackSet shows it."""
        units = {one.organizational_unit for one in self.stack_instances}
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
            "Regions": list(dict.fromkeys(one.region_name for one in self.stack_instances)),
        }

    def operation_shown(self, operation: Operation) -> dict[str, Any]:
        """As DescribeStackSetOperation shows it."""
        return operation.summary() | {
            "StackSetId": self.id,
            "RetainStacks": operation.retain,
            "AdministrationRoleARN": self.administration_role_arn,
            "ExecutionRoleName": self.execution_role_name,
            "DeploymentTargets": operation.targets,
            "StackSetDriftDetectionDetails": self.drift if operation.action == "DETECT_DRIFT" else None,
        }
