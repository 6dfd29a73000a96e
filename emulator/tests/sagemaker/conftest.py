import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from catalog_emulator import install
from catalog_emulator.sagemaker.sources import LOCATION, VISIBILITY
from tests.servicecatalog.account import REGION, TEMPLATE, Account, client

PARAMETERS = "Parameters:\n  SageMakerProjectName: {Type: String}\n  SageMakerProjectId: {Type: String}\n"
PROJECT_TEMPLATE = TEMPLATE.replace("Parameters:\n", PARAMETERS)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    install()
    with mock_aws():
        yield Account()


@pytest.fixture
def sagemaker(account: Account) -> Any:
    return client("sagemaker")


class Studio:
    """A domain, a template in S3 that its users see, and a product that one of its roles can launch."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.url = account.put("project.yaml", PROJECT_TEMPLATE)
        self.portfolio, self.product, self.version = account.associated_product(url=self.url)
        account.launcher(self.portfolio, "studio")
        self.role_arn = "arn:aws:iam::123456789012:role/studio"
        self.client = account.session(self.role_arn, "sagemaker")
        self.domain = make_domain()
        client("sagemaker").add_tags(ResourceArn=self.domain, Tags=[_tag(LOCATION, "s3://templates/")])
        self.show("project.yaml")

    def show(self, key: str) -> None:
        """Puts the tag on a template that makes it visible."""
        self.account.s3.put_object_tagging(
            Bucket="templates", Key=key, Tagging={"TagSet": [_tag(*VISIBILITY)]}
        )

    def by_product(self, **more: Any) -> dict[str, Any]:
        """The members of a request for a project of the product."""
        return {"ServiceCatalogProvisioningDetails": {"ProductId": self.product, **more}}

    def by_template(self, **more: Any) -> dict[str, Any]:
        """The members of a request for a project of the template."""
        return {"TemplateProviders": [_provider(**{"TemplateURL": self.url, **more})]}

    def change_template(self, **more: Any) -> dict[str, Any]:
        """The members of a request for an update with the template."""
        return {"TemplateProvidersToUpdate": [_provider(**{"TemplateURL": self.url, **more})]}

    def described(self, name: str = "churn") -> dict[str, Any]:
        """What DescribeProject answers."""
        answer: dict[str, Any] = self.client.describe_project(ProjectName=name)
        return answer


@pytest.fixture
def studio(account: Account) -> Studio:
    return Studio(account)


def make_domain(name: str = "science") -> str:
    """The ARN of a domain in a VPC of its own."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    made = client("sagemaker").create_domain(
        DomainName=name, AuthMode="IAM", DefaultUserSettings={}, SubnetIds=[subnet], VpcId=vpc
    )
    return str(made["DomainArn"])


def topic() -> tuple[str, dict[str, str]]:
    """The only topic's display name, and its tags but AWS's."""
    sns = client("sns")
    [found] = sns.list_topics()["Topics"]
    attributes = sns.get_topic_attributes(TopicArn=found["TopicArn"])["Attributes"]
    tags = sns.list_tags_for_resource(ResourceArn=found["TopicArn"])["Tags"]
    return attributes["DisplayName"], {
        tag["Key"]: tag["Value"] for tag in tags if not tag["Key"].startswith("aws:")
    }


def policy(*actions: str) -> str:
    """A policy that allows the actions."""
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _tag(key: str, value: str) -> dict[str, str]:
    return {"Key": key, "Value": value}


def _provider(**more: Any) -> dict[str, Any]:
    return {"CfnTemplateProvider": {"TemplateName": "topic", **more}}
