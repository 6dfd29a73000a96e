from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.errors import PublisherError, Refused
from publisher.launch import Contents, as_launched, find, get, refusal, refuse_unready, terminate
from publisher.launch.contents import VisiblePortfolio
from tests.launch.account import NAME, PATH, PRODUCT, Account, wanted

HELD = VisiblePortfolio(kind="bucket", name="b", count=1, names=("a",))
NOTHING = Contents(resources=(), holdings=(), complete=True)
FULL = replace(NOTHING, holdings=(HELD,))


@pytest.fixture
def launched(account: Account) -> Account:
    account.publish()
    account.launch(wanted())
    account.lines.clear()
    return account


def test_terminate(launched: Account) -> None:
    held = get(launched.aws, NAME)
    launched.follow(terminate(launched.aws, wanted(), held))
    assert launched.lines[-1] == f"{NAME}: SUCCEEDED"
    # What was told of the launch is not told again, and the deleted stack is still found.
    assert {line.split()[0] for line in launched.lines[:-1]} == {"DELETE_COMPLETE"}
    assert find(launched.aws, NAME) is None


def test_a_failure(launched: Account) -> None:
    held = get(launched.aws, NAME)
    bucket = launched.catalog.get_provisioned_product_outputs(
        ProvisionedProductName=NAME, OutputKeys=["BucketName"]
    )["Outputs"][0]["OutputValue"]
    launched.s3.put_object(Bucket=bucket, Key="late", Body=b"1")
    with pytest.raises(PublisherError) as caught:
        launched.follow(terminate(launched.aws, wanted(), held))
    assert caught.value.message.startswith(f"{NAME}: the termination failed: Bucket (AWS::S3::Bucket): ")
    assert caught.value.hint == f"mend that, then publisher terminate {PATH} --force again"
    again = get(launched.aws, NAME)
    assert again.status == "TAINTED"
    launched.s3.delete_object(Bucket=bucket, Key="late")
    launched.follow(terminate(launched.aws, wanted(), again))
    assert find(launched.aws, NAME) is None


def test_by_name(launched: Account) -> None:
    held = get(launched.aws, NAME)
    by_name = as_launched(launched.aws, held)
    refuse_unready(by_name, held)
    assert by_name == replace(
        wanted(), path=NAME, parameters={}, tags={}, portfolios=(), display_name="", launch_role=""
    )
    with pytest.raises(Refused) as caught:
        as_launched(launched.aws, replace(held, config=""))
    assert (caught.value.message, caught.value.hint) == (
        f"{NAME}: it does not tell which config launched it, {PRODUCT} 1.0.0",
        "publisher terminate CONFIG, with its config's file; or terminate it where it was launched",
    )


def test_what_is_ready(launched: Account) -> None:
    held = get(launched.aws, NAME)
    refuse_unready(wanted(), held)
    refuse_unready(wanted(), replace(held, config=""))
    refuse_unready(wanted(), replace(held, config="", launch_role="theirs"))


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        pytest.param(
            {"config": "edge-other"},
            f"this is not the launch of {PATH}: the config 'edge-other' holds the name, {PRODUCT} 1.0.0",
            "publisher terminate configs/edge-other.yaml",
            id="another config",
        ),
        pytest.param(
            {"config": "", "launch_role": "launch-other"},
            f"this is no launch of {PATH}, but of other 1.0.0 without a config",
            "terminate it where it was launched",
            id="another product",
        ),
        pytest.param(
            {"status": "UNDER_CHANGE"},
            "it is being changed right now",
            f"publisher outputs {PATH} tells when it has come to rest",
            id="under change",
        ),
    ],
)
def test_what_is_not_ready(launched: Account, changes: dict[str, str], message: str, hint: str) -> None:
    held = replace(get(launched.aws, NAME), **changes)  # type: ignore[arg-type]
    with pytest.raises(Refused) as caught:
        refuse_unready(wanted(), held)
    assert caught.value.document() == {"code": "refused", "message": f"{NAME}: {message}", "hint": hint}


@pytest.mark.parametrize(
    ("contents", "force", "empty", "refused"),
    [
        pytest.param(NOTHING, True, False, None, id="nothing held"),
        pytest.param(FULL, True, True, None, id="empty"),
        pytest.param(
            NOTHING,
            False,
            True,
            ("all this would be deleted", f"publisher terminate {PATH} --force does it"),
            id="no force",
        ),
        pytest.param(
            FULL,
            False,
            False,
            ("all this would be deleted", f"publisher terminate {PATH} --force --empty does it"),
            id="no force, and held",
        ),
        pytest.param(
            FULL,
            True,
            False,
            (
                "not everything is empty: bucket b: 1 object version (a)",
                f"publisher terminate {PATH} --force --empty deletes that, too",
            ),
            id="held",
        ),
    ],
)
def test_refusal(contents: Contents, force: bool, empty: bool, refused: tuple[str, str] | None) -> None:
    found = refusal(wanted(), contents, force=force, empty=empty)
    assert (found and found.document()) == (
        refused and {"code": "refused", "message": f"{NAME}: {refused[0]}", "hint": refused[1]}
    )
