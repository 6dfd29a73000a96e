"""Calls are linear in products, and as few as the design says."""

from __future__ import annotations

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
    # Two calls a product and one a constraint; one a product.
    assert (full[1] - full[0], fast[1] - fast[0]) == (3 * 3, 3 * 1)
