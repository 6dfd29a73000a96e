from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from publisher.model import Catalog, Principal, Resource
from publisher.planning.apply import apply
from publisher.planning.plan import plan
from tests.catalog.conftest import Account
from tests.conftest import cases
from tests.samples import association, ml, product, version

PRODUCTS = ("a", "b", "c")
PATTERNS = [
    Principal(portfolio="ml", principal_arn=f"arn:aws:iam:::role/{name}", principal_type="IAM_PATTERN")
    for name in PRODUCTS
]


@pytest.fixture
def rest(account: Account) -> Callable[[], list[str]]:
    """Puts three products and three patterns into a portfolio, which all exist but for that; the errors."""
    each: list[Resource] = [it for name in PRODUCTS for it in (product(name), version(name))]
    inside: list[Resource] = [*map(association, PRODUCTS), *PATTERNS]
    target = account.observing(Catalog.of([ml, *each]))
    planned = plan(Catalog.of([ml, *each, *inside]), target.observe(), target="t")
    return lambda: [str(it.error) for it in apply(planned, target, workers=2) if it.error]


def test_one_listing_confirms_what_is_in_a_portfolio(account: Account, rest: Callable[[], list[str]]) -> None:
    calls = account.calls(lambda: rest() == [] or pytest.fail("an error"))
    assert calls == {
        "AssociateProductWithPortfolio": 3,
        "AssociatePrincipalWithPortfolio": 3,
        "SearchProductsAsAdmin": 1,
        "ListPrincipalsForPortfolio": 1,
    }


def test_what_a_listing_does_not_show_is_read_alone(account: Account, rest: Callable[[], list[str]]) -> None:
    def last_only(parsed: dict[str, Any]) -> None:
        parsed["ProductViewDetails"] = parsed["ProductViewDetails"][:1]

    account.after("SearchProductsAsAdmin", last_only)
    calls = account.calls(lambda: rest() == [] or pytest.fail("an error"))
    assert (calls["SearchProductsAsAdmin"], calls["ListPortfoliosForProduct"]) == (1, 2)


@cases("lost", {"one": 1, "all": 3})
def test_what_no_read_shows_is_not_done(account: Account, rest: Callable[[], list[str]], lost: int) -> None:
    def less(member: str) -> Callable[[dict[str, Any]], None]:
        return lambda parsed: parsed.update({member: parsed[member][lost:]})

    account.after("SearchProductsAsAdmin", less("ProductViewDetails"))
    account.after("ListPortfoliosForProduct", lambda parsed: parsed.update(PortfolioDetails=[]))
    before = account.ticks.seconds
    errors = rest()
    assert len(errors) == lost
    assert all("was written, but no read showed it within 240 s" in it for it in errors)
    assert 240 <= account.ticks.seconds - before < 250


def test_a_listing_that_fails_leaves_what_it_should_confirm_undone(
    account: Account, rest: Callable[[], list[str]]
) -> None:
    account.fail("ListPrincipalsForPortfolio", "InvalidParametersException")
    errors = rest()
    assert errors == 3 * [
        "cannot confirm what was written: "
        "ListPrincipalsForPortfolio answered InvalidParametersException: not now"
    ]


def test_a_read_that_fails_leaves_only_its_own_undone(
    account: Account, rest: Callable[[], list[str]]
) -> None:
    account.after("SearchProductsAsAdmin", lambda parsed: parsed.update(ProductViewDetails=[]))
    account.fail("ListPortfoliosForProduct", "InvalidParametersException", times=1)
    (error,) = rest()
    assert "ListPortfoliosForProduct answered InvalidParametersException" in error


def test_what_is_visible_late_is_listed_again_for_all(
    account: Account, rest: Callable[[], list[str]]
) -> None:
    late = account.ticks.seconds + 60

    def none_yet(parsed: dict[str, Any]) -> None:
        if account.ticks.seconds < late:
            parsed["Principals"] = []

    account.after("ListPrincipalsForPortfolio", none_yet)
    calls = account.calls(lambda: rest() == [] or pytest.fail("an error"))
    assert calls["ListPrincipalsForPortfolio"] == 34
