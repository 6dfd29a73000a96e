"""Records: what was done to provisioned products, how far it is and how it ended.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_DescribeRecord.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.utils import utcnow

from catalog_emulator.servicecatalog.access import sees
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.stack_sets import StackSets, is_stack_set
from catalog_emulator.servicecatalog.stacks import outcome, outputs, stack_at
from catalog_emulator.servicecatalog.state import State, present, tag_list
from catalog_emulator.servicecatalog.values import Answer, ProvisionedProduct, Record

_STACK_OUTPUT = {
    "OutputKey": "CloudformationStackARN",
    "Description": "The ARN of the launched Cloudformation Stack",
}
_SEARCH_KEYS = ("product", "provisionedproduct")


class Records(State):
    """Operations on records, which follow their stack whenever they are read."""

    def describe_record(
        self, *, id: str, page_size: int | None = None, page_token: str | None = None
    ) -> Answer:
        """DescribeRecord; the outputs begin with the ARN of the stack."""
        record = self.record(id)
        found, following = page(
            _record_outputs(record), of=f"outputs of {id}", size=page_size, token=page_token
        )
        return with_token({"RecordDetail": record_detail(record), "RecordOutputs": found}, following)

    def list_record_history(
        self,
        *,
        caller: Caller,
        access_level_filter: Mapping[str, str] | None = None,
        search_filter: Mapping[str, str] | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ListRecordHistory, the latest first; by default the caller's own."""
        wanted = search_filter or {}
        key, value = wanted.get("Key"), wanted.get("Value")
        if key is not None and key not in _SEARCH_KEYS:
            raise InvalidParametersException(f"Unknown search filter {key}: one of {', '.join(_SEARCH_KEYS)}")
        kept = [
            record
            for record in reversed(self.records.values())
            if sees(caller, access_level_filter, record.caller)
            and (key != "product" or record.product_id == value)
            and (key != "provisionedproduct" or record.provisioned_product_id == value)
        ]
        of = f"records {caller.session_arn} {access_level_filter} {search_filter}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        details = [record_detail(self.record(one.id)) for one in found]
        return with_token({"RecordDetails": details}, following)

    def replayed(self, answer: Answer) -> Answer:
        """A token used again answers how the record stands now; that of a termination holds until its end.

        https://docs.aws.amazon.com/servicecatalog/latest/dg/API_TerminateProvisionedProduct.html
        """
        if "RecordDetail" not in answer:
            return answer
        record = self.record(answer["RecordDetail"]["RecordId"])
        if record.type == "TERMINATE_PROVISIONED_PRODUCT":
            self._found(self.provisioned, "Provisioned product", record.provisioned_product_id)
        return {"RecordDetail": record_detail(record)}

    def record(self, identifier: str) -> Record:
        """The record as it stands, or ResourceNotFoundException."""
        record = self._found(self.records, "Record", identifier)
        product = self.provisioned.get(record.provisioned_product_id)
        if product is not None:
            self.follow(product)
        return record

    def follow(self, product: ProvisionedProduct) -> None:
        """Brings a provisioned product and its last record to where the stack is."""
        record = self.records[product.last_record_id] if product.last_record_id else None
        if record is None or not record.open or record.stack_id is None:
            return
        if record.operation_id is not None:
            stack: Any = self.stack_sets.fleet(record.stack_id, record.operation_id)
        else:
            stack = stack_at(record.stack_id)
        now = outcome(record.type, stack, record.first_event)
        if now.status == record.status:
            return
        record.outputs = outputs(stack)
        self.move(product, record, now.status, now.product_status, list(now.errors))
        ended = record.operation_id is not None and product.id not in self.provisioned
        if ended and not self.stack_sets.instances(record.stack_id):
            self.stack_sets.forget(record.stack_id)

    @property
    def stack_sets(self) -> StackSets:
        """The stack sets of this account."""
        return StackSets(self.account_id, self.region_name)

    def move(
        self,
        product: ProvisionedProduct,
        record: Record,
        status: str,
        product_status: str,
        errors: list[tuple[str, str]],
    ) -> None:
        """Sets the status of a record and what that means for its provisioned product."""
        record.status, record.errors, record.updated = status, errors, utcnow()
        product.status = product_status
        product.status_message = errors[0][1] if errors else None
        if record.type == "TERMINATE_PROVISIONED_PRODUCT":
            if status == "SUCCEEDED" or (status == "FAILED" and record.ignore_errors):
                del self.provisioned[product.id]
                for plan in [one for one in self.plans.values() if one.provisioned_product_id == product.id]:
                    del self.plans[plan.id]
        elif status == "SUCCEEDED":
            product.last_successful_record_id = record.id
            product.outputs = record.outputs
            for name, value in record.change.items():
                setattr(product, name, value)


def record_detail(record: Record) -> Answer:
    """RecordDetail."""
    return present(
        RecordId=record.id,
        ProvisionedProductName=record.provisioned_product_name,
        Status=record.status,
        CreatedTime=record.created,
        UpdatedTime=record.updated,
        ProvisionedProductType=record.product_type,
        RecordType=record.type,
        ProvisionedProductId=record.provisioned_product_id,
        ProductId=record.product_id,
        ProvisioningArtifactId=record.artifact_id,
        PathId=record.path_id,
        RecordErrors=[{"Code": code, "Description": text} for code, text in record.errors],
        RecordTags=tag_list(record.tags),
        LaunchRoleArn=record.launch_role_arn,
    )


def _record_outputs(record: Record) -> list[dict[str, str]]:
    if record.stack_id is None or is_stack_set(record.stack_id):
        return record.outputs
    return [{**_STACK_OUTPUT, "OutputValue": record.stack_id}, *record.outputs]
