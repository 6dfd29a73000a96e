from __future__ import annotations

from typing import Any

import pytest

from tests.servicecatalog.account import ACCOUNT, Account, refused

PATTERN = "arn:aws:iam:::role/ml-team-*"


def associate(world: Account, portfolio: str, arn: str, kind: str) -> None:
    world.admin.associate_principal_with_portfolio(
        PortfolioId=portfolio, PrincipalARN=arn, PrincipalType=kind
    )


def principals(world: Account, portfolio: str) -> Any:
    return world.admin.list_principals_for_portfolio(PortfolioId=portfolio)["Principals"]


def test_associate_list_disassociate(world: Account) -> None:
    portfolio, role = world.portfolio(), world.role("team", path="/ml/")
    for _ in range(2):
        associate(world, portfolio, role, "IAM")
        associate(world, portfolio, PATTERN, "IAM_PATTERN")
    assert principals(world, portfolio) == [
        {"PrincipalARN": role, "PrincipalType": "IAM"},
        {"PrincipalARN": PATTERN, "PrincipalType": "IAM_PATTERN"},
    ]
    with refused("ResourceNotFoundException", "of type IAM is not associated with"):
        world.admin.disassociate_principal_from_portfolio(PortfolioId=portfolio, PrincipalARN=PATTERN)
    world.admin.disassociate_principal_from_portfolio(
        PortfolioId=portfolio, PrincipalARN=PATTERN, PrincipalType="IAM_PATTERN"
    )
    world.admin.disassociate_principal_from_portfolio(PortfolioId=portfolio, PrincipalARN=role)
    assert principals(world, portfolio) == []


def test_users_and_groups(world: Account) -> None:
    portfolio = world.portfolio()
    user = world.iam.create_user(UserName="ada")["User"]["Arn"]
    group = world.iam.create_group(GroupName="ml")["Group"]["Arn"]
    associate(world, portfolio, user, "IAM")
    associate(world, portfolio, group, "IAM")
    assert [one["PrincipalARN"] for one in principals(world, portfolio)] == [user, group]


def test_deleted_role_stays_as_its_id(world: Account) -> None:
    portfolio, role = world.portfolio(), world.role("team")
    identifier = world.iam.get_role(RoleName="team")["Role"]["RoleId"]
    associate(world, portfolio, role, "IAM")
    world.delete_role("team")
    world.role("team")
    assert principals(world, portfolio) == [{"PrincipalARN": identifier, "PrincipalType": "IAM"}]
    world.admin.disassociate_principal_from_portfolio(
        PortfolioId=portfolio, PrincipalARN=identifier, PrincipalType="IAM"
    )
    assert principals(world, portfolio) == []


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
def test_refused(world: Account, arn: str, kind: str, message: str) -> None:
    with refused("InvalidParametersException", message):
        associate(world, world.portfolio(), arn, kind)


def test_limits(world: Account) -> None:
    portfolio = world.portfolio()
    for number in range(10):
        associate(world, portfolio, f"arn:aws:iam:::role/team-{number}", "IAM_PATTERN")
    with refused("LimitExceededException", "the limit of 10 IAM_PATTERN principals of a portfolio."):
        associate(world, portfolio, PATTERN, "IAM_PATTERN")
    for number in range(90):
        associate(world, portfolio, world.role(f"role-{number}"), "IAM")
    with refused("LimitExceededException", "the limit of 100 principals of a portfolio."):
        associate(world, portfolio, world.role("one-more"), "IAM")
    pages = world.admin.get_paginator("list_principals_for_portfolio").paginate(PortfolioId=portfolio)
    assert [len(one["Principals"]) for one in pages] == [20] * 5


def test_what_is_not_there(world: Account) -> None:
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        associate(world, "port-none", PATTERN, "IAM_PATTERN")
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        principals(world, "port-none")
    with refused("ResourceNotFoundException", "Portfolio port-none not found."):
        world.admin.disassociate_principal_from_portfolio(PortfolioId="port-none", PrincipalARN=PATTERN)
