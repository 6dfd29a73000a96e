"""Copies of products, and their budgets.

https://docs.aws.amazon.com/servicecatalog/latest/dg/API_CopyProduct.html
https://docs.aws.amazon.com/servicecatalog/latest/dg/API_AssociateBudgetWithResource.html
"""

from typing import Any

import pytest

from tests.servicecatalog.account import ACCOUNT, REGION, Account, Elsewhere, client, refused


def arn(product: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:catalog:{REGION}:{account}:product/{product}"


def copied(admin: Any, **request: Any) -> Any:
    token = admin.copy_product(**request)["CopyProductToken"]
    found = admin.describe_copy_product_status(CopyProductToken=token)
    found.pop("ResponseMetadata")
    return found


def versions(admin: Any, product: str) -> list[str]:
    found = admin.list_provisioning_artifacts(ProductId=product)["ProvisioningArtifactDetails"]
    return [one["Name"] for one in found]


def test_into_a_new_product(account: Account) -> None:
    product, version = account.product(Tags=[{"Key": "a", "Value": "1"}])
    account.admin.create_provisioning_artifact(ProductId=product, Parameters=account.version("2.0.0"))
    status = copied(account.admin, SourceProductArn=arn(product), TargetProductName="twin")
    target = status["TargetProductId"]
    assert status == {"CopyProductStatus": "SUCCEEDED", "TargetProductId": target}
    described = account.admin.describe_product_as_admin(Id=target)
    assert described["ProductViewDetail"]["ProductViewSummary"]["Name"] == "twin"
    assert described["Tags"] == []
    assert versions(account.admin, target) == ["1.0.0", "2.0.0"]
    found = account.admin.search_products_as_admin(Filters={"SourceProductId": [product]})[
        "ProductViewDetails"
    ]
    assert [one["ProductViewSummary"]["ProductId"] for one in found] == [target]
    with_tags = copied(
        account.admin,
        SourceProductArn=arn(product),
        CopyOptions=["CopyTags"],
        SourceProvisioningArtifactIdentifiers=[{"Id": version}],
    )["TargetProductId"]
    described = account.admin.describe_product_as_admin(Id=with_tags)
    assert described["Tags"] == [{"Key": "a", "Value": "1"}]
    assert described["ProductViewDetail"]["ProductViewSummary"]["Name"] == "topic"
    assert versions(account.admin, with_tags) == ["1.0.0"]


def test_into_an_existing_product(account: Account) -> None:
    (source, _), (target, _) = account.product(), account.product("other")
    assert copied(account.admin, SourceProductArn=arn(source), TargetProductId=target) == {
        "CopyProductStatus": "SUCCEEDED",
        "TargetProductId": target,
    }
    assert versions(account.admin, target) == ["1.0.0", "1.0.0"]


def test_from_another_account(account: Account) -> None:
    portfolio, product, _ = account.associated_product()
    spoke = Elsewhere()
    with refused("ResourceNotFoundException", f"Product {product} not found."):
        spoke.admin.copy_product(SourceProductArn=arn(product))
    account.admin.create_portfolio_share(PortfolioId=portfolio, AccountId=spoke.account_id)
    spoke.admin.accept_portfolio_share(PortfolioId=portfolio)
    target = copied(spoke.admin, SourceProductArn=arn(product))["TargetProductId"]
    assert versions(spoke.admin, target) == ["1.0.0"]
    spoke.admin.delete_product(Id=target)


def test_copies_are_refused(account: Account) -> None:
    product, _ = account.product()
    external = account.admin.create_product(
        Name="terraform",
        Owner="Team",
        ProductType="EXTERNAL",
        ProvisioningArtifactParameters={**account.version("1"), "Type": "EXTERNAL"},
    )["ProductViewDetail"]["ProductViewSummary"]["ProductId"]
    copy = account.admin.copy_product
    with refused("InvalidParametersException", "Not the ARN of a product: arn:aws:s3:::x"):
        copy(SourceProductArn="arn:aws:s3:::x")
    with refused("InvalidParametersException", "Specify either TargetProductId or TargetProductName."):
        copy(SourceProductArn=arn(product), TargetProductId=external, TargetProductName="x")
    with refused("InvalidParametersException", "of type CLOUD_FORMATION_TEMPLATE cannot be copied to"):
        copy(SourceProductArn=arn(product), TargetProductId=external)
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        copy(SourceProductArn=arn("prod-none"))
    with refused("ResourceNotFoundException", "Product prod-none not found."):
        copy(SourceProductArn=arn(product), TargetProductId="prod-none")
    with refused("ResourceNotFoundException", "Provisioning artifact pa-none"):
        copy(SourceProductArn=arn(product), SourceProvisioningArtifactIdentifiers=[{"Id": "pa-none"}])
    with refused("ResourceNotFoundException", "Copy copyproduct-none not found."):
        account.admin.describe_copy_product_status(CopyProductToken="copyproduct-none")


def test_quotas(account: Account) -> None:
    (source, _), (target, _) = account.product(), account.product("other")
    for number in range(6):
        copied(account.admin, SourceProductArn=arn(target), TargetProductId=source)
        copied(account.admin, SourceProductArn=arn(source), TargetProductId=target)
        assert number < 6
    status = {"CopyProductStatus": "SUCCEEDED"}
    while status["CopyProductStatus"] == "SUCCEEDED":
        status = copied(account.admin, SourceProductArn=arn(source), TargetProductId=target)
    assert status == {
        "CopyProductStatus": "FAILED",
        "TargetProductId": target,
        "StatusDetail": "A product can have 100 provisioning artifacts.",
    }
    for number in range(348):
        copied(account.admin, SourceProductArn=arn(target), TargetProductName=f"p{number}")
    status = copied(account.admin, SourceProductArn=arn(source))
    assert status == {
        "CopyProductStatus": "FAILED",
        "StatusDetail": "You have reached the limit of 350 products.",
    }


def budget(name: str) -> None:
    client("budgets").create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": name,
            "BudgetLimit": {"Amount": "10", "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        },
    )


@pytest.mark.parametrize("kind", ["portfolio", "product"])
def test_budgets(account: Account, kind: str) -> None:
    portfolio, product, _ = account.associated_product()
    resource = portfolio if kind == "portfolio" else product
    budget("team")
    budget("other")
    admin = account.admin
    admin.associate_budget_with_resource(BudgetName="team", ResourceId=resource)
    shown = [{"BudgetName": "team"}]
    assert admin.list_budgets_for_resource(ResourceId=resource)["Budgets"] == shown
    if kind == "portfolio":
        assert admin.describe_portfolio(Id=portfolio)["Budgets"] == shown
    else:
        assert admin.describe_product_as_admin(Id=product)["Budgets"] == shown
        assert account.launcher(portfolio).describe_product(Id=product)["Budgets"] == shown
    with refused("DuplicateResourceException", f"Budget team is already associated with {resource}."):
        admin.associate_budget_with_resource(BudgetName="team", ResourceId=resource)
    with refused("LimitExceededException", "the limit of 1 budgets of a resource."):
        admin.associate_budget_with_resource(BudgetName="other", ResourceId=resource)
    client("budgets").delete_budget(AccountId=ACCOUNT, BudgetName="team")
    assert admin.list_budgets_for_resource(ResourceId=resource)["Budgets"] == shown
    admin.disassociate_budget_from_resource(BudgetName="team", ResourceId=resource)
    with refused("ResourceNotFoundException", f"Budget team is not associated with {resource}."):
        admin.disassociate_budget_from_resource(BudgetName="team", ResourceId=resource)


def test_budgets_prevent_deletion(account: Account) -> None:
    product, _ = account.product()
    portfolio = account.portfolio()
    budget("team")
    for resource in (product, portfolio):
        account.admin.associate_budget_with_resource(BudgetName="team", ResourceId=resource)
    with refused("ResourceInUseException", f"Product {product} is associated with budgets."):
        account.admin.delete_product(Id=product)
    with refused("ResourceInUseException", f"Portfolio {portfolio} still has budgets."):
        account.admin.delete_portfolio(Id=portfolio)


def test_unknown_budgets(account: Account) -> None:
    portfolio = account.portfolio()
    with refused("ResourceNotFoundException", "Budget none not found."):
        account.admin.associate_budget_with_resource(BudgetName="none", ResourceId=portfolio)
    for call in (
        account.admin.associate_budget_with_resource,
        account.admin.disassociate_budget_from_resource,
    ):
        with refused("ResourceNotFoundException", "Resource port-none not found."):
            call(BudgetName="none", ResourceId="port-none")
    with refused("ResourceNotFoundException", "Resource port-none not found."):
        account.admin.list_budgets_for_resource(ResourceId="port-none")
    with refused("InvalidParametersException", "The page token is not valid"):
        account.admin.list_budgets_for_resource(ResourceId=portfolio, PageToken="x")
