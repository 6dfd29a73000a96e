from tests.servicecatalog.account import ACCOUNT, Account, refused


def option(account: Account, key: str = "team", value: str = "ml") -> str:
    return str(account.admin.create_tag_option(Key=key, Value=value)["TagOptionDetail"]["Id"])


def test_tag_option_lifecycle(account: Account) -> None:
    identifier = option(account)
    detail = {"Id": identifier, "Key": "team", "Value": "ml", "Active": True, "Owner": ACCOUNT}
    assert account.admin.describe_tag_option(Id=identifier)["TagOptionDetail"] == detail
    with refused("DuplicateResourceException", "TagOption team=ml already exists."):
        option(account)
    other = option(account, value="web")
    with refused("DuplicateResourceException", "TagOption team=ml already exists."):
        account.admin.update_tag_option(Id=other, Value="ml")
    account.admin.update_tag_option(Id=other, Value="ops", Active=False)
    assert account.admin.list_tag_options()["TagOptionDetails"] == [
        detail,
        {**detail, "Id": other, "Value": "ops", "Active": False},
    ]
    assert account.admin.list_tag_options(Filters={"Active": True})["TagOptionDetails"] == [detail]
    assert account.admin.list_tag_options(Filters={"Key": "x"})["TagOptionDetails"] == []
    account.admin.delete_tag_option(Id=identifier)
    for call in (
        account.admin.describe_tag_option,
        account.admin.update_tag_option,
        account.admin.delete_tag_option,
    ):
        with refused("ResourceNotFoundException", f"TagOption {identifier} not found."):
            call(Id=identifier)


def test_associations(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    identifier = option(account)
    for resource in (portfolio, product):
        account.admin.associate_tag_option_with_resource(ResourceId=resource, TagOptionId=identifier)
    shown = [{"Id": identifier, "Key": "team", "Value": "ml", "Active": True, "Owner": ACCOUNT}]
    assert account.admin.describe_portfolio(Id=portfolio)["TagOptions"] == shown
    assert account.admin.describe_product_as_admin(Id=product)["TagOptions"] == shown
    with refused("DuplicateResourceException", f"is already associated with {product}."):
        account.admin.associate_tag_option_with_resource(ResourceId=product, TagOptionId=identifier)
    with refused("ResourceInUseException", "is associated with resources."):
        account.admin.delete_tag_option(Id=identifier)
    listed = account.admin.list_resources_for_tag_option(TagOptionId=identifier)["ResourceDetails"]
    assert [one["Id"] for one in listed] == sorted([portfolio, product])
    for kind, expected in (("Portfolio", portfolio), ("Product", product)):
        listed = account.admin.list_resources_for_tag_option(TagOptionId=identifier, ResourceType=kind)
        assert [one["Id"] for one in listed["ResourceDetails"]] == [expected]
    with refused("InvalidParametersException", "ResourceType must be one of Portfolio, Product: Stack"):
        account.admin.list_resources_for_tag_option(TagOptionId=identifier, ResourceType="Stack")
    account.admin.disassociate_tag_option_from_resource(ResourceId=product, TagOptionId=identifier)
    with refused("ResourceNotFoundException", f"is not associated with {product}."):
        account.admin.disassociate_tag_option_from_resource(ResourceId=product, TagOptionId=identifier)


def test_unknown_ids(account: Account) -> None:
    identifier, portfolio = option(account), account.portfolio()
    with refused("ResourceNotFoundException", "Resource prod-none not found."):
        account.admin.associate_tag_option_with_resource(ResourceId="prod-none", TagOptionId=identifier)
    with refused("ResourceNotFoundException", "TagOption tag-none not found."):
        account.admin.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId="tag-none")
    with refused("ResourceNotFoundException", "TagOption tag-none not found."):
        account.admin.list_resources_for_tag_option(TagOptionId="tag-none")


def test_quotas(account: Account) -> None:
    portfolio = account.portfolio()
    for number in range(25):
        identifier = option(account, value=str(number))
        account.admin.associate_tag_option_with_resource(ResourceId=portfolio, TagOptionId=identifier)
    with refused("LimitExceededException", "the limit of 25 values of a TagOption key."):
        option(account)
    with refused("LimitExceededException", "the limit of 25 TagOptions of a resource."):
        account.admin.associate_tag_option_with_resource(
            ResourceId=portfolio, TagOptionId=option(account, key="other")
        )
    first = account.admin.list_tag_options()
    assert len(first["TagOptionDetails"]) == 20
    assert len(account.admin.list_tag_options(PageToken=first["PageToken"])["TagOptionDetails"]) == 6
