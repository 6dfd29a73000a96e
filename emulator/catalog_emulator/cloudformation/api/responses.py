"""The CloudFormation calls that moto answers not at all, or from nowhere near the stack's own state."""

from __future__ import annotations

import json
import re
from typing import Any

from moto.cloudformation.exceptions import CloudFormationError, ValidationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult

from catalog_emulator.cloudformation.api.change_set_responses import ChangeSetCalls
from catalog_emulator.cloudformation.api.drift_responses import DriftCalls
from catalog_emulator.cloudformation.api.stack_set_responses import StackSetCalls
from catalog_emulator.cloudformation.api.template_responses import TemplateCalls
from catalog_emulator.cloudformation.engine.drift import NOT_CHECKED
from catalog_emulator.cloudformation.engine.stack import Stack, StackResource
from catalog_emulator.cloudformation.resources.moto_models import Refused
from catalog_emulator.settings import settings

_NOT_CHECKED = {"StackResourceDriftStatus": NOT_CHECKED}
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


class StackResponse(ChangeSetCalls, StackSetCalls, DriftCalls, TemplateCalls):
    """moto's responses, with what the engine knows."""

    RESPONSE_KEY_PATH_TO_TRANSFORMER = {  # noqa: RUF012
        path: transform
        for path, transform in CloudFormationResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER.items()
        if not path.startswith("DescribeChangeSetOutput.")
    }

    def create_stack(self) -> ActionResult:
        """CreateStack."""
        name = self._get_param("StackName") or ""
        if settings.strict and not _NAME.fullmatch(name):
            raise ValidationError(
                message=f"1 validation error detected: Value '{name}' at 'stackName' "
                "failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        on_failure = self._get_param("OnFailure")
        if on_failure is None:
            on_failure = "DO_NOTHING" if self._get_bool_param("DisableRollback", False) else "ROLLBACK"
        text = self._template()
        self._check_capabilities(text)

        def create() -> Stack:
            return self._backend.create_stack(
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
            )

        stack = self._once("CreateStack", name, "ClientRequestToken", create)
        stack.capabilities = self._get_param("Capabilities")
        refusal = None if settings.strict or settings.background else stack.refusal
        if refusal is not None:
            # In moto the client sees the error of the resource itself.
            raise CloudFormationError(*refusal)
        return ActionResult({"StackId": stack.stack_id})

    def update_stack(self) -> ActionResult:
        """UpdateStack."""
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

        def update() -> Stack:
            return self._backend.update_stack(
                name,
                text,
                role_arn=self._get_param("RoleARN"),
                parameters=parameters,
                # An empty list and none at all look the same on the wire: tags stay.
                tags=self._tags() or None,
                notification_arns=self._get_param("NotificationARNs"),
                token=self._get_param("ClientRequestToken"),
            )

        stack = self._once("UpdateStack", name, "ClientRequestToken", update)
        stack.capabilities = self._get_param("Capabilities") or stack.capabilities
        return ActionResult({"StackId": stack.stack_id})

    def delete_stack(self) -> ActionResult:
        """DeleteStack."""
        name, token = self._get_param("StackName"), self._get_param("ClientRequestToken")
        retained = self._get_param("RetainResources", [])
        self._backend.delete_stack(name, retained=retained, token=token)
        return EmptyResult()

    def describe_stack_resource(self) -> ActionResult:
        """DescribeStackResource."""
        stack, resource = self._resource()
        detail = _shown(stack, resource) | {
            "LastUpdatedTimestamp": resource.timestamp,
            "Metadata": _json(resource),
        }
        return ActionResult({"StackResourceDetail": detail})

    def describe_stack_resources(self) -> ActionResult:
        """DescribeStackResources."""
        physical_id = self._get_param("PhysicalResourceId")
        logical_id = self._get_param("LogicalResourceId")
        if physical_id is not None and self._get_param("StackName") is None:
            stack = self._holder(physical_id)
        else:
            stack = self._backend.get_stack(self._get_param("StackName"))
        shown = [
            _shown(stack, resource) | {"Timestamp": resource.timestamp}
            for resource in stack.stack_resources
            if logical_id in (None, resource.logical_id)
        ]
        return ActionResult({"StackResources": shown})

    def list_stack_resources(self) -> ActionResult:
        """ListStackResources."""
        stack = self._backend.get_stack(self._get_param("StackName"))
        start = int(self._get_param("NextToken") or 0)
        resources = stack.stack_resources[start : start + 100]
        shown = [
            _shown(stack, resource) | {"LastUpdatedTimestamp": resource.timestamp} for resource in resources
        ]
        more = start + 100 < len(stack.stack_resources)
        return ActionResult(
            {"StackResourceSummaries": shown, "NextToken": str(start + 100) if more else None}
        )

    @classmethod
    def cfnresponse(cls, *args: Any, **kwargs: Any) -> Any:
        """The address that functions of custom resources answer to; moto's makes an answerer of its own."""
        request, full_url, headers = args
        answering = cls()
        answering.automated_parameter_parsing = False
        return answering._dispatch(request, f"{full_url}&Action=ProcessCfnResponse", headers)

    def process_cfn_response(self) -> tuple[int, dict[str, int], str]:
        """The answer of a custom resource's function: moto hears only of success, and of no id.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
        """
        stack = self._backend.get_stack(self._get_param("StackId"))
        custom = stack.get_custom_resource(self._get_param("LogicalResourceId"))
        custom.resource_name = self._get_param("PhysicalResourceId") or custom.resource_name
        failed = self._get_param("Status") != "SUCCESS"
        custom.set_data(Refused(self._get_param("Reason") or "") if failed else self._get_param("Data"))
        stack.verify_readiness()
        return 200, {"status": 200}, json.dumps("{}")

    def list_imports(self) -> ActionResult:
        """ListImports."""
        return ActionResult({"Imports": self._backend.list_imports(self._get_param("ExportName"))})

    def update_termination_protection(self) -> ActionResult:
        """UpdateTerminationProtection."""
        stack = self._backend.get_stack(self._get_param("StackName"))
        stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection", False)
        return ActionResult({"StackId": stack.stack_id})

    def _resource(self) -> tuple[Stack, StackResource]:
        stack = self._backend.get_stack(self._get_param("StackName"))
        name = self._get_param("LogicalResourceId")
        if name not in stack.resources:
            raise ValidationError(
                message=f"Resource {name} does not exist for stack {self._get_param('StackName')}"
            )
        return stack, stack.resources[name]

    def _holder(self, physical_id: str) -> Stack:
        for stack in self._backend.stacks.values():
            if any(resource.physical_id == physical_id for resource in stack.resources.values()):
                return stack
        raise ValidationError(message=f"Stack for {physical_id} does not exist")


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


def _json(resource: StackResource) -> str | None:
    return json.dumps(resource.metadata) if resource.metadata is not None else None
