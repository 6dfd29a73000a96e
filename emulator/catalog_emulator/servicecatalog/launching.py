"""Launches: provision, update, terminate.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html and its siblings.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog_emulator.servicecatalog import provisioning
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import InvalidParameters
from catalog_emulator.servicecatalog.launch_paths import IdOrName, LaunchPaths
from catalog_emulator.servicecatalog.provisioned_products import ProvisionedProducts
from catalog_emulator.servicecatalog.records import Records, created
from catalog_emulator.servicecatalog.stack_requests import StackRequests, Target, check_tag_update
from catalog_emulator.servicecatalog.stacks import is_stack_set
from catalog_emulator.servicecatalog.state import State, new_tags
from catalog_emulator.servicecatalog.templates import supplied_values
from catalog_emulator.servicecatalog.values import Answer, ProvisionedProduct
from catalog_emulator.servicecatalog.visible_portfolios import Operations


class Launching(Operations):
    """Operations that create, update and delete the stacks of launches."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._paths = LaunchPaths(state)
        self._records = Records(state)
        self._provisioned = ProvisionedProducts(state)
        self._provisioning = provisioning.Provisioning(state)

    def provision_product(
        self,
        *,
        caller: Caller,
        provisioned_product_name: str,
        provision_token: str,
        product_id: str | None = None,
        product_name: str | None = None,
        provisioning_artifact_id: str | None = None,
        provisioning_artifact_name: str | None = None,
        path_id: str | None = None,
        path_name: str | None = None,
        provisioning_parameters: Sequence[Mapping[str, Any]] = (),
        provisioning_preferences: Mapping[str, Any] | None = None,
        tags: Sequence[Mapping[str, str]] = (),
        notification_arns: Sequence[str] = (),
    ) -> Answer:
        """ProvisionProduct: returns a record with status CREATED and continues in the background."""
        path, artifact = self._paths.select(
            caller,
            (product_id, product_name),
            (provisioning_artifact_id, provisioning_artifact_name),
            (path_id, path_name),
        )
        self._provisioned.check_new(provisioned_product_name, artifact)
        identifier = self._state.new_id("pp")
        arn = self._state.provisioned_product_arn(provisioned_product_name, identifier)
        target = Target(
            path=path,
            artifact=artifact,
            arn=arn,
            notification_arns=tuple(notification_arns),
            preferences=provisioning_preferences,
        )
        user_tags = new_tags(tags)
        values = supplied_values(provisioning_parameters)
        request = StackRequests(self._state).build(caller, target, values, user_tags)
        product = ProvisionedProduct(
            id=identifier,
            name=provisioned_product_name,
            arn=arn,
            idempotency_token=provision_token,
            caller=caller,
            notification_arns=tuple(notification_arns),
            type="CFN_STACK" if request.targets is None else "CFN_STACKSET",
            **provisioning.launch_attributes(target, request, user_tags),
        )
        self._state.provisioned[identifier] = product
        record = self._records.begin("PROVISION_PRODUCT", product, caller, request)
        return self._provisioning.create(product, record, target, request)

    def update_provisioned_product(
        self,
        *,
        caller: Caller,
        provisioned_product_name: str | None = None,
        provisioned_product_id: str | None = None,
        product_id: str | None = None,
        product_name: str | None = None,
        provisioning_artifact_id: str | None = None,
        provisioning_artifact_name: str | None = None,
        path_id: str | None = None,
        path_name: str | None = None,
        provisioning_parameters: Sequence[Mapping[str, Any]] = (),
        provisioning_preferences: Mapping[str, Any] | None = None,
        tags: Sequence[Mapping[str, str]] | None = None,
    ) -> Answer:
        """UpdateProvisionedProduct: version, parameters, tags. Parameters left out get their defaults."""
        product = self._provisioned.find(provisioned_product_id, provisioned_product_name)
        provisioning.refuse_while_changing(product)
        if product.status in ("ERROR", "PLAN_IN_PROGRESS") or product.stack_id is None:
            # Its stack was rolled back or does not exist yet, and cannot be updated.
            raise InvalidParameters(f"Provisioned product {product.id} is in status {product.status}.")
        preferences = dict(provisioning_preferences or {})
        operation = preferences.pop("StackSetOperationType", "UPDATE")
        named, artifact = (product_id, product_name), (provisioning_artifact_id, provisioning_artifact_name)
        if operation != "UPDATE":
            # Stack instances are added and removed at the stack set's current version.
            named = artifact = (None, None)
        target = self._update_target(caller, product, named, artifact, (path_id, path_name), preferences)
        provisioning.check_version(product, target.path.product, target.artifact)
        user_tags = product.user_tags if tags is None else new_tags(tags)
        if user_tags != product.user_tags:
            check_tag_update(target.path)
        values = supplied_values(provisioning_parameters, product.parameters)
        if operation != "UPDATE":
            values = product.parameters
        request = StackRequests(self._state).build(caller, target, values, user_tags, product)
        if (request.targets is None) == is_stack_set(product.stack_id):
            raise InvalidParameters(f"Provisioned product {product.id} is a {product.type}.")
        if operation != "UPDATE" and request.targets is None:
            raise InvalidParameters("StackSetOperationType needs a provisioned product of type CFN_STACKSET.")
        record = self._records.begin("UPDATE_PROVISIONED_PRODUCT", product, caller, request)
        record.product_id, record.provisioning_artifact_id = target.path.product.id, target.artifact.id
        record.path_id, record.tags = target.path.id, user_tags
        if operation == "UPDATE":
            record.change = provisioning.launch_attributes(target, request, user_tags)
        return self._provisioning.update(product, record, target, request, operation)

    def terminate_provisioned_product(
        self,
        *,
        caller: Caller,
        provisioned_product_name: str | None = None,
        provisioned_product_id: str | None = None,
        ignore_errors: bool = False,
        retain_physical_resources: bool = False,
    ) -> Answer:
        """TerminateProvisionedProduct: with its stack, unless RetainPhysicalResources is set."""
        product = self._provisioned.find(provisioned_product_id, provisioned_product_name)
        provisioning.refuse_while_changing(product)
        record = self._records.begin("TERMINATE_PROVISIONED_PRODUCT", product, caller)
        record.ignore_errors = ignore_errors
        if product.stack_id is None or retain_physical_resources:
            self._records.set_status(product, record, "SUCCEEDED", "AVAILABLE", [])
            return created(record)
        return self._provisioning.delete(product, record)

    def _update_target(
        self,
        caller: Caller,
        product: ProvisionedProduct,
        named: IdOrName,
        artifact: IdOrName,
        path: IdOrName,
        preferences: Mapping[str, Any] | None = None,
    ) -> Target:
        """The target of an update; members left out keep their value."""
        if named == (None, None):
            named = (product.product_id, None)
        if artifact == (None, None):
            artifact = (product.provisioning_artifact_id, None)
        if path == (None, None) and named[0] == product.product_id:
            paths = self._paths.all(caller, self._visible.product(product.product_id))
            path = (product.path_id if product.path_id in {one.id for one in paths} else None, None)
        launch_path, version = self._paths.select(caller, named, artifact, path)
        return Target(
            path=launch_path,
            artifact=version,
            arn=product.arn,
            notification_arns=product.notification_arns,
            preferences=preferences,
        )
