from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.errors import PublisherError, Refused
from publisher.launch.launch_contents import Contents, NonEmptyResource
from publisher.launch.provisioned import find, get
from publisher.launch.request import LaunchRequest
from publisher.launch.terminate import check_terminable, refusal, request_of, terminate
from tests.account import ACCOUNT, REGION
from tests.conftest import cases, raising
from tests.launch.account import NAME, PATH, PRODUCT, STEM, Account, launch_request

BUCKET = NonEmptyResource(kind="bucket", name="b", count=1, names=("a",))
NOTHING = Contents(resources=(), not_empty=(), complete=True)
FULL = replace(NOTHING, not_empty=(BUCKET,))


@pytest.fixture
def launched(account: Account) -> Account:
    account.publish()
    account.launch(launch_request())
    account.lines.clear()
    return account


def test_terminate(launched: Account) -> None:
    held = get(launched.aws, NAME)
    launched.follow(terminate(launched.aws, launch_request(), held))
    assert launched.lines[-1] == f"{NAME}: SUCCEEDED"
    # The events of the launch are not reported again, and the deleted stack is still found.
    assert {line.split()[0] for line in launched.lines[:-1]} == {"DELETE_COMPLETE"}
    assert find(launched.aws, NAME) is None


def test_a_failure(launched: Account) -> None:
    held = get(launched.aws, NAME)
    bucket = launched.catalog.get_provisioned_product_outputs(
        ProvisionedProductName=NAME, OutputKeys=["BucketName"]
    )["Outputs"][0]["OutputValue"]
    launched.s3.put_object(Bucket=bucket, Key="late", Body=b"1")
    with pytest.raises(PublisherError) as caught:
        launched.follow(terminate(launched.aws, launch_request(), held))
    assert caught.value.message.startswith(f"{NAME}: the termination failed: Bucket (AWS::S3::Bucket): ")
    assert caught.value.hint == (
        "CloudFormation deletes only empty buckets: add --empty, "
        f"then run publisher terminate {PATH} --force again"
    )
    again = get(launched.aws, NAME)
    assert again.status == "TAINTED"
    launched.s3.delete_object(Bucket=bucket, Key="late")
    launched.follow(terminate(launched.aws, launch_request(), again))
    assert find(launched.aws, NAME) is None


def test_by_name(launched: Account) -> None:
    held = get(launched.aws, NAME)
    by_name = request_of(launched.aws, held)
    check_terminable(by_name, held)
    assert by_name == LaunchRequest(
        name=NAME,
        config=STEM,
        path=NAME,
        product=PRODUCT,
        account_id=ACCOUNT,
        region=REGION,
        parameters={},
        tags={},
    )
    theirs = replace(held, tags={}, launch_role="theirs")
    check_terminable(request_of(launched.aws, theirs), theirs)


def test_terminable(launched: Account) -> None:
    held = get(launched.aws, NAME)
    check_terminable(launch_request(), held)
    check_terminable(launch_request(), replace(held, tags={}))
    check_terminable(launch_request(), replace(held, tags={}, launch_role="theirs"))


@cases(
    ("changes", "message", "hint"),
    {
        "another config": (
            {"tags": {"publisher:config": "edge-other"}},
            f"launched from config 'edge-other', not from {PATH}: {PRODUCT} 1.0.0",
            f"run publisher terminate {NAME} to delete it by its name",
        ),
        "another product": (
            {"tags": {}, "launch_role": "launch-other"},
            f"launched without a config, and not the product of {PATH}: other 1.0.0",
            f"run publisher terminate {NAME} to delete it by its name",
        ),
        "under change": (
            {"status": "UNDER_CHANGE"},
            "an operation is in progress",
            f"run publisher outputs {PATH} --watch to wait until it has finished",
        ),
    },
)
def test_not_terminable(launched: Account, changes: dict[str, str], message: str, hint: str) -> None:
    held = replace(get(launched.aws, NAME), **changes)  # type: ignore[arg-type]
    with raising(Refused, f"{NAME}: {message}", hint):
        check_terminable(launch_request(), held)


@cases(
    ("contents", "force", "empty", "refused"),
    {
        "nothing": (NOTHING, True, False, None),
        "empty": (FULL, True, True, None),
        "no force": (
            NOTHING,
            False,
            True,
            ("--force is required to delete all this", f"run publisher terminate {PATH} --force"),
        ),
        "no force, and not empty": (
            FULL,
            False,
            False,
            ("--force is required to delete all this", f"run publisher terminate {PATH} --force --empty"),
        ),
        "not empty": (
            FULL,
            True,
            False,
            (
                "not empty: bucket b: 1 object version (a)",
                f"run publisher terminate {PATH} --force --empty to delete the contents too",
            ),
        ),
    },
)
def test_refusal(contents: Contents, force: bool, empty: bool, refused: tuple[str, str] | None) -> None:
    found = refusal(launch_request(), contents, force=force, empty=empty)
    assert (found and found.document()) == (
        refused and {"code": "refused", "message": f"{NAME}: {refused[0]}", "hint": refused[1]}
    )
