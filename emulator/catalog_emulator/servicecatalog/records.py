"""Records: the operations on provisioned products, their progress and results.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeRecord.html
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from moto.core.utils import utcnow

from catalog_emulator.client_tokens import TokenReused
from catalog_emulator.servicecatalog.caller import Caller, sees
from catalog_emulator.servicecatalog.exceptions import InvalidParameters
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.stack_requests import StackRequest
from catalog_emulator.servicecatalog.stack_sets import StackSets
from catalog_emulator.servicecatalog.stacks import is_stack_set, outcome, outputs, stack_at
from catalog_emulator.servicecatalog.state import State, find
from catalog_emulator.servicecatalog.values import Answer, Members, ProvisionedProduct, Record

_STACK_OUTPUT = {
    "OutputKey": "CloudformationStackARN",
    "Description": "The ARN of the launched Cloudformation Stack",
}
_SEARCH_KEYS = ("product", "provisionedproduct")


class Records:
    """Operations on records. A record is brought up to date with its stack whenever it is read."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._stack_sets = StackSets(state)

    def describe_record(self, *, id: str) -> Listing:
        """DescribeRecord; the first output is the ARN of the stack."""
        record = self.current(id)
        return Listing("RecordOutputs", _record_outputs(record), rest={"RecordDetail": record})

    def list_record_history(
        self,
        *,
        caller: Caller,
        access_level_filter: Members | None = None,
        search_filter: Members | None = None,
    ) -> Listing:
        """ListRecordHistory, newest first; by default the caller's own."""
        key, value = (search_filter or {}).get("Key"), (search_filter or {}).get("Value")
        if key is not None and key not in _SEARCH_KEYS:
            raise InvalidParameters(
                f"Unknown search filter {key}; it must be one of {', '.join(_SEARCH_KEYS)}"
            )
        kept = [
            record
            for record in reversed(self._state.records.values())
            if sees(caller, access_level_filter, record.caller)
            and (key != "product" or record.product_id == value)
            and (key != "provisionedproduct" or record.provisioned_product_id == value)
        ]
        return Listing("RecordDetails", kept, lambda record: self.current(record.id))

    def once(
        self, operation: str, token: str, params: Mapping[str, Any], run: Callable[[], Answer]
    ) -> Answer:
        """Runs a call, or repeats its answer when the idempotency token was used before."""
        try:
            known, repeated = self._state.tokens.once(
                (operation, token), params, lambda: copy.deepcopy(run())
            )
        except TokenReused:
            raise InvalidParameters(
                f"The idempotency token {token} was used before with other parameters"
            ) from None
        answer = copy.deepcopy(known)
        if not repeated or "RecordDetail" not in answer:
            return answer
        record = self.current(answer["RecordDetail"].id)
        if record.record_type == "TERMINATE_PROVISIONED_PRODUCT":
            # Valid until the termination ends: API_TerminateProvisionedProduct
            find(self._state.provisioned, "Provisioned product", record.provisioned_product_id)
        return {"RecordDetail": record}

    def add(
        self, kind: str, product: ProvisionedProduct, caller: Caller, request: StackRequest | None = None
    ) -> Record:
        record = Record(
            id=self._state.new_id("rec"),
            record_type=kind,
            provisioned_product_id=product.id,
            provisioned_product_name=product.name,
            provisioned_product_type=product.type,
            product_id=product.product_id,
            provisioning_artifact_id=product.provisioning_artifact_id,
            path_id=product.path_id,
            launch_role_arn=request.role_arn if request else product.launch_role_arn,
            caller=caller,
            # Only the request's: AWS's example of a launch, whose stack has AutoTags, has none.
            # https://docs.aws.amazon.com/cli/latest/reference/servicecatalog/provision-product.html
            tags=product.user_tags,
            stack_id=product.stack_id,
        )
        self._state.records[record.id] = record
        product.last_record_id = record.id
        return record

    def begin(
        self, kind: str, product: ProvisionedProduct, caller: Caller, request: StackRequest | None = None
    ) -> Record:
        record = self.add(kind, product, caller, request)
        product.status = "UNDER_CHANGE"
        product.last_provisioning_record_id = record.id
        return record

    def current(self, identifier: str) -> Record:
        """The up-to-date record, or ResourceNotFoundException."""
        record = find(self._state.records, "Record", identifier)
        product = self._state.provisioned.get(record.provisioned_product_id)
        if product is not None:
            self.follow(product)
        return record

    def follow(self, product: ProvisionedProduct) -> None:
        record = self._state.records[product.last_record_id] if product.last_record_id else None
        if record is None or not record.open or record.stack_id is None:
            return
        if record.operation_id is not None:
            stack: Any = self._stack_sets.progress(record.stack_id, record.operation_id)
        else:
            stack = stack_at(record.stack_id)
        current = outcome(record.record_type, stack, record.first_event)
        if current.status == record.status:
            return
        record.outputs = outputs(stack)
        self.set_status(product, record, current.status, current.product_status, list(current.errors))
        finished = record.operation_id is not None and product.id not in self._state.provisioned
        if finished and not self._stack_sets.instances(record.stack_id):
            self._stack_sets.delete(record.stack_id)

    def set_status(
        self,
        product: ProvisionedProduct,
        record: Record,
        status: str,
        product_status: str,
        errors: list[tuple[str, str]],
    ) -> None:
        """Sets the status of a record, and what follows for its provisioned product."""
        record.status, record.errors, record.updated_time = status, errors, utcnow()
        product.status = product_status
        product.status_message = errors[0][1] if errors else None
        if record.record_type == "TERMINATE_PROVISIONED_PRODUCT":
            if status == "SUCCEEDED" or (status == "FAILED" and record.ignore_errors):
                del self._state.provisioned[product.id]
                for plan in [
                    one for one in self._state.plans.values() if one.provision_product_id == product.id
                ]:
                    del self._state.plans[plan.plan_id]
        elif status == "SUCCEEDED":
            product.last_successful_provisioning_record_id = record.id
            product.outputs = _record_outputs(record)
            for name, value in record.change.items():
                setattr(product, name, value)


def created(record: Record) -> Answer:
    """The answer of a call that starts an operation."""
    return {"RecordDetail": replace(record, status="CREATED")}


def _record_outputs(record: Record) -> list[dict[str, str]]:
    if record.stack_id is None or is_stack_set(record.stack_id):
        return record.outputs
    return [{**_STACK_OUTPUT, "OutputValue": record.stack_id}, *record.outputs]
