"""Executes service actions on provisioned products.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ExecuteProvisionedProductServiceAction.html
https://docs.aws.amazon.com/servicecatalog/latest/adminguide/using-service-actions.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog_emulator.iam import DeniedError, access_of_role, trusted_services
from catalog_emulator.servicecatalog.automation import AutomationError, execute, target_type
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import (
    InvalidParametersException,
    InvalidStateException,
    ResourceNotFoundException,
)
from catalog_emulator.servicecatalog.service_actions import ServiceActions, parameters_of
from catalog_emulator.servicecatalog.stack_sets import is_stack_set
from catalog_emulator.servicecatalog.stacks import stack_at
from catalog_emulator.servicecatalog.starting import Starting, created
from catalog_emulator.servicecatalog.values import Answer, ProvisionedProduct, ServiceAction


class Executing(ServiceActions, Starting):
    """Operations that execute service actions."""

    def describe_service_action_execution_parameters(
        self, *, provisioned_product_id: str, service_action_id: str
    ) -> Answer:
        """DescribeServiceActionExecutionParameters: a target's defaults are the resources that fit."""
        product = self.launched_by(provisioned_product_id, None)
        action = self._executable(product, service_action_id)
        try:
            fitting = self._fitting(product, action)
        except AutomationError as error:
            raise InvalidParametersException(str(error)) from None
        return {
            "ServiceActionParameters": [
                {
                    "Name": one["Name"],
                    "Type": one["Type"],
                    "DefaultValues": fitting if one["Type"] == "TARGET" else [],
                }
                for one in parameters_of(action)
            ]
        }

    def execute_provisioned_product_service_action(
        self,
        *,
        caller: Caller,
        provisioned_product_id: str,
        service_action_id: str,
        parameters: Mapping[str, Sequence[str]] | None = None,
    ) -> Answer:
        """ExecuteProvisionedProductServiceAction: the product stays as it is, the record tells the end."""
        product = self.launched_by(provisioned_product_id, None)
        action = self._executable(product, service_action_id)
        if product.status not in ("AVAILABLE", "TAINTED"):
            raise InvalidStateException(f"Provisioned product {product.id} is in status {product.status}.")
        given = parameters or {}
        known = {one["Name"]: one["Type"] for one in parameters_of(action)}
        unknown = [name for name in given if name not in known]
        if unknown:
            raise InvalidParametersException(
                f"Parameter {unknown[0]} is not defined in service action definition."
            )
        record = self.new_record("EXECUTE_PROVISIONED_PRODUCT_SERVICE_ACTION", product, caller)
        answer = created(record)
        try:
            self._execute(product, action, known, given)
        except AutomationError as error:
            record.status, record.errors = "FAILED", [("ServiceActionFailed", str(error))]
        else:
            record.status = "SUCCEEDED"
        return answer

    def _executable(self, product: ProvisionedProduct, action_id: str) -> ServiceAction:
        action = self.service_action(action_id)
        if (product.product_id, product.artifact_id) not in action.artifacts:
            raise ResourceNotFoundException(
                f"Service action {action_id} is not associated with provisioning artifact "
                f"{product.artifact_id}."
            )
        return action

    def _fitting(self, product: ProvisionedProduct, action: ServiceAction) -> list[str]:
        kind = target_type(action.definition["Name"], self.account_id, self.region_name)
        if product.stack_id is None or is_stack_set(product.stack_id):
            return []
        resources = stack_at(product.stack_id).stack_resources
        return [one.physical_id for one in resources if one.type_name == kind]

    def _execute(
        self,
        product: ProvisionedProduct,
        action: ServiceAction,
        known: Mapping[str, str],
        given: Mapping[str, Sequence[str]],
    ) -> None:
        fitting = self._fitting(product, action)
        name = action.definition["Name"]
        self._check_role(product, action)
        targets = [
            value
            for parameter, kind in known.items()
            if kind == "TARGET"
            for value in given.get(parameter, fitting)
        ]
        strange = [value for value in targets if value not in fitting]
        if strange:
            raise AutomationError(
                "The following values for the parameter are not allowed because they are not in the "
                f"provisioned product: {', '.join(strange)}"
            )
        if not targets:
            kind = target_type(name, self.account_id, self.region_name)
            raise AutomationError(f"Cannot find any resources with type {kind} in provisioned product")
        execute(name, targets, self.account_id, self.region_name)

    def _check_role(self, product: ProvisionedProduct, action: ServiceAction) -> None:
        """The definition's role must let Service Catalog start the document, in the words of the guide."""
        role = action.definition.get("AssumeRole")
        if role is None:
            return
        if role == "LAUNCH_ROLE":
            role = product.launch_role_arn
        if role is None:
            raise AutomationError("Failed to retrieve credentials for role")
        takers = {"servicecatalog.amazonaws.com", f"servicecatalog.{self.region_name}.amazonaws.com"}
        access = access_of_role(role, session="servicecatalog", region=self.region_name)
        if access is None or not takers & set(trusted_services(role) or ()):
            raise AutomationError("Access denied while assuming the role")
        definition = f"automation-definition/{action.definition['Name']}:{action.definition['Version']}"
        try:
            access.check(
                "ssm:StartAutomationExecution",
                f"arn:{self.partition}:ssm:{self.region_name}:{self.account_id}:{definition}",
            )
        except DeniedError as error:
            raise AutomationError(
                "An error occurred (AccessDeniedException) when calling the StartAutomationExecution "
                f"operation: {error}"
            ) from error
