"""The calls for stacks, their resources and their drift."""

import json
import re
from typing import Any

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, EmptyResult
from typing_extensions import override

from catalog_emulator.acting import acting, acting_as
from catalog_emulator.cloudformation.api.change_set_responses import ChangeSetResponse
from catalog_emulator.cloudformation.api.stack_set_responses import StackSetResponse
from catalog_emulator.cloudformation.api.template_responses import TemplateResponse
from catalog_emulator.cloudformation.engine.drift import NOT_CHECKED
from catalog_emulator.cloudformation.engine.drift_detection import drifts
from catalog_emulator.cloudformation.engine.stack import Stack, StackResource
from catalog_emulator.cloudformation.resources.custom_resources import FailedAnswer

_NOT_CHECKED = {"StackResourceDriftStatus": NOT_CHECKED}
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


class StackResponse(ChangeSetResponse, StackSetResponse, TemplateResponse):
    """All calls of CloudFormation; those that are not here are moto's."""

    RESPONSE_KEY_PATH_TO_TRANSFORMER = {  # noqa: RUF012
        path: transform
        for path, transform in CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER.items()
        if not path.startswith("DescribeChangeSetOutput.")
    }

    @override
    def call_action(self) -> TYPE_RESPONSE:
        with acting_as(acting(self.access_key)):
            return super().call_action()

    @override
    def create_stack(self) -> ActionResult:
        name = self._get_param("StackName") or ""
        if not _NAME.fullmatch(name):
            raise ValidationError(
                message=f"1 validation error detected: Value '{name}' at 'stackName' "
                "failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
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
                notification_arns=self._get_param("NotificationARNs", []),
                tags=self._tags(),
                role_arn=self._get_param("RoleARN"),
                enable_termination_protection=self._get_bool_param("EnableTerminationProtection", False),
                timeout_in_mins=self._get_param("TimeoutInMinutes"),
                stack_policy_body=self._get_param("StackPolicyBody"),
                on_failure=on_failure,
                token=self._get_param("ClientRequestToken"),
                capabilities=self._get_param("Capabilities"),
            )
            return _begun(stack, "CREATE_STACK")

        return ActionResult(self._once("CreateStack", name, "ClientRequestToken", create))

    @override
    def update_stack(self) -> ActionResult:
        previous = self._get_bool_param("UsePreviousTemplate", False)
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
                role_arn=self._get_param("RoleARN"),
                parameters=parameters,
                # An empty list and no list are the same in the request: the tags stay.
                tags=self._tags() or None,
                notification_arns=self._get_param("NotificationARNs"),
                token=self._get_param("ClientRequestToken"),
                capabilities=self._get_param("Capabilities"),
                disable_rollback=self._disables_rollback(),
            )
            return _begun(stack, "UPDATE_STACK")

        return ActionResult(self._once("UpdateStack", name, "ClientRequestToken", update))

    def continue_update_rollback(self) -> ActionResult:
        name, token = self._get_param("StackName"), self._get_param("ClientRequestToken")

        def run() -> None:
            self._backend.continue_update_rollback(
                name,
                self._get_param("RoleARN"),
                skipped=self._get_param("ResourcesToSkip", []),
                force=self._get_bool_param("ForceRollback", False),
                token=token,
            )

        self._once("ContinueUpdateRollback", name, "ClientRequestToken", run)
        return EmptyResult()

    def rollback_stack(self) -> ActionResult:
        name, token = self._get_param("StackName"), self._get_param("ClientRequestToken")

        def run() -> dict[str, str]:
            kind = "DELETE_STACK" if self._stack().status == "CREATE_FAILED" else "ROLLBACK"
            return _begun(self._backend.rollback_stack(name, self._get_param("RoleARN"), token=token), kind)

        return ActionResult(self._once("RollbackStack", name, "ClientRequestToken", run))

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
            failed=self._get_bool_param("Filters.FailedEvents", False),
        )
        return self._page("OperationEvents", found, newest_first=True)

    @override
    def describe_stack_resource(self) -> ActionResult:
        stack = self._stack()
        resource = stack.resource(self._get_param("LogicalResourceId"))
        detail = _shown(stack, resource) | {
            "LastUpdatedTimestamp": resource.timestamp,
            "Metadata": None if resource.metadata is None else json.dumps(resource.metadata),
        }
        return ActionResult({"StackResourceDetail": detail})

    @override
    def describe_stack_resources(self) -> ActionResult:
        physical_id = self._get_param("PhysicalResourceId")
        logical_id = self._get_param("LogicalResourceId")
        if physical_id is not None and self._get_param("StackName") is None:
            stack = self._stack_of(physical_id)
        else:
            stack = self._stack()
        shown = [
            _shown(stack, resource) | {"Timestamp": resource.timestamp}
            for resource in stack.stack_resources
            if logical_id in (None, resource.logical_id)
        ]
        return ActionResult({"StackResources": shown})

    @override
    def list_stack_resources(self) -> ActionResult:
        stack = self._stack()
        shown = [
            _shown(stack, resource) | {"LastUpdatedTimestamp": resource.timestamp}
            for resource in stack.stack_resources
        ]
        return self._page("StackResourceSummaries", shown)

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


def _shown(stack: Stack, resource: StackResource) -> dict[str, Any]:
    return {
        "StackName": stack.name,
        "StackId": stack.stack_id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id or None,
        "ResourceType": resource.type_name,
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.status_reason,
        "Description": resource.description,
        "DriftInformation": resource.drift.information() if resource.drift else _NOT_CHECKED,
    }
