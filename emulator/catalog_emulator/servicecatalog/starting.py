"""Starts what a record stands for: an operation on a stack, or on the stacks of a stack set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.cloudformation.models import cloudformation_backends
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.deciding import Deciding, Launch, Target
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException
from catalog_emulator.servicecatalog.provisioned import Provisioned
from catalog_emulator.servicecatalog.records import record_detail
from catalog_emulator.servicecatalog.stack_sets import is_stack_set
from catalog_emulator.servicecatalog.stacks import stack_at
from catalog_emulator.servicecatalog.values import Answer, ProvisionedProduct, Record, RecordType, Tags

_FAILED_TO = {"PROVISION_PRODUCT": "ERROR"}


class Starting(Deciding, Provisioned):
    """Makes records and starts their work; what cannot even start has failed."""

    def new_record(
        self, kind: RecordType, product: ProvisionedProduct, caller: Caller, launch: Launch | None = None
    ) -> Record:
        """A record of a new operation, the product's last."""
        record = Record(
            id=self.new_id("rec"),
            type=kind,
            provisioned_product_id=product.id,
            provisioned_product_name=product.name,
            product_type=product.type,
            product_id=product.product_id,
            artifact_id=product.artifact_id,
            path_id=product.path_id,
            launch_role_arn=launch.role_arn if launch else product.launch_role_arn,
            caller=caller,
            tags=launch.tags if launch else product.tags,
            stack_id=product.stack_id,
        )
        self.records[record.id] = record
        product.last_record_id = record.id
        return record

    def begin(
        self, kind: RecordType, product: ProvisionedProduct, caller: Caller, launch: Launch | None = None
    ) -> Record:
        """A record of an operation that changes the product."""
        record = self.new_record(kind, product, caller, launch)
        product.status = "UNDER_CHANGE"
        product.last_provisioning_record_id = record.id
        return record

    def make(self, product: ProvisionedProduct, record: Record, target: Target, launch: Launch) -> Answer:
        """Makes the stack or the stack set of a launch."""
        name = f"SC-{launch.account_id}-{product.id}"
        template = target.artifact.template
        if launch.targets is None:
            return self.start(
                product,
                record,
                lambda stacks: stacks.create_stack(
                    name,
                    template,
                    launch.parameters,
                    notification_arns=launch.notification_arns,
                    tags=launch.tags,
                    role_arn=launch.role_arn,
                ),
                launch,
            )
        targets = launch.targets

        def run() -> str:
            product.stack_id = record.stack_id = self.stack_sets.create(
                name, template, launch.parameters, launch.tags, targets
            )
            return self.stack_sets.deploy(product.stack_id, targets)

        return self.start_set(product, record, run, launch.role_problem)

    def change(self, product: ProvisionedProduct, record: Record, target: Target, launch: Launch) -> Answer:
        """Updates the stack, or the stacks of the stack set."""
        stack_id, template = product.stack_id or "", target.artifact.template
        if launch.targets is None:
            given = [{"ParameterKey": key, "ParameterValue": one} for key, one in launch.parameters.items()]
            return self.start(
                product,
                record,
                lambda stacks: stacks.update_stack(
                    stack_id,
                    template,
                    role_arn=launch.role_arn,
                    parameters=given,
                    tags=launch.tags,
                    notification_arns=launch.notification_arns,
                ),
                launch,
            )
        targets = launch.targets
        return self.start_set(
            product,
            record,
            lambda: self.stack_sets.update(stack_id, template, launch.parameters, launch.tags, targets),
            launch.role_problem,
        )

    def start(
        self,
        product: ProvisionedProduct,
        record: Record,
        run: Callable[[Any], Any],
        launch: Launch | None = None,
    ) -> Answer:
        """Starts an operation on a stack; `run` gets the stacks of the account that it is in."""
        answer = created(record)
        problem = None if launch is None else launch.role_problem
        account_id = self.account_id if launch is None else launch.account_id
        if record.stack_id is not None:
            record.first_event = len(stack_at(record.stack_id).events)
            account_id = record.stack_id.split(":")[4]
        stack = None
        try:
            if problem is None:
                stack = run(cloudformation_backends[account_id][self.region_name])
        except (ServiceException, HTTPException) as error:
            problem = str(getattr(error, "message", error))
        if problem is not None:
            self.fail(product, record, problem)
        elif stack is not None:
            product.stack_id = record.stack_id = stack.stack_id
        return answer

    def start_set(
        self,
        product: ProvisionedProduct,
        record: Record,
        run: Callable[[], str],
        problem: str | None = None,
    ) -> Answer:
        """Starts an operation on the stacks of a stack set; `run` answers its id."""
        answer = created(record)
        if problem is not None:
            self.fail(product, record, problem)
            return answer
        record.operation_id = run()
        return answer

    def unmake(self, product: ProvisionedProduct, record: Record) -> Answer:
        """Deletes the stack, or the stack set with its stacks."""
        stack_id = product.stack_id or ""
        if not is_stack_set(stack_id):
            return self.start(product, record, lambda stacks: stacks.delete_stack(stack_id))
        return self.start_set(product, record, lambda: self.stack_sets.remove_all(stack_id))

    def fail(self, product: ProvisionedProduct, record: Record, problem: str) -> None:
        """Ends a record whose work cannot start."""
        errors = [("StackOperationFailed", problem)]
        self.move(product, record, "FAILED", _FAILED_TO.get(record.type, "TAINTED"), errors)

    def stack_arn(self, name: str, identifier: str) -> str:
        """The ARN of a provisioned product."""
        return (
            f"arn:{self.partition}:servicecatalog:{self.region_name}:{self.account_id}"
            f":stack/{name}/{identifier}"
        )


def launched(target: Target, launch: Launch, user_tags: Tags) -> dict[str, Any]:
    """What a launch makes of a provisioned product."""
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


def created(record: Record) -> Answer:
    """The answer of a call that starts something."""
    return {"RecordDetail": {**record_detail(record), "Status": "CREATED"}}


def refuse_while_changing(product: ProvisionedProduct) -> None:
    """Raises InvalidParametersException while another operation runs."""
    if product.status == "UNDER_CHANGE":
        raise InvalidParametersException(
            f"Provisioned product {product.id} is in status UNDER_CHANGE: wait for record "
            f"{product.last_record_id}."
        )


Named = tuple[str | None, str | None]
Parameters = Sequence[Mapping[str, Any]]
