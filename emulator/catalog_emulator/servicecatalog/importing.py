"""Stacks that were made otherwise, taken in as provisioned products.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ImportAsProvisionedProduct.html
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from catalog_emulator.cloudformation.engine.permissions import session_of
from catalog_emulator.servicecatalog.artifacts import parsed
from catalog_emulator.servicecatalog.browsing import Browsing
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import (
    DuplicateResourceException,
    InvalidParametersException,
    InvalidStateException,
    ResourceNotFoundException,
)
from catalog_emulator.servicecatalog.stacks import outputs
from catalog_emulator.servicecatalog.starting import Starting, created
from catalog_emulator.servicecatalog.templates import parse
from catalog_emulator.servicecatalog.values import Answer, ProvisionedProduct

_STATES = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)


class Importing(Browsing, Starting):
    """The operation that imports stacks."""

    def import_as_provisioned_product(
        self,
        *,
        caller: Caller,
        product_id: str,
        provisioning_artifact_id: str,
        provisioned_product_name: str,
        physical_id: str,
        idempotency_token: str,
    ) -> Answer:
        """ImportAsProvisionedProduct: constraints hold from the first update on."""
        product = self.any_product(product_id)
        paths = self.launch_paths(caller, product)
        artifact = self.artifact(product, provisioning_artifact_id)
        stack = self._stack(physical_id)
        for one in self.launched():
            if one.name == provisioned_product_name:
                raise DuplicateResourceException(
                    f"A provisioned product named {provisioned_product_name} already exists."
                )
            if one.stack_id == stack.stack_id:
                raise DuplicateResourceException(
                    f"Stack {stack.name} belongs to provisioned product {one.id}."
                )
        if stack.status not in _STATES:
            raise InvalidStateException(f"Stack {stack.name} is in state {stack.status}.")
        if parse(stack.template) != parsed(artifact):
            raise InvalidParametersException(
                f"The template of stack {stack.name} is not the one of provisioning artifact {artifact.id}."
            )
        identifier = self.new_id("pp")
        made = ProvisionedProduct(
            id=identifier,
            name=provisioned_product_name,
            arn=self.stack_arn(provisioned_product_name, identifier),
            token=idempotency_token,
            caller=caller,
            product_id=product.id,
            product_name=product.name,
            artifact_id=artifact.id,
            artifact_name=artifact.name,
            path_id=paths[0].id,
            launch_role_arn=None,
            parameters=dict(stack.parameters),
            user_tags=dict(stack.tags),
            tags=dict(stack.tags),
            stack_id=stack.stack_id,
        )
        self.provisioned[identifier] = made
        # From now on Service Catalog works on the stack.
        stack.session = session_of({"aws:servicecatalog:provisionedProductArn": made.arn})
        record = self.begin("IMPORT_AS_PROVISIONED_PRODUCT", made, caller)
        answer = created(record)
        record.outputs = outputs(stack)
        self.move(made, record, "SUCCEEDED", "AVAILABLE", [])
        return answer

    def _stack(self, physical_id: str) -> Any:
        if ":stackset/" in physical_id or ":cloudformation:" not in physical_id:
            raise InvalidParametersException(f"Not the ARN of a stack: {physical_id}")
        stacks: Any = cloudformation_backends[self.account_id][self.region_name]
        try:
            stack = stacks.get_stack(physical_id)
        except (ServiceException, HTTPException):
            raise ResourceNotFoundException(f"Stack {physical_id} not found.") from None
        if stack.parent_id is not None:
            raise InvalidParametersException(f"Stack {stack.name} is nested in another one.")
        return stack
