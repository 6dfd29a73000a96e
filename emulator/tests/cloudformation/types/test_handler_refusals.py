"""Handlers refuse what AWS refuses, with its messages."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from catalog_emulator import install
from catalog_emulator.cloudformation.resources.resource import ResourceFailed
from tests.conftest import cases

from .conftest import REGION, Handlers, Resources, client
from .resource_cases import READ, RESOURCE_CASES, TRUST, content, make_seed_bucket, pipeline


def _vpc(handlers: Handlers, dns: bool = True) -> str:
    vpc = handlers("AWS::EC2::VPC")
    return vpc.create(CidrBlock="10.0.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=dns).physical_id


def test_bucket_with_objects_is_not_deleted(handlers: Handlers) -> None:
    bucket = handlers("AWS::S3::Bucket")
    made = bucket.create(BucketName="ml-artifacts")
    client("s3").put_object(Bucket="ml-artifacts", Key="a", Body=b"a")
    with pytest.raises(ResourceFailed) as error:
        bucket.delete(made.physical_id)
    assert str(error.value) == (
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
        " (Service: S3, Status Code: 409, Bucket: ml-artifacts)"
    )


def test_route_needs_the_attachment_of_its_transit_gateway(handlers: Handlers) -> None:
    vpc, route = _vpc(handlers), handlers("AWS::EC2::Route")
    subnet = handlers("AWS::EC2::Subnet").create(VpcId=vpc, CidrBlock="10.0.0.0/24").physical_id
    table = handlers("AWS::EC2::RouteTable").create(VpcId=vpc).physical_id
    gateway = handlers("AWS::EC2::TransitGateway").create().physical_id
    attach = handlers("AWS::EC2::TransitGatewayAttachment").create
    properties = {
        "RouteTableId": table,
        "DestinationCidrBlock": "0.0.0.0/0",
        "TransitGatewayId": gateway,
    }
    with pytest.raises(ResourceFailed, match=f"The transitGateway ID '{gateway}' does not exist"):
        route.create(**properties)
    attach(TransitGatewayId=gateway, VpcId=vpc, SubnetIds=[subnet])
    assert route.create(**properties).physical_id == f"{table}|0.0.0.0/0"


MB = 1024 * 1024


@cases(
    ("kind", "properties", "message"),
    {
        "bucket": ("S3::Bucket", {"BucketName": "ml-artifacts"}, "ml-artifacts already exists"),
        "topic": (
            "SNS::Topic",
            {"TopicName": "alerts"},
            "arn:aws:sns:us-west-2:123456789012:alerts already exists",
        ),
        "rule": ("Events::Rule", {"Name": "r", "EventPattern": {"source": ["x"]}}, "r already exists"),
        "dashboard": (
            "CloudWatch::Dashboard",
            {"DashboardName": "d", "DashboardBody": '{"widgets": []}'},
            "Resource of type 'AWS::CloudWatch::Dashboard' with identifier 'd' already exists.",
        ),
        "image repository": (
            "ECR::Repository",
            {"RepositoryName": "images"},
            "Resource of type 'AWS::ECR::Repository' with identifier 'images' already exists.",
        ),
    },
)
def test_existing_resource_is_not_taken_over(
    kind: str, properties: dict[str, Any], message: str, handlers: Handlers
) -> None:
    handlers(f"AWS::{kind}").create(**properties)
    with pytest.raises(ResourceFailed) as error:
        handlers(f"AWS::{kind}", "Other").create(**properties)
    assert str(error.value) == message


def test_bucket_has_one_policy(resources: Resources) -> None:
    resources.make("BucketPolicy")
    properties = resources.resolved(RESOURCE_CASES["BucketPolicy"].properties)
    with pytest.raises(ResourceFailed, match=r"The bucket policy already exists on bucket ml-artifacts\."):
        resources.handler("BucketPolicy").create(**properties)


@cases(
    ("place", "message"),
    {
        "no bucket": (
            {"Bucket": "nowhere", "Key": "a.zip"},
            (
                "The specified bucket does not exist (Service: Amazon S3; Error Code: NoSuchBucket;"
                " Bucket: nowhere; Key: a.zip)"
            ),
        ),
        "no object": (
            {"Bucket": "seed", "Key": "b.zip"},
            (
                "The specified key does not exist. (Service: Amazon S3; Error Code: NoSuchKey;"
                " Bucket: seed; Key: b.zip)"
            ),
        ),
        "no zip": ({"Bucket": "seed", "Key": "c.txt"}, "Content at s3://seed/c.txt is not a valid zip file"),
        "a damaged zip": (
            {"Bucket": "seed", "Key": "e.zip"},
            "Content at s3://seed/e.zip is not a valid zip file",
        ),
    },
)
def test_repository_needs_its_content(place: dict[str, str], message: str, handlers: Handlers) -> None:
    make_seed_bucket(client, REGION)
    client("s3").put_object(Bucket="seed", Key="c.txt", Body=b"text")
    client("s3").put_object(Bucket="seed", Key="e.zip", Body=content().replace(b"hello", b"world"))
    assert _refused_content(handlers, place) == message


@cases(
    ("files", "message"),
    {
        "an empty file": ({"a/": "", "a/__init__.py": ""}, "has an empty file: a/__init__.py"),
        "no file": ({"a/": ""}, "has no files"),
        "too much": ({"a": "x" * 7 * MB, "b": "x" * 7 * MB, "c": "x" * 7 * MB}, "is larger than 20 MB"),
        "a large file": ({"a": "x" * (6 * MB + 1)}, "has a file larger than 6 MB: a"),
        "a path outside": ({"../a": "x"}, "has an invalid path: ../a"),
        "a path of git": ({"a/.git/config": "x"}, "has an invalid path: a/.git/config"),
        "a long path": ({"a" * 4097: "x"}, f"has an invalid path: {'a' * 4097}"),
        "a file that is a folder": (
            {"a": "x", "a/b": "x"},
            "has a file and a folder of the same name: a/b",
        ),
    },
)
def test_repository_refuses_content(files: dict[str, str], message: str, handlers: Handlers) -> None:
    make_seed_bucket(client, REGION)
    client("s3").put_object(Bucket="seed", Key="d.zip", Body=content(files))
    refused = _refused_content(handlers, {"Bucket": "seed", "Key": "d.zip"})
    assert refused == f"Content at s3://seed/d.zip {message}"


def _refused_content(handlers: Handlers, place: dict[str, str]) -> str:
    with pytest.raises(ResourceFailed) as error:
        handlers("AWS::CodeCommit::Repository").create(RepositoryName="repo", Code={"S3": place})
    assert client("codecommit").list_repositories()["repositories"] == []
    return str(error.value)


def test_vpc_has_one_private_dns_endpoint_a_service(handlers: Handlers) -> None:
    endpoint, vpc = handlers("AWS::EC2::VPCEndpoint"), _vpc(handlers)
    properties = {
        "VpcId": vpc,
        "ServiceName": "com.amazonaws.us-west-2.sagemaker.api",
        "VpcEndpointType": "Interface",
        "PrivateDnsEnabled": True,
    }
    first = endpoint.create(**properties)
    with pytest.raises(ResourceFailed) as error:
        endpoint.create(**properties)
    assert str(error.value) == (
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for"
        f" api.sagemaker.us-west-2.amazonaws.com in the VPC {vpc} (Service: Ec2, Status Code: 400)"
    )
    second = {**properties, "PrivateDnsEnabled": "false"}
    made = endpoint.create(**second)
    with pytest.raises(ResourceFailed, match="already a conflicting DNS domain"):
        endpoint.update(made.physical_id, second, properties)
    endpoint.delete(first.physical_id, **properties)
    endpoint.update(made.physical_id, second, properties)


def test_private_dns_needs_a_vpc_with_dns(handlers: Handlers) -> None:
    vpc = _vpc(handlers, dns=False)
    with pytest.raises(ResourceFailed) as error:
        handlers("AWS::EC2::VPCEndpoint").create(
            VpcId=vpc,
            ServiceName="com.amazonaws.us-west-2.sts",
            VpcEndpointType="Interface",
            PrivateDnsEnabled=True,
        )
    assert str(error.value) == (
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to"
        f" true for {vpc} (Service: Ec2, Status Code: 400)"
    )


def test_route_table_has_one_gateway_endpoint_a_service(handlers: Handlers) -> None:
    endpoint, vpc = handlers("AWS::EC2::VPCEndpoint"), _vpc(handlers)
    table = handlers("AWS::EC2::RouteTable").create(VpcId=vpc).physical_id
    properties = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-west-2.s3", "RouteTableIds": [table]}
    endpoint.create(**properties)
    with pytest.raises(ResourceFailed) as error:
        endpoint.create(**properties)
    assert str(error.value).startswith(
        f"route table {table} already has a route with destination-prefix-list-id pl-"
    )
    endpoint.create(VpcId=vpc, ServiceName="com.amazonaws.us-west-2.s3")


@pytest.mark.parametrize(
    "trust",
    [
        {"Version": "2012-10-17", "Statement": [{**TRUST["Statement"][1]}]},
        {"Version": "2012-10-17", "Statement": [{**TRUST["Statement"][0], "Effect": "Deny"}]},
    ],
    ids=["another", "denied"],
)
def test_pipeline_needs_a_role_that_trusts_it(trust: dict[str, Any], handlers: Handlers) -> None:
    role = handlers("AWS::IAM::Role").create(RoleName="r", AssumeRolePolicyDocument=trust)
    with pytest.raises(ClientError) as error:
        handlers("AWS::CodePipeline::Pipeline").create(
            RoleArn=role.attributes["Arn"],
            Stages=pipeline("CodeBuild"),
            ArtifactStore={"Type": "S3", "Location": "ml-artifacts"},
        )
    assert error.value.response["Error"] == {
        "Code": "InvalidStructureException",
        "Message": f"CodePipeline is not authorized to perform AssumeRole on role {role.attributes['Arn']}",
    }


def test_key_is_scheduled_for_deletion(handlers: Handlers) -> None:
    key = handlers("AWS::KMS::Key")
    made = key.create(PendingWindowInDays="7")
    key.delete(made.physical_id, PendingWindowInDays="7")
    metadata = client("kms").describe_key(KeyId=made.physical_id)["KeyMetadata"]
    left = metadata["DeletionDate"] - metadata["CreationDate"]
    assert (metadata["KeyState"], left.days) == ("PendingDeletion", 7)


@pytest.mark.parametrize("name", ["Upper", "under_score", "a..b", "-ab", "ab-", "10.0.0.1", "a" * 64])
def test_invalid_bucket_name(name: str, handlers: Handlers) -> None:
    install()
    with pytest.raises(ResourceFailed) as error:
        handlers("AWS::S3::Bucket").create(BucketName=name)
    assert str(error.value) == f"{name} is not a valid bucket name (Service: S3, Status Code: 400)"


def test_pending_subscription_is_left_to_expire(handlers: Handlers) -> None:
    install()
    topic = handlers("AWS::SNS::Topic").create(TopicName="alerts").physical_id
    subscription = handlers("AWS::SNS::Subscription")
    properties = {"TopicArn": topic, "Protocol": "email", "Endpoint": "a@example.com"}
    made = subscription.create(**properties)
    assert made.physical_id.startswith(f"{topic}:")
    subscription.delete(made.physical_id, **properties)
    (row,) = client("sns").list_subscriptions()["Subscriptions"]
    assert row["SubscriptionArn"] == "PendingConfirmation"


def test_model_package_group_with_packages_is_not_deleted(handlers: Handlers) -> None:
    group = handlers("AWS::SageMaker::ModelPackageGroup")
    made = group.create(ModelPackageGroupName="g")
    sagemaker = client("sagemaker")
    package = sagemaker.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]
    with pytest.raises(ClientError, match="cannot be deleted since it still contains Model Packages"):
        group.delete(made.physical_id, ModelPackageGroupName="g")
    sagemaker.delete_model_package(ModelPackageName=package)
    group.delete(made.physical_id, ModelPackageGroupName="g")


BAD = {"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps", "Action": "s3:*", "Resource": "*"}]}


@cases(
    ("kind", "properties", "left"),
    {
        "role": (
            "IAM::Role",
            {
                "RoleName": "r",
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [{"PolicyName": "p", "PolicyDocument": BAD}],
            },
            lambda: client("iam").list_roles()["Roles"],
        ),
        "managed policy": (
            "IAM::ManagedPolicy",
            {"PolicyDocument": READ, "Roles": ["nobody"]},
            lambda: client("iam").list_policies(Scope="Local")["Policies"],
        ),
        "bucket": (
            "S3::Bucket",
            {
                "BucketName": "ml-artifacts",
                "NotificationConfiguration": {
                    "TopicConfigurations": [{"Topic": "nothing", "Event": "s3:ObjectCreated:*"}]
                },
            },
            lambda: client("s3").list_buckets()["Buckets"],
        ),
        "rule": (
            "Events::Rule",
            {"EventPattern": {"source": ["x"]}, "Targets": [{"Id": "t", "Arn": "nothing"}]},
            lambda: client("events").list_rules()["Rules"],
        ),
    },
)
def test_failed_creation_leaves_nothing(
    kind: str, properties: dict[str, Any], left: Callable[[], list[Any]], handlers: Handlers
) -> None:
    with pytest.raises(ClientError):
        handlers(f"AWS::{kind}").create(**properties)
    assert left() == []
