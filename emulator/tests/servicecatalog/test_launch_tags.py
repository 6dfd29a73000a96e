"""The tags of launches: AutoTags, TagOptions, and what updates make of them."""

from typing import Any

from tests.conftest import cases
from tests.servicecatalog.account import ACCOUNT, REGION, Launchable, client, refused
from tests.servicecatalog.test_launching import newer, stacks

AUTO = "aws:servicecatalog:"
PRINCIPAL = f"arn:aws:sts::{ACCOUNT}:assumed-role/ml-team-one"


def stack_tags() -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in stacks()[0]["Tags"]}


def allow_tag_updates(launchable: Launchable) -> None:
    allowed = {"Version": "2.0", "Properties": {"TagUpdateOnProvisionedProduct": "ALLOWED"}}
    launchable.constrain("RESOURCE_UPDATE", allowed)


def associate(launchable: Launchable, value: str) -> None:
    option = launchable.account.admin.create_tag_option(Key="team", Value=value)["TagOptionDetail"]["Id"]
    launchable.account.admin.associate_tag_option_with_resource(
        ResourceId=launchable.portfolio, TagOptionId=option
    )


def test_auto_tags_describe_the_launch_after_updates(launchable: Launchable) -> None:
    launchable.provision()
    launched = stack_tags()
    arn = f"arn:aws:iam::{ACCOUNT}:role/ml-team-one"
    other = launchable.account.session(arn, name="other")
    other.update_provisioned_product(ProvisionedProductName="mine", ProvisioningArtifactId=newer(launchable))
    assert launchable.provisioned()["Status"] == "AVAILABLE"
    assert launched[f"{AUTO}provisioningArtifactIdentifier"] == launchable.version
    assert launched[f"{AUTO}provisioningPrincipalArn"] == f"{PRINCIPAL}/someone"
    assert stack_tags() == launched


def test_auto_tags_of_an_import_are_filled_in_by_its_first_update(launchable: Launchable) -> None:
    body = client("s3").get_object(Bucket="templates", Key="topic.yaml")["Body"].read().decode()
    stack = client("cloudformation").create_stack(StackName="old", TemplateBody=body)["StackId"]
    made = launchable.user.import_as_provisioned_product(
        ProductId=launchable.product,
        ProvisioningArtifactId=launchable.version,
        ProvisionedProductName="mine",
        PhysicalId=stack,
    )["RecordDetail"]
    assert stack_tags() == {}
    version = newer(launchable)
    launchable.user.update_provisioned_product(ProvisionedProductName="mine", ProvisioningArtifactId=version)
    identifier = made["ProvisionedProductId"]
    assert launchable.provisioned()["Status"] == "AVAILABLE"
    assert stack_tags() == {
        f"{AUTO}portfolioArn": f"arn:aws:catalog:{REGION}:{ACCOUNT}:portfolio/{launchable.portfolio}",
        f"{AUTO}productArn": f"arn:aws:catalog:{REGION}:{ACCOUNT}:product/{launchable.product}",
        f"{AUTO}provisionedProductArn": f"arn:aws:servicecatalog:{REGION}:{ACCOUNT}:stack/mine/{identifier}",
        f"{AUTO}provisioningArtifactIdentifier": version,
        f"{AUTO}provisioningPrincipalArn": f"{PRINCIPAL}/someone",
    }


@cases(
    ("allowed", "values", "team"),
    {
        "not allowed: as it was": (False, ["ml"], None),
        "not allowed: no choice to make": (False, ["ml", "web"], None),
        "allowed: applied": (True, ["ml"], "ml"),
    },
)
def test_new_tag_options_reach_updates_when_tags_may_change(
    launchable: Launchable, allowed: bool, values: list[str], team: str | None
) -> None:
    launchable.provision()
    for value in values:
        associate(launchable, value)
    if allowed:
        allow_tag_updates(launchable)
    title: Any = [{"Key": "Title", "Value": "bye"}]
    launchable.user.update_provisioned_product(ProvisionedProductName="mine", ProvisioningParameters=title)
    assert (launchable.provisioned()["Status"], stack_tags().get("team")) == ("AVAILABLE", team)


def test_fifty_tags_without_auto_tags(launchable: Launchable) -> None:
    tags = [{"Key": f"k{number}", "Value": "x"} for number in range(50)]
    launchable.provision(Tags=tags)
    assert len(stack_tags()) == 55
    associate(launchable, "ml")
    with refused("InvalidParametersException", "can have 50 tags, TagOptions included, and has 51."):
        launchable.provision("other", Tags=tags)
