"""Plans: previews of the changes that a launch or an update would make.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisionedProductPlan.html and its siblings.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from werkzeug.exceptions import HTTPException

from catalog_emulator.servicecatalog.caller import Caller, sees
from catalog_emulator.servicecatalog.exceptions import InvalidParameters, InvalidState, Undeletable
from catalog_emulator.servicecatalog.launch_paths import LaunchPaths
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.provisioned_products import ProvisionedProducts
from catalog_emulator.servicecatalog.provisioning import Provisioning, check_version, launch_attributes
from catalog_emulator.servicecatalog.records import Records
from catalog_emulator.servicecatalog.stack_requests import (
    StackRequest,
    StackRequests,
    Target,
    check_tag_update,
)
from catalog_emulator.servicecatalog.state import State, find, new_tags, present
from catalog_emulator.servicecatalog.templates import supplied_values
from catalog_emulator.servicecatalog.values import Answer, Plan, ProvisionedProduct, Tags, tag_list

_STATUS_BY_RECORD = {"SUCCEEDED": "EXECUTE_SUCCESS", "FAILED": "EXECUTE_FAILED"}


class Plans:
    """Operations on plans; each plan is a change set of the stack."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._paths = LaunchPaths(state)
        self._records = Records(state)
        self._provisioned = ProvisionedProducts(state)
        self._provisioning = Provisioning(state)

    def create_provisioned_product_plan(
        self,
        *,
        caller: Caller,
        plan_name: str,
        plan_type: str,
        product_id: str,
        provisioned_product_name: str,
        provisioning_artifact_id: str,
        idempotency_token: str,
        path_id: str | None = None,
        provisioning_parameters: Sequence[Mapping[str, Any]] = (),
        notification_arns: Sequence[str] = (),
        tags: Sequence[Mapping[str, str]] | None = None,
    ) -> Answer:
        """CreateProvisionedProductPlan: for a new product, or for one that is AVAILABLE or TAINTED."""
        existing = next(
            (one for one in self._provisioned.all() if one.name == provisioned_product_name), None
        )
        if existing is not None:
            self._check_plannable(existing)
        named, artifact = (product_id, None), (provisioning_artifact_id, None)
        path, version = self._paths.select(caller, named, artifact, (path_id, None))
        if existing is None:
            self._provisioned.check_new(provisioned_product_name, version)
        else:
            check_version(existing, path.product, version)
            if tags is not None and new_tags(tags) != existing.user_tags:
                check_tag_update(path)
        identifier = existing.id if existing else self._state.new_id("pp")
        target = Target(
            path=path,
            artifact=version,
            arn=self._state.provisioned_product_arn(provisioned_product_name, identifier),
            notification_arns=tuple(notification_arns),
        )
        user_tags = existing.user_tags if existing and tags is None else new_tags(tags or ())
        values = supplied_values(provisioning_parameters, existing.parameters if existing else None)
        request = StackRequests(self._state).build(caller, target, values, user_tags, existing)
        if request.targets is not None:
            raise InvalidParameters("Products with a STACKSET constraint cannot be planned.")
        plan = Plan(
            plan_id=self._state.new_id("plan"),
            plan_name=plan_name,
            plan_type=plan_type,
            caller=caller,
            provision_product_id=identifier,
            provision_product_name=provisioned_product_name,
            product_id=path.product.id,
            provisioning_artifact_id=version.id,
            path_id=path.id,
            provisioning_parameters=[dict(one) for one in provisioning_parameters],
            tags=user_tags,
            notification_arns=request.notification_arns,
            change=launch_attributes(target, request, user_tags),
            based_on=existing.last_provisioning_record_id if existing else None,
        )
        product = existing or self._new_product(plan, target, request, user_tags, idempotency_token)
        self._make_change_set(plan, product, target, request)
        self._state.plans[plan.plan_id] = plan
        return {**vars(plan), "provisioned_product_name": provisioned_product_name}

    def describe_provisioned_product_plan(self, *, plan_id: str) -> Listing:
        """DescribeProvisionedProductPlan: with the changes of its resources."""
        plan = self._plan(plan_id)
        changes: list[Any] = []
        if plan.change_set_id is not None:
            changes = list(self._stacks(plan).describe_change_set(plan.change_set_id).changes)
        details = {**vars(plan), "status": self._status(plan), "tags": tag_list(plan.tags)}
        return Listing(
            "ResourceChanges", changes, _resource_change, {"ProvisionedProductPlanDetails": details}
        )

    def list_provisioned_product_plans(
        self,
        *,
        caller: Caller,
        provision_product_id: str | None = None,
        access_level_filter: Mapping[str, str] | None = None,
    ) -> Listing:
        """ListProvisionedProductPlans; by default the caller's own."""
        # A termination that has finished deletes the plans.
        self._provisioned.all()
        if provision_product_id is not None:
            self._provisioned.find(provision_product_id, None)
        kept = [
            plan
            for plan in self._state.plans.values()
            if sees(caller, access_level_filter, plan.caller)
            and provision_product_id in (None, plan.provision_product_id)
        ]
        return Listing("ProvisionedProductPlans", kept)

    def execute_provisioned_product_plan(self, *, caller: Caller, plan_id: str) -> Answer:
        """ExecuteProvisionedProductPlan: once, and not while another operation is running."""
        plan = self._plan(plan_id)
        product = self._provisioned.find(plan.provision_product_id, None)
        if self._status(plan) != "CREATE_SUCCESS" or plan.change_set_id is None:
            raise InvalidState(f"Plan {plan_id} is in status {self._status(plan)}.")
        if product.status == "UNDER_CHANGE":
            raise InvalidState(f"Provisioned product {product.id} is in status UNDER_CHANGE.")
        if product.last_provisioning_record_id != plan.based_on:
            # Change sets of a stack that was updated since are obsolete:
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
            raise InvalidState(
                f"Provisioned product {product.id} has changed since plan {plan_id} was created."
            )
        new = product.status == "PLAN_IN_PROGRESS"
        record = self._records.begin(
            "PROVISION_PRODUCT" if new else "UPDATE_PROVISIONED_PRODUCT", product, caller
        )
        record.product_id, record.provisioning_artifact_id = plan.product_id, plan.provisioning_artifact_id
        record.path_id = plan.path_id
        record.tags, record.launch_role_arn = plan.tags, plan.change["launch_role_arn"]
        record.stack_id, record.change = plan.stack_id, plan.change
        plan.record_id, plan.updated_time = record.id, utcnow()
        change_set = plan.change_set_id
        return self._provisioning.start(product, record, lambda stacks: stacks.execute_change_set(change_set))

    def delete_provisioned_product_plan(self, *, plan_id: str, ignore_errors: bool = False) -> None:
        """DeleteProvisionedProductPlan: a planned new product is deleted with it."""
        plan = self._plan(plan_id)
        if self._status(plan) == "EXECUTE_IN_PROGRESS" and not ignore_errors:
            raise InvalidParameters(f"Plan {plan_id} is in status EXECUTE_IN_PROGRESS.")
        if self._status(plan) == "EXECUTE_FAILED" and not ignore_errors:
            # https://github.com/awslabs/aws-service-catalog-puppet/issues/378
            raise Undeletable("Cannot delete ChangeSet in execution status EXECUTE_FAILED")
        if plan.change_set_id is not None and plan.record_id is None:
            self._stacks(plan).delete_change_set(plan.change_set_id)
        product = self._state.provisioned.get(plan.provision_product_id)
        if product is not None and product.status == "PLAN_IN_PROGRESS":
            if plan.stack_id is not None:
                self._stacks(plan).delete_stack(plan.stack_id)
            del self._state.provisioned[product.id]
        del self._state.plans[plan_id]

    def _check_plannable(self, product: ProvisionedProduct) -> None:
        if any(plan.provision_product_id == product.id for plan in self._state.plans.values()):
            raise InvalidState(f"Provisioned product {product.id} already has a plan.")
        if product.status not in ("AVAILABLE", "TAINTED"):
            raise InvalidState(f"Provisioned product {product.id} is in status {product.status}.")

    def _plan(self, identifier: str) -> Plan:
        # A termination that has finished deletes the plans.
        self._provisioned.all()
        return find(self._state.plans, "Plan", identifier)

    def _status(self, plan: Plan) -> str:
        if plan.record_id is None:
            return "CREATE_SUCCESS" if plan.status_message is None else "CREATE_FAILED"
        return _STATUS_BY_RECORD.get(self._records.current(plan.record_id).status, "EXECUTE_IN_PROGRESS")

    def _stacks(self, plan: Plan) -> Any:
        account_id = (plan.stack_id or "").split(":")[4] if plan.stack_id else self._state.account_id
        return cloudformation_backends[account_id][self._state.region_name]

    def _new_product(
        self, plan: Plan, target: Target, request: StackRequest, user_tags: Tags, token: str
    ) -> ProvisionedProduct:
        product = ProvisionedProduct(
            id=plan.provision_product_id,
            name=plan.provision_product_name,
            arn=target.arn,
            idempotency_token=token,
            caller=plan.caller,
            status="PLAN_IN_PROGRESS",
            notification_arns=target.notification_arns,
            **launch_attributes(target, request, user_tags),
        )
        self._state.provisioned[product.id] = product
        return product

    def _make_change_set(
        self, plan: Plan, product: ProvisionedProduct, target: Target, request: StackRequest
    ) -> None:
        plan.status_message = request.role_problem
        if plan.status_message is not None:
            return
        account_id = request.account_id if product.stack_id is None else product.stack_id.split(":")[4]
        stacks: Any = cloudformation_backends[account_id][self._state.region_name]
        name = f"SC-{account_id}-{product.id}"
        try:
            plan.change_set_id, plan.stack_id = stacks.create_change_set(
                product.stack_id or name,
                target.artifact.template,
                request.parameters,
                change_set_name=plan.plan_id,
                change_set_type="CREATE" if product.stack_id is None else "UPDATE",
                notification_arns=request.notification_arns,
                tags=request.tags,
                role_arn=request.role_arn,
            )
        except (ServiceException, HTTPException) as error:
            plan.status_message = str(getattr(error, "message", error))
            return
        product.stack_id = plan.stack_id
        change_set = stacks.describe_change_set(plan.change_set_id)
        if change_set.status == "FAILED":
            plan.status_message = change_set.status_reason


def _resource_change(change: Any) -> Answer:
    # https://docs.aws.amazon.com/servicecatalog/latest/dg/API_ResourceChange.html
    return present(
        Action=change.action.upper(),
        LogicalResourceId=change.logical_resource_id,
        PhysicalResourceId=change.physical_resource_id,
        ResourceType=change.resource_type,
        Replacement=change.replacement and change.replacement.upper(),
        Scope=[one.upper() for one in change.scope or ()],
        Details=[_change_detail(one) for one in change.details or ()],
    )


def _change_detail(detail: Mapping[str, Any]) -> Answer:
    target = detail["Target"]
    return present(
        Target=present(
            Attribute=target["Attribute"].upper(),
            Name=target.get("Name"),
            RequiresRecreation=target.get("RequiresRecreation", "Never").upper(),
        ),
        Evaluation=detail.get("Evaluation", "Static").upper(),
        CausingEntity=detail.get("CausingEntity"),
    )
