"""Calls are linear in products, and as few as the design says."""

from __future__ import annotations

from collections import Counter
from functools import partial

from tests.bench.engine import calls, catalog, empty_account, planned, publish


def test_calls_are_linear_in_products() -> None:
    first, later, full, fast = [], [], [], []
    for products in (3, 6, 9):
        with empty_account() as account:
            one, two = catalog(products, 1), catalog(products, 2)
            first.append(calls(account, partial(publish, account, one)))
            later.append(calls(account, partial(publish, account, two)))
            full.append(calls(account, partial(planned, account, two)))
            fast.append(calls(account, partial(planned, account, two, fast=True)))
            assert planned(account, two).changes == ()
    assert {counts[2] - counts[1] for counts in (first, later, full, fast)} == {
        counts[1] - counts[0] for counts in (first, later, full, fast)
    }
    # Two calls a product and one a constraint; one a product. A first sync: three writes and two reads.
    assert (full[1] - full[0], fast[1] - fast[0], first[1] - first[0]) == (3 * 3, 3 * 1, 3 * 5)


def test_a_first_sync_confirms_with_two_reads_a_product_and_pages() -> None:
    with empty_account() as account:
        publish(account, catalog(63, 1))
        made = {name.partition(":")[2]: count for name, count in account.aws.calls.items()}
    a_product = {it: count for it, count in made.items() if count >= 63}
    assert a_product == dict.fromkeys(
        (
            "PutObject",
            "CreateProduct",
            "DescribeProductAsAdmin",
            "AssociateProductWithPortfolio",
            "CreateConstraint",
            "DescribeConstraint",
        ),
        63,
    )
    # A listing of no products, then of 21 in each of three portfolios, 20 a page.
    assert made["SearchProductsAsAdmin"] == 1 + 3 * 2


def test_one_more_product_is_confirmed_without_listing_the_others() -> None:
    with empty_account() as account:
        publish(account, catalog(40, 1))
        before = Counter(account.aws.calls)
        publish(account, catalog(41, 1))
        made = Counter(account.aws.calls) - before
    planned = 3 + 3
    assert made["servicecatalog:ListPortfoliosForProduct"] == 1
    assert made["servicecatalog:SearchProductsAsAdmin"] == planned - 1
