from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from publisher.bootstrap.deployment import Readers, Result, Step
from publisher.bootstrap.in_use import launches_with
from publisher.bootstrap.stacks import Action
from publisher.bootstrap.templates import BUCKET_STACK, ROLES_STACK
from publisher.errors import AwsError, Refused
from tests.account import ACCOUNT
from tests.bootstrap.account import Account, launch, launch_role, publish, withdraw
from tests.conftest import raising

ROLES = [launch_role("ml-a"), launch_role("ml-b")]
NOBODY = Readers()
NAMES = ("launch-ml-a", "launch-ml-b")


def removal(roles: Action, bucket: Action, *, region: str = "us-west-2") -> Result:
    return Result(
        account_id=ACCOUNT,
        region=region,
        bucket=f"publisher-{ACCOUNT}-{region}",
        roles=NAMES if roles == "delete" else (),
        steps=(
            Step(stack=ROLES_STACK, region=region, action=roles, roles=2 if roles == "delete" else 0),
            Step(stack=BUCKET_STACK, region=region, action=bucket),
        ),
    )


def refusal(account: Account, *, region: str = "us-west-2", regions: tuple[str, ...] = ()) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        account.bootstrap(region).plan_removal(regions)
    return caught.value.message, caught.value.hint


def test_nothing_to_remove(account: Account) -> None:
    bootstrap = account.bootstrap()
    plan = bootstrap.plan_removal([])
    assert plan == removal("absent", "absent")
    assert not plan.changes
    assert bootstrap.remove(plan) == plan


def test_remove_takes_everything(account: Account) -> None:
    bootstrap = account.bootstrap()
    bootstrap.deploy(ROLES, NOBODY)
    bucket = f"publisher-{ACCOUNT}-us-west-2"
    s3 = account.client("s3")
    for body in ("one", "two"):
        s3.put_object(Bucket=bucket, Key="templates/a.yaml", Body=body)
    s3.delete_object(Bucket=bucket, Key="templates/a.yaml")
    plan = bootstrap.plan_removal(["eu-west-1"])
    assert plan == removal("delete", "delete")
    assert bootstrap.remove(plan) == plan
    assert f"{bucket}: deleting all object versions" in account.notes
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=bucket)
    assert account.client("iam").list_roles()["Roles"] == []
    assert account.client("ssm").describe_parameters()["Parameters"] == []
    assert bootstrap.plan_removal([]) == removal("absent", "absent")


def test_published_products_keep_the_bucket(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    product = publish(account, "ml-a", role="launch-ml-a")
    assert refusal(account) == (
        "the bucket contains templates of published products: ml-a",
        "delete these products first",
    )
    withdraw(account, product)
    assert account.bootstrap().plan_removal([]) == removal("delete", "delete")


def test_launches_keep_the_roles(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    product = publish(account, "ml-a", role="launch-ml-a")
    launch(account, product, "churn")
    withdraw(account, product)
    assert refusal(account) == (
        "launches in us-west-2 use the launch roles: churn (launch-ml-a)",
        "terminate these launches first",
    )


def test_launches_in_another_region_keep_the_roles(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    account.bootstrap("eu-west-1").deploy(ROLES, NOBODY)
    assert refusal(account, regions=("eu-west-1", "us-west-2")) == (
        "the launch roles are in us-west-2, and eu-west-1 is still bootstrapped",
        "run publisher --region eu-west-1 bootstrap --remove first",
    )
    product = publish(account, "ml-b", role="launch-ml-b", region="eu-west-1")
    launch(account, product, "fraud", region="eu-west-1")
    assert refusal(account, regions=("eu-west-1",)) == (
        "launches in eu-west-1 use the launch roles: fraud (launch-ml-b)",
        "terminate these launches first",
    )


def test_a_second_region_is_removed_alone(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    there = account.bootstrap("eu-west-1")
    there.deploy(ROLES, NOBODY)
    plan = there.plan_removal(["us-west-2"])
    assert plan == removal("absent", "delete", region="eu-west-1")
    assert there.remove(plan) == plan
    assert account.bootstrap().plan(ROLES, NOBODY).changes is False


def test_a_role_in_use_is_not_lost_with_its_product(account: Account) -> None:
    account.bootstrap().deploy(ROLES, NOBODY)
    left = [launch_role("ml-b")]
    assert [step.action for step in account.bootstrap().plan(left, NOBODY).steps] == ["unchanged", "update"]
    launch(account, publish(account, "ml-a", role="launch-ml-a"), "churn")
    with raising(
        Refused,
        "launches in us-west-2 use roles of products that were removed: churn (launch-ml-a)",
        "terminate these launches first, or restore the products",
    ):
        account.bootstrap().plan(left, NOBODY, regions=["eu-west-1"])


def test_an_object_that_cannot_be_deleted(account: Account) -> None:
    bootstrap = account.bootstrap()
    bootstrap.deploy(ROLES, NOBODY)
    bucket = f"publisher-{ACCOUNT}-us-west-2"
    plan = bootstrap.plan_removal([])
    with Stubber(account.client("s3")) as stub:
        stub.add_response("list_object_versions", {"Versions": [{"Key": "a", "VersionId": "1"}]})
        stub.add_response("delete_objects", {"Errors": [{"Key": "a", "Code": "AccessDenied"}]})
        with pytest.raises(AwsError) as caught:
            bootstrap.remove(plan)
    assert caught.value.message == f"{bucket}: cannot delete a: AccessDenied: None"
    assert caught.value.aws_code == "AccessDenied"


def test_every_page_of_launches_is_read_and_an_unknown_role_counts(account: Account) -> None:
    everyone = {"AccessLevelFilter": {"Key": "Account", "Value": "self"}, "PageSize": 100}
    roles = {"a": "launch-ml-a", "b": "", "c": "other"}
    with Stubber(account.client("servicecatalog")) as stub:
        for pages in ({"NextPageToken": "more"}, {}):
            names = ["a"] if pages else ["b", "c"]
            found = {"ProvisionedProducts": [{"Id": f"pp-{name}", "Name": name} for name in names], **pages}
            expected = everyone if pages else {**everyone, "PageToken": "more"}
            stub.add_response("search_provisioned_products", found, expected)
            for name in names:
                arn = f"arn:aws:iam::{ACCOUNT}:role/{roles[name]}" if roles[name] else ""
                detail = {"LaunchRoleArn": arn} if arn else {}
                stub.add_response(
                    "describe_provisioned_product", {"ProvisionedProductDetail": detail}, {"Id": f"pp-{name}"}
                )
        assert launches_with(account.aws, NAMES) == ("a (launch-ml-a)", "b (role unknown)")
