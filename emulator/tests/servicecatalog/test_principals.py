from typing import Any

import pytest

from tests.servicecatalog.account import ACCOUNT, Account, refused

PATTERN = "arn:aws:iam:::role/ml-team-*"


def associate(account: Account, portfolio: str, arn: str, kind: str) -> None:
    account.admin.associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN=arn, PrincipalType=kind
    )


def principals(account: Account, portfolio: str) -> Any:
    return account.admin.list_principals_for_portfolio(PortfolioId=portfolio)["Principals"]


def test_associate_list_disassociate(account: Account) -> None:
    portfolio, role = account.portfolio(), account.role("team", path="/ml/")
    for _ in range(2):
        associate(account, portfolio, role, "IAM")
        associate(account, portfolio, PATTERN, "IAM_PATTERN")
    assert principals(account, portfolio) == [
        {"PrincipalARN": role, "PrincipalType": "IAM"},
        {"PrincipalARN": PATTERN, "PrincipalType": "IAM_PATTERN"},
    ]
    with refused("ResourceNotFoundException", "of type IAM is not associated with"):
        account.admin.disassociate_principal_from_portfolio(PortfolioId=portfolio, PrincipalARN=PATTERN)
    account.admin.disassociate_principal_from_portfolio(
        PortfolioId=portfolio, PrincipalARN=PATTERN, PrincipalType="IAM_PATTERN"
    )
    account.admin.disassociate_principal_from_portfolio(PortfolioId=portfolio, PrincipalARN=role)
    assert principals(account, portfolio) == []


def test_users_and_groups(account: Account) -> None:
    portfolio = account.portfolio()
    user = account.iam.create_user(UserName="ada")["User"]["Arn"]
    group = account.iam.create_group(GroupName="ml")["Group"]["Arn"]
    associate(account, portfolio, user, "IAM")
    associate(account, portfolio, group, "IAM")
    assert [one["PrincipalARN"] for one in principals(account, portfolio)] == [user, group]


def test_deleted_role_is_listed_by_its_id(account: Account) -> None:
    portfolio, role = account.portfolio(), account.role("team")
    identifier = account.iam.get_role(RoleName="team")["Role"]["RoleId"]
    associate(account, portfolio, role, "IAM")
    account.delete_role("team")
    account.role("team")
    assert principals(account, portfolio) == [{"PrincipalARN": identifier, "PrincipalType": "IAM"}]
    account.admin.disassociate_principal_from_portfolio(
        PortfolioId=portfolio, PrincipalARN=identifier, PrincipalType="IAM"
    )
    assert principals(account, portfolio) == []


@pytest.mark.parametrize(
    ("arn", "kind", "message"),
    [
        ("team", "IAM", "Invalid principal ARN: team"),
        (PATTERN, "IAM", f"Invalid principal ARN: {PATTERN}"),
        ("arn:aws:iam::123456789012:role/none", "IAM", f"does not exist in account {ACCOUNT}."),
        ("arn:aws:iam::123456789012:role/*", "IAM_PATTERN", "Invalid principal pattern"),
        ("arn:aws:iam:::*/team", "IAM_PATTERN", "Invalid principal pattern"),
    ],
)
def test_refused(account: Account, arn: str, kind: str, message: str) -> None:
    with refused("InvalidParametersException", message):
        associate(account, account.portfolio(), arn, kind)


def test_quotas(account: Account) -> None:
    portfolio = account.portfolio()
    for number in range(10):
        associate(account, portfolio, f"arn:aws:iam:::role/team-{number}", "IAM_PATTERN")
    with refused("LimitExceededException", "the limit of 10 IAM_PATTERN principals of a portfolio."):
        associate(account, portfolio, PATTERN, "IAM_PATTERN")
    for number in range(90):
        associate(account, portfolio, account.role(f"role-{number}"), "IAM")
    with refused("LimitExceededException", "the limit of 100 principals of a portfolio."):
        associate(account, portfolio, account.role("one-more"), "IAM")
    pages = account.admin.get_paginator("list_principals_for_portfolio").paginate(PortfolioId=portfolio)
    assert [len(one["Principals"]) for one in pages] == [20] * 5


def test_unknown_ids(account: Account) -> None:
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        associate(account, "port-none", PATTERN, "IAM_PATTERN")
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        principals(account, "port-none")
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        account.admin.disassociate_principal_from_portfolio(PortfolioId="port-none", PrincipalARN=PATTERN)
