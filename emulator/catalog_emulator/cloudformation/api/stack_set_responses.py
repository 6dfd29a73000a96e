"""The calls on stack sets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError, StackInstanceNotFound, ValidationError
from moto.core.responses import ActionResult, EmptyResult

from catalog_emulator.cloudformation.api.replies import Replies
from catalog_emulator.cloudformation.stack_sets.model import StackSet
from catalog_emulator.settings import settings

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]*")
_EITHER = (
    ("FailureToleranceCount", "FailureTolerancePercentage"),
    ("MaxConcurrentCount", "MaxConcurrentPercentage"),
)
_UNIT = r"^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$"


class OperationInProgress(CloudFormationError):
    """AWS's refusal of a second operation at a time."""

    code = "OperationInProgressException"
    message = "Another Operation on StackSet is in progress"


class OperationIdAlreadyExists(CloudFormationError):
    """AWS's refusal of an id that another operation has."""

    code = "OperationIdAlreadyExistsException"


class StackSetCalls(Replies):
    """What clients do with stack sets."""

    def create_stack_set(self) -> ActionResult:
        """CreateStackSet."""
        name = self._get_param("StackSetName")
        if not _NAME.fullmatch(name):
            raise ValidationError(
                message=f"1 validation error detected: Value '{name}' at 'stackSetName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        text = self._template()
        self._check_capabilities(text)
        made = self._backend.create_stack_set(
            name,
            text,
            self._given(self._get_param("Parameters", []), {}),
            self._tags(),
            self._get_param("PermissionModel"),
            self._get_param("AdministrationRoleARN"),
            self._get_param("ExecutionRoleName"),
            self._get_param("Description"),
            capabilities=self._get_param("Capabilities", []),
            auto_deployment=self._get_param("AutoDeployment"),
            managed_execution=self._get_param("ManagedExecution") or {"Active": False},
            token=self._get_param("ClientRequestToken"),
        )
        return ActionResult({"StackSetId": made.id})

    def describe_stack_set(self) -> ActionResult:
        """DescribeStackSet."""
        return ActionResult({"StackSet": self._stack_set().shown()})

    def list_stack_sets(self) -> ActionResult:
        """ListStackSets."""
        status = self._get_param("Status")
        found = [one for one in self._backend.stacksets.values() if status in (None, one.status)]
        return self._listed([one.summary() for one in found])

    def update_stack_set(self) -> ActionResult:
        """UpdateStackSet: everything it is not told stays, parameters apart; all stacks, or some."""
        stack_set = self._free()
        accounts, regions = self._get_param("Accounts", []), self._get_param("Regions", [])
        targets = self._get_param("DeploymentTargets")
        sets = self._backend.stack_sets
        some = sets.chosen(stack_set, accounts, regions, targets, all_there=True) if regions else None
        if not self._get_bool_param("UsePreviousTemplate", False) and (
            self._get_param("TemplateBody") or self._get_param("TemplateURL")
        ):
            text = self._template()
            self._check_capabilities(text)
            stack_set.template = stack_set.instances.template = text
        parameters = self._get_param("Parameters", [])
        if parameters or settings.strict:
            stack_set.parameters = self._given(parameters, stack_set.parameters)
            stack_set.instances.parameters = stack_set.parameters
        description = self._get_param("Description")
        stack_set.description = stack_set.description if description is None else description
        stack_set.tags = self._tags() or stack_set.tags
        stack_set.administration_role_arn = (
            self._get_param("AdministrationRoleARN") or stack_set.administration_role_arn
        )
        stack_set.execution_role_name = self._get_param("ExecutionRoleName") or stack_set.execution_role_name
        stack_set.capabilities = self._get_param("Capabilities") or stack_set.capabilities
        for other in stack_set.stack_instances:
            other.status = "OUTDATED"
        instances = stack_set.stack_instances if some is None else some
        operation = sets.change(stack_set, instances, targets=targets, **self._operation())
        return ActionResult({"OperationId": operation.operation_id})

    def delete_stack_set(self) -> ActionResult:
        """DeleteStackSet."""
        self._backend.delete_stack_set(self._get_param("StackSetName"))
        return EmptyResult()

    def create_stack_instances(self) -> ActionResult:
        """CreateStackInstances."""
        targets = self._get_param("DeploymentTargets")
        for unit in (targets or {}).get("OrganizationalUnitIds", []):
            if not re.fullmatch(_UNIT, unit):
                raise ValidationError(
                    message=f"1 validation error detected: Value '[{unit}]' at "
                    "'deploymentTargets.organizationalUnitIds' failed to satisfy constraint: "
                    "Member must satisfy constraint: [Member must have length less than or equal to 68, "
                    "Member must have length greater than or equal to 6, "
                    f"Member must satisfy regular expression pattern: {_UNIT}]"
                )
        operation_id = self._backend.create_stack_instances(
            self._free().id,
            self._get_param("Accounts", []),
            self._get_param("Regions", []),
            self._get_param("ParameterOverrides", []),
            targets,
            **self._operation(),
        )
        return ActionResult({"OperationId": operation_id})

    def update_stack_instances(self) -> ActionResult:
        """UpdateStackInstances: other parameters for some of the stacks."""
        stack_set = self._free()
        targets = self._get_param("DeploymentTargets")
        sets = self._backend.stack_sets
        chosen = sets.chosen(
            stack_set,
            self._get_param("Accounts", []),
            self._get_param("Regions", []),
            targets,
            all_there=True,
        )
        overrides = self._get_param("ParameterOverrides")
        for instance in chosen:
            before = {one["ParameterKey"]: one["ParameterValue"] for one in instance.parameters}
            # Not to name any keeps them in AWS; moto takes it for none.
            if overrides is not None or not settings.strict:
                given = self._given(overrides or [], before)
                instance.parameters = [
                    {"ParameterKey": name, "ParameterValue": value} for name, value in given.items()
                ]
        operation = sets.change(stack_set, chosen, targets=targets, **self._operation())
        return ActionResult({"OperationId": operation.operation_id})

    def delete_stack_instances(self) -> ActionResult:
        """DeleteStackInstances."""
        stack_set = self._free()
        targets = self._get_param("DeploymentTargets")
        sets = self._backend.stack_sets
        chosen = sets.chosen(
            stack_set, self._get_param("Accounts", []), self._get_param("Regions", []), targets
        )
        retain = self._get_bool_param("RetainStacks", False)
        operation = sets.remove(stack_set, chosen, retain=retain, targets=targets, **self._operation())
        return ActionResult({"OperationId": operation.operation_id})

    def describe_stack_instance(self) -> ActionResult:
        """DescribeStackInstance."""
        stack_set = self._stack_set()
        found = stack_set.instances.get_instance(
            self._get_param("StackInstanceAccount"), self._get_param("StackInstanceRegion")
        )
        if found is None:
            raise StackInstanceNotFound()
        return ActionResult({"StackInstance": found.shown(stack_set.id)})

    def list_stack_instances(self) -> ActionResult:
        """ListStackInstances."""
        stack_set = self._stack_set()
        account, region = self._get_param("StackInstanceAccount"), self._get_param("StackInstanceRegion")
        wanted = {one["Name"]: one["Values"].split(",") for one in self._get_param("Filters", [])}
        found = [
            one.shown(stack_set.id)
            for one in stack_set.stack_instances
            if account in (None, one.account_id)
            and region in (None, one.region_name)
            and one.detailed_status in wanted.get("DETAILED_STATUS", [one.detailed_status])
            and (one.operation_id or "") in wanted.get("LAST_OPERATION_ID", [one.operation_id or ""])
        ]
        return self._listed(found)

    def detect_stack_set_drift(self) -> ActionResult:
        """DetectStackSetDrift."""
        operation = self._backend.stack_sets.look(self._free(), **self._operation())
        return ActionResult({"OperationId": operation.operation_id})

    def list_stack_set_operations(self) -> ActionResult:
        """ListStackSetOperations: the newest first; in moto the oldest."""
        found = [one.summary() for one in self._stack_set().operations]
        return self._listed(found[::-1] if settings.strict else found)

    def describe_stack_set_operation(self) -> ActionResult:
        """DescribeStackSetOperation."""
        stack_set = self._stack_set()
        found = self._backend.stack_sets.operation(stack_set, self._get_param("OperationId"))
        return ActionResult({"StackSetOperation": stack_set.operation_shown(found)})

    def list_stack_set_operation_results(self) -> ActionResult:
        """ListStackSetOperationResults; in moto, those of an operation that was stopped are stopped."""
        stack_set = self._stack_set()
        found = self._backend.stack_sets.operation(stack_set, self._get_param("OperationId"))
        status = "STOPPED" if found.status == "STOPPED" and not settings.strict else None
        return self._listed([one.shown(status) for one in found.results])

    def stop_stack_set_operation(self) -> ActionResult:
        """StopStackSetOperation."""
        self._backend.stack_sets.stop(self._stack_set(), self._get_param("OperationId"))
        return EmptyResult()

    def _stack_set(self) -> StackSet:
        return self._backend.describe_stack_set(self._get_param("StackSetName"))

    def _free(self) -> StackSet:
        """The stack set, when it can take another operation of this id."""
        stack_set = self._stack_set()
        operation_id = self._get_param("OperationId")
        if settings.strict and any(one.operation_id == operation_id for one in stack_set.operations):
            raise OperationIdAlreadyExists(f"Operation {operation_id} already exists")
        if settings.strict and stack_set.running is not None:
            raise OperationInProgress()
        return stack_set

    def _operation(self) -> dict[str, Any]:
        preferences = self._get_param("OperationPreferences") or {}
        if settings.strict:
            _check_preferences(preferences)
        return {"operation_id": self._get_param("OperationId"), "preferences": preferences}

    def _listed(self, found: Sequence[Any]) -> ActionResult:
        page, token = self._page(found)
        return ActionResult({"Summaries": page, "NextToken": token})

    @staticmethod
    def _given(parameters: Sequence[Mapping[str, Any]], before: Mapping[str, str]) -> dict[str, str]:
        given = {}
        for parameter in parameters:
            name = parameter["ParameterKey"]
            if parameter.get("UsePreviousValue") and name in before:
                given[name] = before[name]
            elif "ParameterValue" in parameter:
                given[name] = parameter["ParameterValue"]
        return given


def _check_preferences(preferences: Mapping[str, Any]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html"""
    for one, other in _EITHER:
        if one in preferences and other in preferences:
            raise ValidationError(message=f"Specify either {one} or {other}, but not both")
