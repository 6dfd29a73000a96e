from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from publisher.errors import InputError, Refused
from publisher.launch.deployed import published_template
from publisher.launch.provisioned import get
from publisher.launch.request import LaunchRequest
from publisher.launch.update import PreparedUpdate, ValueChange, prepare_update
from publisher.launch.update_start import ChangedError, start_update
from tests.account import ACCOUNT, BUCKET, PATTERN, REGION
from tests.conftest import cases, raising
from tests.launch.account import EMAIL, NAME, PATH, PRODUCT, STEM, TEMPLATE, Account, launch_request

NEXT = TEMPLATE.replace(
    "  SourceBucket: {Type: String}\n", "  Size: {Type: String, Default: small}\n"
).replace(
    "Topic: {Type: AWS::SNS::Topic}", "Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Size}}"
)
# Fails where somebody else has the bucket.
BROKEN = TEMPLATE.replace(
    "Topic: {Type: AWS::SNS::Topic}",
    "Topic: {Type: AWS::SNS::Topic}\n  More: {Type: AWS::S3::Bucket, Properties: {BucketName: taken}}",
)


def resource_update(account: Account, product_id: str) -> None:
    account.catalog.create_constraint(
        ProductId=product_id,
        PortfolioId=account.portfolio,
        Type="RESOURCE_UPDATE",
        Parameters='{"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}',
    )


@pytest.fixture
def product(account: Account) -> str:
    """A product that is launched, whose launches' tags may change."""
    product_id = account.publish()
    resource_update(account, product_id)
    account.launch(launch_request())
    return product_id


def prepared(account: Account, request: LaunchRequest | None, **options: Any) -> PreparedUpdate:
    return prepare_update(account.aws, get(account.aws, NAME), request, **options)


def updated(account: Account, request: LaunchRequest | None, **options: Any) -> PreparedUpdate:
    """Updated to the end."""
    found = prepared(account, request, **options)
    account.follow(start_update(account.aws, found))
    return found


def stack_of(account: Account) -> tuple[dict[str, str], dict[str, str]]:
    (stack,) = account.client("cloudformation").describe_stacks(StackName=get(account.aws, NAME).stack)[
        "Stacks"
    ]
    tags = {it["Key"]: it["Value"] for it in stack["Tags"] if not it["Key"].startswith("aws:")}
    return {it["ParameterKey"]: it["ParameterValue"] for it in stack["Parameters"]}, tags


def with_parameters(**changes: str | None) -> LaunchRequest:
    parameters = {**launch_request().parameters, **changes}
    named = {name: value for name, value in parameters.items() if value is not None}
    return launch_request(parameters=named, defaults=frozenset(parameters.keys() - named.keys()))


def test_nothing_changes(account: Account, product: str) -> None:
    found = prepared(account, launch_request())
    assert (found.nothing_to_do, found.parameters, found.tags, found.moves) == (True, (), (), False)
    assert (found.version.name, found.newest) == ("1.0.0", "1.0.0")


@cases(
    ("request_", "changes"),
    {
        "a value": (
            with_parameters(LogRetentionDays="365"),
            (ValueChange(name="LogRetentionDays", before="90", after="365"),),
        ),
        "a field that is no longer set": (
            with_parameters(AlertsEmail=None),
            (ValueChange(name="AlertsEmail", before=EMAIL, after=""),),
        ),
    },
)
def test_parameters(
    account: Account, product: str, request_: LaunchRequest, changes: tuple[ValueChange, ...]
) -> None:
    before, tags = stack_of(account)
    assert updated(account, request_).parameters == changes
    assert stack_of(account) == ({**before, **{it.name: it.after for it in changes}}, tags)
    assert prepared(account, request_).nothing_to_do


def test_what_no_config_names_keeps_its_value(account: Account, product: str) -> None:
    updated(account, with_parameters(LogRetentionDays="365"))
    found = updated(account, with_parameters(Environment="test"))
    assert [it.name for it in found.parameters] == ["Environment"]
    assert stack_of(account)[0]["LogRetentionDays"] == "365"


def test_tags(account: Account, product: str) -> None:
    request = launch_request(tags={"team": "fraud"})
    found = updated(account, request, expires="2030-01-31")
    assert found.tags == (
        ValueChange(name="owner", before="ml", after=None),
        ValueChange(name="publisher:expires", before=None, after="2030-01-31"),
        ValueChange(name="team", before=None, after="fraud"),
    )
    assert stack_of(account)[1] == {
        "team": "fraud", "publisher:config": STEM, "publisher:expires": "2030-01-31"
    }  # fmt: skip
    assert get(account.aws, NAME).expires == "2030-01-31"
    # It is kept by updates that say nothing of it.
    assert prepared(account, request).nothing_to_do
    updated(account, None, expires="2031-01-31")
    assert stack_of(account)[1]["publisher:expires"] == "2031-01-31"


def test_tags_that_the_search_does_not_have_yet(account: Account, product: str) -> None:
    """An update right after another keeps the date of that one; a failed one has left none."""
    updated(account, launch_request(), expires="2030-01-31")
    behind = get(account.aws, NAME)
    updated(account, launch_request(), expires="2031-01-31")
    found = replace(get(account.aws, NAME), tags=behind.tags)
    assert prepare_update(account.aws, found, launch_request()).nothing_to_do
    account.s3.create_bucket(Bucket="taken", CreateBucketConfiguration={"LocationConstraint": REGION})
    account.build.version(product, "1.1.0", template=BROKEN)
    with pytest.raises(Exception, match="the update failed: More"):
        updated(account, launch_request(), version="1.1.0", expires="2032-01-31")
    found = replace(get(account.aws, NAME), tags=behind.tags)
    request = launch_request(tags={"team": "fraud"})
    assert prepare_update(account.aws, found, request).all_tags["publisher:expires"] == "2031-01-31"


def test_tags_that_cannot_change(account: Account) -> None:
    account.publish()
    account.launch(launch_request())
    with raising(
        Refused,
        f"{NAME}: the tags of its launches cannot be changed: owner",
        "ask the platform team to add a RESOURCE_UPDATE constraint with "
        "tag_update_on_provisioned_product: ALLOWED",
    ):
        prepared(account, launch_request(tags={"owner": "others"}))


@pytest.mark.parametrize("with_config", [True, False], ids=["by its config", "by its name"])
def test_a_newer_version(account: Account, product: str, with_config: bool) -> None:
    """What the version no longer has is left out, what it adds has its default, the rest stays."""
    account.build.version(product, "2.0.0", template=NEXT)
    request = with_parameters(SourceBucket=None) if with_config else None
    assert (prepared(account, request and launch_request()).moves, prepared(account, None).newest) == (
        False,
        "2.0.0",
    )
    before, tags = stack_of(account)
    found = updated(account, request, version="2.0.0")
    assert found.parameters == (
        ValueChange(name="Size", before=None, after="small"),
        ValueChange(name="SourceBucket", before="edge-source", after=None),
    )
    before.pop("SourceBucket")
    assert stack_of(account) == ({**before, "Size": "small"}, tags)
    assert get(account.aws, NAME).version == "2.0.0"


def test_a_version_that_asks_for_more(account: Account, product: str) -> None:
    account.build.version(product, "2.0.0", template=NEXT.replace(", Default: small", ""))
    with raising(
        Refused,
        f"{NAME}: version 2.0.0 requires Size",
        "set them in a launch config, and update that",
    ):
        prepared(account, None, version="2.0.0")
    with pytest.raises(InputError):
        prepared(account, launch_request(), version="2.0.0")


def test_versions_of_the_past(account: Account, product: str) -> None:
    second = account.build.version(product, "2.0.0", template=NEXT)
    first = get(account.aws, NAME).version_id
    catalog = account.catalog
    catalog.update_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=first, Guidance="DEPRECATED"
    )
    # A launch may stay, and move on.
    assert prepared(account, None).version.name == "1.0.0"
    updated(account, None, version="2.0.0")
    with raising(
        Refused,
        f"{NAME}: version 1.0.0 is deprecated, so 2.0.0 cannot move back to 1.0.0",
        f"ask the platform team to run publisher rollback {PRODUCT} --to 1.0.0 first",
    ):
        prepared(account, None, version="1.0.0")
    catalog.update_provisioning_artifact(ProductId=product, ProvisioningArtifactId=second, Active=False)
    with raising(
        Refused,
        f"{NAME}: its version 2.0.0 is inactive or deleted, so it can only move to another",
        "ask the platform team to publish a version",
    ):
        prepared(account, None)


@cases(
    "info",
    {
        "its object is gone": {"TemplateUrl": f"https://{BUCKET}.s3.{REGION}.amazonaws.com/gone.yaml"},
        "its bucket is gone": {"TemplateUrl": f"https://s3.{REGION}.amazonaws.com/gone-{ACCOUNT}/x.yaml"},
        "no URL": {},
    },
)
def test_a_template_that_is_gone(account: Account, product: str, info: dict[str, str]) -> None:
    """What it would do is not known; it ends no command."""
    account.answer("servicecatalog", "DescribeProvisioningArtifact", {"Info": info})
    version = get(account.aws, NAME).version_id
    assert published_template(account.aws, product_id=product, version_id=version) is None


def test_a_product_that_is_gone_from_the_portfolio(account: Account, product: str) -> None:
    account.catalog.disassociate_principal_from_portfolio(
        PortfolioId=account.portfolio, PrincipalARN=PATTERN, PrincipalType="IAM_PATTERN"
    )
    with raising(
        Refused,
        f"{NAME}: its product {PRODUCT} is no longer available to you",
        "ask the platform team to publish it, or to make your role a principal of its portfolio",
    ):
        prepared(account, None)


@cases(
    ("status", "message"),
    {
        "under change": ("UNDER_CHANGE", f"an operation is in progress: {PRODUCT} 1.0.0"),
        "error": ("ERROR", "ERROR: it has no stack that can be updated: the disk is full"),
    },
)
def test_states_that_cannot_be_updated(account: Account, product: str, status: str, message: str) -> None:
    detail = account.catalog.describe_provisioned_product(Name=NAME)["ProvisionedProductDetail"]
    answer = {"ProvisionedProductDetail": {**detail, "Status": status, "StatusMessage": "the disk is full"}}
    account.answer("servicecatalog", "DescribeProvisionedProduct", answer)
    with pytest.raises(Refused) as caught:
        prepared(account, launch_request())
    assert caught.value.message == f"{NAME}: {message}"
    # It was launched: its data may still be there.
    assert "terminate" not in caught.value.hint
    assert ("continue-update-rollback" in caught.value.hint) == (status == "ERROR")


def test_a_failed_update_can_be_tried_again(account: Account, product: str) -> None:
    """The bucket's name is taken: the update fails, the old stack remains; then it is free."""
    account.s3.create_bucket(Bucket="taken", CreateBucketConfiguration={"LocationConstraint": REGION})
    account.build.version(product, "1.1.0", template=BROKEN)
    with pytest.raises(Exception, match="the update failed: More"):
        updated(account, launch_request(), version="1.1.0")
    assert (get(account.aws, NAME).status, prepared(account, launch_request()).nothing_to_do) == (
        "TAINTED",
        False,
    )
    account.s3.delete_bucket(Bucket="taken")
    updated(account, launch_request(), version="1.1.0")
    assert get(account.aws, NAME).status == "AVAILABLE"


def test_an_update_that_was_started_is_not_started_again(account: Account, product: str) -> None:
    found = prepared(account, with_parameters(LogRetentionDays="365"))
    first = start_update(account.aws, found, rollout="2.0.0")
    with pytest.raises(ChangedError) as raised:
        start_update(account.aws, found, rollout="2.0.0")
    assert raised.value.record == first.record_id
    # Of two at the same moment AWS starts one: they have the same token.
    behind = {"ProvisionedProductDetail": {"LastRecordId": found.provisioned.last_record_id}}
    account.answer("servicecatalog", "DescribeProvisionedProduct", behind)
    assert start_update(account.aws, found, rollout="2.0.0").record_id == first.record_id


def test_a_caller_who_cannot_read_stacks(account: Account, product: str) -> None:
    account.deny("cloudformation", "DescribeStacks")
    found = prepared(account, launch_request())
    assert (found.values, found.nothing_to_do, dict(found.sent)) == (
        None,
        False,
        dict(launch_request().parameters),
    )
    assert PATH in start_update(account.aws, found).again
    # What nobody names would get its default.
    assert set(prepared(account, None).kept) == {"LogRetentionDays", *launch_request().parameters}
    account.build.version(product, "1.1.0", template=NEXT)
    with pytest.raises(Refused, match=r"cannot read its stack, so moving to .* could reset CompanyPrefix, "):
        prepared(account, None, version="1.1.0")
