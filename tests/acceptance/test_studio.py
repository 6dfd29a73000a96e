"""Projects as SageMaker Studio makes them, by either door, and as the role of whoever works there.

Nothing of them is publisher's but what it has published. Then only an approval starts the deployment.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
import pytest
import yaml

from publisher.cli import main
from tests.approvals import APPROVAL_ALONE, started_by_approvals, triggered
from tests.conftest import Local, cases, copy_family
from tests.policies import allowing, trusting

ACCOUNT = "111111111111"
PRODUCT = "sagemaker-model-deploy-codecommit-organization"
VISIBLE = {"Key": "sagemaker:studio-visibility", "Value": "true"}
LOCATION = "sagemaker:projectS3TemplatesLocation"
# The name and path that Studio gives it.
NAME = "AmazonSageMaker-ExecutionRole-20260101T000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/{NAME}"
VALUES = {
    "CallAs": "SELF",
    "OrganizationalUnitStagingId": "ou-ab12-staging1",
    "OrganizationalUnitProdId": "ou-ab12-product1",
    "SageMakerExecutionRoleStagingName": "sagemaker-role-staging",
    "SageMakerExecutionRoleProdName": "sagemaker-role-production",
}


class Studio:
    """Who works in a domain of the account that the product is published to, with Studio's execution role."""

    def __init__(self, local: Local) -> None:
        self.admin: Callable[[str], Any] = cache(local.client)
        made = self.admin("sagemaker").create_domain(
            DomainName="science", AuthMode="IAM", DefaultUserSettings={"ExecutionRole": ROLE}
        )
        self.domain = made["DomainArn"]
        iam = self.admin("iam")
        trust = trusting(Service="sagemaker.amazonaws.com")
        iam.create_role(RoleName=NAME, Path="/service-role/", AssumeRolePolicyDocument=trust)
        iam.put_role_policy(
            RoleName=NAME, PolicyName="work", PolicyDocument=allowing("sagemaker:*", "servicecatalog:*")
        )
        self._publish(local)
        keys = self.admin("sts").assume_role(RoleArn=ROLE, RoleSessionName="SageMaker")["Credentials"]
        self._keys = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
        self._profile = local.endpoint.admin_profile

    def client(self, service: str) -> Any:
        """For the execution role, at the same endpoint."""
        session: Any = boto3.Session(profile_name=self._profile)
        return session.client(service, **self._keys)

    def _publish(self, local: Local) -> None:
        """One product of the family, which is all that the project declares."""
        project = local.project
        for folder in ("products", "portfolio", "configs"):
            shutil.rmtree(project / folder)
        copy_family(project, "sagemaker-model-deploy", "sagemaker-projects", "none")
        file = project / "portfolio/sagemaker-projects.yaml"
        value = yaml.safe_load(file.read_text()) | {"regions": ["us-west-2"]}
        value["products"] = [{**value["products"][0], "product": PRODUCT}]
        value["sagemaker_templates"] = {
            "domain_ids": [self.domain.rpartition("/")[2]],
            "execution_roles": [ROLE],
        }
        file.write_text(json.dumps(value))
        allowed = [word for kind in ("studio-domain", "execution-role") for word in ("--allow", kind)]
        for words in (["bootstrap", "--yes"], ["sync", "--yes", *allowed]):
            assert main(["-C", str(project), "--local", "--quiet", *words]) == 0

    def of_the_product(self) -> dict[str, Any]:
        """What Studio asks for where a user has picked the product, which it finds as the role."""
        views = self.client("servicecatalog").search_products()["ProductViewSummaries"]
        [product] = [one["ProductId"] for one in views]
        parameters = [{"Key": key, "Value": value} for key, value in VALUES.items()]
        details = {"ProductId": product, "ProvisioningParameters": parameters}
        return {"ServiceCatalogProvisioningDetails": details}

    def of_the_template(self) -> dict[str, Any]:
        """The same for the template, which Studio finds by the domain's tag; the user has typed the role."""
        tags = self.client("sagemaker").list_tags(ResourceArn=self.domain)["Tags"]
        [place] = [tag["Value"] for tag in tags if tag["Key"] == LOCATION]
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        s3 = self.client("s3")
        [key] = [
            one["Key"]
            for one in s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
            if VISIBLE in s3.get_object_tagging(Bucket=bucket, Key=one["Key"])["TagSet"]
        ]
        provider = {
            "TemplateName": "model-deploy",
            "TemplateURL": f"https://{bucket}.s3.us-west-2.amazonaws.com/{key}",
            "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/deploy-{PRODUCT}",
            "Parameters": [{"Key": key, "Value": value} for key, value in VALUES.items()],
        }
        return {"TemplateProviders": [{"CfnTemplateProvider": provider}]}


@pytest.fixture(scope="module")
def studio(shared_local: Local) -> Studio:
    return Studio(shared_local)


@cases(
    ("name", "door", "role"),
    {
        "Service Catalog": ("churn", Studio.of_the_product, "launch"),
        "S3": ("fraud", Studio.of_the_template, "deploy"),
    },
)
def test_only_an_approval_or_a_commit_deploys(
    studio: Studio, name: str, door: Callable[[Studio], dict[str, Any]], role: str
) -> None:
    sagemaker = studio.client("sagemaker")
    project = sagemaker.create_project(ProjectName=name, **door(studio))["ProjectId"]
    made = sagemaker.describe_project(ProjectName=name)
    assert made["ProjectStatus"] == "CreateCompleted", str(made)

    pipeline = f"sagemaker-{name}-{project}-modeldeploy"
    stacks = studio.admin("cloudformation").describe_stacks()["Stacks"]
    values = {"SageMakerProjectName": name, "SageMakerProjectId": project}
    [stack] = [
        one
        for one in stacks
        if values.items() <= {it["ParameterKey"]: it["ParameterValue"] for it in one["Parameters"]}.items()
    ]
    assert stack["RoleARN"] == f"arn:aws:iam::{ACCOUNT}:role/{role}-{PRODUCT}"
    assert {"Key": "sagemaker:project-name", "Value": name} in stack["Tags"]
    assert {it["OutputKey"]: it["OutputValue"] for it in stack["Outputs"]}["PipelineName"] == pipeline

    sagemaker.create_model_package_group(ModelPackageGroupName=name)
    assert started_by_approvals(studio.client, name, pipeline) == APPROVAL_ALONE
    before = len(triggered(studio.client, pipeline))
    codecommit = studio.admin("codecommit")
    [source] = studio.admin("codepipeline").get_pipeline(name=pipeline)["pipeline"]["stages"][0]["actions"]
    repository = source["configuration"]["RepositoryName"]
    tip = codecommit.get_branch(repositoryName=repository, branchName="main")["branch"]["commitId"]
    file = {"filePath": "NOTES.md", "fileContent": b"A change.\n", "parentCommitId": tip}
    codecommit.put_file(repositoryName=repository, branchName="main", **file)
    assert triggered(studio.client, pipeline)[before:] == ["CloudWatchEvent"]

    sagemaker.delete_project(ProjectName=name)
    assert sagemaker.describe_project(ProjectName=name)["ProjectStatus"] == "DeleteCompleted"
