"""Templates of single types, with what their services show."""

import boto3
import pytest
from botocore.exceptions import ClientError

from catalog_emulator import install
from tests.cloudformation.samples import body
from tests.conftest import cases

from .conftest import REGION, client

TEN = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}
FILTER = {
    "ImageTagMutabilityExclusionFilterType": "WILDCARD",
    "ImageTagMutabilityExclusionFilterValue": "dev-*",
}


@pytest.fixture(autouse=True)
def engine(aws: None) -> None:
    install()


def launch(**resources: object) -> str:
    cloudformation = boto3.client("cloudformation", region_name=REGION)
    names = [one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]]
    change = cloudformation.update_stack if names else cloudformation.create_stack
    change(StackName="one", TemplateBody=body(resources))
    return cloudformation.describe_stacks(StackName="one")["Stacks"][0]["StackStatus"]


def test_ingress_finds_group_by_name() -> None:
    client("ec2").create_security_group(GroupName="web", Description="d")
    rule = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"GroupName": "web", **TEN}}

    def open_to() -> list[str]:
        (group,) = client("ec2").describe_security_groups(GroupNames=["web"])["SecurityGroups"]
        return [peer["CidrIp"] for item in group["IpPermissions"] for peer in item["IpRanges"]]

    assert (launch(Rule=rule), open_to()) == ("CREATE_COMPLETE", ["10.0.0.0/8"])
    client("cloudformation").delete_stack(StackName="one")
    assert open_to() == []


def test_endpoint_changes_configuration() -> None:
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    image = f"111111111111.dkr.ecr.{REGION}.amazonaws.com/i:1"
    sagemaker = client("sagemaker")
    sagemaker.create_model(
        ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/r", PrimaryContainer={"Image": image}
    )
    for name in ("first", "second"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])

    def endpoint(configuration: str) -> dict[str, object]:
        properties = {"EndpointName": "e", "EndpointConfigName": configuration}
        return {"Type": "AWS::SageMaker::Endpoint", "Properties": properties}

    assert launch(Endpoint=endpoint("first")) == "CREATE_COMPLETE"
    assert launch(Endpoint=endpoint("second")) == "UPDATE_COMPLETE"
    assert sagemaker.describe_endpoint(EndpointName="e")["EndpointConfigName"] == "second"
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="none")


def test_repository_tags_immutable_with_exclusions() -> None:
    def repository(**properties: object) -> dict[str, object]:
        return {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "images", **properties}}

    def shown() -> tuple[str, list[object]]:
        (row,) = client("ecr").describe_repositories(repositoryNames=["images"])["repositories"]
        return row["imageTagMutability"], row.get("imageTagMutabilityExclusionFilters", [])

    kept = {"filterType": "WILDCARD", "filter": "dev-*"}
    excluding = repository(
        ImageTagMutability="IMMUTABLE_WITH_EXCLUSION", ImageTagMutabilityExclusionFilters=[FILTER]
    )
    assert launch(Repository=excluding) == "CREATE_COMPLETE"
    assert shown() == ("IMMUTABLE_WITH_EXCLUSION", [kept])
    cloudformation = client("cloudformation")
    cloudformation.detect_stack_drift(StackName="one")
    (drift,) = cloudformation.describe_stack_resource_drifts(StackName="one")["StackResourceDrifts"]
    assert drift["StackResourceDriftStatus"] == "IN_SYNC"
    assert launch(Repository=repository(ImageTagMutability="MUTABLE")) == "UPDATE_COMPLETE"
    assert shown()[0] == "MUTABLE"
    wrong = repository(ImageTagMutability="IMMUTABLE_WITH_EXCLUSION")
    assert launch(Repository=wrong) == "UPDATE_ROLLBACK_COMPLETE"


@cases(
    ("properties", "shown"),
    {
        "itself": ({}, {"TargetBucket": "logged", "TargetPrefix": ""}),
        "a bucket whose policy comes later": (
            {"DestinationBucketName": "seed", "LogFilePrefix": "x/"},
            {"TargetBucket": "seed", "TargetPrefix": "x/"},
        ),
    },
)
def test_bucket_logging(properties: dict[str, str], shown: dict[str, str]) -> None:
    place = {"LocationConstraint": REGION}
    client("s3").create_bucket(Bucket="seed", CreateBucketConfiguration=place)
    bucket = {"BucketName": "logged", "LoggingConfiguration": properties}

    assert launch(Bucket={"Type": "AWS::S3::Bucket", "Properties": bucket}) == "CREATE_COMPLETE"
    assert client("s3").get_bucket_logging(Bucket="logged")["LoggingEnabled"] == shown


def test_bucket_canned_acl() -> None:
    bucket = {"BucketName": "kept-logs", "AccessControl": "LogDeliveryWrite"}

    assert launch(Bucket={"Type": "AWS::S3::Bucket", "Properties": bucket}) == "CREATE_COMPLETE"
    grants = client("s3").get_bucket_acl(Bucket="kept-logs")["Grants"]
    group = "http://acs.amazonaws.com/groups/s3/LogDelivery"
    assert group in [one["Grantee"].get("URI") for one in grants]


def test_bucket_logging_needs_existing_target() -> None:
    bucket = {"BucketName": "logged", "LoggingConfiguration": {"DestinationBucketName": "none"}}

    assert launch(Bucket={"Type": "AWS::S3::Bucket", "Properties": bucket}) == "ROLLBACK_COMPLETE"
