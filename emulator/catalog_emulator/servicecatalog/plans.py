"""Plans: what a launch or an update would change, shown before it is done.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateProvisionedProductPlan.html and its siblings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from werkzeug.exceptions import HTTPException

from catalog_emulator.servicecatalog.access import sees
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.deciding import Launch, Target, check_tag_update
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException, InvalidStateException
from catalog_emulator.servicecatalog.launching import Launching
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.parameters import given
from catalog_emulator.servicecatalog.planned import details, resource_changes, status, summary
from catalog_emulator.servicecatalog.starting import Parameters, launched
from catalog_emulator.servicecatalog.state import new_tags
from catalog_emulator.servicecatalog.values import Answer, Plan, ProvisionedProduct, Tags


class Plans(Launching):
    """Operations on plans; each is a change set of the stack."""

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
        provisioning_parameters: Parameters = (),
        notification_arns: Sequence[str] = (),
        tags: Sequence[Mapping[str, str]] | None = None,
    ) -> Answer:
        """CreateProvisionedProductPlan: for a new product, or for one that is AVAILABLE or TAINTED."""
        known = next((one for one in self.launched() if one.name == provisioned_product_name), None)
        if known is not None:
            self._check_plannable(known)
        named, artifact = (product_id, None), (provisioning_artifact_id, None)
        path, version = self.offer(caller, named, artifact, (path_id, None))
        if known is None:
            self.check_new(provisioned_product_name, version)
        elif tags is not None and new_tags(tags) != known.user_tags:
            check_tag_update(path)
        identifier = known.id if known else self.new_id("pp")
        target = Target(
            path=path,
            artifact=version,
            arn=known.arn if known else self.stack_arn(provisioned_product_name, identifier),
            notification_arns=tuple(notification_arns),
        )
        user_tags = known.user_tags if known and tags is None else new_tags(tags or ())
        values = given(provisioning_parameters, known.parameters if known else None)
        launch = self.decide(caller, target, values, user_tags, known)
        if launch.targets is not None:
            raise InvalidParametersException(
                "Products with a STACKSET constraint are launched without a plan."
            )
        plan = Plan(
            id=self.new_id("plan"),
            name=plan_name,
            type=plan_type,
            caller=caller,
            provisioned_product_id=identifier,
            provisioned_product_name=provisioned_product_name,
            product_id=path.product.id,
            artifact_id=version.id,
            path_id=path.id,
            parameters=[dict(one) for one in provisioning_parameters],
            tags=user_tags,
            notification_arns=launch.notification_arns,
            change=launched(target, launch, user_tags),
            based_on=known.last_provisioning_record_id if known else None,
        )
        product = known or self._new_product(plan, target, launch, user_tags, idempotency_token)
        self._make_change_set(plan, product, target, launch)
        self.plans[plan.id] = plan
        return {
            "PlanName": plan.name,
            "PlanId": plan.id,
            "ProvisionProductId": identifier,
            "ProvisionedProductName": provisioned_product_name,
            "ProvisioningArtifactId": version.id,
        }

    def describe_provisioned_product_plan(
        self, *, plan_id: str, page_size: int | None = None, page_token: str | None = None
    ) -> Answer:
        """DescribeProvisionedProductPlan: with the changes of its resources."""
        plan = self._plan(plan_id)
        changes: list[Answer] = []
        if plan.change_set_id is not None:
            changes = resource_changes(self._stacks(plan).describe_change_set(plan.change_set_id).changes)
        found, following = page(changes, of=f"changes {plan_id}", size=page_size, token=page_token)
        shown = details(plan, self._status(plan))
        return with_token({"ProvisionedProductPlanDetails": shown, "ResourceChanges": found}, following)

    def list_provisioned_product_plans(
        self,
        *,
        caller: Caller,
        provision_product_id: str | None = None,
        access_level_filter: Mapping[str, str] | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ListProvisionedProductPlans; by default the caller's own."""
        if provision_product_id is not None:
            self.launched_by(provision_product_id, None)
        # With a termination that has ended by now, its plan is gone.
        self.launched()
        kept = [
            plan
            for plan in self.plans.values()
            if sees(caller, access_level_filter, plan.caller)
            and provision_product_id in (None, plan.provisioned_product_id)
        ]
        of = f"plans {caller.session_arn} {provision_product_id} {access_level_filter}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        return with_token({"ProvisionedProductPlans": [summary(one) for one in found]}, following)

    def execute_provisioned_product_plan(self, *, caller: Caller, plan_id: str) -> Answer:
        """ExecuteProvisionedProductPlan: once, and not while another operation runs."""
        plan = self._plan(plan_id)
        product = self.launched_by(plan.provisioned_product_id, None)
        if self._status(plan) != "CREATE_SUCCESS" or plan.change_set_id is None:
            raise InvalidStateException(f"Plan {plan_id} is in status {self._status(plan)}.")
        if product.status == "UNDER_CHANGE":
            raise InvalidStateException(f"Provisioned product {product.id} is in status UNDER_CHANGE.")
        if product.last_provisioning_record_id != plan.based_on:
            # Change sets of a stack that was updated since are obsolete:
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html
            raise InvalidStateException(
                f"Provisioned product {product.id} has changed since plan {plan_id} was made."
            )
        new = product.status == "PLAN_IN_PROGRESS"
        record = self.begin("PROVISION_PRODUCT" if new else "UPDATE_PROVISIONED_PRODUCT", product, caller)
        record.product_id, record.artifact_id, record.path_id = (
            plan.product_id,
            plan.artifact_id,
            plan.path_id,
        )
        record.tags, record.launch_role_arn = plan.change["tags"], plan.change["launch_role_arn"]
        record.stack_id, record.change = plan.stack_id, plan.change
        plan.record_id, plan.updated = record.id, utcnow()
        change_set = plan.change_set_id
        return self.start(product, record, lambda stacks: stacks.execute_change_set(change_set))

    def delete_provisioned_product_plan(self, *, plan_id: str, ignore_errors: bool = False) -> None:
        """DeleteProvisionedProductPlan: what was to be new is gone with it."""
        plan = self._plan(plan_id)
        if self._status(plan) == "EXECUTE_IN_PROGRESS" and not ignore_errors:
            raise InvalidParametersException(f"Plan {plan_id} is in status EXECUTE_IN_PROGRESS.")
        if plan.change_set_id is not None and plan.record_id is None:
            self._stacks(plan).delete_change_set(plan.change_set_id)
        product = self.provisioned.get(plan.provisioned_product_id)
        if product is not None and product.status == "PLAN_IN_PROGRESS":
            if plan.stack_id is not None:
                self._stacks(plan).delete_stack(plan.stack_id)
            del self.provisioned[product.id]
        del self.plans[plan_id]

    def _check_plannable(self, product: ProvisionedProduct) -> None:
        if any(plan.provisioned_product_id == product.id for plan in self.plans.values()):
            raise InvalidStateException(f"Provisioned product {product.id} has a plan already.")
        if product.status not in ("AVAILABLE", "TAINTED"):
            raise InvalidStateException(f"Provisioned product {product.id} is in status {product.status}.")

    def _plan(self, identifier: str) -> Plan:
        # With a termination that has ended by now, the plan is gone.
        self.launched()
        return self._found(self.plans, "Plan", identifier)

    def _status(self, plan: Plan) -> str:
        return status(plan, self.record(plan.record_id) if plan.record_id else None)

    def _stacks(self, plan: Plan) -> Any:
        account_id = (plan.stack_id or "").split(":")[4] if plan.stack_id else self.account_id
        return cloudformation_backends[account_id][self.region_name]

    def _new_product(
        self, plan: Plan, target: Target, launch: Launch, user_tags: Tags, token: str
    ) -> ProvisionedProduct:
        product = ProvisionedProduct(
            id=plan.provisioned_product_id,
            name=plan.provisioned_product_name,
            arn=target.arn,
            token=token,
            caller=plan.caller,
            status="PLAN_IN_PROGRESS",
            notification_arns=target.notification_arns,
            **launched(target, launch, user_tags),
        )
        self.provisioned[product.id] = product
        return product

    def _make_change_set(
        self, plan: Plan, product: ProvisionedProduct, target: Target, launch: Launch
    ) -> None:
        plan.problem = launch.role_problem
        if plan.problem is not None:
            return
        account_id = launch.account_id if product.stack_id is None else product.stack_id.split(":")[4]
        stacks: Any = cloudformation_backends[account_id][self.region_name]
        name = f"SC-{account_id}-{product.id}"
        try:
            plan.change_set_id, plan.stack_id = stacks.create_change_set(
                product.stack_id or name,
                plan.id,
                target.artifact.template,
                launch.parameters,
                None,
                "CREATE" if product.stack_id is None else "UPDATE",
                notification_arns=launch.notification_arns,
                tags=launch.tags,
                role_arn=launch.role_arn,
            )
        except (ServiceException, HTTPException) as error:
            plan.problem = str(getattr(error, "message", error))
            return
        product.stack_id = plan.stack_id
        change_set = stacks.describe_change_set(plan.change_set_id)
        if change_set.status == "FAILED":
            plan.problem = change_set.status_reason
