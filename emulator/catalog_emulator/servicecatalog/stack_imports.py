"""Existing stacks imported as provisioned products.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ImportAsProvisionedProduct.html
"""

from typing import Any

from catalog_emulator.cloudformation.engine.permissions import session_of
from catalog_emulator.servicecatalog.artifacts import artifact_of, parsed
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import Duplicate, InvalidParameters, InvalidState, NotFound
from catalog_emulator.servicecatalog.launch_paths import LaunchPaths
from catalog_emulator.servicecatalog.provisioned_products import ProvisionedProducts
from catalog_emulator.servicecatalog.records import Records, created
from catalog_emulator.servicecatalog.stacks import outputs, own_stack
from catalog_emulator.servicecatalog.templates import parse
from catalog_emulator.servicecatalog.values import Answer, ProvisionedProduct
from catalog_emulator.servicecatalog.visible_portfolios import Operations

_STATES = (
    *("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"),
    *("IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"),
)


class StackImports(Operations):
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
        """ImportAsProvisionedProduct: constraints apply from the first update on."""
        product = self._visible.product(product_id)
        paths = LaunchPaths(self._state).all(caller, product)
        artifact = artifact_of(product, provisioning_artifact_id)
        stack = self._stack(physical_id)
        provisioned, records = ProvisionedProducts(self._state), Records(self._state)
        provisioned.check_name(provisioned_product_name)
        for one in provisioned.all():
            if one.stack_id == stack.stack_id:
                raise Duplicate(f"Stack {stack.name} belongs to provisioned product {one.id}.")
        if stack.status not in _STATES:
            raise InvalidState(f"Stack {stack.name} is in state {stack.status}.")
        if parse(stack.template) != parsed(artifact):
            raise InvalidParameters(
                f"The template of stack {stack.name} is not the one of provisioning artifact {artifact.id}."
            )
        identifier = self._state.new_id("pp")
        imported = ProvisionedProduct(
            id=identifier,
            name=provisioned_product_name,
            arn=self._state.provisioned_product_arn(provisioned_product_name, identifier),
            idempotency_token=idempotency_token,
            caller=caller,
            product_id=product.id,
            product_name=product.name,
            provisioning_artifact_id=artifact.id,
            provisioning_artifact_name=artifact.name,
            path_id=paths[0].id,
            launch_role_arn=None,
            parameters=dict(stack.parameters),
            user_tags=dict(stack.tags),
            tags=dict(stack.tags),
            stack_id=stack.stack_id,
        )
        self._state.provisioned[identifier] = imported
        # From now on Service Catalog makes the stack's calls.
        stack.session = session_of({"aws:servicecatalog:provisionedProductArn": imported.arn})
        record = records.begin("IMPORT_AS_PROVISIONED_PRODUCT", imported, caller)
        answer = created(record)
        record.outputs = outputs(stack)
        records.set_status(imported, record, "SUCCEEDED", "AVAILABLE", [])
        return answer

    def _stack(self, physical_id: str) -> Any:
        if ":stackset/" in physical_id or ":cloudformation:" not in physical_id:
            raise InvalidParameters(f"Not the ARN of a stack: {physical_id}")
        stack = own_stack(self._state, physical_id)
        if stack is None:
            raise NotFound(f"Stack {physical_id} not found.")
        if stack.parent_id is not None:
            raise InvalidParameters(f"Stack {stack.name} is nested in another one.")
        return stack
