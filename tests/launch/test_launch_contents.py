from __future__ import annotations

from typing import Any

import pytest

from publisher.errors import AwsError
from publisher.launch.deployed import policies_in
from publisher.launch.launch_contents import Contents, NonEmptyResource, Resource, contents_of, empty
from publisher.launch.provisioned import get
from tests.conftest import cases, raising
from tests.launch.account import BROKEN, NAME, ROLES, Account, launch_request


def fill(account: Account, outputs: dict[str, str], *keys: str, packages: int = 0) -> None:
    for key in keys:
        account.s3.put_object(Bucket=outputs["BucketName"], Key=key, Body=b"1")
    for _ in range(packages):
        account.client("sagemaker").create_model_package(ModelPackageGroupName="edge-prod-group")


def found(account: Account) -> Contents:
    return contents_of(account.aws, get(account.aws, NAME), roles=ROLES)


def test_all_resources(account: Account) -> None:
    outputs = account.launched()
    before = found(account)
    assert [it.type for it in before.resources] == [
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SSM::Parameter",
        "AWS::SageMaker::ModelPackageGroup",
    ]
    assert (before.not_empty, before.complete) == ((), True)
    assert before.keys == (outputs["KmsKeyArn"].rpartition("/")[2],)
    assert before.document()["resources"][1] == {"type": "AWS::S3::Bucket", "id": outputs["BucketName"]}


def test_contents_are_listed_and_deleted(account: Account) -> None:
    outputs = account.launched()
    bucket = outputs["BucketName"]
    account.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    fill(account, outputs, *"gfedcba", "a", packages=2)
    account.s3.delete_object(Bucket=bucket, Key="a")
    before = found(account)
    assert [str(it) for it in before.not_empty] == [
        f"bucket {bucket}: 9 object versions (a, b, c, d, e, …)",
        "model group edge-prod-group: 2 model packages (edge-prod-group/1, edge-prod-group/2)",
    ]
    assert before.document()["not_empty"] == [
        {"kind": "bucket", "name": bucket, "count": 9, "names": ["a", "b", "c", "d", "e"]},
        {
            "kind": "model group",
            "name": "edge-prod-group",
            "count": 2,
            "names": ["edge-prod-group/1", "edge-prod-group/2"],
        },
    ]
    for each in before.not_empty:
        empty(account.aws, each, report=account.lines.append)
    assert account.lines[-2:] == [f"emptying bucket {bucket}", "emptying model group edge-prod-group"]
    assert found(account).not_empty == ()
    assert "Versions" not in account.s3.list_object_versions(Bucket=bucket)


def test_more_than_a_batch(account: Account) -> None:
    outputs = account.launched()
    fill(account, outputs, *(f"{n:04}" for n in range(1001)))
    (resource,) = found(account).not_empty
    assert resource.count == 1001
    empty(account.aws, resource, report=account.lines.append)
    assert account.aws.calls["s3:DeleteObjects"] == 2
    assert found(account).not_empty == ()


@cases(
    ("resource", "text"),
    {
        "one": (
            NonEmptyResource(kind="bucket", name="b", count=1, names=("a",)),
            "bucket b: 1 object version (a)",
        ),
        "one package": (
            NonEmptyResource(kind="model group", name="g", count=1, names=("g/1",)),
            "model group g: 1 model package (g/1)",
        ),
        "not counted to the end": (
            NonEmptyResource(kind="bucket", name="b", count=10_000, names=("a",), more=True),
            "bucket b: at least 10000 object versions (a, …)",
        ),
    },
)
def test_text_of_a_resource(resource: NonEmptyResource, text: str) -> None:
    assert str(resource) == text


def test_a_stack_that_cannot_be_read(account: Account) -> None:
    """Then the outputs name what can have contents."""
    outputs = account.launched()
    fill(account, outputs, "a", packages=1)
    account.deny("cloudformation", "ListStackResources", code="AccessDenied")
    before = found(account)
    assert before.complete is False
    assert before.resources == (
        Resource(type="AWS::KMS::Key", id=outputs["KmsKeyArn"].rpartition("/")[2]),
        Resource(type="AWS::S3::Bucket", id=outputs["BucketName"]),
        Resource(type="AWS::SageMaker::ModelPackageGroup", id="edge-prod-group"),
    )
    assert [it.name for it in before.not_empty] == [outputs["BucketName"], "edge-prod-group"]


def test_a_failed_launch_has_no_contents(account: Account) -> None:
    account.publish(template=BROKEN)
    with pytest.raises(Exception, match="the launch failed"):
        account.launch(launch_request())
    assert found(account) == Contents(resources=(), not_empty=(), complete=True)


@pytest.mark.parametrize(
    ("code", "nothing"), [("ValidationError", True), ("Throttling.Odd", False)], ids=["gone", "error"]
)
def test_no_stack(account: Account, code: str, nothing: bool) -> None:
    account.launched()
    account.deny("cloudformation", "ListStackResources", code=code)
    if nothing:
        assert found(account).resources == ()
        return
    with pytest.raises(AwsError) as caught:
        found(account)
    assert caught.value.message.endswith(
        f"cannot list the resources of the stack: ListStackResources answered {code}: not for you"
    )


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [("s3", "ListObjectVersions", "NoSuchBucket"), ("sagemaker", "ListModelPackages", "ValidationException")],
)
def test_what_was_deleted_by_hand(account: Account, service: str, operation: str, code: str) -> None:
    outputs = account.launched()
    fill(account, outputs, "a", packages=1)
    account.deny(service, operation, code=code)
    assert len(found(account).not_empty) == 1


def test_a_bucket_that_cannot_be_read(account: Account) -> None:
    bucket = account.launched()["BucketName"]
    account.deny("s3", "ListObjectVersions", code="AccessDenied")
    with raising(
        AwsError,
        f"{bucket}: cannot list the contents of the bucket: "
        "ListObjectVersions answered AccessDenied: not for you",
        "allow this operation in your role's policy, or choose another --profile",
    ):
        found(account)


def test_an_object_that_stays(account: Account) -> None:
    outputs = account.launched()
    fill(account, outputs, "a")
    before = found(account)
    error: dict[str, Any] = {"Key": "a", "Code": "AccessDenied", "Message": "a legal hold"}
    account.answer("s3", "DeleteObjects", {"Errors": [error]})
    with raising(
        AwsError,
        f"{outputs['BucketName']}: cannot delete a: AccessDenied: a legal hold",
        "delete it by other means, then run the command again",
    ):
        for each in before.not_empty:
            empty(account.aws, each, report=account.lines.append)


@cases(
    ("resource", "policy"),
    {
        "by default": ("{Type: AWS::S3::Bucket}", None),
        "deleted": ("{Type: AWS::RDS::DBCluster, DeletionPolicy: Delete}", None),
        "retained": ("{Type: AWS::S3::Bucket, DeletionPolicy: Retain}", "Retain"),
        "retained unless new": ("{Type: AWS::S3::Bucket, DeletionPolicy: RetainExceptOnCreate}", "Retain"),
        "a snapshot": ("{Type: AWS::EC2::Volume, DeletionPolicy: Snapshot}", "Snapshot"),
        "a cluster": ("{Type: AWS::RDS::DBCluster}", "Snapshot"),
        "a database": ("{Type: AWS::RDS::DBInstance}", "Snapshot"),
        "one in a cluster": ("{Type: AWS::RDS::DBInstance, Properties: {DBClusterIdentifier: c}}", None),
    },
)
def test_what_a_deletion_does(resource: str, policy: str | None) -> None:
    assert policies_in(f"Resources: {{It: {resource}}}").get("It") == policy
