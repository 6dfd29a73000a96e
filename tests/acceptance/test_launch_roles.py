"""Launches whose role lacks an action fail with AWS's words, and leave nothing behind.

tests/roles launches each product as its derived role.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from catalog_emulator import install
from catalog_emulator.server.endpoint_record import ACCOUNT_ID, REGION
from moto import mock_aws

from publisher.permissions import Scope, launch_policies
from publisher.templates.render import Rendered
from tests.account import Builder
from tests.conftest import whole
from tests.emulator_tests import load
from tests.example_account import ACCOUNT
from tests.policies import allowing
from tests.products.family import SOURCE, rendered, request_of

BUCKET = f"publisher-{ACCOUNT_ID}-{REGION}"
_catalogs = load("servicecatalog/account")

# Product → an action of its launch, the resource that fails without it, the ARN that is named (as globs).
NEEDED = {
    "ml-project-enterprise-codecommit-sgprov-direct": (
        "ec2:CreateVpcEndpoint",
        "VpcEndpointS3 (AWS::EC2::VPCEndpoint)",
        "arn:aws:ec2:us-west-2:111111111111:vpc-endpoint/[*]",
    ),
    "ml-project-enterprise-codecommit-sgprov-ssm": (
        "ssm:GetParameters",
        None,
        "arn:aws:ssm:us-west-2:111111111111:parameter/*",
    ),
    "ml-project-enterprise-codecommit-standalone-direct": (
        "ec2:CreateSecurityGroup",
        "EndpointSecurityGroup (AWS::EC2::SecurityGroup)",
        "arn:aws:ec2:us-west-2:111111111111:security-group/[*]",
    ),
    "ml-project-enterprise-codecommit-standalone-ssm": ("kms:CreateKey", "Key (AWS::KMS::Key)", "[*]"),
    "ml-project-enterprise-s3-sgprov-direct": (
        "cloudwatch:PutDashboard",
        "Dashboard (AWS::CloudWatch::Dashboard)",
        "arn:aws:cloudwatch::111111111111:dashboard/globalbank-*",
    ),
    "ml-project-enterprise-s3-sgprov-ssm": (
        "iam:PassRole",
        "*Project (AWS::CodeBuild::Project)",
        "arn:aws:iam::111111111111:role/ml-project/*Role-*",
    ),
    "ml-project-enterprise-s3-standalone-direct": (
        "events:PutTargets",
        "*Rule (AWS::Events::Rule)",
        "arn:aws:events:us-west-2:111111111111:rule/SC-111111111111-pp-*Rul*-*",
    ),
    "ml-project-enterprise-s3-standalone-ssm": (
        "sagemaker:CreateModelPackageGroup",
        "ModelPackageGroup (AWS::SageMaker::ModelPackageGroup)",
        "arn:aws:sagemaker:us-west-2:111111111111:model-package-group/globalbank-*",
    ),
    "ml-project-professional-codecommit": (
        "sns:CreateTopic",
        "AlertsTopic (AWS::SNS::Topic)",
        "arn:aws:sns:us-west-2:111111111111:edge-*-alerts",
    ),
    "ml-project-professional-s3": (
        "codepipeline:CreatePipeline",
        "*Pipeline (AWS::CodePipeline::Pipeline)",
        "arn:aws:codepipeline:us-west-2:111111111111:edge-*-pipeline",
    ),
    "ml-project-starter-codecommit": (
        "codecommit:CreateRepository",
        "Model*Repository (AWS::CodeCommit::Repository)",
        "arn:aws:codecommit:us-west-2:111111111111:techcorp-*",
    ),
    "ml-project-starter-codeconnection": (
        "codeconnections:PassConnection",
        "*Pipeline (AWS::CodePipeline::Pipeline)",
        "arn:aws:codeconnections:us-west-2:111111111111:connection/*",
    ),
    "ml-project-starter-s3": (
        "s3:PutEncryptionConfiguration",
        "ArtifactBucket (AWS::S3::Bucket)",
        "arn:aws:s3:::techcorp-*",
    ),
}
PRODUCTS = sorted(NEEDED)
# A resource, a role that is passed, a parameter of SSM, and an ARN that is not known.
SAMPLE = {
    "ml-project-enterprise-codecommit-sgprov-ssm",
    "ml-project-enterprise-codecommit-standalone-ssm",
    "ml-project-enterprise-s3-sgprov-ssm",
    "ml-project-starter-codecommit",
    "ml-project-starter-codeconnection",
}
# What a launch needs besides the calls that create its resources.
ALSO_NEEDED = [
    "cloudformation:CreateStack",
    "cloudformation:GetTemplateSummary",
    "s3:GetObject",
    "s3:PutBucketTagging",
    "iam:PutRolePolicy",
    "events:TagResource",
    "logs:TagResource",
]


class Account:
    """The account of the example configs, with our products in a portfolio that a team may launch from."""

    def __init__(self) -> None:
        self._elsewhere = _catalogs.Elsewhere(ACCOUNT_ID)
        self.admin, self.iam = self._elsewhere.admin, self._elsewhere.iam
        self._s3, self.cloudformation = self.client("s3"), self.client("cloudformation")
        self._build = Builder(self.client, bucket=BUCKET)
        self._build.bucket()
        ACCOUNT.create()
        self._portfolio = self._build.portfolio(principal="")
        self.team = self._elsewhere.launcher(self._portfolio)
        self._products = {name: self._publish(rendered()[name]) for name in PRODUCTS}

    def client(self, service: str) -> Any:
        return self._elsewhere.client(service)

    def _publish(self, product: Rendered) -> str:
        role = f"launch-{product.product}"
        identifier = self._build.product(
            product.product, portfolio=self._portfolio, role=role, template=product.body
        )
        for content in product.content:
            self._s3.put_object(Bucket=BUCKET, Key=content.key, Body=content.body)
        self.iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(_catalogs.SERVICE_TRUST))
        self.iam.create_policy(PolicyName=f"{role}-boundary", PolicyDocument=allowing("*"))
        return identifier

    def allow(self, product: str, *, without: str = "") -> None:
        """Gives the launch role what is derived from the template, but for one action."""
        one = rendered()[product]
        for policy in launch_policies(one.template, scope=Scope.of(one.variant)):
            document = policy.resolved(partition="aws", account_id=ACCOUNT_ID)
            for statement in document["Statement"]:
                statement["Action"] = [action for action in statement["Action"] if action != without]
            document["Statement"] = [one for one in document["Statement"] if one["Action"]]
            self.iam.put_role_policy(
                RoleName=f"launch-{product}",
                PolicyName=str(policy.number),
                PolicyDocument=json.dumps(document),
            )

    def launch(self, product: str) -> Any:
        """The record of a launch with the parameters of an example config."""
        request = request_of(product)
        made = self.team.provision_product(
            ProductId=self._products[product],
            ProvisioningArtifactName="1.0.0",
            ProvisionedProductName=product,
            ProvisioningParameters=[{"Key": k, "Value": v} for k, v in request.parameters.items()],
        )
        return self.team.describe_record(Id=made["RecordDetail"]["RecordId"])["RecordDetail"]

    def stacks(self, provisioned: str) -> list[Any]:
        """The stacks of a launch, deleted ones too."""
        found = self.cloudformation.list_stacks()["StackSummaries"]
        return [stack for stack in found if stack["StackName"].endswith(provisioned)]

    def terminate(self, product: str) -> Any:
        """The record of a termination."""
        made = self.team.terminate_provisioned_product(ProvisionedProductName=product)
        return self.team.describe_record(Id=made["RecordDetail"]["RecordId"])["RecordDetail"]


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with pytest.MonkeyPatch.context() as monkeypatch, mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        install()
        yield Account()


def refused(account: Account, product: str, action: str) -> str:
    """Why a launch fails whose role lacks the action; what is left of it is removed."""
    account.allow(product, without=action)
    record = account.launch(product)
    assert record["Status"] == "FAILED"
    found = account.admin.describe_provisioned_product(Id=record["ProvisionedProductId"])
    assert found["ProvisionedProductDetail"]["Status"] == "ERROR"
    for stack in account.stacks(record["ProvisionedProductId"]):
        assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    account.allow(product)
    assert account.terminate(product)["Status"] == "SUCCEEDED"
    [error] = record["RecordErrors"]
    return str(error["Description"])


def test_every_product_but_some_of_a_connection_is_here() -> None:
    assert {it for it in rendered() if it not in NEEDED and SOURCE not in it} == set()
    assert len({action for action, _, _ in NEEDED.values()}) == len(PRODUCTS)


@pytest.mark.parametrize("product", [it if it in SAMPLE else whole(it) for it in PRODUCTS])
def test_a_role_that_lacks_an_action_fails_the_launch(account: Account, product: str) -> None:
    action, resource, arn = NEEDED[product]
    what = "" if resource is None else f"{resource}: "
    message = (
        f"{what}User: arn:aws:sts::111111111111:assumed-role/launch-{product}/servicecatalog "
        f"is not authorized to perform: {action} on resource: {arn} "
        f"because no identity-based policy allows the {action} action*"
    )
    assert fnmatchcase(refused(account, product, action), message)


@pytest.mark.parametrize("action", ALSO_NEEDED)
def test_a_launch_needs_more_than_its_resources_do(account: Account, action: str) -> None:
    assert f"is not authorized to perform: {action} on" in refused(account, "ml-project-starter-s3", action)


def test_a_termination_that_the_role_does_not_allow(account: Account) -> None:
    product = "ml-project-starter-s3"
    account.allow(product)
    account.launch(product)
    account.allow(product, without="codebuild:DeleteProject")
    record = account.terminate(product)
    assert record["Status"] == "FAILED"
    assert (
        "is not authorized to perform: codebuild:DeleteProject on" in record["RecordErrors"][0]["Description"]
    )
    account.allow(product, without="cloudformation:DeleteStack")
    record = account.terminate(product)
    assert [error["Code"] for error in record["RecordErrors"]] == ["StackOperationFailed"]
    assert "perform: cloudformation:DeleteStack on" in record["RecordErrors"][0]["Description"]
    account.allow(product)
    assert account.terminate(product)["Status"] == "SUCCEEDED"
