"""A small catalog in moto, built with the clients of an administrator and a launcher."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "us-west-2"
ACCOUNT = "123456789012"
TEMPLATE = """\
AWSTemplateFormatVersion: 2010-09-09
Description: A topic.
Parameters:
  Title: {Type: String, Default: hello, MaxLength: 10, Description: Shown in mails.}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Title}
Outputs:
  TopicArn: {Value: !Ref Topic, Description: Where it is.}
"""
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def trust(principal: Mapping[str, str]) -> dict[str, Any]:
    """The trust policy of a role that a principal may assume."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def stack_set(accounts: Sequence[str], *regions: str) -> dict[str, Any]:
    """The parameters of a STACKSET constraint."""
    properties = {"AccountList": list(accounts), "RegionList": list(regions)}
    roles = {"AdminRole": f"arn:aws:iam::{ACCOUNT}:role/stack-admin", "ExecutionRole": "stack-execution"}
    return {"Version": "1.0", "Properties": {**properties, **roles}}


SERVICE_TRUST = trust({"Service": "servicecatalog.amazonaws.com"})


@contextmanager
def refused(code: str, message: str) -> Iterator[None]:
    """Expects an error of Service Catalog with this code, and this in its message."""
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert message in caught.value.response["Error"]["Message"]


def client(service: str, credentials: Mapping[str, str] | None = None) -> Any:
    """A client in the Region of the tests; `credentials` as STS and IAM answer them."""
    keys = credentials or {"AccessKeyId": "FOOBARKEY", "SecretAccessKey": "FOOBARSECRET"}
    return _session().client(
        service,
        region_name=REGION,
        # botocore takes LimitExceededException for throttling, and would wait.
        config=Config(retries={"total_max_attempts": 1}),
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
    )


@cache
def _session() -> Any:
    # One for all tests: it keeps the service models it has read.
    return boto3.Session()


class Account:
    """An account, its administrator's clients, and builders of resources."""

    def __init__(self) -> None:
        self.admin = client("servicecatalog")
        self.iam = client("iam")
        self.s3 = client("s3")
        self.s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.url = self.put("topic.yaml", TEMPLATE)

    def put(self, key: str, body: str) -> str:
        """Stores a template, answers its URL."""
        self.s3.put_object(Bucket="templates", Key=key, Body=body.encode())
        return f"https://templates.s3.{REGION}.amazonaws.com/{key}"

    def portfolio(self, name: str = "Platform", **more: Any) -> str:
        """A portfolio's id."""
        made = self.admin.create_portfolio(DisplayName=name, ProviderName="Team", **more)
        return str(made["PortfolioDetail"]["Id"])

    def product(self, name: str = "topic", *, url: str | None = None, **more: Any) -> tuple[str, str]:
        """The ids of a product and of its first version, 1.0.0."""
        made = self.admin.create_product(
            Name=name,
            Owner="Team",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters=self.version("1.0.0", url),
            **more,
        )
        summary = made["ProductViewDetail"]["ProductViewSummary"]
        return summary["ProductId"], made["ProvisioningArtifactDetail"]["Id"]

    def version(self, name: str, url: str | None = None) -> dict[str, Any]:
        """Properties of a version."""
        return {
            "Name": name,
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "Info": {"LoadTemplateFromURL": url or self.url},
        }

    def associated_product(self, name: str = "topic", **more: Any) -> tuple[str, str, str]:
        """The ids of a portfolio, a product in it and its version."""
        portfolio = self.portfolio()
        product, version = self.product(name, **more)
        self.admin.associate_product_with_portfolio(ProductId=product, PortfolioId=portfolio)
        return portfolio, product, version

    def constrain(self, portfolio: str, product: str, kind: str, parameters: Any, **more: Any) -> str:
        """A constraint's id."""
        made = self.admin.create_constraint(
            PortfolioId=portfolio,
            ProductId=product,
            Type=kind,
            Parameters=parameters if isinstance(parameters, str) else json.dumps(parameters),
            **more,
        )
        return str(made["ConstraintDetail"]["ConstraintId"])

    def role(self, name: str, *, trust: Mapping[str, Any] | None = None, path: str = "/") -> str:
        """The ARN of a role that may do everything."""
        return _role(self.iam, name, trust=trust, path=path)

    def delete_role(self, name: str) -> None:
        """Takes a role away."""
        self.iam.delete_role_policy(RoleName=name, PolicyName="everything")
        self.iam.delete_role(RoleName=name)

    def session(self, role_arn: str, service: str = "servicecatalog", name: str = "someone") -> Any:
        """A client of a session of a role."""
        found = client("sts").assume_role(RoleArn=role_arn, RoleSessionName=name)
        return client(service, found["Credentials"])

    def launcher(self, portfolio: str, name: str = "ml-team-one") -> Any:
        """A client of a role that the portfolio admits."""
        arn = self.role(name)
        self.admin.associate_principal_with_portfolio(
            PortfolioId=portfolio, PrincipalARN=arn, PrincipalType="IAM"
        )
        return self.session(arn)


class Launchable:
    """A product in a portfolio, and a client of a role that can launch it."""

    def __init__(self, account: Account, **more: Any) -> None:
        self.account = account
        self.portfolio, self.product, self.version = account.associated_product(**more)
        self.key = {"ProductId": self.product, "ProvisioningArtifactId": self.version}
        self.user = account.launcher(self.portfolio)

    def constrain(self, kind: str, parameters: Any) -> str:
        """A constraint's id."""
        return self.account.constrain(self.portfolio, self.product, kind, parameters)

    def provision(self, name: str = "mine", **more: Any) -> Any:
        """The record of a launch, as the call returns it."""
        request = {**self.key, "ProvisionedProductName": name, **more}
        return self.user.provision_product(**request)["RecordDetail"]

    def record(self, detail: Any) -> Any:
        """The current record."""
        return self.user.describe_record(Id=detail["RecordId"])["RecordDetail"]

    def provisioned(self, name: str = "mine") -> Any:
        """The provisioned product."""
        return self.user.describe_provisioned_product(Name=name)["ProvisionedProductDetail"]


class Elsewhere:
    """Another account, as its administrator works in it."""

    def __init__(self, account_id: str = "222222222222") -> None:
        self.account_id = account_id
        found = client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{account_id}:role/admin", RoleSessionName="admin"
        )
        self._credentials = found["Credentials"]
        self.admin = self.client("servicecatalog")
        self.iam = self.client("iam")

    def client(self, service: str) -> Any:
        """A client of the administrator."""
        return client(service, self._credentials)

    def role(self, name: str, *, trust: Mapping[str, Any] | None = None) -> str:
        """The ARN of a role that may do everything; by default Service Catalog may assume it."""
        return _role(self.iam, name, trust=trust)

    def session(self, role_arn: str) -> Any:
        """A Service Catalog client of a session of a role."""
        found = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="someone")
        return client("servicecatalog", found["Credentials"])

    def launcher(self, portfolio: str, name: str = "ml-team-two") -> Any:
        """A client of a role that the portfolio admits here."""
        arn = self.role(name)
        self.admin.associate_principal_with_portfolio(
            PortfolioId=portfolio, PrincipalARN=arn, PrincipalType="IAM"
        )
        return self.session(arn)


def _role(iam: Any, name: str, *, trust: Mapping[str, Any] | None = None, path: str = "/") -> str:
    trusted = json.dumps(trust or SERVICE_TRUST)
    made = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trusted)
    iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
    return str(made["Role"]["Arn"])
