"""Constraints, in five types.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateConstraint.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from typing_extensions import override

from publisher.aws.answers import json_object
from publisher.aws.calls import ClientError, error_code
from publisher.catalog.creating import Creating, Made
from publisher.catalog.engine import Answer, Request, list_all
from publisher.catalog.kind import TAKEN, Identified, Includes, split
from publisher.documents import canonical_json
from publisher.errors import AwsError
from publisher.model import (
    AnyConstraint,
    Constraint,
    LaunchConstraint,
    NamedConstraint,
    NotificationConstraint,
    ResourceUpdateConstraint,
    StackSetConstraint,
    TemplateConstraint,
)

_NAME = re.compile(r"(?:^|\s)\(([a-z][a-z0-9-]*)\)$")
_ROLE_NOT_YET = frozenset({"InvalidParametersException"})
_ROLE_SECONDS = 20


@dataclass(frozen=True)
class _Parameter:
    """One of a type's Parameters: its name, and its value to the API and from it (or None without it)."""

    name: str
    to_wire: Callable[[Any], Any] = lambda value: value
    from_wire: Callable[[Any], Any] = lambda value: value or ""


@dataclass(frozen=True)
class _Type:
    """A type's Parameters by field. Those with a schema `version` stand below Properties."""

    model: type[AnyConstraint]
    parameters: Mapping[str, _Parameter]
    version: str = ""


def _list(name: str) -> _Parameter:
    return _Parameter(
        name, list, lambda value: tuple(sorted(map(str, value))) if isinstance(value, list) else ()
    )


def _permission(value: object) -> str:
    return "ALLOWED" if value == "ALLOWED" else "NOT_ALLOWED"


TYPES = {
    "LAUNCH": _Type(
        LaunchConstraint,
        {"local_role_name": _Parameter("LocalRoleName"), "role_arn": _Parameter("RoleArn")},
    ),
    "TEMPLATE": _Type(
        TemplateConstraint,
        {"rules": _Parameter("Rules", json.loads, lambda value: canonical_json(value or {}))},
    ),
    "NOTIFICATION": _Type(NotificationConstraint, {"notification_arns": _list("NotificationArns")}),
    "RESOURCE_UPDATE": _Type(
        ResourceUpdateConstraint,
        {
            "tag_update_on_provisioned_product": _Parameter(
                "TagUpdateOnProvisionedProduct", from_wire=_permission
            )
        },
        version="2.0",
    ),
    "STACKSET": _Type(
        StackSetConstraint,
        {
            "account_list": _list("AccountList"),
            "region_list": _list("RegionList"),
            "admin_role": _Parameter("AdminRole"),
            "execution_role": _Parameter("ExecutionRole"),
            # Documented only for CloudFormation's resource type, so it is sent only when allowed.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-servicecatalog-stacksetconstraint.html
            "stack_instance_control": _Parameter(
                "StackInstanceControl", lambda value: "ALLOWED" if value == "ALLOWED" else "", _permission
            ),
        },
        version="1.0",
    ),
}
_SLOT = {"LAUNCH": "LAUNCH", "RESOURCE_UPDATE": "RESOURCE_UPDATE", "STACKSET": "LAUNCH"}


class ConstraintKind(Creating[AnyConstraint], Identified[AnyConstraint]):
    """LAUNCH and STACKSET exclude each other, so they have one key and replace each other."""

    @override
    def create(self, desired: AnyConstraint, includes: Includes = ()) -> None:
        place = self.engine.place(desired.portfolio, desired.product)
        request = place | fields(desired) | {"Type": desired.type}
        taken: list[str] = []

        def create(token: str) -> Made:
            try:
                call = partial(self.engine.client.create_constraint, **request, IdempotencyToken=token)
                answer = self._wait_for_role(desired, call)
            except ClientError as error:
                there = self._slot_holder(desired) if error_code(error) == TAKEN else ""
                if not there:
                    raise
                taken.append(there)
                return Made(id=there, age=0)
            return Made(id=answer["ConstraintDetail"]["ConstraintId"])

        self.create_once(desired, request, create)
        if taken and self.ready(desired) != desired:
            self._change(desired)

    @override
    def parents(self, desired: AnyConstraint) -> tuple[str, ...]:
        return tuple(self.engine.place(desired.portfolio, desired.product).values())

    @override
    def is_once(self, desired: AnyConstraint) -> bool:
        return desired.type in _SLOT

    @override
    def appeared(self, desired: AnyConstraint, foreign: set[str]) -> bool:
        return bool(self._slot_holder(desired))

    def _slot_holder(self, desired: AnyConstraint) -> str:
        """The id of the constraint of its type in its slot; empty when there is none."""
        place = self.engine.place(desired.portfolio, desired.product)
        for detail in listed(self.engine.client, **place):
            if slot(detail) == desired.slot and detail["Type"] == desired.type:
                return str(detail["ConstraintId"])
        return ""

    @override
    def shaped(self, answer: Answer, resource: AnyConstraint) -> AnyConstraint:
        return constraint(resource.portfolio, resource.product, answer)

    @override
    def ready(self, resource: AnyConstraint) -> AnyConstraint | None:
        found = self.read(resource)
        if found and found.status == "FAILED":
            raise AwsError(f"{found.kind} {found.label} has the status FAILED")
        return found if found and found.status == "AVAILABLE" else None

    @override
    def update(self, observed: AnyConstraint, desired: AnyConstraint) -> None:
        if observed.type == desired.type:
            self._change(desired)
        else:
            self.delete(observed)
            self.create(desired)

    def _change(self, desired: AnyConstraint) -> None:
        self._wait_for_role(desired, lambda: self.write(desired, **fields(desired)))

    def _wait_for_role(self, desired: AnyConstraint, call: Callable[[], Any]) -> Any:
        """Service Catalog does not know a role that was created a moment ago."""
        if isinstance(desired, LaunchConstraint) and desired.role_arn:
            return self.engine.retry_until(call, codes=_ROLE_NOT_YET, seconds=_ROLE_SECONDS)
        return call()


def listed(client: Any, **place: str) -> list[Answer]:
    """The details of a portfolio's constraints, or those of one product in it."""
    return list_all(client, "list_constraints_for_portfolio", "ConstraintDetails", **place)


def slot(detail: Answer) -> tuple[str, ...] | None:
    """The slot of a listed constraint; None when it is unmanaged or of an unknown type."""
    type_, (_, name) = detail["Type"], split(detail.get("Description") or "", _NAME)
    if type_ in _SLOT:
        return (_SLOT[type_],)
    return (type_, name) if type_ in TYPES and name else None


def constraint(portfolio: str, product: str, answer: Answer) -> AnyConstraint:
    """A constraint from DescribeConstraint; a named one that is unmanaged has no name."""
    detail = answer["ConstraintDetail"]
    parameters = json_object(answer["ConstraintParameters"], "DescribeConstraint")
    type_, description = TYPES[detail["Type"]], detail.get("Description") or ""
    named: dict[str, Any] = {}
    if issubclass(type_.model, NamedConstraint):
        description, named["name"] = split(description, _NAME)
    if type_.version:
        properties = parameters.get("Properties")
        parameters = properties if isinstance(properties, dict) else {}
    return type_.model(
        portfolio=portfolio,
        product=product,
        description=description,
        status=answer.get("Status", "AVAILABLE"),
        **named,
        **{field: it.from_wire(parameters.get(it.name)) for field, it in type_.parameters.items()},
    )


def assumed(portfolio: str, product: str, detail: Answer, resource: Constraint) -> AnyConstraint:
    """A listed constraint with the parameters of another of its type, without a further call."""
    answer = {"ConstraintDetail": detail, "ConstraintParameters": fields(resource)["Parameters"]}
    return constraint(portfolio, product, answer)


def fields(resource: Constraint) -> Request:
    """Description and Parameters of a constraint."""
    description, type_ = resource.description, TYPES[resource.type]
    if isinstance(resource, NamedConstraint):
        description = f"{description} ({resource.name})".strip()
    values = {it.name: it.to_wire(getattr(resource, field)) for field, it in type_.parameters.items()}
    parameters: Request = {name: value for name, value in values.items() if value}
    if type_.version:
        parameters = {"Version": type_.version, "Properties": parameters}
    return {"Description": description, "Parameters": canonical_json(parameters)}
