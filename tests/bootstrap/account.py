from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from catalog_emulator import install
from moto import mock_aws

from publisher.aws.clients import Aws
from publisher.bootstrap.deployment import Bootstrap
from publisher.bootstrap.roles import LaunchRole
from publisher.permissions import Policy
from tests.samples import Ticks

ACCOUNT = "123456789012"


def policy(number: int, *actions: str) -> Policy:
    statement = {
        "Sid": f"Only{number}",
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": "arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*",
    }
    return Policy(number=number, text=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def launch_role(product: str, *actions: str, policies: int = 1) -> LaunchRole:
    return LaunchRole(
        product=product,
        name=f"launch-{product}",
        policies=tuple(policy(number, *(actions or ("sns:Subscribe",))) for number in range(1, policies + 1)),
    )


class Account:
    """An AWS account in moto, seen from any Region; `notes` are the lines of progress."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._regions: dict[str, Aws] = {}

    def aws(self, region: str = "us-west-2") -> Aws:
        return self._regions.setdefault(region, Aws(region=region))

    def client(self, service: str, region: str = "us-west-2") -> Any:
        return self.aws(region).client(service)

    def bootstrap(self, region: str = "us-west-2") -> Bootstrap:
        return Bootstrap(
            self.aws(region),
            aws_in=self.aws,
            note=self.notes.append,
            clock=Ticks().clock(),
            command_in=lambda other: f"publisher --region {other}",
        )


@contextmanager
def account_in_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An empty account, whose administrator the environment's credentials are."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    # A stack that cannot be made rolls back, as at AWS, and does not fail the call, as in moto.
    install()
    with mock_aws():
        iam = Account().client("iam")
        iam.create_user(UserName="administrator")
        key = iam.create_access_key(UserName="administrator")["AccessKey"]
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
        yield Account()


def publish(account: Account, product: str, *, role: str, region: str = "us-west-2") -> str:
    """A product with our tag and a launch role, which the caller may launch; answers its id."""
    catalog = account.client("servicecatalog", region)
    s3 = account.client("s3", region)
    bucket = f"publisher-{ACCOUNT}-{region}"
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    s3.put_object(Bucket=bucket, Key="templates/a.json", Body=json.dumps(template))
    made = catalog.create_product(
        Name=product,
        Owner="ml",
        ProductType="CLOUD_FORMATION_TEMPLATE",
        Tags=[{"Key": "publisher:product", "Value": product}],
        ProvisioningArtifactParameters={
            "Name": "1.0.0",
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Info": {"LoadTemplateFromURL": f"https://{bucket}.s3.{region}.amazonaws.com/templates/a.json"},
        },
    )["ProductViewDetail"]
    product_id = str(made["ProductViewSummary"]["ProductId"])
    portfolio = catalog.create_portfolio(DisplayName="ML", ProviderName="ML")["PortfolioDetail"]["Id"]
    catalog.associate_product_with_portfolio(ProductId=product_id, PortfolioId=portfolio)
    catalog.associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN=account.aws(region).identity[1], PrincipalType="IAM"
    )
    catalog.create_constraint(
        PortfolioId=portfolio,
        ProductId=product_id,
        Type="LAUNCH",
        Parameters=json.dumps({"LocalRoleName": role}),
    )
    return product_id


def launch(account: Account, product_id: str, name: str, *, region: str = "us-west-2") -> None:
    catalog = account.client("servicecatalog", region)
    catalog.provision_product(
        ProductId=product_id, ProvisioningArtifactName="1.0.0", ProvisionedProductName=name
    )


def withdraw(account: Account, product_id: str, *, region: str = "us-west-2") -> None:
    """Deletes the product and all portfolios."""
    catalog = account.client("servicecatalog", region)
    for portfolio in catalog.list_portfolios()["PortfolioDetails"]:
        for constraint in catalog.list_constraints_for_portfolio(PortfolioId=portfolio["Id"])[
            "ConstraintDetails"
        ]:
            catalog.delete_constraint(Id=constraint["ConstraintId"])
        catalog.disassociate_product_from_portfolio(ProductId=product_id, PortfolioId=portfolio["Id"])
    catalog.delete_product(Id=product_id)
