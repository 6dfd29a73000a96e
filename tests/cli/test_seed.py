"""`seed` prepares the source bucket of a config, and keeps what is there."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.account import REGION
from tests.cli.launch_project import FAMILY, PUBLISHER, Publisher
from tests.cli.launch_project import account as account
from tests.cli.launch_project import project as project
from tests.cli.launch_project import publisher as publisher
from tests.conftest import write_files
from tests.launch.account import NAME, PATH, Account

BUCKET = "edge-source"
KEYS = ["model-build.zip", "model-deploy.zip"]


@pytest.fixture(autouse=True)
def content(project: Path) -> None:
    family, folders = "products/ml-project", "{model-build: content/b, model-deploy: content/d}"
    write_files(
        project,
        {
            f"{family}/product.yaml": f"{FAMILY}content: {folders}\n",
            f"{family}/content/b/run.py": "print(1)\n",
            f"{family}/content/d/deploy.py": "print(2)\n",
        },
    )


def made(account: Account, *, region: str = REGION) -> str:
    place: Any = {"LocationConstraint": region}
    account.client("s3", region).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    return BUCKET


def keys(account: Account) -> list[str]:
    return [it["Key"] for it in account.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


def test_everything_is_made(account: Account, publisher: Publisher) -> None:
    ran = publisher("seed", PATH, "--yes", connect=account.connect)
    assert (ran.code, ran.out) == (0, f"bucket {BUCKET}: 5 changes done\n")
    assert ran.err.splitlines() == [
        f"source s3://{BUCKET}",
        f"  create  bucket {BUCKET}",
        "  enable  versioning",
        "  enable  EventBridge notifications",
        "  upload  model-build.zip            1 KB",
        "  upload  model-deploy.zip           1 KB",
        f"create bucket {BUCKET}: done",
        "enable versioning: done",
        "enable EventBridge notifications: done",
        "upload model-build.zip: done",
        "upload model-deploy.zip: done",
    ]
    assert account.s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    body = account.s3.get_object(Bucket=BUCKET, Key="model-deploy.zip")["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(body)).namelist() == ["deploy.py"]
    again = publisher("seed", PATH, connect=account.connect)
    assert (again.code, again.out, again.err) == (0, f"bucket {BUCKET}: nothing to do\n", "")


def test_what_is_there_is_kept(account: Account, publisher: Publisher) -> None:
    """Other notifications, other objects, and archives that somebody has put there."""
    made(account)
    queue = account.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn = account.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])[
        "Attributes"
    ]
    other: Any = {"Id": "theirs", "QueueArn": arn["QueueArn"], "Events": ["s3:ObjectCreated:*"]}
    account.s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": [other]}
    )
    account.s3.put_object(Bucket=BUCKET, Key="model-build.zip", Body=b"theirs")
    account.s3.put_object(Bucket=BUCKET, Key="other", Body=b"theirs")
    ran = publisher("--json", "seed", PATH, "--yes", connect=account.connect)
    assert (ran.code, ran.document) == (
        0,
        {
            "bucket": BUCKET,
            "prefix": "",
            "region": REGION,
            "changes": [
                {"action": "enable", "name": "versioning", "detail": "", "status": "done"},
                {
                    "action": "enable",
                    "name": "EventBridge notifications",
                    "detail": "1 other notification kept",
                    "status": "done",
                },
                {"action": "upload", "name": "model-deploy.zip", "detail": "1 KB", "status": "done"},
            ],
            "kept": ["model-build.zip"],
        },
    )
    assert "  keep    model-build.zip            already there" in ran.err.splitlines()
    found = account.s3.get_bucket_notification_configuration(Bucket=BUCKET)
    assert ([it["Id"] for it in found["QueueConfigurations"]], found["EventBridgeConfiguration"]) == (
        ["theirs"],
        {},
    )
    assert account.s3.get_object(Bucket=BUCKET, Key="model-build.zip")["Body"].read() == b"theirs"
    assert keys(account) == [*KEYS, "other"]


def test_the_objects_lie_under_the_prefix(account: Account, publisher: Publisher, project: Path) -> None:
    path = project / PATH
    path.write_text(path.read_text().replace("s3_prefix: edge-source", "s3_prefix: edge-source/churn/v1"))
    assert publisher("seed", PATH, "--yes", connect=account.connect).code == 0
    assert keys(account) == [f"churn/v1/{key}" for key in KEYS]
    # Then a launch has nothing to warn about.
    account.publish()
    assert "warning" not in publisher("launch", PATH, connect=account.connect).err


def test_nothing_is_written_unasked(account: Account, publisher: Publisher) -> None:
    ran = publisher("seed", PATH, connect=account.connect)
    assert ran.code == 3
    assert ran.err.endswith("error: not confirmed: cannot prompt without a terminal\nhint: add --yes\n")
    assert account.s3.list_buckets()["Buckets"] == []


def test_a_launch_names_the_command(account: Account, publisher: Publisher) -> None:
    made(account)
    account.publish()
    assert publisher("launch", PATH, connect=account.connect).err.splitlines()[0] == (
        f"{NAME}: warning: L204 bucket {BUCKET} is not versioned, sends no events to EventBridge, "
        f"has no model-build.zip, model-deploy.zip; run {PUBLISHER} seed {PATH} to prepare it"
    )


def test_a_bucket_in_another_region(account: Account, publisher: Publisher) -> None:
    made(account, region="eu-west-1")
    ran = publisher("seed", PATH, "--yes", connect=account.connect)
    assert (ran.code, ran.err) == (
        3,
        f"error: bucket {BUCKET} is in eu-west-1: pipelines in {REGION} cannot read it as their source\n"
        "hint: choose a bucket in the Region of the launch\n",
    )


def test_a_bucket_that_may_not_be_read(account: Account, publisher: Publisher) -> None:
    """As one of another account, whose name anybody could have taken."""
    account.deny("s3", "HeadBucket", code="403")
    ran = publisher("seed", PATH, "--yes", connect=account.connect)
    assert (ran.code, ran.err.splitlines()[0]) == (
        1,
        f"error: {BUCKET}: cannot read the bucket, which must be of account 123456789012: "
        "HeadBucket answered 403: not for you",
    )


def test_an_object_that_comes_between(account: Account, publisher: Publisher) -> None:
    account.deny("s3", "PutObject", code="PreconditionFailed")
    ran = publisher("--json", "seed", PATH, "--yes", connect=account.connect)
    assert [it["status"] for it in ran.document["changes"]] == ["done", "done", "done", "kept", "kept"]


def test_a_config_without_a_source_bucket(account: Account, publisher: Publisher, project: Path) -> None:
    path = project / "configs/generic.yaml"
    write_files(
        project,
        {
            "configs/generic.yaml": "product: ml-project-professional-s3\nname: x\n"
            f'account_id: "123456789012"\nregion: {REGION}\n'
        },
    )
    ran = publisher("seed", str(path), connect=account.connect)
    assert (ran.code, ran.err.splitlines()[1]) == (2, "hint: choose a config whose source is a bucket")
