from __future__ import annotations

import pytest

from publisher.launch import NotLaunchedError, find, get, prepare, provision, report
from tests.launch.account import BROKEN, EMAIL, NAME, PLACE, PRODUCT, STEM, Account, wanted


def test_report(account: Account) -> None:
    account.publish()
    operation = account.launch(wanted())
    document = report(account.aws, get(account.aws, NAME)).document()
    outputs = document.pop("outputs")
    assert list(outputs) == [
        "AlertsSubscriptionArn",
        "AlertsTopicArn",
        "BucketName",
        "KmsKeyArn",
        "ModelPackageGroupArn",
    ]
    assert document == {
        "name": NAME,
        "product": PRODUCT,
        "version": "1.0.0",
        "config": STEM,
        "status": "AVAILABLE",
        "reason": "",
        "stack": operation.stack,
        "ssm": {f"/ml/{NAME}/BucketName": outputs["BucketName"]},
        "alerts": {"endpoint": EMAIL, "state": "pending"},
    }


def test_what_failed_has_a_reason_and_no_outputs(account: Account) -> None:
    account.s3.create_bucket(Bucket="taken", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    account.publish(template=BROKEN)
    provision(account.aws, prepare(account.aws, wanted(), tell=account.lines.append))
    document = report(account.aws, get(account.aws, NAME)).document()
    assert "taken" in document["reason"]
    assert {key: document[key] for key in ("status", "outputs", "ssm", "alerts")} == {
        "status": "ERROR",
        "outputs": {},
        "ssm": {},
        "alerts": {"endpoint": "", "state": "none"},
    }
    assert account.aws.calls["servicecatalog:GetProvisionedProductOutputs"] == 0


def test_a_product_of_another_role(account: Account) -> None:
    """Then it is told by its name for people."""
    account.new_role("by-hand", service="servicecatalog.amazonaws.com")
    account.publish("ML project: by hand", role="by-hand")
    account.launch(wanted(display_name="ML project: by hand"))
    assert get(account.aws, NAME).product == "ML project: by hand"


def test_nothing_launched(account: Account) -> None:
    assert find(account.aws, NAME) is None
    with pytest.raises(NotLaunchedError) as caught:
        get(account.aws, NAME)
    assert caught.value.exit_code == 1
    assert caught.value.document() == {
        "code": "not-launched",
        "message": f"{NAME}: nothing is launched under this name in {PLACE}",
        "hint": "publisher launch CONFIG launches it; --profile and --region choose where to look",
    }
