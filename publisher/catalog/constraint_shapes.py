"""Constraints from Service Catalog's shapes to the model, and back. Pure.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateConstraint.html
"""

from __future__ import annotations

import json
import re
from typing import Any, assert_never

from publisher.catalog.shapes import Answer, Request, split
from publisher.documents import canonical_json
from publisher.model import (
    AnyConstraint,
    LaunchConstraint,
    NamedConstraint,
    NotificationConstraint,
    Permission,
    ResourceUpdateConstraint,
    StackSetConstraint,
    TemplateConstraint,
)

_NAME = re.compile(r"(?:^|\s)\(([a-z][a-z0-9-]*)\)$")
# LAUNCH and STACKSET exclude each other.
_ONCE = {"LAUNCH": "LAUNCH", "RESOURCE_UPDATE": "RESOURCE_UPDATE", "STACKSET": "LAUNCH"}
_NAMED = frozenset({"NOTIFICATION", "TEMPLATE"})
_UPDATE_VERSION, _STACK_SET_VERSION = "2.0", "1.0"


def constraint_slot(detail: Answer) -> tuple[str, ...] | None:
    """The slot of a listed constraint; None when it is unmanaged or of an unknown type."""
    type_ = detail["Type"]
    if type_ in _ONCE:
        return (_ONCE[type_],)
    name = split(detail.get("Description") or "", _NAME)[1]
    return (type_, name) if type_ in _NAMED and name else None


def constraint(portfolio: str, product: str, answer: Answer) -> AnyConstraint:
    """A constraint from DescribeConstraint."""
    detail, parameters = answer["ConstraintDetail"], json.loads(answer["ConstraintParameters"])
    text, name = split(detail.get("Description") or "", _NAME)
    named: dict[str, Any] = {
        "portfolio": portfolio,
        "product": product,
        "name": name,
        "description": text,
        "status": answer.get("Status", "AVAILABLE"),
    }
    single = {key: value for key, value in named.items() if key != "name"}
    single["description"] = detail.get("Description") or ""
    properties = parameters.get("Properties", {})
    match detail["Type"]:
        case "TEMPLATE":
            return TemplateConstraint(**named, rules=canonical_json(parameters.get("Rules", {})))
        case "NOTIFICATION":
            topics = parameters.get("NotificationArns", ())
            return NotificationConstraint(**named, notification_arns=tuple(sorted(topics)))
        case "RESOURCE_UPDATE":
            permission = _permission(properties.get("TagUpdateOnProvisionedProduct"))
            return ResourceUpdateConstraint(**single, tag_update_on_provisioned_product=permission)
        case "STACKSET":
            return StackSetConstraint(
                **single,
                account_list=tuple(sorted(properties.get("AccountList", ()))),
                region_list=tuple(sorted(properties.get("RegionList", ()))),
                admin_role=properties.get("AdminRole", ""),
                execution_role=properties.get("ExecutionRole", ""),
                stack_instance_control=_permission(properties.get("StackInstanceControl")),
            )
        case _:
            return LaunchConstraint(
                **single,
                local_role_name=parameters.get("LocalRoleName", ""),
                role_arn=parameters.get("RoleArn", ""),
            )


def constraint_fields(resource: AnyConstraint) -> Request:
    """Description and Parameters of a constraint."""
    description = resource.description
    if isinstance(resource, NamedConstraint):
        description = f"{description} ({resource.name})".strip()
    return {"Description": description, "Parameters": canonical_json(_parameters(resource))}


def _parameters(resource: AnyConstraint) -> dict[str, Any]:
    match resource:
        case LaunchConstraint(role_arn=""):
            return {"LocalRoleName": resource.local_role_name}
        case LaunchConstraint():
            return {"RoleArn": resource.role_arn}
        case TemplateConstraint():
            return {"Rules": json.loads(resource.rules)}
        case NotificationConstraint():
            return {"NotificationArns": list(resource.notification_arns)}
        case ResourceUpdateConstraint():
            tags = {"TagUpdateOnProvisionedProduct": resource.tag_update_on_provisioned_product}
            return {"Version": _UPDATE_VERSION, "Properties": tags}
        case StackSetConstraint():
            properties: dict[str, Any] = {
                "AccountList": list(resource.account_list),
                "RegionList": list(resource.region_list),
                "AdminRole": resource.admin_role,
                "ExecutionRole": resource.execution_role,
            }
            # Documented only for CloudFormation's resource type, so it is sent only when allowed.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-servicecatalog-stacksetconstraint.html
            if resource.stack_instance_control == "ALLOWED":
                properties["StackInstanceControl"] = "ALLOWED"
            return {"Version": _STACK_SET_VERSION, "Properties": properties}
        case _:
            assert_never(resource)


def _permission(value: object) -> Permission:
    return "ALLOWED" if value == "ALLOWED" else "NOT_ALLOWED"
