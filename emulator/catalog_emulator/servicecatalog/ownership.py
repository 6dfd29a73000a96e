"""Properties of provisioned products: who owns them, and the role that works on them.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_UpdateProvisionedProductProperties.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from catalog_emulator.servicecatalog.caller import Caller
from catalog_emulator.servicecatalog.exceptions import InvalidParametersException, InvalidStateException
from catalog_emulator.servicecatalog.starting import Starting
from catalog_emulator.servicecatalog.values import Answer

_SESSION = re.compile(r"arn:([a-z0-9-]+):sts::(\d{12}):assumed-role/([\w+=,.@-]+)/[\w+=,.@-]+")
_IAM = re.compile(r"arn:[a-z0-9-]+:iam::(?P<account>\d{12}):(?P<kind>user|role)/[\w+=,.@/-]+")
# Their ProvisionedProductName is one that is still to be.
_NAMING = ("CreateProvisionedProductPlan", "ImportAsProvisionedProduct", "ProvisionProduct")


class Ownership(Starting):
    """The operation on properties of provisioned products."""

    def update_provisioned_product_properties(
        self,
        *,
        caller: Caller,
        provisioned_product_id: str,
        provisioned_product_properties: Mapping[str, str],
    ) -> Answer:
        """UpdateProvisionedProductProperties: OWNER, LAUNCH_ROLE or both."""
        product = self.launched_by(provisioned_product_id, None)
        if not provisioned_product_properties:
            raise InvalidParametersException("At least one property is expected.")
        if product.status == "UNDER_CHANGE":
            raise InvalidStateException(f"Provisioned product {product.id} is in status UNDER_CHANGE.")
        owner = provisioned_product_properties.get("OWNER")
        role = provisioned_product_properties.get("LAUNCH_ROLE")
        new_owner = product.caller if owner is None else self._owner(owner)
        if role is not None:
            found = _IAM.fullmatch(role)
            if found is None or found["kind"] != "role":
                raise InvalidParametersException(f"Not the ARN of a role: {role}")
            product.chosen_role_arn = product.launch_role_arn = role
        product.caller = new_owner
        record = self.new_record("UPDATE_PROVISIONED_PRODUCT_PROPERTIES", product, caller)
        record.status = "SUCCEEDED"
        return {
            "ProvisionedProductId": product.id,
            "ProvisionedProductProperties": dict(provisioned_product_properties),
            "RecordId": record.id,
            "Status": record.status,
        }

    def owner_of(self, operation: str, request: Mapping[str, Any]) -> Caller | None:
        """Whose provisioned product a request is about, if it is about one that is there."""
        by_id = request.get("ProvisionedProductId")
        name = None if operation in _NAMING else request.get("ProvisionedProductName")
        match operation:
            case "DescribeRecord":
                record = self.records.get(str(request.get("Id")))
                by_id = record and record.provisioned_product_id
            case "DescribeProvisionedProduct":
                by_id, name = request.get("Id"), request.get("Name")
            case _:
                pass
        owners = (
            one.caller
            for one in self.provisioned.values()
            if one.id == by_id or (name is not None and name in (one.name, one.arn))
        )
        return next(owners, None)

    def _owner(self, arn: str) -> Caller:
        session = _SESSION.fullmatch(arn)
        principal = arn if session is None else f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}"
        found = _IAM.fullmatch(principal)
        if found is None:
            raise InvalidParametersException(f"Not the ARN of a user, role or session: {arn}")
        if found["account"] != self.account_id:
            raise InvalidParametersException(f"The owner is of another account: {arn}")
        return Caller(account_id=self.account_id, arn=principal, session_arn=arn)
