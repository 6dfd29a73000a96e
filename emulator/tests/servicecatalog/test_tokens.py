from moto.cloudformation.models import cloudformation_backends

from tests.servicecatalog.account import ACCOUNT, REGION, Account, Launchable, refused


def test_same_token_same_answer(account: Account) -> None:
    first = account.portfolio(IdempotencyToken="one")
    assert account.portfolio(IdempotencyToken="one") == first
    assert account.portfolio(IdempotencyToken="two") != first
    assert len(account.admin.list_portfolios()["PortfolioDetails"]) == 2


def test_token_ignores_the_language(account: Account) -> None:
    first = account.portfolio(IdempotencyToken="one")
    assert account.portfolio(IdempotencyToken="one", AcceptLanguage="jp") == first


def test_other_parameters(account: Account) -> None:
    account.portfolio(IdempotencyToken="one")
    with refused(
        "InvalidParametersException", "The idempotency token one was used before with other parameters"
    ):
        account.portfolio("Other", IdempotencyToken="one")


def test_token_does_not_restore_deleted_resources(account: Account) -> None:
    first = account.portfolio(IdempotencyToken="one")
    account.admin.delete_portfolio(Id=first)
    assert account.portfolio(IdempotencyToken="one") == first
    with refused("ResourceNotFoundException", f"Portfolio {first} not found."):
        account.admin.describe_portfolio(Id=first)
    assert account.admin.list_portfolios()["PortfolioDetails"] == []


def test_refused_call_does_not_use_its_token(account: Account) -> None:
    with refused("InvalidParametersException", "Duplicate tag key: a"):
        account.portfolio(IdempotencyToken="one", Tags=[{"Key": "a", "Value": "1"}] * 2)
    account.portfolio(IdempotencyToken="one")


def test_form_of_a_token(account: Account) -> None:
    with refused("ValidationException", "Value 'a.b' at 'idempotencyToken'"):
        account.portfolio(IdempotencyToken="a.b")


def test_launch_with_the_same_token(launchable: Launchable) -> None:
    first, second = (launchable.provision(ProvisionToken="one") for _ in range(2))
    assert (first["Status"], second["Status"]) == ("CREATED", "SUCCEEDED")
    assert second["RecordId"] == first["RecordId"]
    assert launchable.provisioned()["IdempotencyToken"] == "one"


def test_the_token_of_a_termination_is_valid_until_its_end(launchable: Launchable) -> None:
    launchable.provision()
    [stack] = cloudformation_backends[ACCOUNT][REGION].stacks.values()
    terminate, request = launchable.user.terminate_provisioned_product, {"TerminateToken": "end"}
    first = terminate(ProvisionedProductName="mine", **request)["RecordDetail"]
    stack.status = "DELETE_IN_PROGRESS"
    second = terminate(ProvisionedProductName="mine", **request)["RecordDetail"]
    assert (second["RecordId"], second["Status"]) == (first["RecordId"], "IN_PROGRESS")
    stack.status = "DELETE_COMPLETE"
    with refused("ResourceNotFoundException", f"product {first['ProvisionedProductId']} not found."):
        terminate(ProvisionedProductName="mine", **request)
