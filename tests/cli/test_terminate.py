from __future__ import annotations

from typing import Any
from uuid import UUID

from publisher.cli.launch_text import contents_text
from publisher.launch.launch_contents import Contents, Resource
from publisher.launch.provisioned import get
from tests.cli.conftest import lines_of
from tests.cli.launch_project import PUBLISHER, Publisher
from tests.cli.launch_project import account as account
from tests.cli.launch_project import launched as launched
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.launch.account import NAME, PATH, PLACE, PRODUCT, STEM, TEMPLATE, Account


def test_terminate(launched: Any, account: Account, publisher: Publisher) -> None:
    outputs = launched["outputs"]
    key = outputs["KmsKeyArn"].rpartition("/")[2]
    account.s3.put_object(Bucket=outputs["BucketName"], Key="train.csv", Body=b"1")
    shown = publisher("terminate", PATH)
    assert (shown.code, shown.err) == (
        3,
        f"error: {NAME}: --force is required to delete all this\n"
        f"hint: run {PUBLISHER} terminate {PATH} --force --empty\n",
    )
    assert shown.out == (
        f"{NAME}  AVAILABLE\n"
        f"product  {PRODUCT} 1.0.0\n"
        f"config   {STEM}\n"
        f"stack    {launched['stack']}\n"
        "\n"
        f"  AWS::KMS::Key                       1  {key}\n"
        f"  AWS::S3::Bucket                     1  {outputs['BucketName']}\n"
        f"  AWS::SNS::Subscription              1  {outputs['AlertsSubscriptionArn']}\n"
        f"  AWS::SNS::Topic                     1  {outputs['AlertsTopicArn']}\n"
        f"  AWS::SSM::Parameter                 1  /ml/{NAME}/BucketName\n"
        f"  AWS::SageMaker::ModelPackageGroup   1  {outputs['ModelPackageGroupArn']}\n"
        f"  not empty: bucket {outputs['BucketName']}: 1 object version (train.csv)\n"
    )
    content = {"kind": "bucket", "name": outputs["BucketName"], "count": 1, "names": ["train.csv"]}
    ran = publisher("--json", "terminate", PATH, "--force")
    assert (ran.code, ran.document["not_empty"], ran.document["error"]["code"]) == (3, [content], "refused")
    ran = publisher("terminate", PATH, "--force", "--empty")
    assert (ran.code, ran.out) == (
        0,
        f"{NAME}: terminated, stack {launched['stack']} deleted\n"
        f"KMS key {key}: pending deletion; to keep it: "
        f"aws kms cancel-key-deletion --key-id {key}\n",
    )
    lines = ran.err.splitlines()
    assert lines[:2] == [f"emptying bucket {outputs['BucketName']}", f"{NAME}: terminating {PRODUCT} 1.0.0"]
    assert lines[-1] == f"{NAME}: SUCCEEDED"
    assert publisher("terminate", PATH, "--force").err == (
        f"error: {NAME}: no launch has this name in {PLACE}\n"
        f"hint: launch it with {PUBLISHER} launch CONFIG, or choose another --profile or --region\n"
    )


def test_what_the_stack_retains(account: Account, publisher: Publisher) -> None:
    """It needs no --empty, and is named before and after, and its key is not deleted."""
    template = TEMPLATE
    for kind, policy in {
        "AWS::S3::Bucket": "Retain",
        "AWS::SNS::Topic": "Delete",
        "AWS::KMS::Key": "RetainExceptOnCreate",
    }.items():
        template = template.replace(f"Type: {kind}", f"DeletionPolicy: {policy}, Type: {kind}", 1)
    template = template.replace(", Type: AWS::KMS::Key", "\n    Type: AWS::KMS::Key")
    account.publish(template=template)
    launched = publisher("--json", "launch", PATH).document["outputs"]
    bucket, key = launched["BucketName"], launched["KmsKeyArn"].rpartition("/")[2]
    account.s3.put_object(Bucket=bucket, Key="train.csv", Body=b"1")
    kept = [f"AWS::KMS::Key {key}", f"AWS::S3::Bucket {bucket}: 1 object version (train.csv)"]
    shown = publisher("terminate", PATH)
    assert shown.err.splitlines()[-1] == f"hint: run {PUBLISHER} terminate {PATH} --force"
    assert shown.out.splitlines()[-2:] == [f"  retained: {it}" for it in kept]
    assert "not empty" not in shown.out
    retained = [
        {"type": "AWS::KMS::Key", "id": key, "contents": None},
        {"type": "AWS::S3::Bucket", "id": bucket, "contents": 1},
    ]
    assert publisher("--json", "terminate", PATH).document["retained"] == retained
    account.deny("cloudformation", "GetTemplate", code="AccessDenied")
    unknown = publisher("--json", "terminate", PATH, connect=account.connect)
    assert unknown.document["retained"] is None
    ran = publisher("terminate", PATH, "--force")
    assert (ran.code, ran.out.splitlines()[1:]) == (
        0,
        [f"retained, no longer part of a launch: {it}" for it in kept],
    )
    assert account.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_what_is_made_during_the_deletion_is_seen_before_the_stack_is_touched(
    launched: Any, account: Account, publisher: Publisher
) -> None:
    bucket = launched["outputs"]["BucketName"]
    account.s3.put_object(Bucket=bucket, Key="train.csv", Body=b"1")
    events, handler = account.aws.client("s3").meta.events, "after-call.s3.ListObjectVersions"

    def write(parsed: dict[str, Any], **_: object) -> None:
        if "Versions" not in parsed:
            events.unregister(handler, write)
            account.s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=b"1")

    events.register(handler, write)
    again = ("terminate", PATH, "--force", "--empty")
    ran = publisher(*again, connect=account.connect)
    assert (ran.code, ran.err.splitlines()[1:]) == (
        3,
        [
            f"error: {NAME}: made while this was deleted: not empty: bucket {bucket}: 1 object version "
            "(model.tar.gz)",
            "hint: stop what makes them, such as the pipelines of the launch, then run the command again",
        ],
    )
    assert get(account.aws, NAME).status == "AVAILABLE"
    assert publisher(*again, connect=account.connect).code == 0


def test_terminate_by_name(launched: Any, account: Account, publisher: Publisher) -> None:
    shown = publisher("terminate", NAME)
    assert (shown.code, shown.out.splitlines()[0]) == (3, f"{NAME}  AVAILABLE")
    assert shown.err == (
        f"error: {NAME}: --force is required to delete all this\n"
        f"hint: run {PUBLISHER} terminate {NAME} --force\n"
    )
    assert publisher("--json", "terminate", NAME, "--force").document["status"] == "TERMINATED"
    assert publisher("terminate", NAME, "--force").code == 1


def test_a_termination_lists_resources_briefly(launched: Any, account: Account, publisher: Publisher) -> None:
    """Many resources of a type, repositories, and a stack that the caller may not read."""
    held = get(account.aws, NAME)
    many = [
        Resource(type="AWS::CodeCommit::Repository", id=str(UUID(int=n)), logical_id=f"r{n}")
        for n in range(4)
    ]
    goes = Contents(resources=tuple(many), not_empty=(), complete=True)
    assert lines_of(contents_text(held, goes))[5:] == [
        "  AWS::CodeCommit::Repository   4  r0, r1, r2, …",
        "  repositories are deleted with all their commits",
    ]
    account.deny("cloudformation", "ListStackResources", code="AccessDenied")
    assert publisher("terminate", PATH, connect=account.connect).out.splitlines()[5:] == [
        "your role cannot list the stack's resources; the outputs name these:",
        f"  AWS::KMS::Key                       1  {launched['outputs']['KmsKeyArn'].rpartition('/')[2]}",
        f"  AWS::S3::Bucket                     1  {launched['outputs']['BucketName']}",
        "  AWS::SageMaker::ModelPackageGroup   1  edge-prod-group",
    ]


def test_terminate_for_programs(launched: Any, publisher: Publisher) -> None:
    ran = publisher("--json", "terminate", PATH, "--force")
    document = ran.document
    assert [it["type"] for it in document.pop("resources")][:2] == ["AWS::KMS::Key", "AWS::S3::Bucket"]
    assert document == {
        "name": NAME,
        "product": PRODUCT,
        "version": "1.0.0",
        "status": "TERMINATED",
        "stack": launched["stack"],
        "not_empty": [],
        "made_later": [],
        "retained": [],
        "snapshots": [],
    }
