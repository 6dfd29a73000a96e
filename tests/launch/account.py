"""A small account in moto: one product of the family ml-project, much smaller than the real one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from catalog_emulator import install
from moto import mock_aws

from publisher.aws.clients import Aws
from publisher.launch.preflight import prepare
from publisher.launch.progress import Operation, Reporter, follow
from publisher.launch.provision import provision
from publisher.launch.request import LaunchRequest
from tests.samples import Ticks

ACCOUNT, REGION = "123456789012", "us-west-2"
PLACE = f"{ACCOUNT}/{REGION}"
PRODUCT, TITLE = "ml-project-professional-s3", "ML project: professional, S3"
NAME = "edge-prod-b001-us-west-2-fraud-ml"
STEM = f"{NAME}-s3"
PATH = f"configs/{STEM}.yaml"
EMAIL = "ml-alerts@edge.example.com"
TEMPLATE = """
Parameters:
  CompanyPrefix: {Type: String}
  Environment: {Type: String, AllowedValues: [dev, test, staging, prod]}
  TenantId: {Type: String}
  UseCase: {Type: String}
  LogRetentionDays: {Type: Number, Default: 90, AllowedValues: [90, 365]}
  SourceBucket: {Type: String}
  AlertsEmail: {Type: String, Default: ""}
Conditions:
  HasAlertsEmail: !Not [!Equals [!Ref AlertsEmail, ""]]
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Group:
    Type: AWS::SageMaker::ModelPackageGroup
    Properties: {ModelPackageGroupName: !Sub "${CompanyPrefix}-${Environment}-group"}
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: "*", Action: "kms:*", Resource: "*"}]
  Topic: {Type: AWS::SNS::Topic}
  Subscription:
    Type: AWS::SNS::Subscription
    Condition: HasAlertsEmail
    Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: !Ref AlertsEmail}
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: !Sub "/ml/${CompanyPrefix}-${Environment}-${TenantId}-${AWS::Region}-${UseCase}-ml/BucketName"
      Type: String
      Value: !Ref Bucket
Outputs:
  BucketName: {Value: !Ref Bucket}
  ModelPackageGroupArn: {Value: !GetAtt Group.ModelPackageGroupArn}
  KmsKeyArn: {Value: !GetAtt Key.Arn}
  AlertsTopicArn: {Value: !Ref Topic}
  AlertsSubscriptionArn: {Condition: HasAlertsEmail, Value: !Ref Subscription}
"""
BROKEN = TEMPLATE.replace("Type: AWS::S3::Bucket}", "Type: AWS::S3::Bucket, Properties: {BucketName: taken}}")


class Account:
    """The account as its administrator sees it, and the launcher's `aws`. `lines` are progress."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._admin = Aws(region=REGION)
        self.lines: list[str] = []
        self.details: list[str] = []
        self.clock = Ticks().clock()
        self.reporter = Reporter(report=self.lines.append, detail=self.details.append)
        self.s3 = self.client("s3")
        self.s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.portfolio = self.new_portfolio("ML Platform")
        self.new_role("launch-" + PRODUCT, service="servicecatalog.amazonaws.com")
        self._as_launcher(monkeypatch)
        self.aws = Aws(region=REGION)

    def connect(self, **_: object) -> Aws:
        """The launcher's identity, for `main`."""
        return self.aws

    def client(self, service: str) -> Any:
        """A client of the administrator."""
        return self._admin.client(service)

    @property
    def catalog(self) -> Any:
        return self.client("servicecatalog")

    def new_portfolio(self, name: str, *, admits: str = "ml-team-*") -> str:
        identifier = self.catalog.create_portfolio(DisplayName=name, ProviderName="ML")["PortfolioDetail"][
            "Id"
        ]
        self.catalog.associate_principal_with_portfolio(
            PortfolioId=identifier, PrincipalARN=f"arn:aws:iam:::role/{admits}", PrincipalType="IAM_PATTERN"
        )
        return str(identifier)

    def publish(
        self, title: str = TITLE, *, template: str = TEMPLATE, role: str = f"launch-{PRODUCT}"
    ) -> str:
        """A product in the portfolio, version 1.0.0; its id."""
        made = self.catalog.create_product(
            Name=title,
            Owner="ml",
            ProductType="CLOUD_FORMATION_TEMPLATE",
            ProvisioningArtifactParameters=self._artifact("1.0.0", template),
        )["ProductViewDetail"]["ProductViewSummary"]
        self.offer(made["ProductId"], self.portfolio, role=role)
        return str(made["ProductId"])

    def offer(self, product_id: str, portfolio: str, *, role: str = f"launch-{PRODUCT}") -> None:
        self.catalog.associate_product_with_portfolio(ProductId=product_id, PortfolioId=portfolio)
        self.catalog.create_constraint(
            PortfolioId=portfolio,
            ProductId=product_id,
            Type="LAUNCH",
            Parameters=json.dumps({"LocalRoleName": role}),
        )

    def add_version(self, product_id: str, name: str, *, template: str = TEMPLATE) -> str:
        return str(
            self.catalog.create_provisioning_artifact(
                ProductId=product_id, Parameters=self._artifact(name, template)
            )["ProvisioningArtifactDetail"]["Id"]
        )

    def change_version(self, product_id: str, name: str, **fields: Any) -> None:
        for one in self.catalog.list_provisioning_artifacts(ProductId=product_id)[
            "ProvisioningArtifactDetails"
        ]:
            if one["Name"] == name:
                self.catalog.update_provisioning_artifact(
                    ProductId=product_id, ProvisioningArtifactId=one["Id"], **fields
                )

    def launch(self, launch_request: LaunchRequest) -> Operation:
        """Launched to the end."""
        operation = provision(self.aws, prepare(self.aws, launch_request, report=self.lines.append))
        self.follow(operation)
        return operation

    def follow(self, operation: Operation) -> str:
        return follow(self.aws, operation, clock=self.clock, reporter=self.reporter)

    def deny(
        self, service: str, *operations: str, code: str = "AccessDeniedException", naming: str = ""
    ) -> None:
        """AWS refuses these to the launcher, as far as the request's body names this."""
        refusal = {"Error": {"Code": code, "Message": "not for you"}, "ResponseMetadata": {}}
        for operation in operations:
            answering(self.aws, service, operation, refusal, status=400, naming=naming)

    def answer(self, service: str, operation: str, answer: Mapping[str, Any]) -> None:
        """AWS answers the launcher's call with this."""
        answering(self.aws, service, operation, {**answer, "ResponseMetadata": {}})

    def _artifact(self, name: str, template: str) -> dict[str, Any]:
        self.s3.put_object(Bucket="templates", Key=f"{hash(template)}.yaml", Body=template)
        url = f"https://templates.s3.{REGION}.amazonaws.com/{hash(template)}.yaml"
        return {"Name": name, "Type": "CLOUD_FORMATION_TEMPLATE", "Info": {"LoadTemplateFromURL": url}}

    def new_role(self, name: str, *, service: str = "") -> str:
        principal = {"Service": service} if service else {"AWS": ACCOUNT}
        trust = _document({"Principal": principal, "Action": "sts:AssumeRole"})
        made = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        self.client("iam").put_role_policy(
            RoleName=name, PolicyName="all", PolicyDocument=_document({"Action": "*", "Resource": "*"})
        )
        return str(made["Role"]["Arn"])

    def _as_launcher(self, monkeypatch: pytest.MonkeyPatch) -> None:
        keys = self.client("sts").assume_role(RoleArn=self.new_role("ml-team-fraud"), RoleSessionName="me")
        for variable, key in {
            "AWS_ACCESS_KEY_ID": "AccessKeyId",
            "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
            "AWS_SESSION_TOKEN": "SessionToken",
        }.items():
            monkeypatch.setenv(variable, keys["Credentials"][key])


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@dataclass(frozen=True)
class Answered:
    """As much of a response as botocore looks at."""

    status_code: int


def answering(
    aws: Aws,
    service: str,
    operation: str,
    answer: Mapping[str, Any],
    *,
    status: int = 200,
    naming: str = "",
) -> None:
    """Has an operation answered here, not by moto."""

    def answered(model: Any, params: Mapping[str, Any], **_: object) -> Any:
        ours = model.name == operation and naming in str(params["body"])
        return (Answered(status), answer) if ours else None

    aws.client(service).meta.events.register("before-call", answered)


@contextmanager
def account_in_moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    install()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield Account(monkeypatch)


def launch_request(**changes: Any) -> LaunchRequest:
    fields: Mapping[str, Any] = {
        "name": NAME,
        "config": STEM,
        "path": PATH,
        "product": PRODUCT,
        "account_id": ACCOUNT,
        "region": REGION,
        "parameters": {
            "CompanyPrefix": "edge",
            "Environment": "prod",
            "TenantId": "b001",
            "UseCase": "fraud",
            "SourceBucket": "edge-source",
            "AlertsEmail": EMAIL,
        },
        "tags": {"owner": "ml"},
        "display_name": TITLE,
        "launch_role": f"launch-{PRODUCT}",
        "portfolios": ("ML Platform",),
    }
    return LaunchRequest(**{**fields, **changes})
