"""Provisioned products: what was launched, its state and outputs, and searches over it.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProvisionedProducts.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from catalog_emulator.servicecatalog.access import sees
from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException, ResourceNotFoundException
from catalog_emulator.servicecatalog.paging import page, with_token
from catalog_emulator.servicecatalog.records import Records
from catalog_emulator.servicecatalog.stack_sets import is_stack_set
from catalog_emulator.servicecatalog.stacks import stack_at
from catalog_emulator.servicecatalog.state import present, tag_list
from catalog_emulator.servicecatalog.values import Answer, ProvisionedProduct

# Where every other list has User: API_SearchProvisionedProducts.html
_ACCOUNT = {"Key": "Account", "Value": "self"}
_SORTS = {"arn": "Arn", "id": "Id", "name": "Name", "lastRecordId": "LastRecordId"}
_QUERY_FIELDS: Mapping[str, str] = {
    field.lower(): field[0].upper() + field[1:]
    for field in (
        "arn",
        "createdTime",
        "id",
        "idempotencyToken",
        "lastProvisioningRecordId",
        "lastRecordId",
        "lastSuccessfulProvisioningRecordId",
        "name",
        "physicalId",
        "productId",
        "productName",
        "provisioningArtifactId",
        "provisioningArtifactName",
        "status",
        "tags",
        "type",
        "userArn",
        "userArnSession",
    )
}


class Provisioned(Records):
    """Operations that look at provisioned products."""

    def describe_provisioned_product(self, *, id: str | None = None, name: str | None = None) -> Answer:
        """DescribeProvisionedProduct, by id or name."""
        product = self.launched_by(id, name)
        return {
            "ProvisionedProductDetail": provisioned_detail(product),
            "CloudWatchDashboards": _dashboards(product),
        }

    def scan_provisioned_products(
        self,
        *,
        caller: Caller,
        access_level_filter: Mapping[str, str] | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """ScanProvisionedProducts; by default the caller's own."""
        kept = [one for one in self.launched() if sees(caller, access_level_filter, one.caller)]
        of = f"scan {caller.session_arn} {access_level_filter}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        return with_token({"ProvisionedProducts": [provisioned_detail(one) for one in found]}, following)

    def search_provisioned_products(
        self,
        *,
        caller: Caller,
        access_level_filter: Mapping[str, str] | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """SearchProvisionedProducts; by default the account's, and those that fit every query."""
        if sort_by is not None and sort_by not in _SORTS:
            raise InvalidParametersException(f"Unknown sort field {sort_by}: one of {', '.join(_SORTS)}")
        queries = [_query(text) for text in (filters or {}).get("SearchQuery", ())]
        kept = [
            one
            for one in self.launched()
            if sees(caller, access_level_filter or _ACCOUNT, one.caller)
            and all(query(_attributes(one)) for query in queries)
        ]
        if sort_by is not None:
            field = _SORTS[sort_by]
            kept.sort(key=lambda one: _attributes(one)[field], reverse=sort_order == "DESCENDING")
        of = f"search {caller.session_arn} {access_level_filter} {filters} {sort_by} {sort_order}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        shown = [_attributes(one) for one in found]
        return with_token({"ProvisionedProducts": shown, "TotalResultsCount": len(kept)}, following)

    def get_provisioned_product_outputs(
        self,
        *,
        provisioned_product_id: str | None = None,
        provisioned_product_name: str | None = None,
        output_keys: Sequence[str] | None = None,
        page_size: int | None = None,
        page_token: str | None = None,
    ) -> Answer:
        """GetProvisionedProductOutputs: of the last successful operation, all or those named."""
        product = self.launched_by(provisioned_product_id, provisioned_product_name)
        by_key = {output["OutputKey"]: output for output in product.outputs}
        missing = [key for key in output_keys or () if key not in by_key]
        if missing:
            raise InvalidParametersException(f"Invalid output keys: [{', '.join(missing)}]")
        kept = product.outputs if output_keys is None else [by_key[key] for key in output_keys]
        of = f"outputs of {product.id} {output_keys}"
        found, following = page(kept, of=of, size=page_size, token=page_token)
        return with_token({"Outputs": found}, following)

    def list_stack_instances_for_provisioned_product(
        self, *, provisioned_product_id: str, page_size: int | None = None, page_token: str | None = None
    ) -> Answer:
        """ListStackInstancesForProvisionedProduct: of a stack set."""
        product = self.launched_by(provisioned_product_id, None)
        if product.type != "CFN_STACKSET":
            raise InvalidParametersException(f"Provisioned product {product.id} is not of type CFN_STACKSET.")
        instances = [] if product.stack_id is None else self.stack_sets.instances(product.stack_id)
        of = f"stack instances {product.id}"
        found, following = page(instances, of=of, size=page_size, token=page_token)
        shown = [
            {"Account": account, "Region": region, "StackInstanceStatus": status}
            for account, region, status in found
        ]
        return with_token({"StackInstances": shown}, following)

    def launched(self) -> list[ProvisionedProduct]:
        """All that is launched, as it stands."""
        for product in list(self.provisioned.values()):
            self.follow(product)
        return list(self.provisioned.values())

    def launched_by(self, identifier: str | None, name: str | None) -> ProvisionedProduct:
        """A provisioned product by id or by name (or ARN), never by both."""
        if (identifier is None) == (name is None):
            raise InvalidParametersException("Specify either the provisioned product's id or its name.")
        for product in self.launched():
            if product.id == identifier or (name is not None and name in (product.name, product.arn)):
                return product
        raise ResourceNotFoundException(f"Provisioned product {identifier or name} not found.")


def provisioned_detail(product: ProvisionedProduct) -> Answer:
    """ProvisionedProductDetail."""
    return present(
        Name=product.name,
        Arn=product.arn,
        Type=product.type,
        Id=product.id,
        Status=product.status,
        StatusMessage=product.status_message,
        CreatedTime=product.created,
        IdempotencyToken=product.token,
        LastRecordId=product.last_record_id,
        LastProvisioningRecordId=product.last_provisioning_record_id,
        LastSuccessfulProvisioningRecordId=product.last_successful_record_id,
        ProductId=product.product_id,
        ProvisioningArtifactId=product.artifact_id,
        LaunchRoleArn=product.launch_role_arn,
    )


def _dashboards(product: ProvisionedProduct) -> list[dict[str, str]]:
    if product.stack_id is None or is_stack_set(product.stack_id):
        return []
    resources = stack_at(product.stack_id).stack_resources
    return [{"Name": one.physical_id} for one in resources if one.type_name == "AWS::CloudWatch::Dashboard"]


def _attributes(product: ProvisionedProduct) -> Answer:
    detail = provisioned_detail(product)
    detail.pop("LaunchRoleArn", None)
    return detail | present(
        Tags=tag_list(product.tags),
        PhysicalId=product.stack_id,
        ProductName=product.product_name,
        ProvisioningArtifactName=product.artifact_name,
        UserArn=product.caller.arn,
        UserArnSession=product.caller.session_arn,
    )


def _query(text: str) -> Callable[[Answer], bool]:
    """`field:value` compares a field, `*` at the end of the value a beginning; other text is in any field."""
    name, colon, value = text.partition(":")
    field = _QUERY_FIELDS.get(name.lower()) if colon else None
    wanted = (value if field else text).lower()
    pattern = re.escape(wanted).replace(r"\*", ".*")

    def tagged(attributes: Answer) -> bool:
        return any(wanted in f"{tag['Key']}:{tag['Value']}".lower() for tag in attributes["Tags"])

    def fits(attributes: Answer) -> bool:
        if field == "Tags":
            return tagged(attributes)
        if field is not None:
            return re.fullmatch(pattern, str(attributes.get(field, "")).lower()) is not None
        in_a_field = any(wanted in _plain(attributes.get(one)) for one in _QUERY_FIELDS.values())
        return in_a_field or tagged(attributes)

    return fits


def _plain(value: Any) -> str:
    return "" if value is None else str(value).lower()
