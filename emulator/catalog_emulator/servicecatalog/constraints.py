"""Constraints on a product in a portfolio.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateConstraint.html
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from catalog_emulator.cloudformation.template.rules import problems as rule_problems
from catalog_emulator.servicecatalog.exceptions import Duplicate, InvalidParameters
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.state import update
from catalog_emulator.servicecatalog.values import Answer, Constraint
from catalog_emulator.servicecatalog.visible_portfolios import Operations

_ONCE = ("LAUNCH", "STACKSET", "RESOURCE_UPDATE")
_EXCLUDES = {"LAUNCH": "STACKSET", "STACKSET": "LAUNCH"}
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_constraints_template-constraints.html
_OF_TEMPLATES = ("STACKSET", "TEMPLATE")
_ROLE_ARN = re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:role/[\w+=,.@/-]+")
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}")
_TOPIC_ARN = re.compile(r"arn:[a-z0-9-]+:sns:[a-z0-9-]+:\d{12}:[\w.-]+")


class Constraints(Operations):
    """Operations on constraints."""

    def create_constraint(
        self,
        *,
        portfolio_id: str,
        product_id: str,
        parameters: str,
        type: str,
        description: str | None = None,
    ) -> Answer:
        self._state.portfolio(portfolio_id)
        product = self._visible.association(portfolio_id, product_id).product
        _check(type, parameters)
        if type in _OF_TEMPLATES and product.type != "CLOUD_FORMATION_TEMPLATE":
            raise InvalidParameters(
                f"Product {product_id} is of type {product.type} and cannot have a {type} constraint."
            )
        others = self._state.constraints_of(portfolio_id, product_id)
        kinds = {one.type for one in others}
        if type in _ONCE and type in kinds:
            raise Duplicate(
                f"Product {product_id} already has a {type} constraint in portfolio {portfolio_id}."
            )
        if _EXCLUDES.get(type) in kinds:
            raise InvalidParameters(
                f"Product {product_id} cannot have both a LAUNCH and a STACKSET constraint "
                f"in portfolio {portfolio_id}."
            )
        self._state.quotas.check("constraints_per_product", len(others))
        constraint = Constraint(
            id=self._state.new_id("cons"),
            type=type,
            portfolio_id=portfolio_id,
            product_id=product_id,
            owner=self._state.account_id,
            parameters=parameters,
            description=description,
        )
        self._state.constraints[constraint.id] = constraint
        return _described(constraint, "CREATING")

    def describe_constraint(self, *, id: str) -> Answer:
        """DescribeConstraint: the only operation that returns the parameters."""
        imported = {
            constraint.id: constraint
            for one in self._visible.imported()
            for constraint in one.owner.constraints_of(one.portfolio.id)
        }
        return _described(imported.get(id) or self._state.constraint(id), "AVAILABLE")

    def update_constraint(
        self, *, id: str, description: str | None = None, parameters: str | None = None
    ) -> Answer:
        constraint = self._state.constraint(id)
        if parameters is not None:
            _check(constraint.type, parameters)
        update(constraint, parameters=parameters, description=description)
        return _described(constraint, "CREATING")

    def delete_constraint(self, *, id: str) -> None:
        self._state.constraint(id)
        del self._state.constraints[id]

    def list_constraints_for_portfolio(self, *, portfolio_id: str, product_id: str | None = None) -> Listing:
        self._visible.portfolio(portfolio_id)
        if product_id is not None:
            self._visible.product(product_id)
        constraints = list(
            {
                constraint.id: constraint
                for association in self._visible.associations(
                    portfolio_id=portfolio_id, product_id=product_id
                )
                for constraint in self._visible.constraints(association)
            }.values()
        )
        return Listing("ConstraintDetails", constraints)


def _described(constraint: Constraint, status: str) -> Answer:
    return {
        "ConstraintDetail": constraint,
        "ConstraintParameters": constraint.parameters,
        "Status": status,
    }


def _check(kind: str, parameters: str) -> None:
    check = _CHECKS.get(kind)
    if check is None:
        raise InvalidParameters(f"Constraint type {kind} must be one of {', '.join(sorted(_CHECKS))}")
    try:
        parsed = json.loads(parameters)
    except ValueError:
        raise InvalidParameters(f"The parameters of a {kind} constraint must be JSON") from None
    problem = check(parsed) if isinstance(parsed, dict) else "an object is expected"
    if problem:
        raise InvalidParameters(f"Invalid parameters of a {kind} constraint: {problem}")


# Whether the role exists is checked at launch: LocalRoleName is a role of the launching account.
def _launch(parameters: Mapping[str, Any]) -> str | None:
    match dict(parameters):
        case {"RoleArn": str(arn), **rest} if not rest:
            return None if _ROLE_ARN.fullmatch(arn) else f"not the ARN of a role: {arn}"
        case {"LocalRoleName": str(name), **rest} if not rest:
            return None if _ROLE_NAME.fullmatch(name) else f"not the name of a role: {name}"
        case _:
            return "exactly one of RoleArn and LocalRoleName is expected"


def _notification(parameters: Mapping[str, Any]) -> str | None:
    match dict(parameters):
        case {"NotificationArns": [*arns], **rest} if arns and not rest:
            wrong = [arn for arn in arns if not (isinstance(arn, str) and _TOPIC_ARN.fullmatch(arn))]
            return f"not the ARN of an SNS topic: {wrong[0]}" if wrong else None
        case _:
            return "NotificationArns is expected, a list of topic ARNs"


def _resource_update(parameters: Mapping[str, Any]) -> str | None:
    match dict(parameters):
        case {
            "Version": "2.0",
            "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED" | "NOT_ALLOWED", **more},
            **rest,
        } if not rest and not more:
            return None
        case _:
            return (
                'Version "2.0" and Properties.TagUpdateOnProvisionedProduct, '
                "ALLOWED or NOT_ALLOWED, are expected"
            )


def _stack_set(parameters: Mapping[str, Any]) -> str | None:
    match dict(parameters):
        case {
            "Version": str(),
            "Properties": {
                "AccountList": [*accounts],
                "RegionList": [*regions],
                "AdminRole": str(admin),
                "ExecutionRole": str(execution),
                **more,
            },
            **rest,
        } if accounts and regions and not rest and not more.keys() - {"StackInstanceControl"}:
            # Documented only for AWS::ServiceCatalog::StackSetConstraint.
            if more.get("StackInstanceControl", "ALLOWED") not in ("ALLOWED", "NOT_ALLOWED"):
                return "StackInstanceControl is ALLOWED or NOT_ALLOWED"
            wrong = [one for one in accounts if not (isinstance(one, str) and re.fullmatch(r"\d{12}", one))]
            if wrong:
                return f"not an account: {wrong[0]}"
            if not _ROLE_ARN.fullmatch(admin):
                return f"not the ARN of a role: {admin}"
            return None if _ROLE_NAME.fullmatch(execution) else f"not the name of a role: {execution}"
        case _:
            return "Version and Properties (AccountList, RegionList, AdminRole, ExecutionRole) are expected"


def _template(parameters: Mapping[str, Any]) -> str | None:
    match dict(parameters):
        case {"Rules": dict() as rules, **rest} if not rest:
            return next(rule_problems(rules), None)
        case _:
            return "Rules is expected, an object of rules by name"


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {
    "LAUNCH": _launch,
    "NOTIFICATION": _notification,
    "RESOURCE_UPDATE": _resource_update,
    "STACKSET": _stack_set,
    "TEMPLATE": _template,
}
