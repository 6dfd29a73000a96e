"""Every error of the table is played: AWS, here the emulator, says it, and its hint is that of the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.cloudformation.models import cloudformation_backends

from publisher.aws.calls import aws_errors
from publisher.aws.translations import of_status, translation, translations
from publisher.errors import AwsError
from publisher.launch.denial import remedy
from publisher.launch.provisioned import get
from tests.account import ACCOUNT, PATTERN, REGION
from tests.launch.account import NAME, PRODUCT, Account
from tests.policies import denying

ROLE = "launch-p"
TOPIC = "Resources: {Topic: {Type: 'AWS::SNS::Topic'}}\n"
NAMED = "Resources: {Log: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: taken}}}\n"
BUCKET = "Resources: {Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: of-a-launch}}}\n"
EXPORT = TOPIC + "Outputs: {Topic: {Value: !Ref Topic, Export: {Name: topic}}}\n"
IMPORT = "Resources: {Topic: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !ImportValue topic}}}\n"
SSM = "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /none}}\n" + TOPIC
SIZE = "Parameters: {Size: {Type: Number, MaxValue: 9}}\n" + TOPIC
ECR = "Resources: {R: {Type: 'AWS::ECR::Repository', Properties: {RepositoryName: models}}}\n"
ENCRYPTED = ECR.replace("models}", "models, EncryptionConfiguration: {EncryptionType: KMS}}")
# Validation does not know the name before the topic is there.
LATE = """
Resources:
  Name: {Type: AWS::SNS::Topic, Properties: {TopicName: taken}}
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: !GetAtt Name.TopicName}}
"""
LOG = NAMED.replace("taken", "log")
# Its rollback would remove the retention, which the launch role may not.
STUCK = """
Resources:
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: log, RetentionInDays: 7}}
  Name: {Type: AWS::SNS::Topic, Properties: {TopicName: taken}}
  Taken: {Type: AWS::Logs::LogGroup, DependsOn: Log, Properties: {LogGroupName: !GetAtt Name.TopicName}}
"""


class Played:
    """A product whose launches a test makes, as the launcher; each operation answers why it failed."""

    def __init__(self, account: Account) -> None:
        self.account, self.admin = account, account.catalog
        self.catalog = account.aws.client("servicecatalog")
        self.cfn = account.client("cloudformation")
        self.product = ""

    def publish(self, template: str = TOPIC) -> Played:
        self.product = self.account.publish(template=template)
        return self

    @property
    def versions(self) -> list[str]:
        found = self.admin.list_provisioning_artifacts(ProductId=self.product)
        return [it["Id"] for it in found["ProvisioningArtifactDetails"]]

    @property
    def stack(self) -> str:
        return get(self.account.aws, NAME).stack

    def launched(self, template: str = TOPIC) -> Played:
        self.publish(template).launch()
        return self

    def launch(self, **more: Any) -> str:
        self._provision(**more)
        return get(self.account.aws, NAME).reason

    def _provision(self, **more: Any) -> None:
        self.catalog.provision_product(**{
            "ProductId": self.product, "ProvisioningArtifactId": self.versions[0],
            "ProvisionedProductName": NAME, "ProvisionToken": "p", **more,
        })  # fmt: skip

    def update(self, template: str = "", **more: Any) -> str:
        if template:
            self.account.build.version(self.product, "2.0.0", template=template)
        self.catalog.update_provisioned_product(**{
            "ProvisionedProductName": NAME, "ProductId": self.product,
            "ProvisioningArtifactId": self.versions[-1], "UpdateToken": "u", **more,
        })  # fmt: skip
        return get(self.account.aws, NAME).reason

    def terminate(self) -> str:
        self.catalog.terminate_provisioned_product(ProvisionedProductName=NAME, TerminateToken="t")
        return get(self.account.aws, NAME).reason

    def plan(self, name: str = "plan") -> str:
        self.catalog.create_provisioned_product_plan(
            PlanName=name, PlanType="CLOUDFORMATION", ProductId=self.product, IdempotencyToken=name,
            ProvisionedProductName=NAME, ProvisioningArtifactId=self.versions[0],
        )  # fmt: skip
        return ""

    def guide(self, **change: Any) -> Played:
        """Changes the first version, beside which there is another."""
        self.account.build.version(self.product, "2.0.0", template=TOPIC)
        self.admin.update_provisioning_artifact(
            ProductId=self.product, ProvisioningArtifactId=self.versions[0], **change
        )
        return self

    def other(self, template: str) -> Played:
        """A stack that somebody else has."""
        self.cfn.create_stack(StackName="other", TemplateBody=template)
        return self

    def denied(self, action: str) -> Played:
        self.account.client("iam").put_role_policy(
            RoleName=f"launch-{PRODUCT}", PolicyName="no", PolicyDocument=denying(action)
        )
        return self

    def direct(self, template: str = TOPIC, **more: Any) -> str:
        """Past Service Catalog."""
        stack = self.stack
        self.cfn.update_stack(StackName=stack, TemplateBody=template, **more)
        events = self.cfn.describe_stack_events(StackName=stack)["StackEvents"]
        return str(next(it for it in events if "FAILED" in it["ResourceStatus"])["ResourceStatusReason"])

    def failed(self) -> Played:
        return self.other(NAMED).launched(NAMED)

    def waiting(self) -> Played:
        """A launch in progress: nothing has asked yet how its stack is."""
        self.publish()._provision()
        (stack,) = cloudformation_backends[ACCOUNT][REGION].stacks.values()
        stack.status = "CREATE_IN_PROGRESS"
        return self

    def deleted_version(self) -> Played:
        first = self.guide().versions[0]
        self.admin.delete_provisioning_artifact(ProductId=self.product, ProvisioningArtifactId=first)
        self.versions_were = first
        return self

    def twice(self) -> Played:
        self.publish()
        self.account.build.place(self.product, self.account.build.portfolio("Trials"))
        return self

    def ruled(self) -> Played:
        rules = {"R": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "Size"}, "1"]}}]}}
        self.publish(SIZE).admin.create_constraint(
            PortfolioId=self.account.portfolio, ProductId=self.product, Type="TEMPLATE",
            Parameters=json.dumps({"Rules": rules}),
        )  # fmt: skip
        return self

    def filled(self) -> Played:
        self.launched(BUCKET).account.s3.put_object(Bucket="of-a-launch", Key="k", Body=b"1")
        return self


def size(value: str) -> dict[str, Any]:
    return {"ProvisioningParameters": [{"Key": "Size", "Value": value}]}


PLAYS: dict[str, Callable[[Played], object]] = {
    "under-change": lambda it: it.waiting(),
    "tainted": lambda it: it.other(NAMED).launched().update(NAMED),
    "error": lambda it: it.failed(),
    "plan-in-progress": lambda it: it.publish().plan(),
    "update-rollback-failed": lambda it: (
        it.denied("logs:DeleteRetentionPolicy").other(NAMED).launched(LOG).update(STUCK),
        it.direct(LOG),
    ),
    "stack-not-updatable": lambda it: it.failed().direct(),
    "stack-busy": lambda it: it.waiting().direct(),
    "no-updates": lambda it: it.launched().direct(),
    "custom-name": lambda it: it.launched(ECR).direct(ENCRYPTED, DisableValidation=True),
    "bucket-not-empty": lambda it: it.filled().terminate(),
    "name-taken": lambda it: it.other(NAMED).publish(LATE).launch(),
    "name-taken-before": lambda it: it.other(NAMED).publish(NAMED).launch(),
    "export-in-use": lambda it: it.launched(EXPORT).other(IMPORT).terminate(),
    "export-missing": lambda it: it.publish(IMPORT).launch(),
    "ssm-parameter-missing": lambda it: it.publish(SSM).launch(),
    "no-launch-path": lambda it: (
        it.publish().admin.disassociate_principal_from_portfolio(
            PortfolioId=it.account.portfolio, PrincipalARN=PATTERN, PrincipalType="IAM_PATTERN"
        ),
        it.launch(),
    ),
    "several-launch-paths": lambda it: it.twice().launch(),
    "stale-launch-path": lambda it: it.publish().launch(PathId="lpv2-gone"),
    "version-deprecated": lambda it: it.publish().guide(Guidance="DEPRECATED").launch(),
    "version-inactive": lambda it: it.publish().guide(Active=False).launch(),
    "version-gone": lambda it: it.publish().deleted_version().launch(ProvisioningArtifactId=it.versions_were),
    "name-in-use": lambda it: it.launched().launch(ProvisionToken="again"),
    "never-succeeded": lambda it: it.failed().catalog.get_provisioned_product_outputs(
        ProvisionedProductName=NAME
    ),
    "plan-exists": lambda it: (it.launched().plan(), it.plan("second")),
    "plan-on-error": lambda it: it.failed().plan(),
    "update-on-error": lambda it: it.failed().update(),
    "busy": lambda it: it.waiting().update(),
    "rule-violated": lambda it: it.ruled().launch(**size("2")),
    "tags-fixed": lambda it: it.launched().update(Tags=[{"Key": "a", "Value": "b"}]),
    "value-missing": lambda it: it.publish(SIZE).launch(),
    "value-unfit": lambda it: it.publish(SIZE).launch(**size("10")),
}


@pytest.mark.parametrize("play", PLAYS)
def test_played(account: Account, play: str) -> None:
    played = Played(account)
    (expected,) = (it for it in translations() if it.id == play)
    try:
        with aws_errors("doing"):
            answer = PLAYS[play](played)
    except AwsError as error:
        assert (error.hint, bool(expected.code or expected.text)) == (expected.explained(), True), error
        return
    if expected.status:
        assert of_status(get(account.aws, NAME).status) == expected
        return
    reason = str(answer)
    assert (translation(text=reason), remedy(reason, "r")) == (expected, expected.explained())


# What the emulator never says, as AWS documents it or users report it.
ANSWERS = {
    "error-after-success": ("", ""),
    "session-expired": ("ExpiredTokenException", ""),
    "unknown-credentials": ("UnrecognizedClientException", ""),
    # https://github.com/cdklabs/cdk-stacksets/issues/265
    "no-delegated-administrator": (
        "",
        "Account used is not a delegated administrator (Service: CloudFormation, Status Code: 400)",
    ),
    # https://github.com/aws/aws-cdk/issues/5816
    "quota": (
        "",
        "The maximum number of VPCs has been reached. (Service: Ec2, Error Code: VpcLimitExceeded)",
    ),
}


@pytest.mark.parametrize("entry", ANSWERS)
def test_answers_of_aws(account: Account, entry: str) -> None:
    (expected,) = (it for it in translations() if it.id == entry)
    code, reason = ANSWERS[entry]
    if expected.status:
        assert of_status(expected.status, succeeded=True) == expected
        assert of_status(expected.status) not in (expected, None)
        return
    if reason:
        assert remedy(reason, "r") == expected.explained()
        return
    account.deny("servicecatalog", "DescribeProvisionedProduct", code=code)
    with pytest.raises(AwsError) as caught:
        get(account.aws, NAME)
    assert caught.value.hint == expected.explained()


def test_every_error_is_played() -> None:
    assert {it.id for it in translations()} == PLAYS.keys() | ANSWERS.keys()
