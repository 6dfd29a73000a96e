"""Launches: provision, update, terminate.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html and its siblings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalog_emulator.servicecatalog.browsing import Browsing
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.deciding import Target, check_tag_update
from catalog_emulator.servicecatalog.exceptions import DuplicateResourceException, InvalidParametersException
from catalog_emulator.servicecatalog.parameters import given
from catalog_emulator.servicecatalog.stack_sets import is_stack_set
from catalog_emulator.servicecatalog.starting import (
    Named,
    Parameters,
    Starting,
    created,
    launched,
    refuse_while_changing,
)
from catalog_emulator.servicecatalog.state import new_tags
from catalog_emulator.servicecatalog.values import Answer, Artifact, ProvisionedProduct


class Launching(Browsing, Starting):
    """Operations that make, change and remove stacks."""

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
        provisioning_parameters: Parameters = (),
        provisioning_preferences: Mapping[str, Any] | None = None,
        tags: Sequence[Mapping[str, str]] = (),
        notification_arns: Sequence[str] = (),
    ) -> Answer:
        """ProvisionProduct: answers a record, CREATED, and works on."""
        path, artifact = self.offer(
            caller,
            (product_id, product_name),
            (provisioning_artifact_id, provisioning_artifact_name),
            (path_id, path_name),
        )
        self.check_new(provisioned_product_name, artifact)
        identifier = self.new_id("pp")
        arn = self.stack_arn(provisioned_product_name, identifier)
        target = Target(
            path=path,
            artifact=artifact,
            arn=arn,
            notification_arns=tuple(notification_arns),
            preferences=provisioning_preferences,
        )
        user_tags = new_tags(tags)
        launch = self.decide(caller, target, given(provisioning_parameters), user_tags)
        product = ProvisionedProduct(
            id=identifier,
            name=provisioned_product_name,
            arn=arn,
            token=provision_token,
            caller=caller,
            notification_arns=tuple(notification_arns),
            type="CFN_STACK" if launch.targets is None else "CFN_STACKSET",
            **launched(target, launch, user_tags),
        )
        self.provisioned[identifier] = product
        record = self.begin("PROVISION_PRODUCT", product, caller, launch)
        return self.make(product, record, target, launch)

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
        provisioning_parameters: Parameters = (),
        provisioning_preferences: Mapping[str, Any] | None = None,
        tags: Sequence[Mapping[str, str]] | None = None,
    ) -> Answer:
        """UpdateProvisionedProduct: version, parameters, tags. Parameters that are not named get defaults."""
        product = self.launched_by(provisioned_product_id, provisioned_product_name)
        refuse_while_changing(product)
        if product.status in ("ERROR", "PLAN_IN_PROGRESS") or product.stack_id is None:
            # Its stack was rolled back or is not made yet, and takes no updates.
            raise InvalidParametersException(
                f"Provisioned product {product.id} is in status {product.status}."
            )
        preferences = dict(provisioning_preferences or {})
        operation = preferences.pop("StackSetOperationType", "UPDATE")
        named, artifact = (product_id, product_name), (provisioning_artifact_id, provisioning_artifact_name)
        if operation != "UPDATE":
            # Stack instances come and go at the version that the stack set has.
            named = artifact = (None, None)
        target = self.new_target(caller, product, named, artifact, (path_id, path_name), preferences)
        user_tags = product.user_tags if tags is None else new_tags(tags)
        if user_tags != product.user_tags:
            check_tag_update(target.path)
        values = given(provisioning_parameters, product.parameters)
        if operation != "UPDATE":
            values = product.parameters
        launch = self.decide(caller, target, values, user_tags, product)
        if (launch.targets is None) == is_stack_set(product.stack_id):
            raise InvalidParametersException(f"Provisioned product {product.id} is a {product.type}.")
        if operation != "UPDATE" and launch.targets is None:
            raise InvalidParametersException("StackSetOperationType is for stack sets.")
        record = self.begin("UPDATE_PROVISIONED_PRODUCT", product, caller, launch)
        record.product_id, record.artifact_id = target.path.product.id, target.artifact.id
        record.path_id = target.path.id
        stack_set, targets = product.stack_id, launch.targets
        if operation == "UPDATE" or targets is None:
            record.change = launched(target, launch, user_tags)
            return self.change(product, record, target, launch)
        work = self.stack_sets.deploy if operation == "CREATE" else self.stack_sets.remove
        return self.start_set(product, record, lambda: work(stack_set, targets), launch.role_problem)

    def terminate_provisioned_product(
        self,
        *,
        caller: Caller,
        provisioned_product_name: str | None = None,
        provisioned_product_id: str | None = None,
        ignore_errors: bool = False,
        retain_physical_resources: bool = False,
    ) -> Answer:
        """TerminateProvisionedProduct: with its stack, unless the resources shall be retained."""
        product = self.launched_by(provisioned_product_id, provisioned_product_name)
        refuse_while_changing(product)
        record = self.begin("TERMINATE_PROVISIONED_PRODUCT", product, caller)
        record.ignore_errors = ignore_errors
        if product.stack_id is None or retain_physical_resources:
            self.move(product, record, "SUCCEEDED", "AVAILABLE", [])
            return created(record)
        return self.unmake(product, record)

    def check_new(self, name: str, artifact: Artifact) -> None:
        """Raises when nothing new can be launched under this name, or from this version."""
        if artifact.guidance == "DEPRECATED":
            raise InvalidParametersException(f"Provisioning artifact {artifact.id} is deprecated.")
        if any(one.name == name for one in self.launched()):
            raise DuplicateResourceException(f"A provisioned product named {name} already exists.")

    def new_target(
        self,
        caller: Caller,
        product: ProvisionedProduct,
        named: Named,
        artifact: Named,
        path: Named,
        preferences: Mapping[str, Any] | None = None,
    ) -> Target:
        """What an update is to; what it does not name stays."""
        if named == (None, None):
            named = (product.product_id, None)
        if artifact == (None, None):
            artifact = (product.artifact_id, None)
        if path == (None, None) and named[0] == product.product_id:
            ways = self.launch_paths(caller, self.any_product(product.product_id))
            path = (product.path_id if product.path_id in {way.id for way in ways} else None, None)
        way, version = self.offer(caller, named, artifact, path)
        return Target(
            path=way,
            artifact=version,
            arn=product.arn,
            notification_arns=product.notification_arns,
            preferences=preferences,
        )
