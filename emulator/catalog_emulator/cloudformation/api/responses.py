"""The calls for stacks, their resources and their drift."""

import json
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model
from typing_extensions import override

from catalog_emulator.acting import acting, acting_as
from catalog_emulator.cloudformation.api.change_set_responses import ChangeSetResponse
from catalog_emulator.cloudformation.api.stack_set_responses import StackSetResponse
from catalog_emulator.cloudformation.api.template_responses import TemplateResponse
from catalog_emulator.cloudformation.engine.drift_detection import drifts
from catalog_emulator.cloudformation.engine.permissions import leave_launch_role
from catalog_emulator.cloudformation.engine.stack import Stack
from catalog_emulator.cloudformation.resources.custom_resources import FailedAnswer
from catalog_emulator.iam.principals import caller_arn
from catalog_emulator.request_validation import InvalidRequest, UnreadableRequest, validate

# What reads and changes resources as whoever calls it.
_AS_CALLER = {
    *("CreateChangeSet", "ExecuteChangeSet", "UpdateStack", "DeleteStack", "ContinueUpdateRollback"),
    *("RollbackStack", "DetectStackDrift", "DetectStackResourceDrift"),
}


class StackResponse(ChangeSetResponse, StackSetResponse, TemplateResponse):
    """All calls of CloudFormation; those that are not here are moto's."""

    RESPONSE_KEY_PATH_TO_TRANSFORMER = {  # noqa: RUF012
        path: transform
        for path, transform in CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER.items()
        if not path.startswith("DescribeChangeSetOutput.")
    }

    @override
    def call_action(self) -> TYPE_RESPONSE:
        if self.automated_parameter_parsing:
            shape = get_service_model("cloudformation").operation_model(self._get_action()).input_shape
            try:
                validate(shape, self._get_params())
            except (InvalidRequest, UnreadableRequest) as error:
                return self.serialized(ActionResult(ValidationError(message=error.message)))
        with acting_as(caller_arn(acting(self.access_key), self.current_account)):
            if self._get_action() in _AS_CALLER:
                known = self._backend.change_sets.get(self._get_param("ChangeSetName"))
                name = known.stack.stack_id if known else self._get_param("StackName")
                for stack in [*self._backend.stacks.values()]:
                    if name in (stack.name, stack.stack_id):
                        leave_launch_role(stack)
            return super().call_action()

    @override
    def create_stack(self) -> ActionResult:
        name = self._name("StackName")
        on_failure = self._get_param("OnFailure") or (
            "DO_NOTHING" if self._disables_rollback() else "ROLLBACK"
        )
        text = self._template()
        self._check_capabilities(text)

        def create() -> dict[str, str]:
            stack = self._backend.create_stack(
                name,
                text,
                self._get_param("Parameters", []),
                tags=self._tags(),
                on_failure=on_failure,
                token=self._get_param("ClientRequestToken"),
                validates=not self._get_param("DisableValidation", False),
                **self._members(
                    *("Capabilities", "EnableTerminationProtection", "NotificationARNs", "RoleARN"),
                    *("StackPolicyBody", "TimeoutInMinutes"),
                ),
            )
            return _begun(stack, "CREATE_STACK")

        return self._once(create)

    @override
    def update_stack(self) -> ActionResult:
        previous = self._get_param("UsePreviousTemplate", False)
        parameters = self._get_param("Parameters", [])
        for parameter in parameters:
            if parameter.get("UsePreviousValue") and parameter.get("ParameterValue"):
                raise ValidationError(
                    message=f"Invalid input for parameter key {parameter['ParameterKey']}. "
                    "Cannot specify usePreviousValue as true and non empty value for a parameter"
                )
        name = self._get_param("StackName")
        text = None if previous else self._template()
        self._check_capabilities(text or self._backend.get_stack(name).template)

        def update() -> dict[str, str]:
            stack = self._backend.update_stack(
                name,
                text,
                parameters=parameters,
                # An empty list and no list are the same in the request: the tags stay.
                tags=self._tags() or None,
                token=self._get_param("ClientRequestToken"),
                disable_rollback=self._disables_rollback(),
                validates=not self._get_param("DisableValidation", False),
                **self._members("Capabilities", "NotificationARNs", "RoleARN"),
            )
            return _begun(stack, "UPDATE_STACK")

        return self._once(update)

    def continue_update_rollback(self) -> ActionResult:
        def run() -> dict[str, str]:
            self._backend.continue_update_rollback(
                self._get_param("StackName"),
                skipped=self._get_param("ResourcesToSkip", []),
                force=self._get_param("ForceRollback", False),
                token=self._get_param("ClientRequestToken"),
                **self._members("RoleARN"),
            )
            return {}

        return self._once(run)

    def rollback_stack(self) -> ActionResult:
        def run() -> dict[str, str]:
            kind = "DELETE_STACK" if self._stack().status == "CREATE_FAILED" else "ROLLBACK"
            name, token = self._get_param("StackName"), self._get_param("ClientRequestToken")
            return _begun(self._backend.rollback_stack(name, token=token, **self._members("RoleARN")), kind)

        return self._once(run)

    @override
    def delete_stack(self) -> ActionResult:
        name, token = self._get_param("StackName"), self._get_param("ClientRequestToken")
        retained = self._get_param("RetainResources", [])
        self._backend.delete_stack(name, retained=retained, token=token)
        return EmptyResult()

    @override
    def describe_stacks(self) -> ActionResult:
        return self._page("Stacks", self._backend.describe_stacks(self._get_param("StackName")))

    @override
    def list_stacks(self) -> ActionResult:
        return self._page(
            "StackSummaries", self._backend.list_stacks(self._get_param("StackStatusFilter", []))
        )

    @override
    def describe_stack_events(self) -> ActionResult:
        return self._page("StackEvents", self._stack().events[::-1], newest_first=True)

    def describe_events(self) -> ActionResult:
        found = self._backend.events(
            self._get_param("StackName"),
            self._get_param("ChangeSetName"),
            self._get_param("OperationId"),
            failed=self._get_param("Filters.FailedEvents", False),
        )
        return self._page("OperationEvents", found, newest_first=True)

    @override
    def describe_stack_resource(self) -> ActionResult:
        found = self._stack().resource(self._get_param("LogicalResourceId"))
        return ActionResult({"StackResourceDetail": found})

    @override
    def describe_stack_resources(self) -> ActionResult:
        physical_id = self._get_param("PhysicalResourceId")
        logical_id = self._get_param("LogicalResourceId")
        if physical_id is not None and self._get_param("StackName") is None:
            stack = self._stack_of(physical_id)
        else:
            stack = self._stack()
        found = [one for one in stack.stack_resources if logical_id in (None, one.logical_id)]
        return ActionResult({"StackResources": found})

    @override
    def list_stack_resources(self) -> ActionResult:
        return self._page("StackResourceSummaries", self._stack().stack_resources)

    def detect_stack_drift(self) -> ActionResult:
        detection = self._backend.detections.detect(self._stack(), self._get_param("LogicalResourceIds", []))
        return ActionResult({"StackDriftDetectionId": detection.stack_drift_detection_id})

    def describe_stack_drift_detection_status(self) -> ActionResult:
        found: Any = self._backend.detections.find(self._get_param("StackDriftDetectionId"))
        return ActionResult(found)

    def detect_stack_resource_drift(self) -> ActionResult:
        logical_id = self._get_param("LogicalResourceId")
        found = self._backend.detections.detect_resource(self._stack(), logical_id)
        return ActionResult({"StackResourceDrift": found})

    def describe_stack_resource_drifts(self) -> ActionResult:
        found = drifts(self._stack(), self._get_param("StackResourceDriftStatusFilters", []))
        return self._page("StackResourceDrifts", found)

    @override
    @classmethod
    def cfnresponse(cls, *args: Any, **kwargs: Any) -> Any:
        # moto's method makes a CloudFormationResponse, not an instance of this class.
        request, full_url, headers = args
        response = cls()
        response.automated_parameter_parsing = False
        return response._dispatch(request, f"{full_url}&Action=ProcessCfnResponse", headers)

    @override
    def process_cfn_response(self) -> tuple[int, dict[str, int], str]:
        """The answer of a custom resource's function; moto ignores failures and the physical id.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
        """
        stack = self._backend.get_stack(self._get_param("StackId"))
        custom = stack.get_custom_resource(self._get_param("LogicalResourceId"))
        custom.resource_name = self._get_param("PhysicalResourceId") or custom.resource_name
        failed = self._get_param("Status") != "SUCCESS"
        custom.set_data(FailedAnswer(self._get_param("Reason") or "") if failed else self._get_param("Data"))
        stack.verify_readiness()
        return 200, {"status": 200}, json.dumps("{}")

    @override
    def list_exports(self) -> ActionResult:
        return self._page("Exports", list(self._backend.exports.values()))

    def list_imports(self) -> ActionResult:
        return self._page("Imports", self._backend.list_imports(self._get_param("ExportName")))

    def update_termination_protection(self) -> ActionResult:
        stack = self._stack()
        stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection", False)
        return ActionResult({"StackId": stack.stack_id})

    def _stack_of(self, physical_id: str) -> Stack:
        for stack in self._backend.stacks.values():
            if any(resource.physical_id == physical_id for resource in stack.resources.values()):
                return stack
        raise ValidationError(message=f"Stack for {physical_id} does not exist")


def _begun(stack: Stack, operation: str) -> dict[str, str]:
    return {"StackId": stack.stack_id, "OperationId": stack.operation_id(operation)}
