from __future__ import annotations

import pytest

from publisher.launch.outputs import describe, outputs_of
from publisher.launch.preflight import prepare
from publisher.launch.provision import provision
from publisher.launch.provisioned import NotLaunchedError, find, get
from tests.launch.account import (
    BROKEN,
    EMAIL,
    FORM,
    NAME,
    PLACE,
    PRODUCT,
    ROLES,
    STEM,
    Account,
    launch_request,
)


def test_report(account: Account) -> None:
    account.publish()
    operation = account.launch(launch_request())
    document = describe(account.aws, get(account.aws, NAME), roles=ROLES, ssm=FORM.ssm(NAME)).document()
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


def test_outputs_of_a_caller_with_the_managed_policy_alone(account: Account) -> None:
    outputs = account.launched()
    account.deny("servicecatalog", "GetProvisionedProductOutputs")
    assert outputs and outputs_of(account.aws, get(account.aws, NAME)) == outputs


def test_what_failed_has_a_reason_and_no_outputs(account: Account) -> None:
    account.publish(template=BROKEN)
    provision(account.aws, prepare(account.aws, launch_request(), report=account.lines.append))
    document = describe(account.aws, get(account.aws, NAME), roles=ROLES, ssm=FORM.ssm(NAME)).document()
    assert "taken" in document["reason"]
    assert {key: document[key] for key in ("status", "outputs", "ssm", "alerts")} == {
        "status": "ERROR",
        "outputs": {},
        "ssm": {},
        "alerts": {"endpoint": "", "state": "none"},
    }
    assert account.aws.calls["servicecatalog:GetProvisionedProductOutputs"] == 0


def test_a_product_of_another_role(account: Account) -> None:
    """Then its display name identifies it."""
    account.role("by-hand", service="servicecatalog.amazonaws.com")
    account.publish("ML project: by hand", role="by-hand")
    account.launch(launch_request(display_name="ML project: by hand"))
    assert get(account.aws, NAME).product == "ML project: by hand"


def test_nothing_launched(account: Account) -> None:
    assert find(account.aws, NAME) is None
    with pytest.raises(NotLaunchedError) as caught:
        get(account.aws, NAME)
    assert caught.value.exit_code == 1
    assert caught.value.document() == {
        "code": "not-launched",
        "message": f"{NAME}: no launch has this name in {PLACE}",
        "hint": "launch it with publisher launch CONFIG, or choose another --profile or --region",
    }
