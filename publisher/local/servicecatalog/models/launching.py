"""Launches: provision, update, terminate.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ProvisionProduct.html and its siblings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from moto.cloudformation.models import cloudformation_backends
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from publisher.local.servicecatalog.caller import Caller
from publisher.local.servicecatalog.exceptions import (
    DuplicateResourceException,
    InvalidParametersException,
)
from publisher.local.servicecatalog.models.browsing import Browsing
from publisher.local.servicecatalog.models.deciding import Deciding, Launch, Target, check_tag_update
from publisher.local.servicecatalog.models.provisioned import Provisioned
from publisher.local.servicecatalog.models.records import record_detail
from publisher.local.servicecatalog.models.state import new_tags
from publisher.local.servicecatalog.models.values import Answer, ProvisionedProduct, Record, Tags
from publisher.local.servicecatalog.parameters import given

_FAILED_TO = {
    "PROVISION_PRODUCT": "ERROR",
    "UPDATE_PROVISIONED_PRODUCT": "TAINTED",
    "TERMINATE_PROVISIONED_PRODUCT": "TAINTED",
}


class Launching(Browsing, Deciding, Provisioned):
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
        provisioning_parameters: Sequence[Mapping[str, Any]] = (),
        provisioning_preferences: Mapping[str, Any] | None = None,
        tags: Sequence[Mapping[str, str]] = (),
        notification_arns: Sequence[str] = (),
    ) -> Answer:
        """ProvisionProduct: answers a record, CREATED, and works on."""
        _refuse_preferences(provisioning_preferences)
        path, artifact = self.offer(
            caller,
            (product_id, product_name),
            (provisioning_artifact_id, provisioning_artifact_name),
            (path_id, path_name),
        )
        if artifact.guidance == "DEPRECATED":
            raise InvalidParametersException(f"Provisioning artifact {artifact.id} is deprecated.")
        if any(one.name == provisioned_product_name for one in self.launched()):
            raise DuplicateResourceException(
                f"A provisioned product named {provisioned_product_name} already exists."
            )
        identifier = self.new_id("pp")
        arn = self._stack_arn(provisioned_product_name, identifier)
        target = Target(path=path, artifact=artifact, arn=arn)
        user_tags = new_tags(tags)
        launch = self.decide(caller, target, given(provisioning_parameters), user_tags, notification_arns)
        product = ProvisionedProduct(
            id=identifier,
            name=provisioned_product_name,
            arn=arn,
            token=provision_token,
            caller=caller,
            **_launched(target, launch, user_tags),
        )
        self.provisioned[identifier] = product
        record = self._record("PROVISION_PRODUCT", product, caller, launch)
        return self._start(
            product,
            record,
            lambda stacks: stacks.create_stack(
                f"SC-{self.account_id}-{identifier}",
                artifact.template,
                launch.parameters,
                notification_arns=launch.notification_arns,
                tags=launch.tags,
                role_arn=launch.role_arn,
            ),
            launch.role_problem,
        )

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
        """UpdateProvisionedProduct: version, parameters, tags. Parameters that are not named get defaults."""
        _refuse_preferences(provisioning_preferences)
        product = self.launched_by(provisioned_product_id, provisioned_product_name)
        _refuse_while_changing(product)
        if product.status == "ERROR" or product.stack_id is None:
            # Its stack was rolled back, and a stack in that state takes no updates.
            raise InvalidParametersException(f"Provisioned product {product.id} is in status ERROR.")
        target = self._new_target(
            caller,
            product,
            (product_id, product_name),
            (provisioning_artifact_id, provisioning_artifact_name),
            (path_id, path_name),
        )
        user_tags = product.user_tags if tags is None else new_tags(tags)
        if user_tags != product.user_tags:
            check_tag_update(target.path)
        launch = self.decide(caller, target, given(provisioning_parameters, product.parameters), user_tags)
        record = self._record("UPDATE_PROVISIONED_PRODUCT", product, caller, launch)
        record.change = _launched(target, launch, user_tags)
        record.product_id, record.artifact_id = target.path.product.id, target.artifact.id
        record.path_id = target.path.id
        stack_id = product.stack_id
        return self._start(
            product,
            record,
            lambda stacks: stacks.update_stack(
                stack_id,
                target.artifact.template,
                role_arn=launch.role_arn,
                parameters=[
                    {"ParameterKey": key, "ParameterValue": value} for key, value in launch.parameters.items()
                ],
                tags=launch.tags,
            ),
            launch.role_problem,
        )

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
        _refuse_while_changing(product)
        record = self._record("TERMINATE_PROVISIONED_PRODUCT", product, caller)
        record.ignore_errors = ignore_errors
        stack_id = product.stack_id
        if stack_id is None or retain_physical_resources:
            self.move(product, record, "SUCCEEDED", "AVAILABLE", [])
            return _created(record)
        return self._start(product, record, lambda stacks: stacks.delete_stack(stack_id))

    def _new_target(
        self,
        caller: Caller,
        product: ProvisionedProduct,
        named: tuple[str | None, str | None],
        artifact: tuple[str | None, str | None],
        path: tuple[str | None, str | None],
    ) -> Target:
        if named == (None, None):
            named = (product.product_id, None)
        if artifact == (None, None):
            artifact = (product.artifact_id, None)
        if path == (None, None) and named[0] == product.product_id:
            ways = self.launch_paths(caller, self.any_product(product.product_id))
            path = (product.path_id if product.path_id in {way.id for way in ways} else None, None)
        way, version = self.offer(caller, named, artifact, path)
        return Target(path=way, artifact=version, arn=product.arn)

    def _record(
        self,
        kind: Literal["PROVISION_PRODUCT", "UPDATE_PROVISIONED_PRODUCT", "TERMINATE_PROVISIONED_PRODUCT"],
        product: ProvisionedProduct,
        caller: Caller,
        launch: Launch | None = None,
    ) -> Record:
        record = Record(
            id=self.new_id("rec"),
            type=kind,
            provisioned_product_id=product.id,
            provisioned_product_name=product.name,
            product_id=product.product_id,
            artifact_id=product.artifact_id,
            path_id=product.path_id,
            launch_role_arn=launch.role_arn if launch else product.launch_role_arn,
            caller=caller,
            tags=launch.tags if launch else product.tags,
            stack_id=product.stack_id,
        )
        self.records[record.id] = record
        product.status, product.last_record_id = "UNDER_CHANGE", record.id
        if launch is not None:
            product.last_provisioning_record_id = record.id
        return record

    def _start(
        self,
        product: ProvisionedProduct,
        record: Record,
        run: Callable[[Any], Any],
        problem: str | None = None,
    ) -> Answer:
        """Starts the stack operation; when it cannot even start, the record has failed."""
        answer = _created(record)
        stacks: Any = cloudformation_backends[self.account_id][self.region_name]
        if record.stack_id is not None:
            record.first_event = len(stacks.get_stack(record.stack_id).events)
        try:
            stack = run(stacks) if problem is None else None
        except (ServiceException, HTTPException) as error:
            problem = str(getattr(error, "message", error))
            stack = None
        if problem is not None:
            errors = [("StackOperationFailed", problem)]
            self.move(product, record, "FAILED", _FAILED_TO[record.type], errors)
        elif stack is not None:
            product.stack_id = record.stack_id = stack.stack_id
        return answer

    def _stack_arn(self, name: str, identifier: str) -> str:
        return (
            f"arn:{self.partition}:servicecatalog:{self.region_name}:{self.account_id}"
            f":stack/{name}/{identifier}"
        )


def _launched(target: Target, launch: Launch, user_tags: Tags) -> dict[str, Any]:
    return {
        "product_id": target.path.product.id,
        "product_name": target.path.product.name,
        "artifact_id": target.artifact.id,
        "artifact_name": target.artifact.name,
        "path_id": target.path.id,
        "launch_role_arn": launch.role_arn,
        "parameters": launch.parameters,
        "user_tags": user_tags,
        "tags": launch.tags,
    }


def _created(record: Record) -> Answer:
    return {"RecordDetail": {**record_detail(record), "Status": "CREATED"}}


def _refuse_preferences(preferences: Mapping[str, Any] | None) -> None:
    if preferences:
        raise InvalidParametersException(
            "ProvisioningPreferences are for products with a STACKSET constraint."
        )


def _refuse_while_changing(product: ProvisionedProduct) -> None:
    if product.status == "UNDER_CHANGE":
        raise InvalidParametersException(
            f"Provisioned product {product.id} is in status UNDER_CHANGE: wait for record "
            f"{product.last_record_id}."
        )
