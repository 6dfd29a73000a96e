"""The calls for stack sets."""

from typing import Any

from moto.cloudformation.exceptions import CloudFormationError, StackInstanceNotFound, ValidationError
from moto.core.responses import ActionResult, EmptyResult
from typing_extensions import override

from catalog_emulator.cloudformation.api.request_parameters import RequestParameters
from catalog_emulator.cloudformation.engine.backend import engine
from catalog_emulator.cloudformation.stack_sets.model import Instance, Operation, StackSet
from catalog_emulator.cloudformation.stack_sets.operations import StackSets
from catalog_emulator.cloudformation.stack_sets.targets import administered_by
from catalog_emulator.cloudformation.template.parameters import parameter_values

_ROLES = ("AdministrationRoleARN", "ExecutionRoleName")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackSetOperationPreferences.html
_EITHER = (
    ("FailureToleranceCount", "FailureTolerancePercentage"),
    ("MaxConcurrentCount", "MaxConcurrentPercentage"),
)


class StackSetResponse(RequestParameters):
    """The calls for stack sets."""

    @property
    def _sets(self) -> StackSets:
        """The account's own, or for a delegated administrator those of the management account.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStackSet.html
        """
        if self._get_param("CallAs") != "DELEGATED_ADMIN":
            return self._backend.stack_sets
        return engine(administered_by(self.current_account, self.partition), self.region).stack_sets

    @override
    def create_stack_set(self) -> ActionResult:
        name, text = self._name("StackSetName"), self._template()
        self._check_capabilities(text)
        delegated = self._get_param("CallAs") == "DELEGATED_ADMIN"
        if delegated and self._get_param("PermissionModel") != "SERVICE_MANAGED":
            raise ValidationError(
                message="CallAs DELEGATED_ADMIN requires the SERVICE_MANAGED permission model"
            )
        made = self._sets.create(
            name,
            text,
            parameter_values(self._get_param("Parameters", [])),
            self._tags(),
            token=self._get_param("ClientRequestToken"),
            **self._members(
                "AutoDeployment",
                "Capabilities",
                "Description",
                "ManagedExecution",
                "PermissionModel",
                *_ROLES,
            ),
        )
        return ActionResult({"StackSetId": made.id})

    @override
    def describe_stack_set(self) -> ActionResult:
        return ActionResult({"StackSet": self._stack_set().shown()})

    @override
    def list_stack_sets(self) -> ActionResult:
        status = self._get_param("Status")
        found = [one for one in self._sets.all() if status in (None, one.status)]
        return self._page("Summaries", [one.shown() for one in found])

    @override
    def update_stack_set(self) -> ActionResult:
        # Only parameters that are not in the request change: they get their defaults back.
        stack_set = self._free_stack_set()
        some = self._instances(stack_set, all_exist=True) if self._get_param("Regions") else None
        if not self._get_param("UsePreviousTemplate", False) and (
            self._get_param("TemplateBody") or self._get_param("TemplateURL")
        ):
            text = self._template()
            self._check_capabilities(text)
            stack_set.template = text
        stack_set.parameters = parameter_values(self._get_param("Parameters", []), stack_set.parameters)
        stack_set.tags = self._tags() or stack_set.tags
        changed = self._members("AutoDeployment", "Capabilities", "Description", "ManagedExecution", *_ROLES)
        for name, value in changed.items():
            setattr(stack_set, name, value)
        for instance in stack_set.instances:
            instance.status = "OUTDATED"
        instances = stack_set.instances if some is None else some
        return self._started(self._sets.update_instances(stack_set, instances, **self._request()))

    @override
    def delete_stack_set(self) -> ActionResult:
        self._sets.delete(self._get_param("StackSetName"))
        return EmptyResult()

    @override
    def create_stack_instances(self) -> ActionResult:
        operation = self._sets.create_instances(
            self._free_stack_set(),
            self._get_param("Accounts", []),
            self._get_param("Regions", []),
            overrides=parameter_values(self._get_param("ParameterOverrides", [])),
            **self._request(),
        )
        return self._started(operation)

    @override
    def update_stack_instances(self) -> ActionResult:
        stack_set = self._free_stack_set()
        instances = self._instances(stack_set, all_exist=True)
        overrides = self._get_param("ParameterOverrides")
        for instance in instances if overrides is not None else ():
            instance.overrides = parameter_values(overrides, instance.overrides)
        return self._started(self._sets.update_instances(stack_set, instances, **self._request()))

    @override
    def delete_stack_instances(self) -> ActionResult:
        stack_set = self._free_stack_set()
        instances = self._instances(stack_set)
        request = self._request() | {"retain_stacks": self._get_param("RetainStacks", False)}
        regions = self._get_param("Regions", [])
        return self._started(self._sets.delete_instances(stack_set, instances, regions=regions, **request))

    @override
    def describe_stack_instance(self) -> ActionResult:
        stack_set = self._stack_set()
        found = stack_set.instance(
            self._get_param("StackInstanceAccount"), self._get_param("StackInstanceRegion")
        )
        if found is None:
            raise StackInstanceNotFound()
        return ActionResult({"StackInstance": found.shown()})

    @override
    def list_stack_instances(self) -> ActionResult:
        stack_set = self._stack_set()
        account, region = self._get_param("StackInstanceAccount"), self._get_param("StackInstanceRegion")
        filters = {one["Name"]: one["Values"].split(",") for one in self._get_param("Filters", [])}
        found = [
            one.shown()
            for one in stack_set.instances
            if account in (None, one.account_id)
            and region in (None, one.region_name)
            and one.detailed_status in filters.get("DETAILED_STATUS", [one.detailed_status])
            and (one.operation_id or "") in filters.get("LAST_OPERATION_ID", [one.operation_id or ""])
        ]
        return self._page("Summaries", found)

    def detect_stack_set_drift(self) -> ActionResult:
        return self._started(self._sets.detect_drift(self._free_stack_set(), **self._request()))

    @override
    def list_stack_set_operations(self) -> ActionResult:
        stack_set = self._stack_set()
        return self._page("Summaries", [one.shown(stack_set) for one in stack_set.operations[::-1]])

    @override
    def describe_stack_set_operation(self) -> ActionResult:
        stack_set = self._stack_set()
        found = self._sets.operation(stack_set, self._get_param("OperationId"))
        return ActionResult({"StackSetOperation": found.shown(stack_set)})

    @override
    def list_stack_set_operation_results(self) -> ActionResult:
        found = self._sets.operation(self._stack_set(), self._get_param("OperationId"))
        return self._page("Summaries", [one.shown() for one in found.results])

    @override
    def stop_stack_set_operation(self) -> ActionResult:
        self._sets.stop(self._stack_set(), self._get_param("OperationId"))
        return EmptyResult()

    def _stack_set(self) -> StackSet:
        return self._sets.find(self._get_param("StackSetName"))

    def _free_stack_set(self) -> StackSet:
        """The stack set; raises when it cannot start an operation with the request's id."""
        stack_set = self._stack_set()
        operation_id = self._get_param("OperationId")
        if any(one.operation_id == operation_id for one in stack_set.operations):
            raise CloudFormationError(
                "OperationIdAlreadyExistsException", f"Operation {operation_id} already exists"
            )
        if stack_set.is_busy:
            raise CloudFormationError(
                "OperationInProgressException", "Another Operation on StackSet is in progress"
            )
        return stack_set

    def _instances(self, stack_set: StackSet, *, all_exist: bool = False) -> list[Instance]:
        accounts, regions = self._get_param("Accounts", []), self._get_param("Regions", [])
        targets = self._get_param("DeploymentTargets")
        return self._sets.instances(stack_set, accounts, regions, targets, all_exist=all_exist)

    def _request(self) -> dict[str, Any]:
        preferences = self._get_param("OperationPreferences") or {}
        for one, other in _EITHER:
            if one in preferences and other in preferences:
                raise ValidationError(message=f"Specify either {one} or {other}, but not both")
        return {
            "operation_id": self._get_param("OperationId"),
            "operation_preferences": preferences,
            "deployment_targets": self._get_param("DeploymentTargets"),
        }

    @staticmethod
    def _started(operation: Operation) -> ActionResult:
        return ActionResult({"OperationId": operation.operation_id})
