"""Executes service actions on provisioned products.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ExecuteProvisionedProductServiceAction.html
https://docs.aws.amazon.com/servicecatalog/latest/adminguide/using-service-actions.html
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.ssm.models import ssm_backends
from werkzeug.exceptions import HTTPException

from catalog_emulator.iam import Access, DeniedError, access_of, trusted_services
from catalog_emulator.servicecatalog.caller import Caller, access_of_caller
from catalog_emulator.servicecatalog.exceptions import InvalidParameters, InvalidState, NotFound
from catalog_emulator.servicecatalog.provisioned_products import ProvisionedProducts
from catalog_emulator.servicecatalog.records import Records, created
from catalog_emulator.servicecatalog.service_actions import parameters_of
from catalog_emulator.servicecatalog.stacks import resource_ids
from catalog_emulator.servicecatalog.state import State
from catalog_emulator.servicecatalog.values import Answer, ProvisionedProduct, ServiceAction

_FAILED_STEP = "Step fails when it is executing/canceling action. "
_INSTANCE = "AWS::EC2::Instance"
_CALLS: Mapping[str, tuple[str, ...]] = {
    "AWS-RestartEC2Instance": ("stop_instances", "start_instances"),
    "AWS-StartEC2Instance": ("start_instances",),
    "AWS-StopEC2Instance": ("stop_instances",),
}


class AutomationError(Exception):
    """Why a document cannot be executed."""


class ActionExecutions:
    """Operations that execute service actions."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._provisioned = ProvisionedProducts(state)

    def describe_service_action_execution_parameters(
        self, *, provisioned_product_id: str, service_action_id: str
    ) -> Answer:
        """DescribeServiceActionExecutionParameters: a target defaults to all resources of its type."""
        product = self._provisioned.find(provisioned_product_id, None)
        action = self._executable(product, service_action_id)
        try:
            possible = self._targets(product, action)
        except AutomationError as error:
            raise InvalidParameters(str(error)) from None
        return {
            "ServiceActionParameters": [
                {
                    "Name": one["Name"],
                    "Type": one["Type"],
                    "DefaultValues": possible if one["Type"] == "TARGET" else [],
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
        """ExecuteProvisionedProductServiceAction: the record has the result; the product does not change."""
        product = self._provisioned.find(provisioned_product_id, None)
        action = self._executable(product, service_action_id)
        if product.status not in ("AVAILABLE", "TAINTED"):
            raise InvalidState(f"Provisioned product {product.id} is in status {product.status}.")
        supplied = parameters or {}
        types = {one["Name"]: one["Type"] for one in parameters_of(action)}
        unknown = [name for name in supplied if name not in types]
        if unknown:
            raise InvalidParameters(f"Parameter {unknown[0]} is not defined in service action definition.")
        record = Records(self._state).add("EXECUTE_PROVISIONED_PRODUCT_SERVICE_ACTION", product, caller)
        answer = created(record)
        try:
            self._execute(product, action, caller, types, supplied)
        except AutomationError as error:
            record.status, record.errors = "FAILED", [("ServiceActionFailed", str(error))]
        else:
            record.status = "SUCCEEDED"
        return answer

    def _executable(self, product: ProvisionedProduct, action_id: str) -> ServiceAction:
        action = self._state.service_action(action_id)
        if (product.product_id, product.provisioning_artifact_id) not in action.artifacts:
            raise NotFound(
                f"Service action {action_id} is not associated with provisioning artifact "
                f"{product.provisioning_artifact_id}."
            )
        return action

    def _targets(self, product: ProvisionedProduct, action: ServiceAction) -> list[str]:
        return resource_ids(product.stack_id, self._target_type(action.definition["Name"]))

    def _target_type(self, name: str) -> str:
        if name in _CALLS:
            return _INSTANCE
        documents: Any = ssm_backends[self._state.account_id][self._state.region_name]._documents
        found = documents.get(name.rsplit("/", 1)[-1])
        if found is None:
            raise AutomationError("Document with that name does not exist")
        kind = found.get_default_version().target_type
        if not kind:
            raise AutomationError("TargetType not defined for SSM Automation document")
        return str(kind).lstrip("/")

    def _execute(
        self,
        product: ProvisionedProduct,
        action: ServiceAction,
        caller: Caller,
        types: Mapping[str, str],
        supplied: Mapping[str, Sequence[str]],
    ) -> None:
        possible = self._targets(product, action)
        name = action.definition["Name"]
        access = self._access(product, action, caller)
        check = access.check if access is not None else _allow
        definition = f"{name}:{action.definition['Version']}"
        document = self._state.arn("automation-definition", definition, "ssm")
        with _denied(
            "An error occurred (AccessDeniedException) when calling the StartAutomationExecution operation: "
        ):
            check("ssm:StartAutomationExecution", document)
        targets = [
            value
            for parameter, kind in types.items()
            if kind == "TARGET"
            for value in supplied.get(parameter, possible)
        ]
        outside = [value for value in targets if value not in possible]
        if outside:
            raise AutomationError(
                "The following values for the parameter are not allowed because they are not in the "
                f"provisioned product: {', '.join(outside)}"
            )
        if not targets:
            kind = self._target_type(name)
            raise AutomationError(f"Cannot find any resources with type {kind} in provisioned product")
        # The steps have the permissions of whoever starts the document:
        # https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup.html
        calls = _CALLS.get(name, ())
        for call, target in itertools.product(calls, targets):
            instance = self._state.arn("instance", target, "ec2")
            with _denied(_FAILED_STEP):
                check(f"ec2:{call.title().replace('_', '')}", instance)
        if not calls:
            raise AutomationError(f"The local endpoint does not execute the steps of document {name}.")
        ec2: Any = ec2_backends[self._state.account_id][self._state.region_name]
        try:
            for call in calls:
                getattr(ec2, call)(list(targets))
        except (ServiceException, HTTPException) as error:
            raise AutomationError(f"{_FAILED_STEP}{getattr(error, 'message', error)}") from error

    def _access(self, product: ProvisionedProduct, action: ServiceAction, caller: Caller) -> Access | None:
        """Who starts the document: the action's role, or else the caller; None may do everything."""
        role, region = action.definition.get("AssumeRole"), self._state.region_name
        if role is None:
            return access_of_caller(caller, region)
        if role == "LAUNCH_ROLE":
            role = product.launch_role_arn
        if role is None:
            raise AutomationError("Failed to retrieve credentials for role")
        services = {"servicecatalog.amazonaws.com", f"servicecatalog.{region}.amazonaws.com"}
        access = access_of(role, session="servicecatalog", region=region)
        if access is None or not services & set(trusted_services(role) or ()):
            raise AutomationError("Access denied while assuming the role")
        return access


def _allow(action: str, resource: str) -> None:
    """Nobody's permissions are checked."""


@contextmanager
def _denied(message: str) -> Iterator[None]:
    try:
        yield
    except DeniedError as error:
        raise AutomationError(f"{message}{error}") from error
