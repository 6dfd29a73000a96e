"""Statements of functions' policies.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-permission.html
"""

import json
from typing import Any, Final

from typing_extensions import override

from catalog_emulator.cloudformation.resources.resource import Context, Made, Properties
from catalog_emulator.cloudformation.types.service_type import ServiceType

_CONDITIONS: Final = {
    "AWS:SourceAccount": "SourceAccount",
    "AWS:SourceArn": "SourceArn",
    "aws:PrincipalOrgID": "PrincipalOrgID",
}


class Permission(ServiceType):
    """AWS::Lambda::Permission: Ref is the id of its statement; each property is create-only."""

    service = "lambda"
    gone = ("ResourceNotFoundException",)

    @override
    def create(self, context: Context, properties: Properties) -> Made:
        name = context.name(100)
        self.call(context, "add_permission", properties, StatementId=name)
        live = self.read(context, name, properties) or {}
        lost = sorted(key for key, value in live.items() if value != properties[key])
        return Made(physical_id=name, attributes={"Id": name}, untaken=tuple(lost))

    @override
    def remove(self, context: Context, physical_id: str, properties: Properties) -> None:
        self.call(context, "remove_permission", properties, StatementId=physical_id)

    @override
    def live(self, context: Context, physical_id: str, properties: Properties) -> dict[str, Any] | None:
        policy = json.loads(self.call(context, "get_policy", properties)["Policy"])
        found = [one for one in policy["Statement"] if one.get("Sid") == physical_id]
        if not found:
            return None
        principal = found[0].get("Principal")
        conditions = [
            item for operator in found[0].get("Condition", {}).values() for item in operator.items()
        ]
        return {
            "Action": found[0]["Action"],
            "Principal": next(iter(principal.values())) if isinstance(principal, dict) else principal,
            **dict.fromkeys(_CONDITIONS.values()),
            **{_CONDITIONS[key]: value for key, value in conditions if key in _CONDITIONS},
        }
