"""Provisioned products: their status, outputs and properties, and searches.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_SearchProvisionedProducts.html
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProvisionedProductProperties.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore import xform_name

from catalog_emulator.servicecatalog.caller import Caller, sees
from catalog_emulator.servicecatalog.exceptions import Duplicate, InvalidParameters, InvalidState, NotFound
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.records import Records
from catalog_emulator.servicecatalog.stack_sets import StackSets
from catalog_emulator.servicecatalog.stacks import resource_ids
from catalog_emulator.servicecatalog.state import State, check_either
from catalog_emulator.servicecatalog.values import Answer, Artifact, Members, ProvisionedProduct, tag_list
from catalog_emulator.wildcards import Wild, Wildcards, tokens

_SESSION = re.compile(r"arn:([a-z0-9-]+):sts::(\d{12}):assumed-role/([\w+=,.@-]+)/[\w+=,.@-]+")
_IAM = re.compile(r"arn:[a-z0-9-]+:iam::(?P<account>\d{12}):(?P<kind>user|role)/[\w+=,.@/-]+")
# In these requests ProvisionedProductName is the name of a new one.
_NAMING = ("CreateProvisionedProductPlan", "ImportAsProvisionedProduct", "ProvisionProduct")
# The default of every other list is User: API_SearchProvisionedProducts
_ACCOUNT = {"Key": "Account", "Value": "self"}
# createdTime is in the example of the page alone.
_SORTS = ("arn", "createdTime", "id", "name", "lastRecordId")
_QUERY_FIELDS: Mapping[str, str] = {
    field.lower(): xform_name(field)
    for field in (
        *("arn", "createdTime", "id", "idempotencyToken", "lastProvisioningRecordId"),
        *("lastRecordId", "lastSuccessfulProvisioningRecordId", "name", "physicalId", "productId"),
        *("productName", "provisioningArtifactId", "provisioningArtifactName", "status", "tags"),
        *("type", "userArn", "userArnSession"),
    )
}


class ProvisionedProducts:
    """Operations on provisioned products that need no stack operation."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._records = Records(state)

    def describe_provisioned_product(self, *, id: str | None = None, name: str | None = None) -> Answer:
        product = self.find(id, name)
        dashboards = resource_ids(product.stack_id, "AWS::CloudWatch::Dashboard")
        return {
            "ProvisionedProductDetail": product,
            "CloudWatchDashboards": [{"Name": name} for name in dashboards],
        }

    def scan_provisioned_products(
        self, *, caller: Caller, access_level_filter: Mapping[str, str] | None = None
    ) -> Listing:
        """ScanProvisionedProducts; by default the caller's own."""
        kept = [one for one in self.all() if sees(caller, access_level_filter, one.caller)]
        return Listing("ProvisionedProducts", kept)

    def search_provisioned_products(
        self,
        *,
        caller: Caller,
        access_level_filter: Mapping[str, str] | None = None,
        filters: Mapping[str, Sequence[str]] | None = None,
        sort_by: str | None = None,
        sort_order: str | None = None,
    ) -> Listing:
        """SearchProvisionedProducts; by default the account's, and those that match every query."""
        if sort_by is not None and sort_by not in _SORTS:
            raise InvalidParameters(f"Unknown sort field {sort_by}; it must be one of {', '.join(_SORTS)}")
        queries = [_query(text) for text in (filters or {}).get("SearchQuery", ())]
        kept = [
            one
            for one in self.all()
            if sees(caller, access_level_filter or _ACCOUNT, one.caller)
            and all(query(_attributes(one)) for query in queries)
        ]
        if sort_by is not None:
            field = xform_name(sort_by)
            kept.sort(key=lambda one: _attributes(one)[field], reverse=sort_order == "DESCENDING")
        return Listing("ProvisionedProducts", kept, _attributes, {"TotalResultsCount": len(kept)})

    def get_provisioned_product_outputs(
        self,
        *,
        provisioned_product_id: str | None = None,
        provisioned_product_name: str | None = None,
        output_keys: Sequence[str] | None = None,
    ) -> Listing:
        """GetProvisionedProductOutputs: of the last successful operation."""
        product = self.find(provisioned_product_id, provisioned_product_name)
        if product.last_successful_provisioning_record_id is None:
            # As users report from AWS.
            raise InvalidParameters("Last Successful Provisioning Record doesn't exist.")
        by_key = {output["OutputKey"]: output for output in product.outputs}
        missing = [key for key in output_keys or () if key not in by_key]
        if missing:
            raise InvalidParameters(f"Invalid output keys: [{', '.join(missing)}]")
        kept = product.outputs if output_keys is None else [by_key[key] for key in output_keys]
        return Listing("Outputs", kept)

    def list_stack_instances_for_provisioned_product(self, *, provisioned_product_id: str) -> Listing:
        product = self.find(provisioned_product_id, None)
        if product.type != "CFN_STACKSET":
            raise InvalidParameters(f"Provisioned product {product.id} is not of type CFN_STACKSET.")
        instances = [] if product.stack_id is None else StackSets(self._state).instances(product.stack_id)
        return Listing(
            "StackInstances",
            instances,
            lambda one: dict(zip(("Account", "Region", "StackInstanceStatus"), one, strict=True)),
        )

    def update_provisioned_product_properties(
        self, *, caller: Caller, provisioned_product_id: str, provisioned_product_properties: Members
    ) -> Answer:
        product = self.find(provisioned_product_id, None)
        if not provisioned_product_properties:
            raise InvalidParameters("ProvisionedProductProperties must have at least one property.")
        if product.status == "UNDER_CHANGE":
            raise InvalidState(f"Provisioned product {product.id} is in status UNDER_CHANGE.")
        owner = provisioned_product_properties.get("OWNER")
        role = provisioned_product_properties.get("LAUNCH_ROLE")
        new_owner = product.caller if owner is None else self._owner(owner)
        if role is not None:
            found = _IAM.fullmatch(role)
            if found is None or found["kind"] != "role":
                raise InvalidParameters(f"Not the ARN of a role: {role}")
            product.chosen_role_arn = product.launch_role_arn = role
        product.caller = new_owner
        record = self._records.add("UPDATE_PROVISIONED_PRODUCT_PROPERTIES", product, caller)
        record.status = "SUCCEEDED"
        return {
            "ProvisionedProductId": product.id,
            "ProvisionedProductProperties": dict(provisioned_product_properties),
            "RecordId": record.id,
            "Status": record.status,
        }

    def all(self) -> list[ProvisionedProduct]:
        """All provisioned products, up to date with their stacks."""
        for product in list(self._state.provisioned.values()):
            self._records.follow(product)
        return list(self._state.provisioned.values())

    def find(self, identifier: str | None, name: str | None) -> ProvisionedProduct:
        check_either("provisioned product", identifier, name)
        product = self._stored(identifier, name)
        if product is not None:
            self._records.follow(product)
        if product is None or product.id not in self._state.provisioned:
            raise NotFound(f"Provisioned product {identifier or name} not found.")
        return product

    def owner_of(self, operation: str, request: Mapping[str, Any]) -> Caller | None:
        """The owner of the provisioned product that a request is about, if there is one."""
        by_id = request.get("ProvisionedProductId")
        name = None if operation in _NAMING else request.get("ProvisionedProductName")
        match operation:
            case "DescribeRecord":
                record = self._state.records.get(str(request.get("Id")))
                by_id = record and record.provisioned_product_id
            case "DescribeProvisionedProduct":
                by_id, name = request.get("Id"), request.get("Name")
            case _:
                pass
        product = self._stored(by_id, name)
        return None if product is None else product.caller

    def check_new(self, name: str, artifact: Artifact) -> None:
        """Raises unless a product can be launched from this version under this name."""
        if artifact.guidance == "DEPRECATED":
            raise InvalidParameters(f"Provisioning artifact {artifact.id} is deprecated.")
        self.check_name(name)

    def check_name(self, name: str) -> None:
        product = self._stored(None, name)
        if product is not None:
            # It may have been terminated since.
            self._records.follow(product)
            if product.id in self._state.provisioned:
                raise Duplicate(f"A provisioned product named {name} already exists.")

    def _stored(self, identifier: Any, name: Any) -> ProvisionedProduct | None:
        """A provisioned product, perhaps not up to date with its stack."""
        by_id = self._state.provisioned.get(identifier)
        if by_id is not None or name is None:
            return by_id
        named = (one for one in self._state.provisioned.values() if name in (one.name, one.arn))
        return next(named, None)

    def _owner(self, arn: str) -> Caller:
        session = _SESSION.fullmatch(arn)
        principal = arn if session is None else f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}"
        found = _IAM.fullmatch(principal)
        if found is None:
            raise InvalidParameters(f"Not the ARN of a user, role or session: {arn}")
        if found["account"] != self._state.account_id:
            raise InvalidParameters(f"The owner must be in account {self._state.account_id}: {arn}")
        return Caller(account_id=self._state.account_id, arn=principal, session_arn=arn)


def _attributes(product: ProvisionedProduct) -> dict[str, Any]:
    return {
        **vars(product),
        "tags": tag_list(product.tags),
        "physical_id": product.stack_id,
        "user_arn": product.caller.arn,
        "user_arn_session": product.caller.session_arn,
    }


def _query(text: str) -> Callable[[Answer], bool]:
    """`field:value` compares one field, where `*` matches anything; other text may occur in any field."""
    name, colon, value = text.partition(":")
    field = _QUERY_FIELDS.get(name.lower()) if colon else None
    sought = (value if field else text).lower()
    pattern = Wildcards(tokens(sought, {"*": Wild.TEXT}))

    def tagged(attributes: Answer) -> bool:
        return any(sought in f"{tag['Key']}:{tag['Value']}".lower() for tag in attributes["tags"])

    def matches(attributes: Answer) -> bool:
        if field == "tags":
            return tagged(attributes)
        if field is not None:
            return pattern.match(str(attributes.get(field, "")).lower())
        in_a_field = any(sought in _lowered(attributes.get(one)) for one in _QUERY_FIELDS.values())
        return in_a_field or tagged(attributes)

    return matches


def _lowered(value: Any) -> str:
    return "" if value is None else str(value).lower()
