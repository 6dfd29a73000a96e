from __future__ import annotations

import json

import pytest

import tests.account
from publisher.bootstrap.deployment import Bootstrap
from publisher.bootstrap.placement import CLOUDFORMATION, Limits
from publisher.bootstrap.roles import LaunchRole
from publisher.errors import command
from publisher.permissions import Policy
from tests.account import ACCOUNT, REGION, Builder


def policy(number: int, *actions: str) -> Policy:
    statement = {
        "Sid": f"Only{number}",
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": "arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*",
    }
    return Policy(number=number, text=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def launch_role(product: str, *actions: str, policies: int = 1, boundary: str = "") -> LaunchRole:
    """`boundary`: the one action that its product's roles may be allowed."""
    return LaunchRole(
        product=product,
        name=f"launch-{product}",
        policies=tuple(policy(number, *(actions or ("sns:Subscribe",))) for number in range(1, policies + 1)),
        boundary=policy(1, boundary) if boundary else None,
    )


class Account(tests.account.Account):
    """An empty account whose administrator is an IAM user, so that he can launch. `notes` are progress."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        iam = tests.account.Account().client("iam")
        iam.create_user(UserName="administrator")
        key = iam.create_access_key(UserName="administrator")["AccessKey"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        super().__init__()
        self.notes: list[str] = []

    def bootstrap(self, region: str = REGION, limits: Limits = CLOUDFORMATION) -> Bootstrap:
        return Bootstrap(
            self.in_region(region),
            aws_in=self.in_region,
            note=self.notes.append,
            clock=self.ticks.clock(),
            limits=limits,
            command_in=lambda other, *words: command(*words, account=("--region", other)),
        )


def publish(account: Account, product: str, *, role: str, region: str = REGION) -> str:
    """A product with our tag and a launch role, which the caller may launch; its id."""
    bucket = f"publisher-{ACCOUNT}-{region}"
    build = Builder(lambda service: account.client(service, region), bucket=bucket, has_bucket=True)
    portfolio = build.portfolio("ML", principal=account.in_region(region).identity[1])
    tags = [{"Key": "publisher:product", "Value": product}]
    template = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}"
    return build.product(product, portfolio=portfolio, role=role, template=template, Tags=tags)


def launch(account: Account, product_id: str, name: str, *, region: str = REGION) -> None:
    catalog = account.client("servicecatalog", region)
    catalog.provision_product(
        ProductId=product_id, ProvisioningArtifactName="1.0.0", ProvisionedProductName=name
    )


def withdraw(account: Account, product_id: str, *, region: str = REGION) -> None:
    """Deletes the product and all portfolios."""
    catalog = account.client("servicecatalog", region)
    for portfolio in catalog.list_portfolios()["PortfolioDetails"]:
        for constraint in catalog.list_constraints_for_portfolio(PortfolioId=portfolio["Id"])[
            "ConstraintDetails"
        ]:
            catalog.delete_constraint(Id=constraint["ConstraintId"])
        catalog.disassociate_product_from_portfolio(ProductId=product_id, PortfolioId=portfolio["Id"])
    catalog.delete_product(Id=product_id)
