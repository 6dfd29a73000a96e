"""Constraints on a product in a portfolio.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CreateConstraint.html
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catalog_emulator.cloudformation.template.rules import problems as rule_problems
from catalog_emulator.servicecatalog.exceptions import Duplicate, InvalidParameters
from catalog_emulator.servicecatalog.listings import Listing
from catalog_emulator.servicecatalog.state import update
from catalog_emulator.servicecatalog.values import Answer, Constraint, Text
from catalog_emulator.servicecatalog.visible_portfolios import Operations

_ONCE = ("LAUNCH", "STACKSET", "RESOURCE_UPDATE")
_EXCLUDES = {"LAUNCH": "STACKSET", "STACKSET": "LAUNCH"}
# https://docs.aws.amazon.com/servicecatalog/latest/adminguide/catalogs_constraints_template-constraints.html
_OF_TEMPLATES = ("STACKSET", "TEMPLATE")


@dataclass(frozen=True)
class _Text:
    """Text with a pattern, and what it is; without that a wrong one has a wrong form."""

    pattern: re.Pattern[str]
    what: str = ""


_ROLE_ARN = _Text(re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:role/[\w+=,.@/-]+"), "the ARN of a role")
_ROLE_NAME = _Text(re.compile(r"[\w+=,.@-]{1,64}"), "the name of a role")
_TOPIC_ARN = _Text(re.compile(r"arn:[a-z0-9-]+:sns:[a-z0-9-]+:\d{12}:[\w.-]+"), "the ARN of an SNS topic")
_ALLOWED = _Text(re.compile("ALLOWED|NOT_ALLOWED"), "ALLOWED or NOT_ALLOWED")
# By type: what is expected in words, and the members; those with ? may be left out.
_FORMS: Mapping[str, Any] = {
    # Whether the role exists is checked at launch: LocalRoleName is a role of the launching account.
    "LAUNCH": (
        "exactly one of RoleArn and LocalRoleName is expected",
        {"RoleArn": _ROLE_ARN},
        {"LocalRoleName": _ROLE_NAME},
    ),
    "NOTIFICATION": (
        "NotificationArns is expected, a list of topic ARNs",
        {"NotificationArns": [_TOPIC_ARN]},
    ),
    "RESOURCE_UPDATE": (
        'Version "2.0" and Properties.TagUpdateOnProvisionedProduct, ALLOWED or NOT_ALLOWED, are expected',
        {
            "Version": _Text(re.compile(r"2\.0")),
            "Properties": {"TagUpdateOnProvisionedProduct": _Text(_ALLOWED.pattern)},
        },
    ),
    "STACKSET": (
        "Version and Properties (AccountList, RegionList, AdminRole, ExecutionRole) are expected",
        {
            "Version": _Text(re.compile(".*", re.DOTALL)),
            "Properties": {
                "AccountList": [_Text(re.compile(r"\d{12}"), "an account")],
                "RegionList": [_Text(re.compile("[a-z0-9-]+"), "a Region")],
                "AdminRole": _ROLE_ARN,
                "ExecutionRole": _ROLE_NAME,
                # Documented only for AWS::ServiceCatalog::StackSetConstraint.
                "StackInstanceControl?": _ALLOWED,
            },
        },
    ),
    "TEMPLATE": ("Rules is expected, an object of rules by name", {"Rules": None}),
}


class Constraints(Operations):
    """Operations on constraints."""

    def create_constraint(
        self, *, portfolio_id: str, product_id: str, parameters: str, type: str, description: Text = None
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
    return {"ConstraintDetail": constraint, "ConstraintParameters": constraint.parameters, "Status": status}


def _check(kind: str, parameters: str) -> None:
    if kind not in _FORMS:
        raise InvalidParameters(f"Constraint type {kind} must be one of {', '.join(sorted(_FORMS))}")
    try:
        parsed = json.loads(parameters)
    except ValueError:
        raise InvalidParameters(f"The parameters of a {kind} constraint must be JSON") from None
    form, *variants = _FORMS[kind]
    chosen = next((one for one in variants if isinstance(parsed, dict) and one.keys() & parsed), variants[0])
    problem = next(_problems(chosen, parsed, form), None)
    if not isinstance(parsed, dict):
        problem = "an object is expected"
    if problem:
        raise InvalidParameters(f"Invalid parameters of a {kind} constraint: {problem}")


def _problems(expected: Any, value: Any, form: str) -> Iterator[str]:
    """What of a value is not as expected: `form` when it has other members."""
    match expected:
        case dict():
            optional = {name for name in expected if name.endswith("?")}
            names = {name.removesuffix("?"): of for name, of in expected.items()}
            if not isinstance(value, dict) or not expected.keys() - optional <= value.keys() <= names.keys():
                yield form
                return
            for name, found in value.items():
                yield from _problems(names[name], found, form)
        case [of]:
            if not isinstance(value, list) or not value:
                yield form
                return
            for one in value:
                yield from _problems(of, one, form)
        case _Text():
            if not isinstance(value, str):
                yield form
            elif not expected.pattern.fullmatch(value):
                yield f"not {expected.what}: {value}" if expected.what else form
        case _:
            yield from rule_problems(value) if isinstance(value, dict) else (form,)
