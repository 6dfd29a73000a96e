import json
from typing import Any

import pytest

from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, Account, refused, stack_set

RULES = {"Rules": {"One": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Title"}, "a"]}}]}}}
TOPIC = {"NotificationArns": ["arn:aws:sns:us-west-2:123456789012:changes"]}
STACK_SET = stack_set([ACCOUNT], "us-west-2")
UPDATE = {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}
LAUNCH = {"LocalRoleName": "launch"}


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("LAUNCH", LAUNCH),
        ("LAUNCH", {"RoleArn": "arn:aws:iam::123456789012:role/path/launch"}),
        ("NOTIFICATION", TOPIC),
        ("RESOURCE_UPDATE", UPDATE),
        ("STACKSET", STACK_SET),
        ("TEMPLATE", RULES),
    ],
)
def test_constraint_lifecycle(account: Account, kind: str, parameters: Any) -> None:
    portfolio, product, _ = account.associated_product()
    text = json.dumps(parameters, indent=1)
    made = account.admin.create_constraint(
        PortfolioId=portfolio, ProductId=product, Type=kind, Parameters=text, Description="Why (name)"
    )
    detail = made["ConstraintDetail"]
    assert detail == {
        "ConstraintId": detail["ConstraintId"],
        "Type": kind,
        "Description": "Why (name)",
        "Owner": ACCOUNT,
        "ProductId": product,
        "PortfolioId": portfolio,
    }
    assert (made["ConstraintParameters"], made["Status"]) == (text, "CREATING")
    listed = account.admin.list_constraints_for_portfolio(PortfolioId=portfolio, ProductId=product)
    assert listed["ConstraintDetails"] == [detail]
    account.admin.update_constraint(
        Id=detail["ConstraintId"], Description="New", Parameters=json.dumps(parameters)
    )
    found = account.admin.describe_constraint(Id=detail["ConstraintId"])
    assert (found["ConstraintParameters"], found["Status"]) == (json.dumps(parameters), "AVAILABLE")
    assert found["ConstraintDetail"] == {**detail, "Description": "New"}
    account.admin.delete_constraint(Id=detail["ConstraintId"])
    for call in (
        account.admin.describe_constraint,
        account.admin.update_constraint,
        account.admin.delete_constraint,
    ):
        with refused("ResourceNotFoundException", f"Constraint {detail['ConstraintId']} not found."):
            call(Id=detail["ConstraintId"])


@cases(
    ("kind", "parameters", "message"),
    {
        "no JSON": ("LAUNCH", "{", "The parameters of a LAUNCH constraint must be JSON"),
        "no object": ("LAUNCH", [], "an object is expected"),
        "no role": ("LAUNCH", {}, "exactly one of RoleArn and LocalRoleName"),
        "two roles": ("LAUNCH", {**LAUNCH, "RoleArn": "x"}, "exactly one of RoleArn"),
        "role ARN": ("LAUNCH", {"RoleArn": "launch"}, "not the ARN of a role: launch"),
        "role name": ("LAUNCH", {"LocalRoleName": "a/b"}, "not the name of a role: a/b"),
        "no topic": ("NOTIFICATION", {"NotificationArns": []}, "NotificationArns is expected"),
        "topic": ("NOTIFICATION", {"NotificationArns": ["x"]}, "not the ARN of an SNS topic: x"),
        "update version": ("RESOURCE_UPDATE", {**UPDATE, "Version": "1.0"}, 'Version "2.0"'),
        "stack set": ("STACKSET", {"Version": "1.0", "Properties": {}}, "AccountList"),
        "account": (
            "STACKSET",
            {**STACK_SET, "Properties": {**STACK_SET["Properties"], "AccountList": ["1"]}},
            "not an account: 1",
        ),
        "admin role": (
            "STACKSET",
            {**STACK_SET, "Properties": {**STACK_SET["Properties"], "AdminRole": "a"}},
            "not the ARN of a role: a",
        ),
        "execution role": (
            "STACKSET",
            {**STACK_SET, "Properties": {**STACK_SET["Properties"], "ExecutionRole": "a/b"}},
            "not the name of a role: a/b",
        ),
        "rules": ("TEMPLATE", {"Rules": []}, "Rules is expected"),
        "rule": ("TEMPLATE", {"Rules": {"One": {}}}, "rule One: Assertions is expected"),
        "type": ("OTHER", {}, "Constraint type OTHER must be one of LAUNCH, NOTIFICATION"),
    },
)
def test_wrong_parameters(account: Account, kind: str, parameters: Any, message: str) -> None:
    portfolio, product, _ = account.associated_product()
    with refused("InvalidParametersException", message):
        account.constrain(portfolio, product, kind, parameters)
    assert account.admin.list_constraints_for_portfolio(PortfolioId=portfolio)["ConstraintDetails"] == []


def test_update_checks_parameters(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    constraint = account.constrain(portfolio, product, "LAUNCH", LAUNCH)
    with refused("InvalidParametersException", "exactly one of RoleArn and LocalRoleName"):
        account.admin.update_constraint(Id=constraint, Parameters="{}")


@pytest.mark.parametrize(
    ("kind", "parameters"), [("LAUNCH", LAUNCH), ("STACKSET", STACK_SET), ("RESOURCE_UPDATE", UPDATE)]
)
def test_only_one(account: Account, kind: str, parameters: Any) -> None:
    portfolio, product, _ = account.associated_product()
    account.constrain(portfolio, product, kind, parameters)
    with refused("DuplicateResourceException", f"already has a {kind} constraint in portfolio {portfolio}."):
        account.constrain(portfolio, product, kind, parameters)
    other = account.portfolio()
    account.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=other)
    account.constrain(other, product, kind, parameters)


@cases(
    ("first", "second"),
    {
        "STACKSET after LAUNCH": (("LAUNCH", LAUNCH), ("STACKSET", STACK_SET)),
        "LAUNCH after STACKSET": (("STACKSET", STACK_SET), ("LAUNCH", LAUNCH)),
    },
)
def test_launch_and_stack_set_exclude_each_other(account: Account, first: Any, second: Any) -> None:
    portfolio, product, _ = account.associated_product()
    account.constrain(portfolio, product, *first)
    with refused("InvalidParametersException", "cannot have both a LAUNCH and a STACKSET constraint"):
        account.constrain(portfolio, product, *second)


def test_repeatable_types(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    for number in range(50):
        account.constrain(portfolio, product, "TEMPLATE", RULES, Description=str(number))
        account.constrain(portfolio, product, "NOTIFICATION", TOPIC)
    with refused("LimitExceededException", "the limit of 100 constraints of a product in a portfolio."):
        account.constrain(portfolio, product, "TEMPLATE", RULES)
    first = account.admin.list_constraints_for_portfolio(PortfolioId=portfolio)
    assert len(first["ConstraintDetails"]) == 20
    pages = account.admin.get_paginator("list_constraints_for_portfolio").paginate(PortfolioId=portfolio)
    assert sum(len(one["ConstraintDetails"]) for one in pages) == 100


def test_product_must_be_associated(account: Account) -> None:
    portfolio, (product, _) = account.portfolio(), account.product()
    with refused(
        "ResourceNotFoundException", f"Product {product} is not associated with portfolio {portfolio}."
    ):
        account.constrain(portfolio, product, "LAUNCH", LAUNCH)
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        account.constrain("port-none", product, "LAUNCH", LAUNCH)
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        account.admin.list_constraints_for_portfolio(PortfolioId=portfolio, ProductId="prod-none")


@pytest.mark.parametrize(("kind", "parameters"), [("TEMPLATE", RULES), ("STACKSET", STACK_SET)])
def test_products_without_a_template(account: Account, kind: str, parameters: Any) -> None:
    portfolio = account.portfolio()
    made = account.admin.create_product(
        Name="engine",
        Owner="Team",
        ProductType="EXTERNAL",
        ProvisioningArtifactParameters={**account.version("1", account.put("a.tf", "x")), "Type": "EXTERNAL"},
    )
    product = made["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    account.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
    with refused("InvalidParametersException", f"EXTERNAL and cannot have a {kind} constraint."):
        account.constrain(portfolio, product, kind, parameters)
    account.constrain(portfolio, product, "LAUNCH", {"LocalRoleName": "engine"})
    version = made["ProvisioningArtifactDetail"]["Id"]
    with refused("InvalidParametersException", f"{version} is of type EXTERNAL: only an engine can read"):
        account.launcher(portfolio).provision_product(
            ProductId=product, ProvisioningArtifactId=version, ProvisionedProductName="mine"
        )
