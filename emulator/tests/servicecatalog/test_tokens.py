from __future__ import annotations

from moto.cloudformation.models import cloudformation_backends

from tests.servicecatalog.account import ACCOUNT, REGION, Account, refused


def test_same_token_same_answer(account: Account) -> None:
    first = account.portfolio(IdempotencyToken="one")
    assert account.portfolio(IdempotencyToken="one") == first
    assert account.portfolio(IdempotencyToken="two") != first
    assert len(account.admin.list_portfolios()["PortfolioDetails"]) == 2


def test_language_is_no_parameter(account: Account) -> None:
    first = account.portfolio(IdempotencyToken="one")
    assert account.portfolio(IdempotencyToken="one", AcceptLanguage="jp") == first


def test_other_parameters(account: Account) -> None:
    account.portfolio(IdempotencyToken="one")
    with refused(
        "InvalidParametersException", "The idempotency token one was used before with other parameters"
    ):
        account.portfolio("Other", IdempotencyToken="one")


def test_deleted_things_do_not_come_back(account: Account) -> None:
    first = account.portfolio(IdempotencyToken="one")
    account.admin.delete_portfolio(Id=first)
    assert account.portfolio(IdempotencyToken="one") == first
    with refused("ResourceNotFoundException", f"Portfolio {first} not found."):
        account.admin.describe_portfolio(Id=first)
    assert account.admin.list_portfolios()["PortfolioDetails"] == []


def test_what_was_refused_is_forgotten(account: Account) -> None:
    with refused("InvalidParametersException", "Duplicate tag key: a"):
        account.portfolio(IdempotencyToken="one", Tags=[{"Key": "a", "Value": "1"}] * 2)
    account.portfolio(IdempotencyToken="one")


def test_form_of_a_token(account: Account) -> None:
    with refused("ValidationException", "Value 'a.b' at 'idempotencyToken'"):
        account.portfolio(IdempotencyToken="a.b")


def test_launch_with_the_same_token(account: Account) -> None:
    portfolio, product, version = account.offered()
    user = account.launcher(portfolio)
    wanted = {
        "ProductId": product,
        "ProvisioningArtifactId": version,
        "ProvisionedProductName": "mine",
        "ProvisionToken": "one",
    }
    first = user.provision_product(**wanted)["RecordDetail"]
    again = user.provision_product(**wanted)["RecordDetail"]
    assert (first["Status"], again["Status"]) == ("CREATED", "SUCCEEDED")
    assert again["RecordId"] == first["RecordId"]
    found = user.describe_provisioned_product(Name="mine")["ProvisionedProductDetail"]
    assert found["IdempotencyToken"] == "one"


def test_the_token_of_a_termination_holds_until_its_end(account: Account) -> None:
    portfolio, product, version = account.offered()
    user = account.launcher(portfolio)
    user.provision_product(ProductId=product, ProvisioningArtifactId=version, ProvisionedProductName="mine")
    [stack] = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    end = {"ProvisionedProductName": "mine", "TerminateToken": "end"}
    first = user.terminate_provisioned_product(**end)["RecordDetail"]
    stack.status = "DELETE_IN_PROGRESS"
    again = user.terminate_provisioned_product(**end)["RecordDetail"]
    assert (again["RecordId"], again["Status"]) == (first["RecordId"], "IN_PROGRESS")
    stack.status = "DELETE_COMPLETE"
    with refused("ResourceNotFoundException", f"product {first['ProvisionedProductId']} not found."):
        user.terminate_provisioned_product(**end)
