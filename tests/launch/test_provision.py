from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from publisher.errors import AwsError, InputError, PublisherError, Refused
from publisher.launch.preflight import prepare
from publisher.launch.provision import provision
from publisher.launch.provisioned import find, get
from publisher.launch.selection import Named
from tests.account import ACCOUNT, REGION
from tests.conftest import cases, raising
from tests.launch.account import NAME, PATH, PLACE, PRODUCT, STEM, TEMPLATE, Account, launch_request

CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-fraud/me"


def refused(account: Account, error: type[PublisherError] = Refused, **changes: Any) -> dict[str, str]:
    with pytest.raises(error) as caught:
        prepare(account.aws, launch_request(**changes), report=account.lines.append)
    document = caught.value.document()
    assert document.pop("code") == error.code
    return document


def test_what_is_asked_and_written(account: Account) -> None:
    product_id = account.publish()
    account.build.version(product_id, "1.1.0", template=TEMPLATE)
    operation = account.launch(launch_request())
    (made,) = account.client("cloudformation").describe_stacks(StackName=operation.stack)["Stacks"]
    assert {it["ParameterKey"]: it["ParameterValue"] for it in made["Parameters"]} == {
        **launch_request().parameters,
        "LogRetentionDays": "90",
    }
    tags = {it["Key"]: it["Value"] for it in made["Tags"] if not it["Key"].startswith("aws:")}
    assert tags == {"owner": "ml", "publisher:config": STEM}
    assert dict(account.aws.calls) == {
        "sts:GetCallerIdentity": 1,
        "servicecatalog:DescribeProvisionedProduct": 1,
        "servicecatalog:SearchProducts": 1,
        "servicecatalog:DescribeProduct": 1,
        "servicecatalog:DescribeProvisioningParameters": 1,
        "iam:GetRole": 1,
        "servicecatalog:ListRecordHistory": 1,
        "servicecatalog:ProvisionProduct": 1,
        "servicecatalog:DescribeRecord": 1,
        "cloudformation:DescribeStackEvents": 1,
    }
    held = get(account.aws, NAME)
    assert (held.product, held.version, held.status, held.config, held.stack) == (
        PRODUCT,
        "1.1.0",
        "AVAILABLE",
        STEM,
        made["StackId"],
    )
    assert held.stack_name == operation.stack


@pytest.mark.parametrize("with_history", [True, False], ids=["record history", "no record history"])
def test_a_token_of_something_gone_is_not_used_again(account: Account, with_history: bool) -> None:
    """Three launches of the same request: the second and third are new ones."""
    account.publish()
    if not with_history:
        account.deny("servicecatalog", "ListRecordHistory")
    seen = set()
    for _ in range(3):
        operation = account.launch(launch_request())
        seen.add(operation.record_id)
        held = get(account.aws, NAME)
        assert held.status == "AVAILABLE"
        account.catalog.terminate_provisioned_product(ProvisionedProductId=held.id)
        assert find(account.aws, NAME) is None
    assert len(seen) == 3


def test_a_launch_under_way_is_joined(account: Account) -> None:
    """Two runs that saw the same have the same token, and get the same record."""
    account.publish()
    prepared = prepare(account.aws, launch_request(), report=account.lines.append)
    record = {"RecordId": "rec-1", "Status": "IN_PROGRESS", "ProvisionedProductId": "pp-1"}
    account.answer("servicecatalog", "ProvisionProduct", {"RecordDetail": record})
    assert provision(account.aws, prepared).record_id == "rec-1"


def test_only_the_past_is_answered(account: Account) -> None:
    account.publish()
    prepared = prepare(account.aws, launch_request(), report=account.lines.append)
    record = {"RecordId": "rec-1", "Status": "SUCCEEDED", "ProvisionedProductId": "pp-1"}
    account.answer("servicecatalog", "ProvisionProduct", {"RecordDetail": record})
    with raising(
        AwsError,
        f"{NAME}: Service Catalog answers with records of past launches, last rec-1",
        "change a tag in the config to make it a new request",
    ):
        provision(account.aws, prepared)


def test_another_place(account: Account) -> None:
    assert refused(account, account_id="222222222222") == {
        "message": f"{PATH}: the config is for account 222222222222, but you are {CALLER}",
        "hint": "choose a --profile of account 222222222222",
    }
    assert refused(account, region="eu-west-1") == {
        "message": f"{PATH}: the config is for Region eu-west-1, but you work in {REGION}",
        "hint": "add --region eu-west-1",
    }


def test_the_name_of_another_config(account: Account) -> None:
    account.publish()
    account.launch(launch_request(config="edge-other"))
    assert refused(account) == {
        "message": f"{NAME}: config 'edge-other' already uses this name: {PRODUCT} 1.0.0, AVAILABLE",
        "hint": "only one config of a name can be launched at a time: "
        f"run publisher terminate {NAME} --force first, or change use_case or workload",
    }


def test_already_launched(account: Account) -> None:
    account.publish()
    account.launch(launch_request())
    assert refused(account) == {
        "message": f"{NAME}: already launched from this config: {PRODUCT} 1.0.0, AVAILABLE",
        "hint": f"run publisher changes {PATH} to see what an update would change, "
        f"publisher update {PATH} to update it, publisher terminate {PATH} --force to delete it",
    }


def test_the_name_of_a_launch_without_a_config(account: Account) -> None:
    """Launched in the console, say."""
    product_id = account.publish()
    parameters = [{"Key": key, "Value": value} for key, value in launch_request().parameters.items()]
    account.aws.client("servicecatalog").provision_product(
        ProductId=product_id,
        ProvisioningArtifactName="1.0.0",
        ProvisionedProductName=NAME,
        ProvisioningParameters=parameters,
    )
    assert refused(account) == {
        "message": f"{NAME}: a launch without a config already uses this name: {PRODUCT} 1.0.0, AVAILABLE",
        "hint": f"run publisher terminate {NAME} --force first, or change use_case or workload in the config",
    }


# Its stack may hold data, so that nothing proposes to remove it.
HELD = (
    "its stack may still hold all its data, often in UPDATE_ROLLBACK_FAILED: an update failed, and so did "
    "its rollback; a termination would delete that data: fix what the stack's events name, then have "
    "somebody with an operations role run aws cloudformation continue-update-rollback --stack-name with the "
    f"stack's name, and look with publisher outputs {PATH}"
)


@cases(
    ("status", "message", "hint"),
    {
        "under change": (
            "UNDER_CHANGE",
            f"an operation is in progress: {PRODUCT} 1.0.0, UNDER_CHANGE",
            f"run publisher outputs {PATH} to see its status",
        ),
        "error": (
            "ERROR",
            f"already launched from this config: {PRODUCT} 1.0.0, ERROR: the disk is full",
            f"fix this, then run publisher terminate {PATH} --force and launch again",
        ),
        "error after a success": (
            "ERROR",
            f"already launched from this config: {PRODUCT} 1.0.0, ERROR: the disk is full",
            HELD,
        ),
        "tainted": (
            "TAINTED",
            f"already launched from this config: {PRODUCT} 1.0.0, TAINTED: the disk is full",
            f"fix this, then run publisher update {PATH} to try it again",
        ),
    },
)
def test_the_name_of_a_launch_in_trouble(account: Account, status: str, message: str, hint: str) -> None:
    account.publish()
    account.launch(launch_request())
    detail = account.catalog.describe_provisioned_product(Name=NAME)["ProvisionedProductDetail"]
    if hint != HELD:
        del detail["LastSuccessfulProvisioningRecordId"]
    answer = {"ProvisionedProductDetail": {**detail, "Status": status, "StatusMessage": "the disk is full"}}
    account.answer("servicecatalog", "DescribeProvisionedProduct", answer)
    assert refused(account) == {"message": f"{NAME}: {message}", "hint": hint}


def test_a_launch_that_the_caller_cannot_see(account: Account) -> None:
    account.publish()
    prepared = prepare(account.aws, launch_request(), report=account.lines.append)
    account.launch(launch_request(tags={}))
    with raising(
        Refused,
        f"{NAME}: another user's launch already uses this name in {PLACE}",
        "change use_case or workload in the config",
    ):
        provision(account.aws, prepared)


def test_a_launch_path_that_is_gone(account: Account) -> None:
    account.publish()
    prepared = prepare(account.aws, launch_request(), report=account.lines.append)
    stale = replace(prepared, path=Named(id="lpv3-stale", name="ML"))
    with raising(
        Refused,
        f"{NAME}: the launch path lpv3-stale through portfolio 'ML' no longer exists",
        "the product was put in its portfolio again; run the command again",
    ):
        provision(account.aws, stale)


def test_values_that_the_product_does_not_take(account: Account) -> None:
    account.publish()
    parameters = {**launch_request().parameters, "LogRetentionDays": "91"}
    document = refused(account, InputError, parameters=parameters)
    assert (
        document["message"]
        == f"{PATH}: parameter LogRetentionDays of version 1.0.0 must be one of 90, 365, not '91'"
    )


def test_what_service_catalog_refuses(account: Account) -> None:
    account.publish()
    prepared = prepare(account.aws, launch_request(), report=account.lines.append)
    account.deny("servicecatalog", "ProvisionProduct", code="InvalidParametersException")
    with raising(
        AwsError,
        f"{NAME}: cannot launch {PRODUCT} 1.0.0: "
        "ProvisionProduct answered InvalidParametersException: not for you",
        f"fix {PATH}, or create what it refers to, then launch again",
    ):
        provision(account.aws, prepared)


def test_a_caller_without_rights(account: Account) -> None:
    account.deny("servicecatalog", "SearchProducts")
    assert refused(account, AwsError) == {
        "message": f"{PRODUCT}: cannot read the catalog: "
        "SearchProducts answered AccessDeniedException: not for you",
        "hint": "allow this operation in your role's policy, or choose another --profile",
    }


@pytest.mark.parametrize("levels", [("Account",), ("Account", "Role")], ids=["role", "user"])
def test_a_caller_with_a_narrow_view(account: Account, levels: tuple[str, ...]) -> None:
    """AWSServiceCatalogEndUserFullAccess shows a user his own launches only."""
    account.publish()
    account.launch(launch_request())
    whole = find(account.aws, NAME)
    for level in levels:
        account.deny("servicecatalog", "SearchProvisionedProducts", naming=f'"Key": "{level}"')
    assert find(account.aws, NAME) == whole


def test_a_caller_without_permission_to_search(account: Account) -> None:
    """Then names, config and stack stay unknown."""
    account.publish()
    account.launch(launch_request())
    account.deny("servicecatalog", "SearchProvisionedProducts")
    held = get(account.aws, NAME)
    assert (held.product, held.version, held.config, held.stack, held.stack_name) == (PRODUCT, "", "", "", "")
    assert str(held) == PRODUCT


def test_a_search_that_fails(account: Account) -> None:
    account.publish()
    account.launch(launch_request())
    account.deny("servicecatalog", "SearchProvisionedProducts", code="InvalidParametersException")
    with raising(
        AwsError,
        f"{NAME}: cannot look up the launch: "
        "SearchProvisionedProducts answered InvalidParametersException: not for you",
        "fix this, then run the command again",
    ):
        find(account.aws, NAME)
