"""The exact interface, resources and names of the products."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.conftest import ROOT, cases
from tests.products.contract import CONTRACTS, PSEUDO, promised
from tests.products.family import SOURCE, rendered, repository, resources
from tests.products.resolve import launched, resolve

SOURCES = ("codecommit", "s3", SOURCE)
BELOW = [f"ml-project-{tier}-{source}" for tier in ("starter", "professional") for source in SOURCES]
ENTERPRISE = [
    f"ml-project-enterprise-{source}-{mode}-{vpc}"
    for source in SOURCES
    for mode in ("standalone", "sgprov")
    for vpc in ("ssm", "direct")
]
PRODUCTS = BELOW + ENTERPRISE
WITH_ALERTS = [product for product in PRODUCTS if "starter" not in product]

# The longest legal input: ml_name has 63 characters.
LONGEST = launched(PSEUDO | CONTRACTS["ml-project"]["longest"])
LONGEST_USE_CASE = launched(LONGEST | {"UseCase": "demand-forecastin", "AWS::Region": "us-east-1"})
USUAL = launched(
    LONGEST
    | {
        "CompanyPrefix": "techcorp",
        "Environment": "prod",
        "UseCase": "customer-churn",
        "Workload": "",
        "AWS::Region": "us-west-2",
    }
)


def published(product: str) -> set[str]:
    return {output for output, _ in promised(product)}


def test_the_eighteen_products() -> None:
    assert sorted(rendered()) == sorted(PRODUCTS)


def test_display_name() -> None:
    names = {variant.key: variant.display_name for variant in repository().variants}
    assert names["ml-project-starter-s3"] == "ML project: starter, S3"
    assert names["ml-project-professional-codeconnection"] == "ML project: professional, connection"
    assert names["ml-project-enterprise-codecommit-standalone-ssm"] == (
        "ML project: enterprise, CodeCommit, standalone VPC from SSM"
    )
    assert max(map(len, names.values())) <= 100


@pytest.mark.parametrize("product", PRODUCTS)
def test_outputs_that_a_launch_may_lack(product: str) -> None:
    outputs = rendered()[product].template["Outputs"]
    conditional = {name: output["Condition"] for name, output in outputs.items() if "Condition" in output}
    names = ("AlertsSubscriptionArn", "AlertsConfirmation") if product in WITH_ALERTS else ()
    assert conditional == dict.fromkeys(names, "HasAlertsEmail")


@pytest.mark.parametrize("product", WITH_ALERTS)
def test_a_subscription_without_an_address_is_nowhere(product: str) -> None:
    conditional = {
        name: resource["Condition"]
        for name, resource in rendered()[product].template["Resources"].items()
        if "Condition" in resource and not name.startswith("EndpointIngress")
    }
    assert conditional == {
        "AlertsSubscription": "HasAlertsEmail",
        "AlertsSubscriptionArnParameter": "HasAlertsEmail",
    }


@pytest.mark.parametrize("product", WITH_ALERTS)
def test_the_text_of_the_confirmation_output(product: str) -> None:
    words = resolve(
        rendered()[product].template["Outputs"]["AlertsConfirmation"]["Value"],
        {"AlertsEmail": "ml@example.com"},
    )
    assert words == (
        "Alerts go to ml@example.com only after somebody there has followed the link in the mail "
        "'AWS Notification - Subscription Confirmation'. "
        "Until then the subscription is pending and nothing is delivered."
    )


@pytest.mark.parametrize("product", PRODUCTS)
def test_resources(product: str) -> None:
    tier, source, *network = product.removeprefix("ml-project-").split("-")
    expected = Counter({
        "AWS::SageMaker::ModelPackageGroup": 1,
        "AWS::CodeBuild::Project": 2,
        "AWS::Logs::LogGroup": 2,
        "AWS::CodePipeline::Pipeline": 2,
        "AWS::Events::Rule": 3,
        "AWS::S3::Bucket": 1,
        "AWS::S3::BucketPolicy": 1,
        "AWS::IAM::Role": 5,
        "AWS::SSM::Parameter": len(published(product)),
    })  # fmt: skip
    if source == "codecommit":
        expected["AWS::CodeCommit::Repository"] = 2
    if source == SOURCE:
        # The provider starts the pipelines; what is left is the approved model.
        expected["AWS::Events::Rule"] = 1
    if tier != "starter":
        expected.update({
            "AWS::CloudWatch::Dashboard": 1,
            "AWS::SNS::Topic": 1,
            "AWS::SNS::TopicPolicy": 1,
            "AWS::SNS::Subscription": 1,
            "AWS::Events::Rule": 4,
        })  # fmt: skip
    if tier == "enterprise":
        # One alert rule for the key, five rules for the compliance log.
        expected.update({
            "AWS::KMS::Key": 1,
            "AWS::KMS::Alias": 1,
            "AWS::Logs::LogGroup": 1,
            "AWS::EC2::VPCEndpoint": 4,
            "AWS::Events::Rule": 6,
        })  # fmt: skip
    if "standalone" in network:
        expected.update({"AWS::EC2::SecurityGroup": 1, "AWS::EC2::SecurityGroupIngress": 2})
    assert Counter(
        resource["Type"] for resource in rendered()[product].template["Resources"].values()
    ) == expected  # fmt: skip


@pytest.mark.parametrize("product", PRODUCTS)
def test_parameters(product: str) -> None:
    tier, source, *network = product.removeprefix("ml-project-").split("-")
    required = {"CompanyPrefix", "Environment", "TenantId", "UseCase"}
    optional = {"Workload", "LogRetentionDays", "PermissionsBoundaryArn"}
    if source == "s3":
        required |= {"SourceBucket"}
        optional |= {"SourcePrefix"}
    elif source == SOURCE:
        required |= {"CodeConnectionArn", "BuildRepositoryFullName", "DeployRepositoryFullName"}
        optional |= {"BranchName"}
    else:
        optional |= {"PublisherBucket"}
    if tier != "starter":
        optional |= {"AlertsEmail"}
    if tier == "enterprise":
        required |= {"VpcId", "SubnetIds"}
        optional |= {"EndpointPrivateDns", "RouteTableIds"}
    if "sgprov" in network:
        required |= {"SecurityGroupId"}
    if "standalone" in network:
        optional |= {"EndpointClientCidr"}
    parameters = rendered()[product].template["Parameters"]
    assert {name for name, each in parameters.items() if "Default" not in each} == required
    assert {name for name, each in parameters.items() if "Default" in each} == optional
    for parameter in parameters.values():
        assert parameter["Description"] and parameter["ConstraintDescription"]
        assert "AllowedPattern" in parameter or "AllowedValues" in parameter


@cases(
    ("product", "types"),
    {
        "from SSM": (
            "ml-project-enterprise-s3-sgprov-ssm",
            {
                "VpcId": "AWS::SSM::Parameter::Value<AWS::EC2::VPC::Id>",
                "SubnetIds": "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>",
                "SecurityGroupId": "AWS::SSM::Parameter::Value<AWS::EC2::SecurityGroup::Id>",
            },
        ),
        "direct": (
            "ml-project-enterprise-codecommit-standalone-direct",
            {
                "VpcId": "AWS::EC2::VPC::Id",
                "SubnetIds": "List<AWS::EC2::Subnet::Id>",
                "PublisherBucket": "AWS::SSM::Parameter::Value<String>",
            },
        ),
    },
)
def test_parameter_types(product: str, types: dict[str, str]) -> None:
    parameters = rendered()[product].template["Parameters"]
    assert {name: parameters[name]["Type"] for name in types} == types


@pytest.mark.parametrize("product", PRODUCTS)
def test_nothing_of_one_target_is_in_a_template(product: str) -> None:
    body = rendered()[product].body
    assert not re.findall(r"\b[0-9]{12}\b", body)
    assert not re.findall(r"\b(?:us|eu|ap|ca|sa|me|af|il|mx|cn)-(?:gov-)?[a-z]+-[0-9]\b", body)
    assert "arn:aws:" not in body
    assert not re.findall(
        r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b", body.replace("2010-09-09", "").replace("2012-10-17", "")
    )


NAMES = (
    ("AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName"),
    ("AWS::CodeCommit::Repository", "RepositoryName"),
    ("AWS::CodeBuild::Project", "Name"),
    ("AWS::CodePipeline::Pipeline", "Name"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::Logs::LogGroup", "LogGroupName"),
    ("AWS::SNS::Topic", "TopicName"),
    ("AWS::SNS::Topic", "DisplayName"),
    ("AWS::CloudWatch::Dashboard", "DashboardName"),
    ("AWS::KMS::Alias", "AliasName"),
    ("AWS::IAM::Role", "Path"),
    ("AWS::SSM::Parameter", "Name"),
    ("AWS::EC2::SecurityGroup", "GroupDescription"),
)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("known", [LONGEST, LONGEST_USE_CASE], ids=["longest Region", "longest use case"])
def test_the_longest_endpoint_names_fit(product: str, known: dict[str, str]) -> None:
    (prefix,) = {
        resolve(variable["Value"], known)
        for project in resources(product, "AWS::CodeBuild::Project").values()
        for variable in project["Environment"]["EnvironmentVariables"]
        if variable["Name"] == "ENDPOINT_PREFIX"
    }
    assert len(f"{prefix}-production") <= 63


def test_names() -> None:
    base = "techcorp-prod-a001-us-west-2-customer-churn"
    product = "ml-project-enterprise-codecommit-standalone-ssm"
    found = {
        resolve(properties[property_name], USUAL)
        for type_name, property_name in NAMES
        for properties in resources(product, type_name).values()
        if property_name in properties
    }
    assert found == {
        f"{base}-ml",
        f"{base}-model-build",
        f"{base}-model-deploy",
        f"{base}-build",
        f"{base}-deploy",
        f"{base}-build-pipeline",
        f"{base}-deploy-pipeline",
        f"{base}-dashboard",
        f"{base}-alerts",
        "techcorp-a001-artifacts-0242ac120002",
        f"/ml/{base}-ml/build",
        f"/ml/{base}-ml/deploy",
        f"/ml/{base}-ml/compliance",
        f"alias/{base}-ml",
        f"/ml-project/{base}-ml/",
        "ML alerts: customer-churn",
        f"VPC endpoints and SageMaker jobs of {base}-ml",
        *(f"/ml/{base}-ml/{name}" for name in published(product)),
    }


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_rest_has_no_physical_name(product: str) -> None:
    for type_name, property_name in {
        "AWS::IAM::Role": "RoleName",
        "AWS::Events::Rule": "Name",
        "AWS::EC2::SecurityGroup": "GroupName",
    }.items():
        assert [name for name, each in resources(product, type_name).items() if property_name in each] == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_can_carry_tags_carries_the_family_s(product: str) -> None:
    without = {
        resource["Type"]
        for resource in rendered()[product].template["Resources"].values()
        if "Tags" not in resource["Properties"]
    }
    assert without <= {
        "AWS::CloudWatch::Dashboard",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::KMS::Alias",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::TopicPolicy",
    }
    tags: Any = resources(product, "AWS::S3::Bucket")["ArtifactBucket"]["Tags"]
    assert {tag["Key"]: resolve(tag["Value"], USUAL) for tag in tags} == {
        "ml-project:name": "techcorp-prod-a001-us-west-2-customer-churn-ml",
        "ml-project:tier": product.split("-")[2],
    }


@pytest.mark.parametrize("product", [product for product in PRODUCTS if "codecommit" in product])
def test_repositories_start_with_the_content_of_their_digest(product: str) -> None:
    keys = {
        "-".join(resolve(properties["RepositoryName"], USUAL).split("-")[-2:]): properties["Code"]
        for properties in resources(product, "AWS::CodeCommit::Repository").values()
    }
    assert keys == {
        content.name: {
            "BranchName": "main",
            "S3": {
                "Bucket": {"Ref": "PublisherBucket"},
                "Key": f"content/{content.digest.removeprefix('sha256:')}.zip",
            },
        }
        for content in rendered()[product].content
    }


def test_the_readme_has_room_for_the_generated_tables() -> None:
    text = (ROOT / "products/ml-project/README.md").read_text()
    for subject in ("config-fields", "parameters", "outputs"):
        assert text.count(f"<!-- generated:{subject} -->") == 1
    assert text.count("<!-- /generated -->") == 3
