"""The stack operations of launches: each record starts one on a stack or a stack set."""

from collections.abc import Callable, Sequence
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from catalog_emulator.servicecatalog.caller import denial
from catalog_emulator.servicecatalog.exceptions import InvalidParameters
from catalog_emulator.servicecatalog.records import Records, created
from catalog_emulator.servicecatalog.stack_requests import StackRequest, Target
from catalog_emulator.servicecatalog.stack_sets import StackSets
from catalog_emulator.servicecatalog.stacks import is_stack_set, stack_at
from catalog_emulator.servicecatalog.state import State
from catalog_emulator.servicecatalog.values import Answer, Artifact, Product, ProvisionedProduct, Record, Tags


class Provisioning:
    """Starts the stack operation of a record; the record fails when it cannot start."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._records = Records(state)
        self._stack_sets = StackSets(state)

    def create(
        self, product: ProvisionedProduct, record: Record, target: Target, request: StackRequest
    ) -> Answer:
        name, template = f"SC-{request.account_id}-{product.id}", target.artifact.template
        targets = request.targets
        if targets is None:
            return self.start(
                product,
                record,
                lambda stacks: stacks.create_stack(
                    name,
                    template,
                    request.parameters,
                    notification_arns=request.notification_arns,
                    tags=request.tags,
                    role_arn=request.role_arn,
                ),
                request,
            )

        def run() -> str:
            arn = self._stack_sets.create(name, targets, template, request.parameters, request.tags)
            product.stack_id = record.stack_id = arn
            return self._stack_sets.deploy(arn, targets)

        actions = ("CreateStackSet", "CreateStackInstances")
        return self._start_set(product, record, run, actions, request.role_problem)

    def update(
        self,
        product: ProvisionedProduct,
        record: Record,
        target: Target,
        request: StackRequest,
        operation: str = "UPDATE",
    ) -> Answer:
        """Updates the stack or the stack set; `operation` is the request's StackSetOperationType."""
        stack_id, template = product.stack_id or "", target.artifact.template
        targets = request.targets
        if targets is None:
            return self.start(
                product,
                record,
                lambda stacks: stacks.update_stack(
                    stack_id,
                    template,
                    role_arn=request.role_arn,
                    parameters=request.parameters,
                    tags=request.tags,
                    notification_arns=request.notification_arns,
                ),
                request,
            )

        def run() -> str:
            match operation:
                case "CREATE":
                    return self._stack_sets.deploy(stack_id, targets)
                case "DELETE":
                    return self._stack_sets.remove(stack_id, targets)
                case _:
                    wanted = template, request.parameters, request.tags
                    return self._stack_sets.update(stack_id, targets, *wanted)

        actions = {"CREATE": ("CreateStackInstances",), "DELETE": ("DeleteStackInstances",)}
        needed = actions.get(operation, ("UpdateStackSet", "UpdateStackInstances"))
        return self._start_set(product, record, run, needed, request.role_problem)

    def delete(self, product: ProvisionedProduct, record: Record) -> Answer:
        stack_id = product.stack_id or ""
        if not is_stack_set(stack_id):
            return self.start(product, record, lambda stacks: stacks.delete_stack(stack_id))
        actions = ("DeleteStackInstances", "DeleteStackSet")
        return self._start_set(product, record, lambda: self._stack_sets.remove(stack_id, None), actions)

    def start(
        self,
        product: ProvisionedProduct,
        record: Record,
        run: Callable[[Any], Any],
        request: StackRequest | None = None,
    ) -> Answer:
        """Starts an operation on a stack; `run` gets the CloudFormation backend of its account."""
        answer = created(record)
        problem = None if request is None else request.role_problem
        account_id = self._state.account_id if request is None else request.account_id
        if record.stack_id is not None:
            stack = stack_at(record.stack_id)
            record.first_event = len(stack.events)
            # A launch constraint that was removed counts no more; imported stacks keep a role of their own.
            if product.launch_role_arn and problem is None:
                stack.role_arn = record.launch_role_arn
            account_id = record.stack_id.split(":")[4]
        stack = None
        try:
            if problem is None:
                stack = run(cloudformation_backends[account_id][self._state.region_name])
        except (ServiceException, HTTPException) as error:
            problem = str(getattr(error, "message", error))
        if problem is not None:
            self._fail(product, record, problem)
        elif stack is not None:
            product.stack_id = record.stack_id = stack.stack_id
        return answer

    def _start_set(
        self,
        product: ProvisionedProduct,
        record: Record,
        run: Callable[[], str],
        actions: Sequence[str],
        problem: str | None = None,
    ) -> Answer:
        """Starts an operation on a stack set, for which the caller needs these actions of CloudFormation.

        https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSServiceCatalogEndUserFullAccess.html
        Whether it also needs iam:PassRole for the administration role is not documented; it is not checked.
        """
        answer = created(record)
        name, region = f"SC-{self._state.account_id}-{product.id}:*", self._state.region_name
        arn = self._state.arn("stackset", name, "cloudformation")
        refusals = (denial(record.caller, region, f"cloudformation:{one}", arn) for one in actions)
        problem = problem or next(filter(None, refusals), None)
        if problem is None:
            record.operation_id = run()
        else:
            self._fail(product, record, problem)
        return answer

    def _fail(self, product: ProvisionedProduct, record: Record, problem: str) -> None:
        status = "ERROR" if record.record_type == "PROVISION_PRODUCT" else "TAINTED"
        self._records.set_status(product, record, "FAILED", status, [("StackOperationFailed", problem)])


def launch_attributes(target: Target, request: StackRequest, user_tags: Tags) -> dict[str, Any]:
    """The attributes that a launch sets on its provisioned product."""
    return {
        "product_id": target.path.product.id,
        "product_name": target.path.product.name,
        "provisioning_artifact_id": target.artifact.id,
        "provisioning_artifact_name": target.artifact.name,
        "path_id": target.path.id,
        "launch_role_arn": request.role_arn,
        "parameters": request.parameters,
        "user_tags": user_tags,
        "tags": request.tags,
    }


def check_version(existing: ProvisionedProduct, product: Product, version: Artifact) -> None:
    """Raises InvalidParametersException for an update back from or to a deprecated version.

    https://docs.aws.amazon.com/servicecatalog/latest/adminguide/managing-versions.html
    """
    order = list(product.artifacts)
    current = product.artifacts.get(existing.provisioning_artifact_id)
    if current is not None and order.index(version.id) >= order.index(current.id):
        return
    for one in (current, version):
        if one is not None and one.guidance == "DEPRECATED":
            raise InvalidParameters(
                f"Provisioning artifact {one.id} is deprecated: "
                f"provisioned product {existing.id} can only be updated to the same or a newer one."
            )


def refuse_while_changing(product: ProvisionedProduct) -> None:
    """Raises InvalidParametersException while another operation is running."""
    if product.status == "UNDER_CHANGE":
        raise InvalidParameters(
            f"Provisioned product {product.id} is in status UNDER_CHANGE: wait for record "
            f"{product.last_record_id}."
        )
