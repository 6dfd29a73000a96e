"""A small account in moto: one product of the family ml-project, much smaller than the real one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from catalog_emulator.sns import confirm, mails
from typing_extensions import override

import tests.account
from publisher.aws.clients import Aws
from publisher.declarations.form import read_forms
from publisher.launch.outputs import outputs_of
from publisher.launch.preflight import prepare
from publisher.launch.progress import Operation, Reporter, follow
from publisher.launch.provision import provision
from publisher.launch.provisioned import get
from publisher.launch.request import LaunchRequest
from tests.account import ACCOUNT, REGION
from tests.conftest import ROOT
from tests.samples import Ticks

PLACE = f"{ACCOUNT}/{REGION}"
PRODUCT, TITLE = "ml-project-professional-s3", "ML project: professional, S3"
NAME = "edge-prod-b001-us-west-2-fraud-ml"
STEM = f"{NAME}-s3"
PATH = f"configs/{STEM}.yaml"
EMAIL = "ml-alerts@edge.example.com"
(FORM,) = [form for form in read_forms(ROOT) if form.family == "ml-project"]
ROLES = FORM.file.outputs
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
BUCKET = "Type: AWS::S3::Bucket}"
# Fails when the bucket is made, and before, when the stack is validated.
BROKEN = TEMPLATE.replace(BUCKET, "Type: AWS::S3::Bucket, Properties: {BucketName: !ImportValue taken}}")
INVALID = TEMPLATE.replace(BUCKET, "Type: AWS::S3::Bucket, Properties: {BucketName: taken}}")


class Account(tests.account.Account):
    """An account whose `aws` is a launcher's identity. `lines` are progress."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.details: list[str] = []
        self.ignored: list[str] = []
        self.clock = Ticks().clock()
        self.reporter = Reporter(report=self.lines.append, detail=self.details.append)
        self.s3 = self.client("s3")
        self.portfolio = self.build.portfolio()
        self.role("launch-" + PRODUCT, service="servicecatalog.amazonaws.com")
        self._as_launcher(monkeypatch)
        self._launcher = Aws(region=REGION)

    @property
    @override
    def aws(self) -> Aws:
        return self._launcher

    def connect(self, **_: object) -> Aws:
        """The launcher's identity, for `main`."""
        return self.aws

    def publish(
        self, title: str = TITLE, *, template: str = TEMPLATE, role: str = f"launch-{PRODUCT}"
    ) -> str:
        """A product in the portfolio, version 1.0.0; its id."""
        return self.build.product(title, portfolio=self.portfolio, role=role, template=template)

    def launch(self, request: LaunchRequest) -> Operation:
        """Launched to the end."""
        operation = provision(self.aws, prepare(self.aws, request, report=self.ignored.append))
        self.follow(operation)
        return operation

    def launched(self) -> dict[str, str]:
        """The outputs of a launch that is published and launched now."""
        self.publish()
        self.launch(launch_request())
        return outputs_of(self.aws, get(self.aws, NAME))

    def follow(self, operation: Operation) -> str:
        return follow(operation, clock=self.clock, reporter=self.reporter)

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

    def _as_launcher(self, monkeypatch: pytest.MonkeyPatch) -> None:
        keys = self.client("sts").assume_role(RoleArn=self.role("ml-team-fraud"), RoleSessionName="me")
        for variable, key in {
            "AWS_ACCESS_KEY_ID": "AccessKeyId",
            "AWS_SECRET_ACCESS_KEY": "SecretAccessKey",
            "AWS_SESSION_TOKEN": "SessionToken",
        }.items():
            monkeypatch.setenv(variable, keys["Credentials"][key])


def follow_the_link(n: int = -1) -> None:
    """The address confirms its subscription, by the last mail or another one."""
    link = mails(EMAIL)[n].link
    assert link is not None
    query = dict(pair.split("=") for pair in link.partition("?")[2].split("&"))
    confirm(query["TopicArn"].replace("%3A", ":"), query["Token"])


@dataclass(frozen=True)
class Answered:
    """As much of a response as botocore looks at."""

    status_code: int


def answering(
    aws: Aws, service: str, operation: str, answer: Mapping[str, Any], *, status: int = 200, naming: str = ""
) -> None:
    """Has an operation answered here, not by moto."""

    def answered(model: Any, params: Mapping[str, Any], **_: object) -> Any:
        ours = model.name == operation and naming in str(params["body"])
        return (Answered(status), answer) if ours else None

    aws.client(service).meta.events.register("before-call", answered)


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
        "family": FORM.family,
        "name_fields": "use_case or workload",
        "outputs": FORM.file.outputs,
        "alerts_address": EMAIL,
        "ssm": FORM.ssm(NAME),
    }
    return LaunchRequest(**{**fields, **changes})
