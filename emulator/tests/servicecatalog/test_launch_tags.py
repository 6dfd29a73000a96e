"""The tags of launches: AutoTags, TagOptions, and what updates make of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.servicecatalog.account import ACCOUNT, REGION, Account, client, refused
from tests.servicecatalog.test_launching import Offer, newer

AUTO = "aws:servicecatalog:"
PRINCIPAL = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-one"


@pytest.fixture
def offer(account: Account) -> Offer:
    return Offer(account)


def tags_of(offer: Offer) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in offer.stacks()[0]["Tags"]}


def allow_tag_updates(offer: Offer) -> None:
    allowed = {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}
    offer.account.constrain(offer.portfolio, offer.product, "RESOURCE_UPDATE", allowed)


def associate(offer: Offer, value: str) -> None:
    option = offer.account.admin.create_tag_option(Key="team", Value=value)["TagOptionDetail"]["Id"]
    offer.account.admin.associate_tag_option_with_resource(ResourceId=offer.portfolio, TagOptionId=option)


def test_auto_tags_tell_of_the_launch_after_updates_too(offer: Offer) -> None:
    offer.provision()
    launched = tags_of(offer)
    arn = f"arn:aws:iam::{ACCOUNT}:role/ml-team-one"
    other = offer.account.session(arn, name="other")
    other.update_provisioned_product(ProvisionedProductName="mine", ProvisioningArtifactId=newer(offer))
    assert offer.status() == "AVAILABLE"
    assert launched[f"{AUTO}provisioningArtifactIdentifier"] == offer.version
    assert launched[f"{AUTO}provisioningPrincipalArn"] == f"{PRINCIPAL}/someone"
    assert tags_of(offer) == launched


def test_auto_tags_of_an_import_are_filled_in_by_its_first_update(offer: Offer) -> None:
    body = client("s3").get_object(Bucket="templates", Key="topic.yaml")["Body"].read().decode()
    stack = client("cloudformation").create_stack(StackName="old", TemplateBody=body)["StackId"]
    made = offer.user.import_as_provisioned_product(
        ProductId=offer.product,
        ProvisioningArtifactId=offer.version,
        ProvisionedProductName="mine",
        PhysicalId=stack,
    )["RecordDetail"]
    assert tags_of(offer) == {}
    version = newer(offer)
    offer.user.update_provisioned_product(ProvisionedProductName="mine", ProvisioningArtifactId=version)
    identifier = made["ProvisionedProductId"]
    assert offer.status() == "AVAILABLE"
    assert tags_of(offer) == {
        f"{AUTO}portfolioArn": f"arn:aws:catalog:{REGION}:{ACCOUNT}:portfolio/{offer.portfolio}",
        f"{AUTO}productArn": f"arn:aws:catalog:{REGION}:{ACCOUNT}:product/{offer.product}",
        f"{AUTO}provisionedProductArn": f"arn:aws:servicecatalog:{REGION}:{ACCOUNT}:stack/mine/{identifier}",
        f"{AUTO}provisioningArtifactIdentifier": version,
        f"{AUTO}provisioningPrincipalArn": f"{PRINCIPAL}/someone",
    }


@pytest.mark.parametrize(
    ("allowed", "values", "team"),
    [
        pytest.param(False, ["ml"], None, id="not allowed: as it was"),
        pytest.param(False, ["ml", "web"], None, id="not allowed: no choice to make"),
        pytest.param(True, ["ml"], "ml", id="allowed: applied"),
    ],
)
def test_new_tag_options_reach_updates_when_tags_may_change(
    offer: Offer, allowed: bool, values: list[str], team: str | None
) -> None:
    offer.provision()
    for value in values:
        associate(offer, value)
    if allowed:
        allow_tag_updates(offer)
    title: Any = [{"Key": "Title", "Value": "bye"}]
    offer.user.update_provisioned_product(ProvisionedProductName="mine", ProvisioningParameters=title)
    assert (offer.status(), tags_of(offer).get("team")) == ("AVAILABLE", team)


def test_fifty_tags_without_auto_tags(offer: Offer) -> None:
    tags = [{"Key": f"k{number}", "Value": "x"} for number in range(50)]
    offer.provision(Tags=tags)
    assert len(tags_of(offer)) == 55
    associate(offer, "ml")
    with refused("InvalidParametersException", "can have 50 tags, TagOptions included, and has 51."):
        offer.provision("other", Tags=tags)
