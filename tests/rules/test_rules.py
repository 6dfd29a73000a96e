from __future__ import annotations

import pytest

from publisher.errors import Where
from publisher.model import LaunchConstraint, Portfolio, Principal, Product, Resource
from publisher.rules import RULES, Placed, Target, check

TARGET = Target(account_id="111111111111", region="us-west-2", partition="aws")
PATTERN = Principal(portfolio="ml", principal_arn="arn:aws:iam:::role/ml-*", principal_type="IAM_PATTERN")


def placed(*resources: Resource) -> list[Placed]:
    return [
        Placed(resource=resource, where=Where(path="portfolio/ml.yaml", line=n))
        for n, resource in enumerate(resources, start=1)
    ]


def portfolios(count: int) -> list[Resource]:
    return [Portfolio(name=f"p{n}", display_name="P", provider_name="P") for n in range(count)]


def products(count: int) -> list[Resource]:
    return [Product(name=f"p{n}", family="p", display_name="P", owner="P") for n in range(count)]


@pytest.mark.parametrize(
    ("resources", "problems"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([*portfolios(100), *products(350)], [], id="full"),
        pytest.param(
            portfolios(101),
            [
                "portfolio/ml.yaml:101:1: P201 111111111111/us-west-2 gets 101 portfolios, 100 are the most "
                "| publish some of them to another target"
            ],
            id="portfolios",
        ),
        pytest.param(
            products(351),
            [
                "portfolio/ml.yaml:351:1: P202 111111111111/us-west-2 gets 351 products, 350 are the most "
                "| publish some of them to another target"
            ],
            id="products",
        ),
        pytest.param(
            [PATTERN, PATTERN],
            [
                "portfolio/ml.yaml:2:1: P203 at 111111111111/us-west-2 "
                "the principal 'arn:aws:iam:::role/ml-*' is the same as the one at portfolio/ml.yaml:1:1 "
                "| keep one of the two"
            ],
            id="same principal",
        ),
        pytest.param(
            [LaunchConstraint(portfolio="ml", product="p", role_arn="arn:aws-cn:iam::111111111111:role/x")],
            [
                "portfolio/ml.yaml:1:1: P204 'arn:aws-cn:iam::111111111111:role/x' "
                "is not of the partition 'aws' of 111111111111/us-west-2 | write arn:{partition}:…"
            ],
            id="other partition",
        ),
        pytest.param([LaunchConstraint(portfolio="ml", product="p", local_role_name="x")], [], id="no ARN"),
    ],
)
def test_rules(resources: list[Resource], problems: list[str]) -> None:
    found = check(placed(*resources), TARGET)
    assert [f"{problem} | {problem.hint}" for problem in found] == problems


def test_one_place_is_told_once() -> None:
    where = Where(path="portfolio/ml.yaml", line=3)
    arn = "arn:aws-cn:iam::111111111111:role/x"
    constraints = [
        Placed(resource=LaunchConstraint(portfolio="ml", product=name, role_arn=arn), where=where)
        for name in ("a", "b")
    ]
    assert [problem.rule for problem in check(constraints, TARGET)] == ["P204"]


def test_placeholders() -> None:
    arn = "arn:{partition}:iam::{account_id}:role/x-{region}"
    assert TARGET.fill(arn) == "arn:aws:iam::111111111111:role/x-us-west-2"


def test_ids_are_in_order() -> None:
    assert [rule.id for rule in RULES] == sorted({rule.id for rule in RULES})
