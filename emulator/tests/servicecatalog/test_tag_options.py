from __future__ import annotations

from tests.servicecatalog.account import ACCOUNT, Account, refused


def option(world: Account, key: str = "team", value: str = "ml") -> str:
    return str(world.admin.create_tag_option(Key=key, Value=value)["TagOptionDetail"]["Id"])


def test_life_of_a_tag_option(world: Account) -> None:
    identifier = option(world)
    detail = {"Id": identifier, "Key": "team", "Value": "ml", "Active": True, "Owner": ACCOUNT}
    assert world.admin.describe_tag_option(Id=identifier)["TagOptionDetail"] == detail
    with refused("DuplicateResourceException", "TagOption team=ml exists already."):
        option(world)
    other = option(world, value="web")
    with refused("DuplicateResourceException", "TagOption team=ml exists already."):
        world.admin.update_tag_option(Id=other, Value="ml")
    world.admin.update_tag_option(Id=other, Value="ops", Active=False)
    assert world.admin.list_tag_options()["TagOptionDetails"] == [
        detail,
        {**detail, "Id": other, "Value": "ops", "Active": False},
    ]
    assert world.admin.list_tag_options(Filters={"Active": True})["TagOptionDetails"] == [detail]
    assert world.admin.list_tag_options(Filters={"Key": "x"})["TagOptionDetails"] == []
    world.admin.delete_tag_option(Id=identifier)
    for call in (
        world.admin.describe_tag_option,
        world.admin.update_tag_option,
        world.admin.delete_tag_option,
    ):
        with refused("ResourceNotFoundException", f"TagOption {identifier} not found."):
            call(Id=identifier)


def test_associations(world: Account) -> None:
    portfolio, product, _ = world.offered()
    identifier = option(world)
    for resource in (portfolio, product):
        world.admin.associate_tag_option_with_resource(ResourceId=resource, TagOptionId=identifier)
    shown = [{"Id": identifier, "Key": "team", "Value": "ml", "Active": True, "Owner": ACCOUNT}]
    assert world.admin.describe_portfolio(Id=portfolio)["TagOptions"] == shown
    assert world.admin.describe_product_as_admin(Id=product)["TagOptions"] == shown
    with refused("DuplicateResourceException", f"is already associated with {product}."):
        world.admin.associate_tag_option_with_resource(ResourceId=product, TagOptionId=identifier)
    with refused("ResourceInUseException", "is associated with resources."):
        world.admin.delete_tag_option(Id=identifier)
    listed = world.admin.list_resources_for_tag_option(TagOptionId=identifier)["ResourceDetails"]
    assert [one["Id"] for one in listed] == sorted([portfolio, product])
    for kind, expected in (("Portfolio", portfolio), ("Product", product)):
        listed = world.admin.list_resources_for_tag_option(TagOptionId=identifier, ResourceType=kind)
        assert [one["Id"] for one in listed["ResourceDetails"]] == [expected]
    with refused("InvalidParametersException", "ResourceType is one of Portfolio, Product, not Stack"):
        world.admin.list_resources_for_tag_option(TagOptionId=identifier, ResourceType="Stack")
    world.admin.disassociate_tag_option_from_resource(ResourceId=product, TagOptionId=identifier)
    with refused("ResourceNotFoundException", f"is not associated with {product}."):
        world.admin.disassociate_tag_option_from_resource(ResourceId=product, TagOptionId=identifier)


def test_what_is_not_there(world: Account) -> None:
    identifier, portfolio = option(world), world.portfolio()
    with refused("ResourceNotFoundException", "Resource prod-none not found."):
        world.admin.associate_tag_option_with_resource(ResourceId="prod-none", TagOptionId=identifier)
    with refused("ResourceNotFoundException", "TagOption tag-none not found."):
        world.admin.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId="tag-none")
    with refused("ResourceNotFoundException", "TagOption tag-none not found."):
        world.admin.list_resources_for_tag_option(TagOptionId="tag-none")


def test_limits(world: Account) -> None:
    portfolio = world.portfolio()
    for number in range(25):
        identifier = option(world, value=str(number))
        world.admin.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId=identifier)
    with refused("LimitExceededException", "the limit of 25 values of a TagOption key."):
        option(world)
    with refused("LimitExceededException", "the limit of 25 TagOptions of a resource."):
        world.admin.associate_tag_option_with_resource(
            ResourceId=portfolio, TagOptionId=option(world, key="other")
        )
    first = world.admin.list_tag_options()
    assert len(first["TagOptionDetails"]) == 20
    assert len(world.admin.list_tag_options(PageToken=first["PageToken"])["TagOptionDetails"]) == 6
